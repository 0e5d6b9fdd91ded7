"""What an employee holds: the count below her limit, the case, her right to it, and letting go of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case as sql_case
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import cases
from handoff.detection import Level
from handoff.exceptions import AlreadyClaimed, AtCapacity, NotAllowed, UnknownCase
from handoff.ownership.change import Standing, announce, move, record, where_it_stands
from handoff.tables import Case, Employee
from handoff.vocabulary import CaseKind, CaseState, Owner


async def active_employee(session: AsyncSession, employee_id: str) -> Employee:
    """Raises:
    NotAllowed: the account does not exist or is not active.
    """
    employee = await session.get(Employee, employee_id, populate_existing=True)
    if employee is None or not employee.active:
        raise NotAllowed("this account is not active; ask an administrator")
    return employee


async def lock_employee(session: AsyncSession, employee_id: str) -> None:
    """Hold her row until the transaction ends, before any case of hers is locked."""
    await session.execute(select(Employee.id).where(Employee.id == employee_id).with_for_update())


async def held_case(session: AsyncSession, case_id: str, employee_id: str) -> tuple[Employee, Case]:
    """An employee with the case that she holds.

    Raises:
        NotAllowed: she does not hold it (any more).
    """
    employee = await session.get(Employee, employee_id, populate_existing=True)
    if employee is None:
        raise NotAllowed("this account does not exist; log in again")
    case = await cases.get(session, case_id)
    check_held(case, employee_id)
    return employee, case


def check_held(case: Case, employee_id: str) -> None:
    """Raises:
    NotAllowed: she does not hold it (any more).
    """
    if case.state != CaseState.HELD or case.employee_id != employee_id:
        raise NotAllowed("you do not hold this case (any more); refresh the page")


def check_right(employee: Employee, case: Case) -> None:
    """Raises:
    NotAllowed: the case is another municipality's or team's.
    """
    if case.municipality != employee.municipality or case.team not in employee.teams:
        raise NotAllowed("this case belongs to another municipality or team")


async def count_up(session: AsyncSession, employee: Employee, *, now: datetime) -> None:
    """One more case is hers; this locks her row.

    Raises:
        AtCapacity: she already has her maximum, or helps somebody in crisis.
    """
    await lock_employee(session, employee.id)
    # Once her row is held nobody can claim for her; this statement sees what the one before her committed.
    if await helps_in_crisis(session, employee.id):
        raise AtCapacity(employee.id, maximum=employee.max_conversations, in_crisis=True)
    counted = await session.execute(
        update(Employee)
        .where(Employee.id == employee.id, Employee.open_conversations < Employee.max_conversations)
        .values(open_conversations=Employee.open_conversations + 1, idle_since=now)
    )
    if not counted.rowcount:  # type: ignore[attr-defined]
        raise AtCapacity(employee.id, maximum=employee.max_conversations)


async def helps_in_crisis(session: AsyncSession, employee_id: str) -> bool:
    """Whether she holds a conversation in crisis: that is a full load."""
    crisis = select(Case.id).where(
        Case.employee_id == employee_id,
        Case.state == CaseState.HELD,
        Case.level == Level.CRISIS,
        Case.kind == CaseKind.CONVERSATION,
    )
    return await session.scalar(crisis.limit(1)) is not None


async def count_down(session: AsyncSession, employee_id: str, *, now: datetime) -> None:
    """One case fewer is hers; this locks her row."""
    fewer = sql_case((Employee.open_conversations > 0, Employee.open_conversations - 1), else_=0)
    await session.execute(
        update(Employee).where(Employee.id == employee_id).values(open_conversations=fewer, idle_since=now)
    )


async def set_case(session: AsyncSession, case: Case, state: CaseState, **values: object) -> None:
    """Change a case that was read before, only if nobody changed its state or holder since.

    Raises:
        AlreadyClaimed: somebody did.
    """
    unchanged = Case.employee_id == case.employee_id if case.employee_id else Case.employee_id.is_(None)
    changed = await session.execute(
        update(Case).where(Case.id == case.id, Case.state == case.state, unchanged).values(state=state, **values)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise AlreadyClaimed(case.id, holder=await holder_name(session, case.id))


async def holder_name(session: AsyncSession, case_id: str) -> str | None:
    """Who holds a case now; None when nobody does."""
    row = (
        await session.execute(
            select(Case.id, Employee.display_name)
            .outerjoin(Employee, Employee.id == Case.employee_id)
            .where(Case.id == case_id)
        )
    ).one_or_none()
    if row is None:
        raise UnknownCase(case_id)
    name: str | None = row.display_name
    return name


async def let_go(
    session: AsyncSession,
    case: Case,
    employee_id: str,
    to: Owner,
    action: str,
    *,
    actor: str,
    now: datetime,
    to_employee: str | None = None,
    **details: str,
) -> Standing | None:
    """Move a conversation out of the hands of `employee_id`; None where the citizen notices nothing.

    A callback or report is no conversation: there the case alone changes hands.
    """
    if to_employee is not None:
        details["to_employee"] = to_employee
    if case.kind != CaseKind.CONVERSATION:
        standing = await where_it_stands(session, case.conversation_id)
        record(session, action, standing, case, now=now, actor=actor, frm=None, to=None, **details)
        announce(session, standing, action, holder=to_employee)
        return None
    moved = await move(
        session,
        case.conversation_id,
        Owner.EMPLOYEE,
        to,
        expected_employee=employee_id,
        employee_id=to_employee,
        closed_at=now if to is Owner.CLOSED else None,
    )
    record(session, action, moved, case, now=now, actor=actor, frm=Owner.EMPLOYEE, to=to, **details)
    announce(session, moved, action)
    return moved
