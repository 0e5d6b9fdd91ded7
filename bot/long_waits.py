"""Tells who waits long that it takes long, with every way on, before she has to ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import handover, place, texts
from bot.desk import Desk
from bot.voice import Voice, voice_in
from handoff import cases, conversations, hours, messages, ownership, queue
from handoff.exceptions import StaleOwner, UnknownCase, UnknownConversation
from handoff.messages import Draft
from handoff.tables import Case, Conversation
from handoff.vocabulary import CaseState, MessageKind, Owner, Sender

log = structlog.get_logger(__name__)

EVERY_SECONDS = 15.0


@dataclass(frozen=True)
class LongWaits:
    """Looks for who waits longer than her team wants. Only open time counts, and only then somebody is told."""

    desk: Desk

    async def tell(self) -> int:
        """Tell whom it is time to tell, each once; returns how many."""
        now = self.desk.clock()
        async with self.desk.database.read() as session:
            waiting = await queue.not_told_of_long_wait(session)
        told = 0
        for case in waiting:
            if not self._is_long(case, now):
                continue
            try:
                async with self.desk.database.write() as session:
                    told += await self._tell(session, case, now)
            except (StaleOwner, UnknownCase, UnknownConversation):
                continue  # claimed, left or erased meanwhile: then it takes no longer
        return told

    def _is_long(self, case: Case, now: datetime) -> bool:
        rules = self.desk.rules(case.municipality, case.team)
        waited = hours.open_seconds(case.opened_at, now, rules.open_on)
        return hours.is_open(now, rules.open_on) and waited >= rules.longest_wait.total_seconds()

    async def _tell(self, session: AsyncSession, seen: Case, now: datetime) -> bool:
        conversation = await conversations.get(session, seen.conversation_id)
        if conversation.owner != Owner.QUEUED:
            return False  # she left the queue, and her pressing case stays in it
        await ownership.hold(session, conversation.id, owner=Owner.QUEUED, epoch=conversation.epoch)
        case = await cases.get(session, seen.id)
        if case.state != CaseState.WAITING or case.long_wait_told_at is not None:
            return False  # another process was first
        case.long_wait_told_at = now
        draft = await self._draft(session, conversation, case, now)
        await messages.append(session, conversation.id, draft, sender=Sender.SYSTEM, now=now)
        log.info("queue.long_wait_told", case=case.reference, team=case.team)
        return True

    async def _draft(self, session: AsyncSession, conversation: Conversation, case: Case, now: datetime) -> Draft:
        voice: Voice = await voice_in(self.desk, session, conversation.id)
        if voice.language is not None:
            text = voice.language.takes_long.text
        else:
            rules = self.desk.rules(case.municipality, case.team)
            minutes = int(hours.open_seconds(case.opened_at, now, rules.open_on) // 60)
            where = await place.place_of(self.desk, session, conversation)
            text = texts.waits_long(minutes, where)
        return voice.draft(text, MessageKind.HANDOVER, handover.ways_on(voice, waits=True))
