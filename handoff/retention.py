"""Deleting on time and on request. What remains is the audit trail, which holds no content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from handoff import audit, figures
from handoff.bus import Event, conversation_subject, queue_subject
from handoff.database import emit
from handoff.exceptions import HandoffError, UnknownConversation
from handoff.outbox import OutboxState
from handoff.tables import (
    Attachment,
    Case,
    Conversation,
    Employee,
    EmployeeSession,
    Message,
    OutboxRow,
    ParkedUpdate,
    PersonalValue,
    Rating,
    Report,
)
from handoff.vocabulary import CaseKind, CaseState, Contact, Owner

WHAT_IS_KEPT = (
    "Uw gesprek is bij de gemeente gewist. Wij bewaren alleen dat het gewist is, omdat de AVG bewijs daarvan vraagt. "
    "Ook bewaren wij cijfers waaraan niemand u herkent. "
    "Deed u een melding? Die kan in het meldingensysteem blijven staan."
)

PARKED_FOR = timedelta(days=7)
"""What a citizen sent is dealt with once Balie runs with her municipality's bot; so long it can be away."""
_ATTEMPTS_AT_ERASING = 10
"""More changes of hands than this between two statements do not happen to one conversation."""


async def erase(session: AsyncSession, *conversation_ids: str, now: datetime, actor: str) -> tuple[str, ...]:
    """Delete conversations with all that hangs on them, or none: messages, values, bot state, cases, outbox, files.

    Args:
        actor: "citizen" on request, "system" when the retention time is over.

    Returns:
        The files to take away once this is committed (`Attachments.remove`); without their keys nobody can read them.

    Raises:
        UnknownConversation: one does not exist (any more).
    """
    for _ in range(_ATTEMPTS_AT_ERASING - 1):
        try:
            async with session.begin_nested():
                return await _erase(session, conversation_ids, now=now, actor=actor)
        except _ChangedMeanwhile:
            continue
    return await _erase(session, conversation_ids, now=now, actor=actor)


class _ChangedMeanwhile(HandoffError):
    """A conversation or one of its cases changed hands between reading and deleting."""


async def _erase(session: AsyncSession, ids: Sequence[str], *, now: datetime, actor: str) -> tuple[str, ...]:
    read = {
        row.id: row
        for row in await session.execute(
            select(Conversation.id, Conversation.municipality, Conversation.owner, Conversation.epoch).where(
                Conversation.id.in_(ids)
            )
        )
    }
    for conversation_id in ids:
        if conversation_id not in read:
            raise UnknownConversation(conversation_id)
    counted_down = await _count_holders_down(session, ids)
    await _lock(session, Case.id, Case.conversation_id.in_(ids))
    await _lock(session, Conversation.id, Conversation.id.in_(ids))
    await figures.keep(session, *ids, now=now)
    said = update(Rating).where(Rating.conversation_id.in_(ids))
    await session.execute(said.values(conversation_id=None, comment=None))
    files = await session.scalars(
        delete(Attachment).where(Attachment.conversation_id.in_(ids)).returning(Attachment.file)
    )
    gone_with_it = tuple(files)
    for table in (Report, OutboxRow, PersonalValue, Message):
        await session.execute(delete(table).where(table.conversation_id.in_(ids)))
    deleted = await session.execute(
        delete(Case).where(Case.conversation_id.in_(ids)).returning(Case.state, Case.employee_id)
    )
    if Counter(one.employee_id for one in deleted if one.state == CaseState.HELD) != counted_down:
        raise _ChangedMeanwhile(", ".join(ids))
    for row in read.values():
        gone = await session.execute(
            delete(Conversation).where(Conversation.id == row.id, Conversation.epoch == row.epoch)
        )
        if not gone.rowcount:  # type: ignore[attr-defined]
            raise _ChangedMeanwhile(row.id)
        audit.record(
            session,
            "erase",
            at=now,
            municipality=row.municipality,
            actor=actor,
            conversation_id=row.id,
            from_owner=row.owner,
            epoch=row.epoch,
        )
        emit(session, Event(conversation_subject(row.id), "erased"))
        emit(session, Event(queue_subject(row.municipality), "erased", {"conversation_id": row.id}))
    return gone_with_it


async def _count_holders_down(session: AsyncSession, ids: Sequence[str]) -> Counter[str]:
    """Give everybody room again who holds a case of these conversations; how many cases each."""
    holders = await session.scalars(
        select(Case.employee_id).where(Case.conversation_id.in_(ids), Case.state == CaseState.HELD)
    )
    held = Counter(one for one in holders if one)
    for employee_id, count in sorted(held.items()):
        left = Employee.open_conversations - count
        await session.execute(
            update(Employee)
            .where(Employee.id == employee_id)
            .values(open_conversations=sql_case((left > 0, left), else_=0))
        )
    return held


async def _lock(session: AsyncSession, row_id: InstrumentedAttribute[str], which: ColumnElement[bool]) -> None:
    await session.execute(select(row_id).where(which).order_by(row_id).with_for_update())


async def overdue(
    session: AsyncSession,
    *,
    now: datetime,
    days: Mapping[str, int],
    otherwise_days: int,
    limit: int,
    after_id: str = "",
) -> Sequence[str]:
    """Ids of closed conversations whose retention time is over and that no open case or report still needs, by id.

    Args:
        days: Retention in days after closing, by municipality.
        otherwise_days: The same for every other municipality.
        limit: How many at most; ask again from the last one.
    """
    past = [and_(Conversation.municipality.not_in(list(days)), _closed_before(now, otherwise_days))]
    for kept in set(days.values()):
        theirs = [municipality for municipality, its_days in days.items() if its_days == kept]
        past.append(and_(Conversation.municipality.in_(theirs), _closed_before(now, kept)))
    needed = select(Case.id).where(Case.conversation_id == Conversation.id, Case.state != CaseState.DONE)
    on_its_way = select(Report.id).where(
        Report.conversation_id == Conversation.id, Report.state.in_((OutboxState.PENDING, OutboxState.SENDING))
    )
    wanted = (
        select(Conversation.id)
        .where(
            Conversation.owner == Owner.CLOSED,
            or_(*past),
            ~needed.exists(),
            ~on_its_way.exists(),
            Conversation.id > after_id,
        )
        .order_by(Conversation.id)
        .limit(limit)
    )
    return (await session.scalars(wanted)).all()


def _closed_before(now: datetime, days: int) -> ColumnElement[bool]:
    return Conversation.closed_at <= now - timedelta(days=days)


async def left_alone(session: AsyncSession, *, quiet_since: datetime, limit: int, after_id: str = "") -> Sequence[str]:
    """Ids of conversations with the bot in which nothing happened since, by id; closed, so that they expire."""
    by_chat = Case.details["contact"].as_string() == Contact.CHAT
    awaited = select(Case.id).where(
        Case.conversation_id == Conversation.id,
        or_(Case.kind == CaseKind.CONVERSATION, by_chat),  # who is met in the chat needs it open
        Case.state != CaseState.DONE,
    )
    wanted = (
        select(Conversation.id)
        .where(
            Conversation.owner == Owner.BOT,
            Conversation.last_activity_at <= quiet_since,
            ~awaited.exists(),
            Conversation.id > after_id,
        )
        .order_by(Conversation.id)
        .limit(limit)
    )
    return (await session.scalars(wanted)).all()


async def forget_parked(session: AsyncSession, *, now: datetime) -> None:
    """Delete updates of a bot that is no longer here; another deals with its own within seconds."""
    await session.execute(delete(ParkedUpdate).where(ParkedUpdate.at < now - PARKED_FOR))


async def drop_expired_sessions(session: AsyncSession, *, now: datetime) -> None:
    """Forget log-ins of employees that have ended."""
    await session.execute(delete(EmployeeSession).where(EmployeeSession.expires_at <= now))
