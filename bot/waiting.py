"""Turns in which the bot does not answer: the citizen waits for a person, or talks with one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import callback_wishes, discretion, handover, interrupted, place, texts
from bot.desk import Desk
from bot.handover import Reach
from bot.moment import Moment, assess, fixed_text, voice
from bot.result import open_callback
from handoff import cases, conversations, messages, ownership
from handoff.bus import Event, conversation_subject, queue_subject
from handoff.database import emit
from handoff.detection import Assessment
from handoff.exceptions import StaleOwner, UnknownConversation
from handoff.messages import Draft
from handoff.vocabulary import MessageKind, Owner, Sender

log = structlog.get_logger(__name__)

_PHONE, _RECEIPT = "phone", "receipt"
"""What is remembered of a waiting citizen: a number was asked for; the one receipt was given."""


async def queued_turn(desk: Desk, moment: Moment) -> None:
    """While she waits the bot is silent, but for one receipt, a crisis text, or what she chooses.

    When the conversation changes hands meanwhile nothing is kept of it, and the message is read anew for the new owner:
    a crisis must not be lost because somebody claims at that moment.
    """
    now = desk.clock()
    assessment = await assess(desk, moment)
    with _changed_meanwhile(moment):
        async with desk.database.write() as session:
            if not await _still_owed(session, moment, now):
                return
            if _leaves(moment):
                await ownership.leave_queue(session, moment.conversation.id, now=now, told=voice(desk, moment).left)
                await interrupted.offer(session, moment.conversation.id, now=now)
            elif await _got_worse(desk, session, moment, assessment, now):
                pass  # a crisis comes before anything that was asked
            elif callback_wishes.is_wish(moment.message, moment.conversation.pending_offer):
                await _wish(desk, session, moment, now)
            elif (reach := _reach(moment)) is not None:
                await _call_instead(desk, session, moment, reach, now)
            else:
                await _say(session, moment, await _while_waiting(desk, session, moment), now)
            await discretion.ask_who_reads_along(desk, session, moment.conversation, assessment.reasons, now=now)


async def overheard(desk: Desk, moment: Moment) -> None:
    """With a person the bot is silent; detection alerts only her."""
    assessment = await assess(desk, moment)
    with _changed_meanwhile(moment):
        async with desk.database.write() as session:
            if not await _still_owed(session, moment, desk.clock()):
                return
            case = await cases.open_case_of(session, moment.conversation.id)
            if case is not None and cases.raise_level(case, assessment):
                await session.flush()
                emit(session, Event(queue_subject(moment.conversation.municipality), "raised"))
                emit(session, Event(conversation_subject(moment.conversation.id), "owner"))


@contextlib.contextmanager
def _changed_meanwhile(moment: Moment) -> Iterator[None]:
    """Let a turn end quietly when its conversation was changed under it; what is still owed is read anew."""
    try:
        yield
    except StaleOwner:
        log.info("turn.changed_hands", conversation=moment.conversation.id)
    except UnknownConversation:
        log.info("turn.erased_meanwhile", conversation=moment.conversation.id)


async def _still_owed(session: AsyncSession, moment: Moment, now: datetime) -> bool:
    """Lock what may be changed, and end the turn that the message was owed; False when it had ended already.

    Raises:
        StaleOwner: the conversation changed hands since it was read.
    """
    read = moment.conversation
    await ownership.hold(session, read.id, owner=read.owner, epoch=read.epoch)
    return await conversations.mark_handled(session, moment.message.id, now=now)


def _stage(moment: Moment) -> str | None:
    return (moment.conversation.pending_offer or {}).get("stage")


def _leaves(moment: Moment) -> bool:
    choice = moment.message.choice
    return choice == handover.CHOSE_LEAVE_QUEUE or (choice == handover.CHOSE_NO and _stage(moment) != _PHONE)


def _reach(moment: Moment) -> Reach | None:
    asked = _stage(moment) == _PHONE or moment.message.choice == handover.CHOSE_CHAT
    return handover.reach(moment.message.text, moment.message.choice) if asked else None


async def _wish(desk: Desk, session: AsyncSession, moment: Moment, now: datetime) -> None:
    """Something about a callback of before, while she waits for a person."""
    answer = await callback_wishes.carry_out(desk, session, moment.conversation, moment.message, now)
    await _say(session, moment, answer.drafts, now)
    await conversations.update_if_unchanged(session, moment.conversation, pending_offer=answer.pending)


async def _call_instead(desk: Desk, session: AsyncSession, moment: Moment, reach: Reach, now: datetime) -> None:
    """Give up the place in the queue for a callback about the same matter."""
    waiting = await cases.open_case_of(session, moment.conversation.id)
    about = handover.remembered(None) if waiting is None else handover.assessment_of(waiting)
    await ownership.leave_queue(session, moment.conversation.id, now=now, told=voice(desk, moment).left)
    rules = desk.rules(moment.conversation.municipality, about.team)
    new = handover.new_callback(rules, about, reach, now)
    await open_callback(desk, session, moment.conversation.id, new, now)
    await interrupted.offer(session, moment.conversation.id, now=now)


async def _got_worse(desk: Desk, session: AsyncSession, moment: Moment, assessment: Assessment, now: datetime) -> bool:
    """Raise the case and send the fixed text, where this message is graver than what she waits for, or new."""
    case = await cases.open_case_of(session, moment.conversation.id)
    if case is None or not (reasons := cases.raise_level(case, assessment)):
        return False
    await session.flush()
    emit(session, Event(queue_subject(moment.conversation.municipality), "raised"))
    await _say(session, moment, fixed_text(desk, moment, replace(assessment, reasons=reasons)), now)
    return True


async def _say(session: AsyncSession, moment: Moment, drafts: tuple[Draft, ...], now: datetime) -> None:
    for draft in drafts:
        await messages.append(
            session,
            moment.conversation.id,
            draft,
            sender=Sender.BOT,
            now=now,
            expected_owner=Owner.QUEUED,
            expected_epoch=moment.conversation.epoch,
        )


async def _while_waiting(desk: Desk, session: AsyncSession, moment: Moment) -> tuple[Draft, ...]:
    """At most one answer, and what is remembered of it."""
    conversation, stage = moment.conversation, _stage(moment)
    spoken = voice(desk, moment)
    if handover.chosen(moment.message.text, moment.message.choice) == handover.CHOSE_CALL:
        await conversations.update_if_unchanged(session, conversation, pending_offer={"stage": _PHONE})
        return (handover.ask_phone(voice=spoken),)
    if moment.message.choice == handover.CHOSE_WAIT:
        where = await place.place_of(desk, session, conversation)
        return (Draft(texts.still_waiting(where), MessageKind.NOTICE),)
    if stage == _RECEIPT:
        return ()
    asked_again = bool((conversation.pending_offer or {}).get("again"))
    asks_again = stage == _PHONE and moment.message.choice != handover.CHOSE_NO and not asked_again
    remembered = {"stage": _PHONE, "again": True} if asks_again else {"stage": _RECEIPT}
    await conversations.update_if_unchanged(session, conversation, pending_offer=remembered)
    if stage == _PHONE and moment.message.choice == handover.CHOSE_NO:
        return (spoken.draft(spoken.no_call(), MessageKind.NOTICE),)
    if asks_again:
        return (handover.ask_phone(texts.ASK_PHONE_AGAIN, spoken),)
    if spoken.language is not None:
        return (spoken.draft(spoken.language.kept.text, MessageKind.NOTICE),)
    where = await place.place_of(desk, session, conversation)
    return (Draft(texts.receipt(where), MessageKind.NOTICE),)
