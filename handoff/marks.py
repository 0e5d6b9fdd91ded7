"""What employees say of an assessment: right, or what it should have been. Exported to measure the detector on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, dossier
from handoff.detection import Level
from handoff.tables import AssessmentMark, Case, Employee
from handoff.vocabulary import CaseKind, Sender

LEVELS = (Level.NONE, Level.ESCALATE, Level.URGENT, Level.CRISIS)
"""What an employee can say it should have been; an offer is the bot's own, and looks to her like none."""
_ROLES = {Sender.CITIZEN: "citizen", Sender.BOT: "bot"}


async def mark(session: AsyncSession, case: Case, employee: Employee, should_be: Level, *, now: datetime) -> None:
    """Keep her judgement of this case; a later one of hers takes its place."""
    wanted = select(AssessmentMark).where(AssessmentMark.case_id == case.id, AssessmentMark.employee_id == employee.id)
    known = (await session.scalars(wanted)).one_or_none()
    if known is None:
        known = AssessmentMark(case_id=case.id, employee_id=employee.id)
        session.add(known)
    known.was, known.should_be, known.created_at = case.level, should_be, now
    audit.record(
        session,
        "assessment_marked",
        at=now,
        municipality=case.municipality,
        actor=f"employee:{employee.id}",
        conversation_id=case.conversation_id,
        case_reference=case.reference,
        was=case.level,
        should_be=should_be,
    )


async def of_employee(session: AsyncSession, case_id: str, employee_id: str) -> AssessmentMark | None:
    """What she said of this case."""
    wanted = select(AssessmentMark).where(AssessmentMark.case_id == case_id, AssessmentMark.employee_id == employee_id)
    return (await session.scalars(wanted)).one_or_none()


async def export(session: AsyncSession, municipality: str) -> AsyncIterator[dict[str, Any]]:
    """Marked conversations as `balie eval detection` reads them, up to the handover; personal data is masked.

    Of a case that several employees marked, the last word counts.
    """
    marked = await session.execute(
        select(AssessmentMark, Case)
        .join(Case, Case.id == AssessmentMark.case_id)
        .where(Case.municipality == municipality, Case.kind == CaseKind.CONVERSATION)
        .order_by(AssessmentMark.created_at)
    )
    last = {case.id: (one, case) for one, case in marked}
    for one, case in last.values():
        said = await dossier.messages_after(session, case, 0)
        turns = [
            {"role": _ROLES[Sender(message.sender)], "text": message.text}
            for message in said
            if message.sender in _ROLES and message.created_at <= case.opened_at
        ]
        is_right = one.should_be == one.was
        reasons = case.reasons if is_right else []
        yield {
            "id": case.reference,
            "turns": turns,
            "level": one.should_be,
            "reasons": reasons,
            "team": case.team if is_right else None,
            "was": one.was,
        }
