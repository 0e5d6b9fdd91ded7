"""What employees can do beyond their teams: help in a crisis, or in another language than Dutch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit
from handoff.detection import Level
from handoff.detection.languages import NAMES
from handoff.exceptions import InvalidEmployee, NeedsSkill
from handoff.tables import Case, Employee
from handoff.vocabulary import AT_WORK, CaseKind, CaseState

CRISIS = "crisis"
CRISIS_FIRST = timedelta(seconds=60)
"""How long a crisis is kept for who has the skill. Longer than that any colleague is better than nobody: whoever is on
call is alerted after two minutes (handoff/on_call.py)."""
_SKILL = re.compile(r"[a-z][a-z-]{1,31}")


async def check_crisis(session: AsyncSession, case: Case, employee: Employee, *, now: datetime) -> None:
    """A crisis is first for who has the skill, as long as one of them is there and free.

    Raises:
        NeedsSkill: carries who can take it.
    """
    if case.level != Level.CRISIS or CRISIS in employee.skills or now >= case.waiting_since + CRISIS_FIRST:
        return
    free = [one for one in await for_crisis(session, case, now=now) if _has_room(one)]
    if free:
        raise NeedsSkill(case.id, names=tuple(one.display_name for one in free))


async def for_crisis(session: AsyncSession, case: Case, *, now: datetime) -> Sequence[Employee]:
    """Who of this case's team is there, has the skill, and does not help somebody in crisis already; by name."""
    return [one for one in await present(session, case.municipality, case.team, now=now) if CRISIS in one.skills]


async def present(session: AsyncSession, municipality: str, team: str, *, now: datetime) -> Sequence[Employee]:
    """Employees of this team with a console open, not on a break and not with somebody in crisis; by name."""
    busy = select(Case.employee_id).where(
        Case.state == CaseState.HELD,
        Case.level == Level.CRISIS,
        Case.kind == CaseKind.CONVERSATION,
        Case.employee_id.is_not(None),
    )
    wanted = (
        select(Employee)
        .where(
            Employee.municipality == municipality,
            Employee.active.is_(True),
            Employee.lease_until > now,
            Employee.presence.in_(AT_WORK),
            Employee.id.not_in(busy),
        )
        .order_by(Employee.display_name, Employee.id)
    )
    return [one for one in await session.scalars(wanted) if team in one.teams]


async def give(
    session: AsyncSession,
    employee: Employee,
    *,
    skills: Sequence[str],
    languages: Sequence[str],
    now: datetime,
    actor: str = "operator",
) -> None:
    """Say what an employee can do; replaces what was said before.

    Args:
        skills: `crisis`, or words of the municipality's own in small letters.
        languages: Codes of the languages besides Dutch, as in `NAMES`.

    Raises:
        InvalidEmployee: a skill or language that cannot be used.
    """
    wrong = [one for one in skills if not _SKILL.fullmatch(one)]
    if wrong:
        raise InvalidEmployee(f"{wrong[0]!r} is no skill; use small letters and hyphens, as in crisis")
    unknown = [one for one in languages if one not in NAMES]
    if unknown:
        raise InvalidEmployee(f"unknown language {unknown[0]!r}; choose from {', '.join(sorted(NAMES))}")
    employee.skills = list(dict.fromkeys(skills))
    employee.languages = list(dict.fromkeys(languages))
    audit.record(
        session,
        "employee_abilities",
        at=now,
        municipality=employee.municipality,
        actor=actor,
        employee=employee.id,
        skills=",".join(employee.skills),
        languages=",".join(employee.languages),
    )


def _has_room(employee: Employee) -> bool:
    return employee.open_conversations < employee.max_conversations
