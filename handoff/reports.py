"""Reports on public space: put in the queue of the team, or brought to the system that the municipality has for them.

A report that is to be brought elsewhere is a row until that system has it. Its states are those of the outbox:
pending → sending → sent | pending (again later) | uncertain | failed. What was refused, given up, or may or may not
have arrived stands in the queue of the team under the same reference, with what happened. So no report is lost, and
none is sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, cases
from handoff.bus import Event, queue_subject
from handoff.cases import NewCase
from handoff.database import emit
from handoff.detection import Assessment, Level
from handoff.outbox import OutboxState
from handoff.references import new_reference
from handoff.tables import Case, Conversation, Report
from handoff.vocabulary import CaseKind, Consent, Team

TEAM = Team.LEEFOMGEVING
FIRST_DELAY_SECONDS = 5.0
MAX_DELAY_SECONDS = 300.0
GIVE_UP_AFTER = timedelta(hours=1)
"""From the report to the team's queue at the latest: when the other system stays away, somebody still sees it."""

_TOLD = {
    OutboxState.FAILED: "Kwam niet aan in het meldingensysteem: {why}. Voer de melding daar zelf in.",
    OutboxState.UNCERTAIN: (
        "Misschien al in het meldingensysteem ({why}). Zoek daar eerst op {reference}. Staat de melding er niet? "
        "Voer de melding dan zelf in."
    ),
}

_RECORDED = {
    OutboxState.SENT: "report_sent",
    OutboxState.FAILED: "report_failed",
    OutboxState.UNCERTAIN: "report_uncertain",
}
"""What the audit trail calls it."""


@dataclass(frozen=True)
class Reported:
    """What a citizen reported; her words with placeholders for personal data."""

    kind: str
    """Key of the category, as the form has it."""
    category: str
    """The same in words."""
    description: str
    place: str
    danger: str
    """"ja" or "nee"."""

    @property
    def details(self) -> dict[str, str]:
        """As a case shows them."""
        return {
            "category": self.category,
            "description": self.description,
            "place": self.place,
            "danger": self.danger,
        }


@dataclass(frozen=True)
class Outgoing:
    """A report as another system gets it: the place in her own words, other personal data left out."""

    reference: str
    municipality: str
    kind: str
    description: str
    place: str
    reported_at: datetime


class PublicSpace(Protocol):
    """The system in which a municipality handles reports on public space."""

    async def bring(self, report: Outgoing) -> str | None:
        """Bring one report; returns its number there, None when that system tells none.

        Raises:
            ReportNotSent: nothing arrived; try again later.
            ReportRefused: it will never take this one.
            ReportUncertain: it may have arrived.
        """


async def known(session: AsyncSession, conversation_id: str, key: str) -> str | None:
    """The reference of what was reported under this key before, wherever it went."""
    brought = select(Report.reference).where(Report.conversation_id == conversation_id, Report.key == key)
    if (reference := await session.scalar(brought)) is not None:
        return reference
    queued = select(Case).where(Case.conversation_id == conversation_id, Case.kind == CaseKind.REPORT)
    of_key = (case for case in await session.scalars(queued) if case.details.get("request", {}).get("id") == key)
    return next((case.reference for case in of_key), None)


async def to_team(
    session: AsyncSession,
    reported: Reported,
    *,
    key: str,
    conversation_id: str,
    municipality: str,
    now: datetime,
    reference: str | None = None,
    elsewhere: str | None = None,
) -> Case:
    """Put a report in the queue of public space.

    Args:
        key: Names the command; the same is done once.
        reference: The one that the citizen has already.
        elsewhere: What became of it in the other system, for whoever picks it up.
    """
    level = Level.URGENT if reported.danger == "ja" else Level.ESCALATE
    first = {} if elsewhere is None else {"elsewhere": elsewhere}
    details: dict[str, Any] = {**first, **reported.details, "request": {"id": key}}
    new = NewCase(
        Assessment(level, (), team=TEAM, explanation=f"Melding: {reported.category}."),
        TEAM,
        Consent.ASKED_HERSELF,
        told="",
        kind=CaseKind.REPORT,
        details=details,
        reference=reference,
    )
    case = await cases.open_case(session, new, conversation_id=conversation_id, municipality=municipality, now=now)
    emit(session, Event(queue_subject(municipality), "enqueued", {"conversation_id": conversation_id}))
    return case


async def to_bring(
    session: AsyncSession, reported: Reported, *, key: str, conversation_id: str, municipality: str, now: datetime
) -> Report:
    """Owe the other system this report."""
    report = Report(
        reference=await new_reference(session, cases.PREFIXES[CaseKind.REPORT]),
        conversation_id=conversation_id,
        municipality=municipality,
        key=key,
        kind=reported.kind,
        details=reported.details,
        state=OutboxState.PENDING,
        next_attempt_at=now,
        created_at=now,
    )
    session.add(report)
    return report


async def due(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Report]:
    """Reports to bring now, the oldest first."""
    wanted = (
        select(Report)
        .where(Report.state == OutboxState.PENDING, Report.next_attempt_at <= now)
        .order_by(Report.created_at)
        .limit(limit)
    )
    return (await session.scalars(wanted)).all()


async def take(session: AsyncSession, report_id: str, *, holder: str, now: datetime) -> bool:
    """Mark a report as being sent by `holder`, before it is; False when another worker was first."""
    taken = await session.execute(
        update(Report)
        .where(Report.id == report_id, Report.state == OutboxState.PENDING)
        .values(state=OutboxState.SENDING, holder=holder, attempts=Report.attempts + 1, next_attempt_at=now)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


async def interrupted(session: AsyncSession, *, older_than: datetime) -> Sequence[tuple[str, str | None]]:
    """Ids and holders of reports that are being sent since before then: whoever sent them is gone."""
    wanted = select(Report.id, Report.holder).where(
        Report.state == OutboxState.SENDING, Report.next_attempt_at < older_than
    )
    return [(row.id, row.holder) for row in await session.execute(wanted)]


async def arrived(
    session: AsyncSession, report_id: str, number: str | None, *, holder: str, now: datetime
) -> Report | None:
    """The other system has it; None when the report is no longer this worker's, or was erased."""
    report = await _held(session, report_id, holder)
    if report is not None:
        _settle(session, report, OutboxState.SENT, now, number_there=number and number[:64])
    return report


async def again(
    session: AsyncSession, report_id: str, why: str, *, holder: str, now: datetime, after_seconds: float | None = None
) -> OutboxState | None:
    """Try again later: after `after_seconds` where the other system said so, else with doubling delay.

    Returns:
        PENDING; FAILED when it was tried for an hour, and is with the team now; None as in `arrived`.
    """
    report = await _held(session, report_id, holder)
    if report is None:
        return None
    if now >= report.created_at + GIVE_UP_AFTER:
        await _give_to_team(session, report, OutboxState.FAILED, why, now)
        return OutboxState.FAILED
    doubling = FIRST_DELAY_SECONDS * 2 ** min(report.attempts - 1, 16)
    delay = min(doubling if after_seconds is None else after_seconds, MAX_DELAY_SECONDS)
    report.state, report.holder, report.last_error = OutboxState.PENDING, None, why[:256]
    report.next_attempt_at = now + timedelta(seconds=delay)
    return OutboxState.PENDING


async def give_to_team(
    session: AsyncSession, report_id: str, state: OutboxState, why: str, *, holder: str | None, now: datetime
) -> Case | None:
    """Put in the team's queue what was refused (`FAILED`) or may have arrived (`UNCERTAIN`); None as in `arrived`."""
    report = await _held(session, report_id, holder)
    return None if report is None else await _give_to_team(session, report, state, why, now)


async def _give_to_team(session: AsyncSession, report: Report, state: OutboxState, why: str, now: datetime) -> Case:
    _settle(session, report, state, now, last_error=why[:256])
    return await to_team(
        session,
        reported_in(report),
        key=report.key,
        conversation_id=report.conversation_id,
        municipality=report.municipality,
        now=now,
        reference=report.reference,
        elsewhere=_TOLD[state].format(why=why, reference=report.reference),
    )


def reported_in(report: Report) -> Reported:
    """What a row holds, her words still masked."""
    kept: Mapping[str, str] = report.details
    return Reported(report.kind, kept["category"], kept["description"], kept["place"], kept["danger"])


async def _held(session: AsyncSession, report_id: str, holder: str | None) -> Report | None:
    """The report, locked with its conversation: first that, as whoever erases it does."""
    conversation = select(Report.conversation_id).where(Report.id == report_id).scalar_subquery()
    await session.execute(select(Conversation.id).where(Conversation.id == conversation).with_for_update())
    wanted = (
        select(Report)
        .where(Report.id == report_id, Report.state == OutboxState.SENDING, Report.holder == holder)
        .with_for_update()
    )
    return (await session.scalars(wanted, execution_options={"populate_existing": True})).one_or_none()


def _settle(session: AsyncSession, report: Report, state: OutboxState, now: datetime, **values: str | None) -> None:
    report.state, report.holder = state, None
    for name, value in values.items():
        setattr(report, name, value)
    audit.record(
        session,
        _RECORDED[state],
        at=now,
        municipality=report.municipality,
        actor="system",
        conversation_id=report.conversation_id,
        case_reference=report.reference,
    )
