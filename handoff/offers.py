"""Offering a waiting case to one employee at a time: who has been idle longest, the next when she lets it pass.

An offer gives nothing away: taking it is an ordinary claim, with its race and its limit (invariant 4). It only keeps
others from claiming for as long as it stands. Crisis and urgent cases are never offered: they alert everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, cases
from handoff.bus import Event, queue_subject
from handoff.database import emit
from handoff.detection import Level
from handoff.exceptions import NotAllowed, OfferedToAnother
from handoff.gravity import is_pressing
from handoff.tables import Case, Employee
from handoff.vocabulary import CaseKind, CaseState, Presence

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Offer:
    """A case that one employee may take until a moment."""

    case_id: str
    employee_id: str
    until: datetime


def is_open_to(employee_id: str, now: datetime) -> ColumnElement[bool]:
    """Whether this employee may claim a case: it is offered to nobody else at this moment."""
    return or_(
        Case.offered_to.is_(None),
        Case.offered_to == employee_id,
        Case.offered_until <= now,
        cases.PRESSES,  # it got worse while it was offered
    )


async def check_open_to(session: AsyncSession, case_id: str, employee_id: str, *, now: datetime) -> None:
    """Say to whom a case is offered that this employee could not claim.

    Raises:
        OfferedToAnother: it waits, and is offered to a colleague.
    """
    case = await cases.get(session, case_id)
    if case.state != CaseState.WAITING or not is_offered(case, now) or case.offered_to == employee_id:
        return
    other = await session.get(Employee, case.offered_to)
    raise OfferedToAnother(case_id, name=other.display_name if other else "een collega")


def is_offered(case: Case, now: datetime) -> bool:
    """Whether somebody may take this case at this moment before anybody else; not once it got worse."""
    if case.offered_to is None or case.offered_until is None or is_pressing(case.level):
        return False
    return case.offered_until > now


async def due(session: AsyncSession, *, now: datetime) -> Sequence[Case]:
    """Waiting conversations that stand with no offer, or whose offer has passed; in the order of the queue."""
    wanted = (
        select(Case)
        .where(
            Case.state == CaseState.WAITING,
            Case.kind == CaseKind.CONVERSATION,
            ~cases.PRESSES,
            or_(Case.offered_to.is_(None), Case.offered_until <= now),
        )
        .order_by(Case.waiting_since, Case.id)
    )
    return (await session.scalars(wanted)).all()


async def make(session: AsyncSession, case_id: str, *, offer_for: timedelta, now: datetime) -> Offer | None:
    """Offer a case to the next employee; None when nobody can take one now.

    Who let it pass is asked again once all others were. Rows are locked in the order of every change: the employee,
    then the case.
    """
    case = await cases.get(session, case_id)
    passed = case.offered_to
    declined = [*case.declined_by, *([passed] if passed and passed not in case.declined_by else [])]
    able = [one for one in await free(session, case.municipality, now=now) if case.team in one.teams]
    ranked = [one for one in able if one.id not in declined] or able
    if ranked and ranked is able and declined:
        declined = []  # a new round
    if ranked:
        first = min(ranked, key=lambda one: _rank(one, case))
        if not await _locked_and_free(session, first.id, now):
            return None  # the next round finds another; two rows held at once might wait for somebody else's two
        return await _give(session, case, first, declined, until=now + offer_for, now=now)
    if passed is not None:
        await _clear(session, case, declined, now)
    return None


async def decline(session: AsyncSession, case_id: str, employee_id: str, *, now: datetime) -> None:
    """She lets an offer pass: it goes to the next.

    Raises:
        NotAllowed: it is not offered to her (any more).
    """
    case = await cases.get(session, case_id)
    declined = [*case.declined_by, employee_id]
    changed = await session.execute(
        update(Case)
        .where(Case.id == case_id, Case.state == CaseState.WAITING, Case.offered_to == employee_id)
        .values(offered_to=None, offered_until=None, declined_by=declined)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise NotAllowed("this case is not offered to you (any more)")
    _record(session, case, "offer_declined", f"employee:{employee_id}", now)


async def end_of(session: AsyncSession, employee_id: str, *, now: datetime) -> None:
    """She takes no new cases any more: what is offered to her goes to the next at once."""
    await session.execute(
        update(Case)
        .where(Case.offered_to == employee_id, Case.state == CaseState.WAITING, Case.offered_until > now)
        .values(offered_until=now)
    )


async def free(session: AsyncSession, municipality: str, *, now: datetime) -> Sequence[Employee]:
    """Who of a municipality could be offered a case now."""
    wanted = select(Employee).where(Employee.municipality == municipality, _is_free(now))
    return (await session.scalars(wanted, execution_options={"populate_existing": True})).all()


async def _locked_and_free(session: AsyncSession, employee_id: str, now: datetime) -> bool:
    """Hold her row, and look again: what made her free may have changed until it was held."""
    await session.execute(select(Employee.id).where(Employee.id == employee_id).with_for_update())
    still = select(Employee.id).where(Employee.id == employee_id, _is_free(now))
    return await session.scalar(still) is not None


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Whether an employee could be offered a case now."""
    return and_(
        Employee.active.is_(True),
        Employee.lease_until > now,
        Employee.presence == Presence.AVAILABLE,
        Employee.open_conversations < Employee.max_conversations,
        Employee.id.not_in(_taken_up(now)),
    )


def _taken_up(now: datetime) -> CompoundSelect[str | None]:
    """Ids of employees who have an offer already, or help somebody in crisis."""
    offered = select(Case.offered_to).where(
        Case.state == CaseState.WAITING,
        ~cases.PRESSES,
        Case.offered_until > now,
        Case.offered_to.is_not(None),
    )
    in_crisis = select(Case.employee_id).where(
        Case.state == CaseState.HELD,
        Case.level == Level.CRISIS,
        Case.kind == CaseKind.CONVERSATION,
        Case.employee_id.is_not(None),
    )
    return offered.union(in_crisis)


def _rank(employee: Employee, case: Case) -> tuple[bool, bool, datetime, str]:
    """Who knows the citizen, then who speaks her language, then who has waited longest for a case."""
    knows = case.preferred_employee_id == employee.id
    speaks = case.language is not None and case.language in employee.languages
    return not knows, not speaks, employee.idle_since or _LONG_AGO, employee.id


async def _give(
    session: AsyncSession, case: Case, employee: Employee, declined: list[str], *, until: datetime, now: datetime
) -> Offer | None:
    passed = case.offered_to
    changed = await session.execute(
        update(Case)
        .where(
            Case.id == case.id,
            Case.state == CaseState.WAITING,
            or_(Case.offered_to.is_(None), Case.offered_until <= now),
        )
        .values(offered_to=employee.id, offered_until=until, declined_by=declined)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        return None  # claimed or offered by another process meanwhile
    if passed is not None:
        _record(session, case, "offer_missed", f"employee:{passed}", now)
    _record(session, case, "offer", "system", now, to_employee=employee.id)
    return Offer(case.id, employee.id, until)


async def _clear(session: AsyncSession, case: Case, declined: list[str], now: datetime) -> None:
    passed = case.offered_to
    changed = await session.execute(
        update(Case)
        .where(Case.id == case.id, Case.state == CaseState.WAITING, Case.offered_until <= now)
        .values(offered_to=None, offered_until=None, declined_by=declined)
    )
    if changed.rowcount:  # type: ignore[attr-defined]
        _record(session, case, "offer_missed", f"employee:{passed}", now)


def _record(
    session: AsyncSession, case: Case, action: str, actor: str, now: datetime, to_employee: str | None = None
) -> None:
    details: dict[str, Any] = {"to_employee": to_employee} if to_employee else {}
    audit.record(
        session,
        action,
        at=now,
        municipality=case.municipality,
        actor=actor,
        conversation_id=case.conversation_id,
        case_reference=case.reference,
        **details,
    )
    emit(session, Event(queue_subject(case.municipality), "offered", {"conversation_id": case.conversation_id}))
