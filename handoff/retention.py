"""Deleting on time and on request. What remains is the audit trail, which holds no content."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import case as sql_case
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit
from handoff.bus import Event, conversation_subject, queue_subject
from handoff.database import emit
from handoff.exceptions import HandoffError, UnknownConversation
from handoff.tables import Case, Conversation, Employee, EmployeeSession, Message, OutboxRow, PersonalValue
from handoff.vocabulary import CaseKind, CaseState, Owner

WHAT_IS_KEPT = (
    "Uw gesprek is gewist. Wij bewaren alleen dat er een gesprek was en wanneer het is gewist, zonder de inhoud. "
    "Dat moet, om te kunnen aantonen dat wij ons aan de wet houden (AVG, artikel 5 lid 2)."
)

_ATTEMPTS_AT_ERASING = 10
"""More changes of hands than this between two statements do not happen to one conversation."""


async def erase(session: AsyncSession, conversation_id: str, *, now: datetime, actor: str) -> None:
    """Delete a conversation with everything that hangs on it: messages, values, bot state, cases, outbox.

    Args:
        actor: "citizen" on request, "system" when the retention time is over.

    Raises:
        UnknownConversation: it does not exist (any more).
    """
    for _ in range(_ATTEMPTS_AT_ERASING - 1):
        try:
            async with session.begin_nested():
                return await _erase(session, conversation_id, now=now, actor=actor)
        except _ChangedMeanwhile:
            continue
    return await _erase(session, conversation_id, now=now, actor=actor)


class _ChangedMeanwhile(HandoffError):
    """The conversation or one of its cases changed hands between reading and deleting."""


async def _erase(session: AsyncSession, conversation_id: str, *, now: datetime, actor: str) -> None:
    row = (
        await session.execute(
            select(Conversation.municipality, Conversation.owner, Conversation.epoch).where(
                Conversation.id == conversation_id
            )
        )
    ).one_or_none()
    if row is None:
        raise UnknownConversation(conversation_id)
    # Employees before cases, as in every change of owner; what was deleted then shows whether the counts were right.
    holders = await session.scalars(
        select(Case.employee_id).where(Case.conversation_id == conversation_id, Case.state == CaseState.HELD)
    )
    counted_down = sorted(one for one in holders if one)
    for holder in counted_down:
        fewer = sql_case((Employee.open_conversations > 0, Employee.open_conversations - 1), else_=0)
        await session.execute(update(Employee).where(Employee.id == holder).values(open_conversations=fewer))
    deleted = await session.execute(
        delete(Case).where(Case.conversation_id == conversation_id).returning(Case.state, Case.employee_id)
    )
    if sorted(one.employee_id for one in deleted if one.state == CaseState.HELD) != counted_down:
        raise _ChangedMeanwhile(conversation_id)
    for table in (OutboxRow, PersonalValue, Message):
        await session.execute(delete(table).where(table.conversation_id == conversation_id))
    gone = await session.execute(
        delete(Conversation).where(Conversation.id == conversation_id, Conversation.epoch == row.epoch)
    )
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise _ChangedMeanwhile(conversation_id)
    audit.record(
        session,
        "erase",
        at=now,
        municipality=row.municipality,
        actor=actor,
        conversation_id=conversation_id,
        from_owner=row.owner,
        epoch=row.epoch,
    )
    emit(session, Event(conversation_subject(conversation_id), "erased"))
    emit(session, Event(queue_subject(row.municipality), "erased", {"conversation_id": conversation_id}))


async def overdue(session: AsyncSession, *, now: datetime, days_of: Callable[[str], int]) -> list[str]:
    """Ids of closed conversations whose retention time is over and that no open case still needs.

    Args:
        days_of: Retention in days after closing, by municipality.
    """
    closed = await session.execute(
        select(Conversation.id, Conversation.municipality, Conversation.closed_at).where(
            Conversation.owner == Owner.CLOSED, Conversation.closed_at.is_not(None)
        )
    )
    past = [row.id for row in closed if row.closed_at + timedelta(days=days_of(row.municipality)) <= now]
    still_open = set(
        await session.scalars(
            select(Case.conversation_id).where(Case.conversation_id.in_(past), Case.state != CaseState.DONE)
        )
    )
    return [conversation_id for conversation_id in past if conversation_id not in still_open]


async def left_alone(session: AsyncSession, *, now: datetime, hours: float) -> list[str]:
    """Ids of conversations with the bot in which nothing happened for `hours`; these are closed so that they expire."""
    awaited = select(Case.id).where(
        Case.conversation_id == Conversation.id, Case.kind == CaseKind.CONVERSATION, Case.state != CaseState.DONE
    )
    wanted = select(Conversation.id).where(
        Conversation.owner == Owner.BOT,
        Conversation.last_activity_at <= now - timedelta(hours=hours),
        ~awaited.exists(),
    )
    return list(await session.scalars(wanted))


async def drop_expired_sessions(session: AsyncSession, *, now: datetime) -> None:
    """Forget log-ins of employees that have ended."""
    await session.execute(delete(EmployeeSession).where(EmployeeSession.expires_at <= now))
