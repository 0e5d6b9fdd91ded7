"""Into the queue, and out of it again because the citizen wants to (bot → queued → bot)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handoff import cases, texts
from handoff.cases import NewCase
from handoff.exceptions import AlreadyClaimed
from handoff.gravity import is_pressing
from handoff.messages import Draft
from handoff.ownership.change import Notice, announce, move, record, say, say_place, stale
from handoff.ownership.holding import set_case
from handoff.tables import Case
from handoff.vocabulary import CaseState, MessageKind, Outcome, Owner


async def enqueue(
    session: AsyncSession,
    conversation_id: str,
    new: NewCase,
    *,
    expected_epoch: int,
    now: datetime,
    notice: Notice,
) -> Case:
    """Bring a conversation that the bot owns to the queue (bot → queued).

    Raises:
        StaleOwner: the bot no longer owns it at this epoch; nothing changed.
    """
    case = await cases.open_case_of(session, conversation_id)
    if case is not None:  # a pressing case that she had left: it goes on, with what is new
        cases.raise_level(case, new.assessment)
        await session.flush()
    moved = await move(session, conversation_id, Owner.BOT, Owner.QUEUED, expected_epoch=expected_epoch)
    if case is None:
        case = await cases.open_case(
            session, new, conversation_id=conversation_id, municipality=moved.municipality, now=now
        )
        case.preferred_employee_id = await cases.last_employee_of(session, conversation_id)
        await session.flush()
    record(
        session,
        "enqueue",
        moved,
        case,
        now=now,
        actor="bot",
        frm=Owner.BOT,
        to=Owner.QUEUED,
        level=case.level,
    )
    await say_place(session, conversation_id, notice, now=now)
    announce(session, moved, "enqueued")
    return case


def left(pressing: bool) -> Draft:
    """What she hears in Dutch who left the queue; an employee reads a pressing case all the same."""
    return Draft(texts.LEFT_QUEUE_BUT_WATCHED if pressing else texts.LEFT_QUEUE, MessageKind.HANDOVER)


async def leave_queue(
    session: AsyncSession, conversation_id: str, *, now: datetime, told: Callable[[bool], Draft] = left
) -> None:
    """The citizen no longer wants to wait (queued → bot).

    A crisis or urgent case stays in the queue all the same: her refusal does not make it less pressing. An employee may
    still take it over from the bot.

    Args:
        told: What she hears, by whether an employee still reads along.

    Raises:
        StaleOwner: it is no longer in the queue.
    """
    case = await cases.open_case_of(session, conversation_id)
    pressing = case is not None and is_pressing(case.level)
    if case is not None and not pressing:
        await _finish(session, case, now=now)
    moved = await move(session, conversation_id, Owner.QUEUED, Owner.BOT)
    record(session, "leave_queue", moved, case, now=now, actor="citizen", frm=Owner.QUEUED, to=Owner.BOT)
    await say(session, conversation_id, told(pressing), now=now)
    announce(session, moved, "left")


async def _finish(session: AsyncSession, case: Case, *, now: datetime) -> None:
    if case.state != CaseState.WAITING:
        raise await stale(session, case.conversation_id)
    try:
        await set_case(session, case, CaseState.DONE, done_at=now, outcome=Outcome.CITIZEN_LEFT)
    except AlreadyClaimed as error:
        raise await stale(session, case.conversation_id) from error
