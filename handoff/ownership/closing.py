"""The end of a conversation: by the employee, by the citizen, or because nobody went on with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handoff import cases, ratings, texts
from handoff.exceptions import AlreadyClaimed, StaleOwner
from handoff.gravity import is_pressing
from handoff.messages import Draft
from handoff.ownership.change import announce, move, record, say, where_it_stands
from handoff.ownership.holding import count_down, held_case, let_go, set_case
from handoff.vocabulary import CaseState, MessageKind, Outcome, Owner

_ATTEMPTS = 10
"""More changes of hands than this between two statements do not happen to one conversation."""


async def close(session: AsyncSession, case_id: str, employee_id: str, outcome: Outcome, *, now: datetime) -> None:
    """End a held case and its conversation (employee → closed) with an outcome.

    Raises:
        NotAllowed: she does not hold it.
    """
    _, case = await held_case(session, case_id, employee_id)
    await count_down(session, employee_id, now=now)
    await set_case(session, case, CaseState.DONE, done_at=now, outcome=outcome)
    by = f"employee:{employee_id}"
    if await let_go(session, case, employee_id, Owner.CLOSED, "close", actor=by, now=now, outcome=outcome):
        await _tell(session, case.conversation_id, texts.CLOSED_BY_EMPLOYEE, now=now)
        question = await ratings.question(session, case.conversation_id, now=now)
        if question is not None:
            await say(session, case.conversation_id, question, now=now)


async def close_by_citizen(session: AsyncSession, conversation_id: str, *, now: datetime) -> None:
    """The citizen ends the conversation (any → closed). Open callbacks and reports stay: they were asked for.

    Somebody who claims, releases or hands over at the same moment does not stop her: then it is tried again.

    Raises:
        UnknownConversation: there is no such conversation.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            async with session.begin_nested():
                return await _close_by_citizen(session, conversation_id, now=now)
        except (StaleOwner, AlreadyClaimed):
            continue  # it changed hands between reading and writing
    return await _close_by_citizen(session, conversation_id, now=now)


async def _close_by_citizen(session: AsyncSession, conversation_id: str, *, now: datetime) -> None:
    before = await where_it_stands(session, conversation_id)
    if before.owner == Owner.CLOSED:
        return
    if before.employee_id is not None:
        await count_down(session, before.employee_id, now=now)
    case = await cases.open_case_of(session, conversation_id)
    if case is not None:
        await set_case(session, case, CaseState.DONE, done_at=now, outcome=Outcome.CITIZEN_LEFT)
    moved = await move(
        session,
        conversation_id,
        Owner(before.owner),
        Owner.CLOSED,
        expected_epoch=before.epoch,
        closed_at=now,
    )
    record(session, "close", moved, case, now=now, actor="citizen", frm=Owner(before.owner), to=Owner.CLOSED)
    await _tell(session, conversation_id, texts.CLOSED_BY_CITIZEN, now=now)
    announce(session, moved, "closed")


async def close_left_alone(
    session: AsyncSession, conversation_id: str, *, now: datetime, quiet_since: datetime
) -> None:
    """Close a conversation with the bot that nobody went on with (bot → closed); never one that waits for a person.

    Args:
        quiet_since: Closed only if nothing was said after this moment.

    Raises:
        StaleOwner: the bot does not own it any more, or somebody wrote meanwhile.
    """
    moved = await move(session, conversation_id, Owner.BOT, Owner.CLOSED, closed_at=now, quiet_since=quiet_since)
    record(session, "close", moved, None, now=now, actor="system", frm=Owner.BOT, to=Owner.CLOSED)
    await _tell(session, conversation_id, texts.CLOSED_LEFT_ALONE, now=now)
    announce(session, moved, "closed")


async def close_silent(
    session: AsyncSession,
    conversation_id: str,
    *,
    expected_epoch: int,
    quiet_since: datetime,
    now: datetime,
    told: Draft,
) -> None:
    """Close a conversation with an employee whose citizen stayed silent (employee → closed).

    Args:
        quiet_since: Closed only if nothing was said after this moment.
        told: What she hears, with a way back.

    Raises:
        StaleOwner: it changed hands, somebody wrote meanwhile, or it is a crisis or urgent: that no timer closes.
    """
    before = await where_it_stands(session, conversation_id)
    if before.owner != Owner.EMPLOYEE or before.epoch != expected_epoch or before.employee_id is None:
        raise StaleOwner(conversation_id, owner=before.owner, epoch=before.epoch)
    await count_down(session, before.employee_id, now=now)
    case = await cases.open_case_of(session, conversation_id)
    if case is None or is_pressing(case.level):
        raise StaleOwner(conversation_id, owner=before.owner, epoch=before.epoch)
    await set_case(session, case, CaseState.DONE, done_at=now, outcome=Outcome.CITIZEN_LEFT)
    moved = await move(
        session,
        conversation_id,
        Owner.EMPLOYEE,
        Owner.CLOSED,
        expected_epoch=expected_epoch,
        closed_at=now,
        quiet_since=quiet_since,
    )
    record(session, "close", moved, case, now=now, actor="system", frm=Owner.EMPLOYEE, to=Owner.CLOSED, why="silent")
    await say(session, conversation_id, told, now=now)
    announce(session, moved, "closed")


async def _tell(session: AsyncSession, conversation_id: str, text: str, *, now: datetime) -> None:
    await say(session, conversation_id, Draft(text, MessageKind.HANDOVER), now=now)
