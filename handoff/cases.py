"""Cases: one escalation of one conversation, with everything an employee needs to know why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.detection import Assessment, Level, Reason
from handoff.exceptions import UnknownCase
from handoff.gravity import HEAVY, is_pressing
from handoff.hours import HalfDay
from handoff.references import new_reference
from handoff.tables import Case, Conversation
from handoff.vocabulary import CaseKind, CaseState, Consent, Contact

PREFIXES = {
    CaseKind.CONVERSATION: "ZK",
    CaseKind.CALLBACK: "TB",
    CaseKind.REPORT: "ML",
    CaseKind.VISIT: "BZ",
    CaseKind.FOLLOW_UP: "OV",
}
_PRIORITY = {Level.CRISIS: 0, Level.URGENT: 1}
_ROUTINE = 2
PRESSES = Case.priority < _ROUTINE
"""`gravity.is_pressing` for the database."""
GRAVE = or_(PRESSES, *(cast(Case.reasons, String).contains(f'"{reason}"') for reason in sorted(HEAVY)))
"""`gravity.is_grave` for the database, where reasons are a JSON list of keys."""


@dataclass(frozen=True)
class NewCase:
    """What a case is opened with: why, with which words, and what the citizen was told and chose."""

    assessment: Assessment
    team: str
    consent: Consent
    told: str
    kind: CaseKind = CaseKind.CONVERSATION
    details: dict[str, Any] = field(default_factory=dict)
    due_on: str | None = None
    """ISO date of a callback."""
    reference: str | None = None
    """The one that the citizen was given already; None makes a new one."""
    half_day: HalfDay | None = None
    """The part of that day that suits the citizen."""
    language: str | None = None
    """What she writes, by code; None for Dutch."""
    also_for: tuple[str, ...] = ()
    """Other teams that her life touches."""


def priority(level: Level) -> int:
    """0 crisis, 1 urgent, 2 everything else."""
    return _PRIORITY.get(level, _ROUTINE)


async def open_case(
    session: AsyncSession, new: NewCase, *, conversation_id: str, municipality: str, now: datetime
) -> Case:
    """Add a waiting case; its place in the queue counts from `now`."""
    case = Case(
        reference=new.reference or await new_reference(session, PREFIXES[new.kind]),
        conversation_id=conversation_id,
        municipality=municipality,
        team=new.team,
        kind=new.kind,
        state=CaseState.WAITING,
        level=new.assessment.level,
        priority=priority(new.assessment.level),
        reasons=[str(reason) for reason in new.assessment.reasons],
        triggers=[asdict(trigger) for trigger in new.assessment.triggers],
        explanation=new.assessment.explanation,
        detector_version=new.assessment.version,
        told=new.told,
        consent=new.consent,
        details=new.details,
        due_on=new.due_on,
        due_from=new.half_day.starts if new.half_day else None,
        due_until=new.half_day.ends if new.half_day else None,
        language=new.language,
        also_for=list(new.also_for),
        opened_at=now,
        waiting_since=now,
    )
    session.add(case)
    return case


async def get(session: AsyncSession, case_id: str) -> Case:
    """The case as it is now.

    Raises:
        UnknownCase: it does not exist (any more).
    """
    case = await session.get(Case, case_id, populate_existing=True)
    if case is None:
        raise UnknownCase(case_id)
    return case


async def open_case_of(
    session: AsyncSession, conversation_id: str, kind: CaseKind = CaseKind.CONVERSATION
) -> Case | None:
    """The case of this conversation that is not done, if there is one."""
    wanted = (
        select(Case)
        .where(Case.conversation_id == conversation_id, Case.kind == kind, Case.state != CaseState.DONE)
        .order_by(Case.opened_at.desc())
        .limit(1)
    )
    return (await session.scalars(wanted, execution_options={"populate_existing": True})).one_or_none()


async def lock_open_cases_of(session: AsyncSession, conversation_id: str) -> None:
    """Hold the open cases of a conversation until the transaction ends; cases before conversations."""
    await session.execute(
        select(Case.id)
        .where(Case.conversation_id == conversation_id, Case.state != CaseState.DONE)
        .order_by(Case.id)
        .with_for_update()
    )


async def last_employee_of(session: AsyncSession, conversation_id: str) -> str | None:
    """Who last talked with the citizen, in this conversation or the one that it goes on from; None when nobody did."""
    previous = select(Conversation.previous_id).where(Conversation.id == conversation_id).scalar_subquery()
    wanted = (
        select(Case.employee_id)
        .where(
            or_(Case.conversation_id == conversation_id, Case.conversation_id == previous),
            Case.kind == CaseKind.CONVERSATION,
            Case.employee_id.is_not(None),
        )
        .order_by(Case.claimed_at.desc())
        .limit(1)
    )
    return await session.scalar(wanted)


def contact(case: Case) -> Contact:
    """How the citizen of a callback wants to be reached."""
    return Contact(case.details.get("contact", Contact.PHONE))


async def callback_of(session: AsyncSession, conversation_id: str) -> Case | None:
    """The latest case of this conversation that is not done and whose citizen asked to be reached; None without one."""
    wanted = (
        select(Case)
        .where(Case.conversation_id == conversation_id, Case.state != CaseState.DONE)
        .order_by(Case.opened_at.desc(), Case.id)
    )
    found = await session.scalars(wanted, execution_options={"populate_existing": True})
    return next((case for case in found if "contact" in case.details), None)


async def lock_held_by(session: AsyncSession, employee_id: str, kinds: Collection[CaseKind]) -> Sequence[Case]:
    """Hold the cases of these kinds that an employee holds until the transaction ends."""
    wanted = (
        select(Case)
        .where(Case.employee_id == employee_id, Case.state == CaseState.HELD, Case.kind.in_(kinds))
        .order_by(Case.id)
        .with_for_update()
    )
    return (await session.scalars(wanted, execution_options={"populate_existing": True})).all()


def is_raised_by(case: Case, assessment: Assessment) -> bool:
    """Whether an assessment is graver than the case, or pressing for a reason that the case does not have."""
    if priority(assessment.level) < case.priority:
        return True
    return is_pressing(assessment.level) and bool(_new_reasons(case, assessment))


def _new_reasons(case: Case, assessment: Assessment) -> tuple[Reason, ...]:
    return tuple(reason for reason in assessment.reasons if str(reason) not in case.reasons)


def raise_level(case: Case, assessment: Assessment) -> tuple[Reason, ...]:
    """Take over what is graver, or as grave for another reason, while the case waits or is held.

    Returns:
        The reasons that the case did not have; all of them when only the level rose; none when nothing changed.
    """
    if not is_raised_by(case, assessment):
        return ()
    new = _new_reasons(case, assessment)
    if priority(assessment.level) < case.priority:
        case.level = assessment.level
        case.priority = priority(assessment.level)
    case.explanation = " ".join(dict.fromkeys(filter(None, (case.explanation, assessment.explanation))))
    case.reasons = [*case.reasons, *(str(reason) for reason in new)]
    case.triggers = [*case.triggers, *(asdict(trigger) for trigger in assessment.triggers)]
    return new or assessment.reasons
