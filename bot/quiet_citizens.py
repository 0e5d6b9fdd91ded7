"""Asks a citizen who fell silent with an employee whether she is there; closes what stays silent, with a way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import texts
from bot.content import hours
from bot.conversation import ASK_FOR_PERSON
from bot.desk import Desk
from bot.voice import voice_in
from handoff import conversations, messages, ownership, quiet, reading_along
from handoff.exceptions import AlreadyClaimed, StaleOwner, UnknownConversation
from handoff.messages import Button, Draft
from handoff.quiet import Patience, Silent, Step
from handoff.tables import Message
from handoff.vocabulary import MessageKind, Owner, Sender

log = structlog.get_logger(__name__)

EVERY_SECONDS = 20.0
BATCH = 200


@dataclass(frozen=True)
class QuietCitizens:
    """Looks for silence at intervals; who writes another language than Dutch is left to the employee to ask."""

    desk: Desk
    patience: Patience

    async def look(self) -> int:
        """Ask and close what is due; returns how many conversations that were."""
        quiet_since = self.desk.clock() - min(self.patience.ask_after, self.patience.close_after)
        done, last = 0, ""
        while True:
            async with self.desk.database.read() as session:
                found = await quiet.candidates(session, quiet_since=quiet_since, limit=BATCH, after_id=last)
            for silent in found:
                try:
                    async with self.desk.database.write() as session:
                        done += await self._act(session, silent)
                except (AlreadyClaimed, StaleOwner, UnknownConversation):
                    continue  # somebody wrote, or it changed hands: then it is not silent
            if len(found) < BATCH:
                return done
            last = found[-1].conversation_id

    async def _act(self, session: AsyncSession, silent: Silent) -> bool:
        said, step = await self._due(session, silent)
        if step is None or (await voice_in(self.desk, session, silent.conversation_id)).language is not None:
            return False
        now = self.desk.clock()
        if step is Step.CLOSE:
            again = Draft(
                texts.CLOSED_SILENT, MessageKind.HANDOVER, buttons=(Button(texts.TALK_TO_PERSON, ASK_FOR_PERSON),)
            )
            await ownership.close_silent(
                session,
                silent.conversation_id,
                expected_epoch=silent.epoch,
                quiet_since=said[-1].created_at,
                now=now,
                told=again,
            )
            log.info("quiet.closed", conversation=silent.conversation_id)
            return True
        await ownership.hold(session, silent.conversation_id, owner=Owner.EMPLOYEE, epoch=silent.epoch)
        _, step = await self._due(session, silent)
        if step is not Step.ASK:
            return False  # she wrote while this was waiting for its turn
        await messages.append(session, silent.conversation_id, self._question(now), sender=Sender.SYSTEM, now=now)
        return True

    async def _due(self, session: AsyncSession, silent: Silent) -> tuple[Sequence[Message], Step | None]:
        conversation = await conversations.get(session, silent.conversation_id)
        if reading_along.careful(conversation):
            return (), None  # the question itself would be held back, so her silence says nothing
        said = await messages.recent(session, conversation.id, up_to_seq=conversation.last_seq, limit=quiet.READ_BACK)
        return said, quiet.due(said, self.patience, self.desk.clock())

    def _question(self, now: datetime) -> Draft:
        until = (now + self.patience.close_after).astimezone(hours.AMSTERDAM).time()
        buttons = (Button(texts.STILL_THERE, quiet.STILL_THERE),)
        return Draft(texts.still_there(hours.describe_time(until)), MessageKind.NOTICE, buttons=buttons)
