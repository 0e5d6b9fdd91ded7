"""What a team lead sees of her municipality now: who waits, who is there, which calls are late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import queue, ratings, waiting_time
from handoff.gravity import is_pressing
from handoff.ratings import Figures
from handoff.tables import Case, Employee
from handoff.vocabulary import LEADS, CaseKind, CaseState
from handoff.waiting_time import Accuracy

ACCURACY_DAYS = 28


@dataclass(frozen=True)
class TeamNow:
    """One team at this moment.

    Args:
        waiting: Citizens who wait in the chat.
        pressing: How many of these are in crisis or urgent.
        longest: How long the first of them has waited; None when nobody waits.
        in_conversation: Conversations that an employee has.
        callbacks: Callbacks and reports that nobody has.
        overdue: How many of these, or of those held, should have been done before today.
    """

    team: str
    waiting: int
    pressing: int
    longest: timedelta | None
    in_conversation: int
    callbacks: int
    overdue: int
    late: int
    """How many who wait in the chat should have been picked up by now (handoff/service_levels.py)."""


@dataclass(frozen=True)
class Person:
    """An employee; `presence` is None when no console of hers is open."""

    employee_id: str
    name: str
    presence: str | None
    teams: Sequence[str]
    open_conversations: int
    maximum: int


@dataclass(frozen=True)
class Now:
    """What changes from moment to moment."""

    teams: tuple[TeamNow, ...]
    people: tuple[Person, ...]


@dataclass(frozen=True)
class Lately:
    """How it went in the last four weeks."""

    ratings: Figures
    """Of what citizens said in the last four weeks, also of conversations that no employee had."""
    accuracy: Accuracy
    """Of the waiting ranges that citizens were told in the last four weeks."""


def may_see(employee: Employee) -> bool:
    """Whether the overview and the report are hers to see."""
    return employee.role in LEADS


async def read(session: AsyncSession, me: Employee, *, now: datetime, today: date) -> Now:
    """The teams of this employee, and who works in them."""
    open_cases = await session.scalars(
        select(Case).where(Case.municipality == me.municipality, Case.team.in_(me.teams), Case.state != CaseState.DONE)
    )
    of_team: dict[str, list[Case]] = {team: [] for team in me.teams}
    for case in open_cases:
        of_team[case.team].append(case)
    staff = await session.scalars(
        select(Employee)
        .where(Employee.municipality == me.municipality, Employee.active.is_(True))
        .order_by(Employee.display_name)
    )
    people = [_person(one, now) for one in staff if set(one.teams) & set(me.teams)]
    return Now(
        teams=tuple(_now(team, cases, now, today) for team, cases in of_team.items()),
        people=tuple(sorted(people, key=lambda one: (one.presence is None, one.name))),
    )


async def lately(session: AsyncSession, me: Employee, *, now: datetime) -> Lately:
    """What citizens of her municipality said, and how often they were told the right time."""
    since = now - timedelta(days=ACCURACY_DAYS)
    return Lately(
        ratings=await ratings.figures(session, me.municipality, since=since),
        accuracy=await waiting_time.accuracy(session, me.municipality, me.teams, since=since),
    )


def _now(team: str, cases: Sequence[Case], now: datetime, today: date) -> TeamNow:
    talks = [case for case in cases if case.kind == CaseKind.CONVERSATION]
    rest = [case for case in cases if case.kind != CaseKind.CONVERSATION]
    waiting = [case for case in talks if case.state == CaseState.WAITING]
    states: Mapping[Any, int] = Counter(case.state for case in talks)
    return TeamNow(
        team=team,
        waiting=len(waiting),
        pressing=sum(is_pressing(case.level) for case in waiting),
        longest=max((now - case.opened_at for case in waiting), default=None),
        in_conversation=states.get(CaseState.HELD, 0),
        callbacks=sum(case.state == CaseState.WAITING for case in rest),
        late=sum(case.pick_up_by is not None and case.pick_up_by <= now for case in waiting),
        overdue=sum(queue.is_overdue(case, now=now, today=today) for case in rest),
    )


def _person(employee: Employee, now: datetime) -> Person:
    is_there = employee.lease_until is not None and employee.lease_until > now
    return Person(
        employee_id=employee.id,
        name=employee.display_name,
        presence=employee.presence if is_there else None,
        teams=employee.teams,
        open_conversations=employee.open_conversations,
        maximum=employee.max_conversations,
    )
