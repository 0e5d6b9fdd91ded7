"""A callback that nobody answered: tried again on another day, then told and closed; never forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handoff import cases, queue, texts
from handoff.exceptions import NotAllowed
from handoff.hours import local_date
from handoff.messages import Draft
from handoff.ownership.change import say
from handoff.ownership.holding import count_down, held_case, let_go, set_case
from handoff.vocabulary import CaseKind, CaseState, Contact, MessageKind, Outcome, Owner

MAX_ATTEMPTS = 3
MIN_DAYS = 2
"""The attempts must lie on so many days: who works today may be home tomorrow."""

NextDay = Callable[[dt.datetime], dt.date | None]
"""The first day after a moment's own day on which employees call; None when none is known."""


async def not_reached(
    session: AsyncSession, case_id: str, employee_id: str, *, now: dt.datetime, next_day: NextDay
) -> bool:
    """Count an attempt in vain: back to the queue, later today or on another day; after the last the citizen is told.

    Returns:
        Whether this was the last attempt, so that the case is done.

    Raises:
        NotAllowed: she does not hold it, or it is no callback.
    """
    _, case = await held_case(session, case_id, employee_id)
    by_chat = case.kind == CaseKind.CONVERSATION and cases.contact(case) is Contact.CHAT
    if case.kind != CaseKind.CALLBACK and not by_chat:
        raise NotAllowed("only a callback can be tried again")
    attempts = [*case.attempts, {"at": now.isoformat(), "employee_id": employee_id, "due_on": case.due_on}]
    is_last = len(attempts) >= MAX_ATTEMPTS and days_of(attempts) >= MIN_DAYS
    by = f"employee:{employee_id}"
    await count_down(session, employee_id, now=now)
    if is_last:
        await set_case(session, case, CaseState.DONE, done_at=now, outcome=Outcome.NOT_REACHED, attempts=attempts)
        await let_go(session, case, employee_id, Owner.CLOSED, "not_reached", actor=by, now=now, last="yes")
        told = Draft(texts.not_reached(len(attempts), case.reference, by_chat=by_chat), MessageKind.CALLBACK)
        await say(session, case.conversation_id, told, now=now)
        return True
    await set_case(
        session,
        case,
        CaseState.WAITING,
        employee_id=None,
        attempts=attempts,
        waiting_since=await queue.front(session, case),
        due_on=_due_on(attempts, case.due_on, now, next_day),
        due_from=None,
        due_until=None,
    )
    await let_go(session, case, employee_id, Owner.BOT if by_chat else Owner.QUEUED, "not_reached", actor=by, now=now)
    if by_chat:
        await set_case(session, case, CaseState.WAITING, kind=CaseKind.CALLBACK)
    return False


def days_of(attempts: Sequence[dict[str, Any]]) -> int:
    """On how many days, in the Netherlands, these attempts were made."""
    return len({local_date(dt.datetime.fromisoformat(one["at"])) for one in attempts})


def _due_on(attempts: Sequence[dict[str, Any]], due_on: str | None, now: dt.datetime, next_day: NextDay) -> str | None:
    """The first is repeated the same day; after that it is another day's turn."""
    if len(attempts) == 1:
        return due_on
    day = next_day(now)
    return day.isoformat() if day else due_on
