"""The queue: which cases wait, in which order, and what place a citizen has in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.detection import Level, Reason
from handoff.tables import Case, Employee
from handoff.vocabulary import AT_WORK, CaseKind, CaseState


async def waiting(session: AsyncSession, municipality: str, teams: Collection[str]) -> Sequence[Case]:
    """Waiting cases of these teams: most urgent first, then longest waiting."""
    wanted = (
        select(Case)
        .where(Case.municipality == municipality, Case.team.in_(teams), Case.state == CaseState.WAITING)
        .order_by(Case.priority, Case.waiting_since, Case.id)
    )
    return (await session.scalars(wanted)).all()


async def held_by(session: AsyncSession, employee_id: str) -> Sequence[Case]:
    """The cases an employee holds, the oldest claim first."""
    wanted = (
        select(Case)
        .where(Case.employee_id == employee_id, Case.state == CaseState.HELD)
        .order_by(Case.claimed_at, Case.id)
    )
    return (await session.scalars(wanted)).all()


async def place(session: AsyncSession, conversation_id: str) -> int | None:
    """The place of a waiting conversation in its team's queue, 1 being next; None when it does not wait."""
    mine = (
        await session.scalars(
            select(Case)
            .where(
                Case.conversation_id == conversation_id,
                Case.state == CaseState.WAITING,
                Case.kind == CaseKind.CONVERSATION,
            )
            .limit(1)
        )
    ).one_or_none()
    if mine is None:
        return None
    same_moment = and_(Case.waiting_since == mine.waiting_since, Case.id < mine.id)
    ahead = or_(
        Case.priority < mine.priority,
        and_(Case.priority == mine.priority, or_(Case.waiting_since < mine.waiting_since, same_moment)),
    )
    counted = select(func.count()).where(
        Case.municipality == mine.municipality,
        Case.team == mine.team,
        Case.state == CaseState.WAITING,
        Case.kind == CaseKind.CONVERSATION,
        ahead,
    )
    return 1 + int(await session.scalar(counted) or 0)


async def lines(session: AsyncSession, municipality: str) -> dict[str, list[str]]:
    """Whose conversations wait for each team, the next first: at once what `place` tells of one."""
    wanted = (
        select(Case.team, Case.conversation_id)
        .where(
            Case.municipality == municipality,
            Case.state == CaseState.WAITING,
            Case.kind == CaseKind.CONVERSATION,
        )
        .order_by(Case.priority, Case.waiting_since, Case.id)
    )
    found: dict[str, list[str]] = {}
    for team, conversation_id in await session.execute(wanted):
        found.setdefault(team, []).append(conversation_id)
    return found


async def front(session: AsyncSession, case: Case, team: str | None = None) -> datetime:
    """From when a case must count as waiting to stand before all of its team that nobody has claimed yet.

    Those who were given back too stay before it, in the order in which they first came.

    Args:
        team: Another team whose queue it goes to.
    """
    earliest = await session.scalar(
        select(func.min(Case.waiting_since)).where(
            Case.municipality == case.municipality,
            Case.team == (team or case.team),
            Case.state == CaseState.WAITING,
            Case.claimed_at.is_(None),
        )
    )
    return case.opened_at if earliest is None else min(case.opened_at, earliest - timedelta(milliseconds=1))


def is_overdue(case: Case, *, now: datetime, today: date) -> bool:
    """Whether a callback or report should have been done: its day is over, or the half-day that the citizen chose."""
    if case.due_until is not None and case.due_until < now:
        return True
    return case.due_on is not None and case.due_on < today.isoformat()


def due_order(case: Case) -> tuple[str, datetime]:
    """In which order callbacks and reports are due: by day, then by the moment from which they suit."""
    return case.due_on or "", case.due_from or case.opened_at


async def not_told_of_long_wait(session: AsyncSession) -> Sequence[Case]:
    """Conversations whose citizen waits and was not told that it takes long; the longest waiting first.

    Without who is in a crisis: whoever is on call hears of her (`on_call`), and a call may endanger her. Without abuse
    too: nothing is sent by itself to who may not be the only reader.
    """
    wanted = (
        select(Case)
        .where(
            Case.state == CaseState.WAITING,
            Case.kind == CaseKind.CONVERSATION,
            Case.long_wait_told_at.is_(None),
            Case.level != Level.CRISIS,
        )
        .order_by(Case.opened_at, Case.id)
    )
    return [case for case in await session.scalars(wanted) if Reason.ABUSE not in case.reasons]


async def anybody_present(
    session: AsyncSession, municipality: str, team: str, *, now: datetime, besides: str | None = None
) -> bool:
    """Whether an employee of this team, other than `besides`, has a console open now and is not away."""
    leases = await session.execute(
        select(Employee.id, Employee.teams).where(
            Employee.municipality == municipality,
            Employee.active.is_(True),
            Employee.lease_until > now,
            Employee.presence.in_(AT_WORK),
        )
    )
    return any(team in row.teams and row.id != besides for row in leases)
