"""What employees write for each other about a case. Citizens never see it; it is erased with the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, conversations, messages, personal_data
from handoff.bus import Event, conversation_subject
from handoff.database import emit
from handoff.tables import Case, CaseNote, Employee
from handoff.vault import Vault


async def add(
    session: AsyncSession, vault: Vault, case: Case, author: Employee, text: str, *, key: str, now: datetime
) -> CaseNote:
    """Keep a note once for each key, personal data masked with the conversation's own numbering.

    To be called after what locks the employee or the case, for this locks the conversation.

    Args:
        text: As `messages.clean` gives it.
        key: Of the form that it came from.
    """
    found = personal_data.find(text)
    await conversations.lock(session, case.conversation_id)
    own_key = f"{author.id}:{key}"
    stored = (await session.scalars(select(CaseNote).where(CaseNote.key == own_key))).one_or_none()
    if stored is not None:
        return stored
    masked = await messages.mask_in_conversation(session, vault, case.conversation_id, text, found=found)
    note = CaseNote(
        case_id=case.id,
        key=own_key,
        employee_id=author.id,
        author_name=author.display_name,
        text=masked.text,
        created_at=now,
    )
    session.add(note)
    audit.record(
        session,
        "note",
        at=now,
        municipality=case.municipality,
        actor=f"employee:{author.id}",
        conversation_id=case.conversation_id,
        case_reference=case.reference,
    )
    emit(session, Event(conversation_subject(case.conversation_id), "owner"))
    return note


async def of_case(session: AsyncSession, case_id: str) -> Sequence[CaseNote]:
    """The notes on a case, the newest first."""
    wanted = select(CaseNote).where(CaseNote.case_id == case_id).order_by(CaseNote.created_at.desc(), CaseNote.id)
    return (await session.scalars(wanted)).all()
