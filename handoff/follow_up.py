"""What an employee promises to do after a conversation: a case in her team's queue, with the day it is due."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, cases, conversations, messages, personal_data
from handoff.bus import Event, queue_subject
from handoff.cases import NewCase
from handoff.database import emit
from handoff.detection import Assessment, Level
from handoff.exceptions import InvalidText
from handoff.hours import local_date
from handoff.tables import Case, Employee
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, Consent

LONGEST_DAYS = 90
"""An open case keeps its conversation from being erased: longer than this is no follow-up but a file elsewhere."""
TASK_CHARACTERS = 500


def due_day(typed: str, now: dt.datetime) -> dt.date:
    """The day before whose end it has to be done, from a date field ("2026-12-04").

    Raises:
        InvalidText: no date, one that has passed, or further away than 90 days.
    """
    today = local_date(now)
    try:
        day = dt.date.fromisoformat(typed.strip())
    except ValueError:
        raise InvalidText("Kies voor het opvolgen een dag.") from None
    if not today <= day <= today + dt.timedelta(days=LONGEST_DAYS):
        raise InvalidText(f"Kies voor het opvolgen een dag van vandaag tot {LONGEST_DAYS} dagen verder.")
    return day


def task(typed: str) -> str:
    """What has to be done, as it may be kept.

    Raises:
        InvalidText: empty or over 500 characters.
    """
    try:
        text = messages.clean(typed)
    except InvalidText:
        raise InvalidText("Schrijf op wat er moet gebeuren.") from None
    if len(text) > TASK_CHARACTERS:
        raise InvalidText(f"Wat er moet gebeuren is te lang. Het mag {TASK_CHARACTERS} tekens hebben.")
    return text


async def plan(
    session: AsyncSession, vault: Vault, about: Case, employee: Employee, text: str, due: dt.date, *, now: dt.datetime
) -> Case:
    """Put a follow-up of `about` in its team's queue. To be called after what locks employee and case.

    Args:
        text: As `task` gives it; personal data in it is masked with the conversation's own numbering.
    """
    found = personal_data.find(text)
    await conversations.lock(session, about.conversation_id)
    masked = await messages.mask_in_conversation(session, vault, about.conversation_id, text, found=found)
    explanation = f"Opvolging van {about.reference}, gevraagd door {employee.display_name}."
    case = await cases.open_case(
        session,
        NewCase(
            Assessment(Level.NONE, (), team=about.team, explanation=explanation),
            about.team,
            Consent.NOT_ASKED,
            told="",
            kind=CaseKind.FOLLOW_UP,
            details={"task": masked.text},
            due_on=due.isoformat(),
        ),
        conversation_id=about.conversation_id,
        municipality=about.municipality,
        now=now,
    )
    audit.record(
        session,
        "follow_up",
        at=now,
        municipality=about.municipality,
        actor=f"employee:{employee.id}",
        conversation_id=about.conversation_id,
        case_reference=case.reference,
        due=due.isoformat(),
    )
    emit(session, Event(queue_subject(about.municipality), "enqueued", {"conversation_id": about.conversation_id}))
    return case
