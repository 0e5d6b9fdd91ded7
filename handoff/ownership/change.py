"""One change of owner: the conditional UPDATE, the audit line, the word to the citizen and the events.

Used by this package alone, but for `hold`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, cases, conversations, messages, queue
from handoff.bus import Event, conversation_subject, queue_subject
from handoff.database import emit
from handoff.exceptions import StaleOwner, UnknownConversation
from handoff.messages import Draft
from handoff.tables import Case, Conversation, Employee
from handoff.vocabulary import Owner, Sender

Notice = Callable[[int], Draft]
"""Makes what a citizen is told of her place in the queue, 1 being next."""

NoticeFor = Callable[[AsyncSession, Case, Employee], Awaitable[Notice]]
"""Gives the notice for the citizen of this case, whom this employee gives back to the queue."""


TeamNoticeFor = Callable[[AsyncSession, Case, Employee, str], Awaitable[Notice]]
"""The same for whom she passes on to a team, the last argument."""


@dataclass(frozen=True)
class Standing:
    """What the row of a conversation says after (or before) a change."""

    conversation_id: str
    municipality: str
    owner: str
    epoch: int
    employee_id: str | None


async def hold(session: AsyncSession, conversation_id: str, *, owner: str, epoch: int) -> Conversation:
    """Lock a conversation with its open cases until the transaction ends, if it is still with `owner` at `epoch`.

    Raises:
        StaleOwner: it changed hands.
        UnknownConversation: it was erased.
    """
    await cases.lock_open_cases_of(session, conversation_id)
    locked = await conversations.lock(session, conversation_id)
    if (locked.owner, locked.epoch) != (owner, epoch):
        raise StaleOwner(conversation_id, owner=locked.owner, epoch=locked.epoch)
    return locked


async def move(
    session: AsyncSession,
    conversation_id: str,
    expected: Owner,
    to: Owner,
    *,
    expected_epoch: int | None = None,
    expected_employee: str | None = None,
    employee_id: str | None = None,
    closed_at: datetime | None = None,
    quiet_since: datetime | None = None,
) -> Standing:
    """The one conditional UPDATE behind every change of owner.

    Raises:
        StaleOwner: what was expected no longer holds; nothing changed.
        UnknownConversation: there is no such conversation (any more).
    """
    change = update(Conversation).where(Conversation.id == conversation_id, Conversation.owner == expected)
    if expected_epoch is not None:
        change = change.where(Conversation.epoch == expected_epoch)
    if expected_employee is not None:
        change = change.where(Conversation.employee_id == expected_employee)
    if quiet_since is not None:
        change = change.where(Conversation.last_activity_at <= quiet_since)
    row = (
        await session.execute(
            change.values(
                owner=to,
                epoch=Conversation.epoch + 1,
                employee_id=employee_id,
                closed_at=closed_at,
                pending_offer=None,
                failures_in_a_row=0,
            ).returning(Conversation.municipality, Conversation.epoch)
        )
    ).one_or_none()
    if row is None:
        raise await stale(session, conversation_id)
    return Standing(conversation_id, row.municipality, to, row.epoch, employee_id)


async def where_it_stands(session: AsyncSession, conversation_id: str) -> Standing:
    """The owner as it is now.

    Raises:
        UnknownConversation: there is no such conversation (any more).
    """
    row = (
        await session.execute(
            select(Conversation.municipality, Conversation.owner, Conversation.epoch, Conversation.employee_id).where(
                Conversation.id == conversation_id
            )
        )
    ).one_or_none()
    if row is None:
        raise UnknownConversation(conversation_id)
    return Standing(conversation_id, row.municipality, row.owner, row.epoch, row.employee_id)


async def stale(session: AsyncSession, conversation_id: str) -> StaleOwner:
    """The refusal of a change that came too late, with what is true now."""
    now_is = await where_it_stands(session, conversation_id)
    return StaleOwner(conversation_id, owner=now_is.owner, epoch=now_is.epoch)


async def say(session: AsyncSession, conversation_id: str, told: Draft, *, now: datetime) -> None:
    """Tell the citizen."""
    await messages.append(session, conversation_id, told, sender=Sender.SYSTEM, now=now)


async def say_place(session: AsyncSession, conversation_id: str, notice: Notice, *, now: datetime) -> None:
    """Tell the citizen her place in the queue."""
    place = await queue.place(session, conversation_id)
    await say(session, conversation_id, notice(place or 1), now=now)


def announce(session: AsyncSession, standing: Standing, kind: str, *, holder: str | None = None) -> None:
    """Tell whoever watches the conversation or the queue, once this is committed.

    Args:
        holder: Who has the case now, where that is not who has the conversation. Nobody else need look what she holds:
            whoever had the case watches its conversation.
    """
    emit(session, Event(conversation_subject(standing.conversation_id), "owner"))
    told = {"conversation_id": standing.conversation_id, "holder": holder or standing.employee_id}
    emit(session, Event(queue_subject(standing.municipality), kind, told))


def record(
    session: AsyncSession,
    action: str,
    standing: Standing,
    case: Case | None,
    *,
    now: datetime,
    actor: str,
    frm: Owner | None = None,
    to: Owner | None = None,
    **details: str,
) -> None:
    """Write the audit line."""
    audit.record(
        session,
        action,
        at=now,
        municipality=standing.municipality,
        actor=actor,
        conversation_id=standing.conversation_id,
        case_reference=case.reference if case else None,
        from_owner=frm,
        to_owner=to,
        epoch=standing.epoch,
        **details,
    )
