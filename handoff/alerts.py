"""Whom a waiting case alerts, by sound, notification and the title of the tab; not only who happens to look."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from handoff import offers
from handoff.detection import Level, Reason
from handoff.skills import CRISIS
from handoff.tables import Case, Employee
from handoff.vocabulary import LEADS, CaseKind, CaseState


def alerts(case: Case, employee: Employee, for_crisis: Collection[str], now: datetime) -> bool:
    """Whether this waiting case alerts an employee of its team.

    Args:
        for_crisis: Ids of who is there with the skill for a crisis; without any, a crisis alerts everybody.
    """
    if case.state != CaseState.WAITING or case.kind != CaseKind.CONVERSATION:
        return False
    if offers.is_offered(case, now):
        return case.offered_to == employee.id
    if is_for_lead(case, employee):
        return True
    if case.level == Level.CRISIS:
        return not for_crisis or employee.id in for_crisis or CRISIS in employee.skills
    return case.level == Level.URGENT


def is_for_lead(case: Case, employee: Employee) -> bool:
    """Whether this is a threat that she, who leads the team, should know of."""
    return Reason.THREAT in case.reasons and employee.role in LEADS and case.team in employee.teams
