"""The dossier: everything an employee gets with a case, so that nobody has to tell her story twice (invariant 8)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, cases, conversations, messages, notes
from handoff.exceptions import FileMissing, NotAllowed, UnknownCase
from handoff.tables import AuditLine, Case, CaseNote, Conversation, Employee, Message, PersonalValue
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, CaseState, Consent, Sender

REGIE_READ_AGAIN = timedelta(hours=1)
EARLIER_CONVERSATIONS = 3
"""How many linked conversations a dossier goes back: the story of today, not a life."""


@dataclass(frozen=True)
class TriggerSentence:
    """A sentence that led to the handover, and the message it stands in."""

    seq: int
    sentence: str
    reason: str


@dataclass(frozen=True)
class Attempt:
    """One thing the bot understood and tried."""

    seq: int
    topic: str | None
    aspect: str | None
    confidence: float | None
    failed: bool


@dataclass(frozen=True)
class Refusal:
    """A person or a call that was offered and that the citizen did not want."""

    seq: int
    told: str


@dataclass(frozen=True)
class Dossier:
    """One case with its conversation as it is now."""

    case: Case
    conversation: Conversation
    holder_name: str | None
    messages: Sequence[Message]
    triggers: tuple[TriggerSentence, ...]
    attempts: tuple[Attempt, ...]
    refusals: tuple[Refusal, ...]
    """What she refused before (or while) this case was open, in order."""
    placeholders: tuple[str, ...]
    """Personal data that was masked; shown per item, on request and audited."""
    other_cases: Sequence[Case]
    notes: Sequence[CaseNote]
    """What colleagues wrote for each other, the newest first; nothing for who reads it for regie."""
    earlier: tuple[Message, ...]
    """What was said in the closed conversations that the citizen herself went on from, oldest first."""


def may_read(employee: Employee, case: Case) -> bool:
    """Her municipality and one of her teams; a held case also for her who holds it."""
    if case.municipality != employee.municipality:
        return False
    return case.team in employee.teams or case.employee_id == employee.id


def reads_for_regie(employee: Employee, case: Case) -> bool:
    """Whether she may read an open case of another team because the citizen's life touches hers too.

    To read, and nothing more: no masked value, no note, no file. Who read it stands in the audit trail.
    """
    if case.municipality != employee.municipality or case.state == CaseState.DONE or may_read(employee, case):
        return False
    return not set(case.also_for).isdisjoint(employee.teams)


async def record_regie_read(session: AsyncSession, case: Case, employee: Employee, *, now: datetime) -> None:
    """Write that she opened another team's case; once an hour for each case, for a page is drawn anew often."""
    actor = f"employee:{employee.id}"
    known = select(AuditLine.id).where(
        AuditLine.action == "regie_read",
        AuditLine.actor == actor,
        AuditLine.case_reference == case.reference,
        AuditLine.at > now - REGIE_READ_AGAIN,
    )
    if await session.scalar(known.limit(1)) is None:
        audit.record(
            session,
            "regie_read",
            at=now,
            municipality=case.municipality,
            actor=actor,
            conversation_id=case.conversation_id,
            case_reference=case.reference,
        )


async def read(session: AsyncSession, case_id: str, employee: Employee) -> Dossier:
    """The dossier of a case.

    Raises:
        UnknownCase: no such case.
        NotAllowed: another municipality's or team's case.
    """
    case = await readable_case(session, case_id, employee, regie=True)
    conversation = await conversations.get(session, case.conversation_id)
    said = await messages_after(session, case, 0)
    holder = await session.get(Employee, case.employee_id) if case.employee_id else None
    linked = await _linked(session, conversation)
    written = await notes.of_case(session, case.id) if may_read(employee, case) else ()
    others = await session.scalars(
        select(Case)
        .where(Case.conversation_id.in_(linked), Case.id != case.id, Case.state != CaseState.DONE)
        .order_by(Case.opened_at, Case.id)
    )
    return Dossier(
        case=case,
        conversation=conversation,
        holder_name=holder.display_name if holder else None,
        messages=said,
        triggers=tuple(_sentences(case.triggers, said)),
        attempts=tuple(_attempts(said)),
        refusals=tuple(_refusals(said)),
        placeholders=tuple(value.placeholder for value in await _personal_values(session, case, said, written)),
        other_cases=others.all(),
        notes=written,
        earlier=tuple(await _earlier(session, conversation, employee)),
    )


async def _linked(session: AsyncSession, conversation: Conversation) -> set[str]:
    """This conversation, those that the citizen went on from, and those in which she went on.

    Only by her own token or spoken code: a telephone number or an account alone never links anything.
    """
    ids = {conversation.id}
    previous_id = conversation.previous_id
    for _ in range(EARLIER_CONVERSATIONS):
        previous = await session.get(Conversation, previous_id) if previous_id else None
        if previous is None or previous.municipality != conversation.municipality:
            break
        ids.add(previous.id)
        previous_id = previous.previous_id
    later = select(Conversation.id).where(
        Conversation.previous_id.in_(ids), Conversation.municipality == conversation.municipality
    )
    return ids | set(await session.scalars(later))


async def open_other(
    session: AsyncSession, case_id: str, other_id: str, employee: Employee, reason: str, *, now: datetime
) -> Case:
    """Another open case of the same citizen, for a reason that stands in the audit trail (purpose limitation).

    Args:
        reason: A key, never what somebody typed.

    Raises:
        UnknownCase: no such case, or it is not another one of this citizen.
        NotAllowed: she has no right to one of the two.
    """
    found = await read(session, case_id, employee)
    other = next((one for one in found.other_cases if one.id == other_id), None)
    if other is None:
        raise UnknownCase(other_id)
    if not may_read(employee, found.case) or not may_read(employee, other):
        raise NotAllowed("this case belongs to another municipality or team")
    audit.record(
        session,
        "open_other",
        at=now,
        municipality=other.municipality,
        actor=f"employee:{employee.id}",
        conversation_id=other.conversation_id,
        case_reference=other.reference,
        reason=reason,
        from_case=found.case.reference,
    )
    return other


async def readable_case(session: AsyncSession, case_id: str, employee: Employee, *, regie: bool = False) -> Case:
    """The case as it is now, if `employee` has a right to it.

    Args:
        regie: Whether it is enough that it touches her team.

    Raises:
        UnknownCase: no such case.
        NotAllowed: another municipality's or team's case.
    """
    case = await cases.get(session, case_id)
    if not may_read(employee, case) and not (regie and reads_for_regie(employee, case)):
        raise NotAllowed("this case belongs to another municipality or team")
    return case


async def messages_after(session: AsyncSession, case: Case, seq: int) -> Sequence[Message]:
    """What was said after number `seq` and belongs to this case."""
    said = await messages.after(session, case.conversation_id, seq)
    return [message for message in said if belongs(case, message.created_at)]


def belongs(case: Case, said_at: datetime) -> bool:
    """Whether what was said then is for who has this case (purpose limitation, GDPR art. 5(1)(b)).

    A conversation's case ends when it is done. A callback or report is about what was said until it was asked for:
    it can stay open for days in which the citizen talks with another team.
    """
    until = case.done_at if case.kind == CaseKind.CONVERSATION else case.opened_at
    return until is None or said_at <= until


async def reveal(
    session: AsyncSession, vault: Vault, case_id: str, employee: Employee, placeholder: str, *, now: datetime
) -> str | None:
    """What stands behind one placeholder, with an audit line that says who looked at which kind; None when unknown.

    Raises:
        UnknownCase: no such case.
        NotAllowed: another municipality's or team's case.
        WrongKey: it was encrypted under another secret key.
    """
    case = await readable_case(session, case_id, employee)
    said, written = await messages_after(session, case, 0), await notes.of_case(session, case.id)
    shown = await _personal_values(session, case, said, written)
    row = next((value for value in shown if value.placeholder == placeholder), None)
    if row is None:
        return None
    audit.record(
        session,
        "reveal",
        at=now,
        municipality=case.municipality,
        actor=f"employee:{employee.id}",
        conversation_id=case.conversation_id,
        case_reference=case.reference,
        placeholder=placeholder,
    )
    return vault.decrypt(row.ciphertext)


async def message_with_file(
    session: AsyncSession, case_id: str, employee: Employee, attachment_id: str, *, now: datetime
) -> Message:
    """The message of this case (or of what went before it) that brought a file; who opens it stands in the audit.

    Raises:
        UnknownCase: no such case.
        NotAllowed: another municipality's or team's case.
        FileMissing: no message that belongs to this case brought it.
    """
    case = await readable_case(session, case_id, employee)
    conversation = await conversations.get(session, case.conversation_id)
    shown = [*await messages_after(session, case, 0), *await _earlier(session, conversation, employee)]
    found = next((one for one in shown if one.attachment and one.attachment["id"] == attachment_id), None)
    if found is None:
        raise FileMissing("this case has no such file")
    audit.record(
        session,
        "attachment_read",
        at=now,
        municipality=case.municipality,
        actor=f"employee:{employee.id}",
        conversation_id=found.conversation_id,
        case_reference=case.reference,
        attachment=attachment_id,
    )
    return found


async def _personal_values(
    session: AsyncSession, case: Case, said: Sequence[Message], notes_of_case: Sequence[CaseNote]
) -> list[PersonalValue]:
    """What was masked in this case: in its messages (`said`), details or notes; not in the conversation's rest."""
    texts = [message.text for message in said] + [note.text for note in notes_of_case]
    written = "\n".join([*texts, json.dumps(case.details, ensure_ascii=False)])
    wanted = (
        select(PersonalValue)
        .where(PersonalValue.conversation_id == case.conversation_id)
        .order_by(PersonalValue.placeholder)
    )
    return [value for value in await session.scalars(wanted) if value.placeholder in written]


async def _earlier(session: AsyncSession, conversation: Conversation, employee: Employee) -> list[Message]:
    """Without the conversations that another team had a case of: what was told there was told to that team."""
    said: list[Message] = []
    previous_id = conversation.previous_id
    for _ in range(EARLIER_CONVERSATIONS):
        previous = await session.get(Conversation, previous_id) if previous_id else None
        if previous is None or previous.municipality != conversation.municipality:
            break
        teams = await session.scalars(select(Case.team).where(Case.conversation_id == previous.id))
        if set(teams) <= set(employee.teams):
            said = [*await messages.after(session, previous.id, 0), *said]
        previous_id = previous.previous_id
    return said


def _sentences(triggers: Sequence[dict[str, Any]], said: Sequence[Message]) -> list[TriggerSentence]:
    by_seq = {message.seq: message.text for message in said}
    return [
        TriggerSentence(trigger["turn"], by_seq[trigger["turn"]][trigger["start"] : trigger["end"]], trigger["reason"])
        for trigger in triggers
        if trigger["turn"] in by_seq
    ]


def _attempts(said: Sequence[Message]) -> list[Attempt]:
    return [
        Attempt(
            seq=message.seq,
            topic=message.understood.get("topic"),
            aspect=message.understood.get("aspect"),
            confidence=message.understood.get("confidence"),
            failed=bool(message.understood.get("failed")),
        )
        for message in said
        if message.sender == Sender.CITIZEN and message.understood and "consent" not in message.understood
    ]


def _refusals(said: Sequence[Message]) -> list[Refusal]:
    return [
        Refusal(message.seq, message.understood.get("told") or "")
        for message in said
        if message.understood and message.understood.get("consent") == Consent.REFUSED
    ]
