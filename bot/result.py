"""What a turn of the bot decided, stored in one transaction or not at all.

The transaction checks the owner and epoch that the reply was made under. A reply that comes too late is discarded; the
citizen's message stays for whoever has the conversation now.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import callback_wishes, commands, discretion, handover, missed, place, regie
from bot.desk import Desk
from bot.engine import Command
from bot.metrics import DISCARDED_REPLIES, HANDOVERS
from bot.moment import Moment
from bot.voice import called_back, voice_in
from handoff import audit, cases, conversations, messages, ownership, review, waiting_time
from handoff.bus import Event, queue_subject
from handoff.cases import NewCase
from handoff.database import emit
from handoff.detection import Reason
from handoff.exceptions import StaleOwner, UnknownConversation
from handoff.gravity import is_pressing
from handoff.hours import local_date
from handoff.messages import Draft
from handoff.review import Missed
from handoff.tables import Case, Conversation
from handoff.vocabulary import CaseState, Owner, Sender

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Result:
    """Replies, and what changes with them."""

    drafts: tuple[Draft, ...] = ()
    new_case: NewCase | None = None
    joins_queue: bool = False
    """Whether the conversation itself goes to the queue; a callback goes there without it."""
    pending: dict[str, Any] | None = None
    failures_in_a_row: int = 0
    person_offered: bool | None = None
    """None leaves it as it was."""
    engine_state: dict[str, Any] | None = None
    """None leaves it as it was: Rasa was not asked."""
    understood: dict[str, Any] | None = None
    commands: tuple[Command, ...] = ()
    """What the bot does for the citizen; carried out with the reply."""
    missed: Missed | None = None
    """What goes on the review list about this message."""
    wish: bool = False
    """Whether the message says something of a callback that stands in the queue."""


async def store(desk: Desk, moment: Moment, result: Result) -> None:
    """Store the result, if the bot still owns the conversation at the same epoch; else discard it."""
    conversation = moment.conversation
    now = desk.clock()
    try:
        async with desk.database.write() as session:
            await ownership.hold(session, conversation.id, owner=conversation.owner, epoch=conversation.epoch)
            if not await conversations.mark_handled(session, moment.message.id, now=now, understood=result.understood):
                return  # another process answered it after this one's lease had ended
            await _review(session, moment, result, now)
            for command in result.commands:  # first what was done, then what is asked beside it
                done = await commands.carry_out(desk, session, conversation, command, now)
                await _say(session, conversation, done, now)
            await _say(session, conversation, result.drafts, now)
            if result.wish:
                answer = await callback_wishes.carry_out(desk, session, conversation, moment.message, now)
                await _say(session, conversation, answer.drafts, now)
                result = replace(result, pending=answer.pending)
            await _keep(session, conversation, result)
            if result.new_case is not None:
                new = replace(result.new_case, also_for=regie.also_for(desk, moment, result.new_case))
                await _open(desk, session, conversation, new, now, joins_queue=result.joins_queue)
            topic = (result.understood or {}).get("topic")
            await discretion.ask_who_reads_along(desk, session, conversation, _seen(result), now=now, topic=topic)
    except StaleOwner:
        await discard(desk, moment)
    except UnknownConversation:
        log.info("turn.erased_meanwhile", conversation=conversation.id)
    else:
        if result.new_case is not None:
            HANDOVERS.labels(result.new_case.assessment.level, result.new_case.consent).inc()


def _seen(result: Result) -> Collection[Reason]:
    """Why a person takes over, or is offered."""
    if result.new_case is not None:
        return result.new_case.assessment.reasons
    return handover.remembered(result.pending).reasons if result.pending else ()


async def discard(desk: Desk, moment: Moment) -> None:
    """The conversation changed hands meanwhile: throw the reply away and say so in the audit trail."""
    now = desk.clock()
    async with desk.database.write() as session:
        if not await conversations.mark_handled(session, moment.message.id, now=now):
            return  # erased, or answered by another process
        DISCARDED_REPLIES.inc()
        audit.record(
            session,
            "reply_discarded",
            at=now,
            municipality=moment.conversation.municipality,
            actor="bot",
            conversation_id=moment.conversation.id,
            from_owner=moment.conversation.owner,
            epoch=moment.conversation.epoch,
        )


async def open_callback(desk: Desk, session: AsyncSession, conversation_id: str, new: NewCase, now: datetime) -> Case:
    """Put a callback in the queue and confirm it with day and reference.

    A crisis or urgent case that waits for this citizen takes the number itself: one need is one case.
    """
    conversation = await conversations.get(session, conversation_id)
    waiting = await cases.open_case_of(session, conversation_id)
    if waiting is not None and waiting.state == CaseState.WAITING and is_pressing(waiting.level):
        case = waiting
        case.details = {**case.details, **new.details}
        case.consent, case.due_on = new.consent, new.due_on
        if new.half_day is not None:
            callback_wishes.plan(case, new.half_day)
    else:
        case = await cases.open_case(
            session, new, conversation_id=conversation_id, municipality=conversation.municipality, now=now
        )
    await session.flush()
    voice = await voice_in(desk, session, conversation_id)
    others = () if case.due_from else callback_wishes.moments(desk, case.municipality, case.team, now)
    today = local_date(now)
    confirmation = called_back(voice, case, handover.callback_confirmation(case, others, today))
    case.told = case.told or confirmation.text
    audit.record(
        session,
        "callback",
        at=now,
        municipality=conversation.municipality,
        actor="citizen",
        conversation_id=conversation_id,
        case_reference=case.reference,
    )
    await messages.append(session, conversation_id, confirmation, sender=Sender.SYSTEM, now=now)
    emit(session, Event(queue_subject(conversation.municipality), "enqueued", {"conversation_id": conversation_id}))
    return case


async def _review(session: AsyncSession, moment: Moment, result: Result, now: datetime) -> None:
    if missed.chooses_topic(moment.message):
        await review.chosen(session, moment.conversation.id)
    if result.missed is not None:
        await review.note(session, moment.message, moment.conversation.municipality, result.missed, now=now)


async def _say(session: AsyncSession, conversation: Conversation, drafts: tuple[Draft, ...], now: datetime) -> None:
    for draft in drafts:
        await messages.append(
            session,
            conversation.id,
            draft,
            sender=Sender.BOT,
            now=now,
            expected_owner=Owner.BOT,
            expected_epoch=conversation.epoch,
        )


async def _keep(session: AsyncSession, conversation: Conversation, result: Result) -> None:
    values: dict[str, Any] = {"pending_offer": result.pending, "failures_in_a_row": result.failures_in_a_row}
    if result.engine_state is not None:
        values["engine_state"] = result.engine_state
    if result.person_offered is not None:
        values["person_offered"] = result.person_offered
    await conversations.update_if_unchanged(session, conversation, **values)


async def _open(
    desk: Desk, session: AsyncSession, conversation: Conversation, new: NewCase, now: datetime, *, joins_queue: bool
) -> None:
    if not joins_queue:
        await open_callback(desk, session, conversation.id, new, now)
        return
    new = replace(new, language=(await voice_in(desk, session, conversation.id)).reader.language)
    notice = await place.joined(desk, session, conversation, new.team, new.assessment.level)
    heard: list[str] = []

    def told(place_in_queue: int) -> Draft:
        draft = notice(place_in_queue)
        heard.append(draft.text)
        return draft

    case = await ownership.enqueue(
        session,
        conversation.id,
        new,
        expected_epoch=conversation.epoch,
        now=now,
        notice=told,
    )
    where = await place.place_of(desk, session, conversation)
    waiting_time.remember(case, where.wait if where else None)
    if not case.told:  # nothing was asked: what she was told is that she was handed over
        case.told = heard[-1]
