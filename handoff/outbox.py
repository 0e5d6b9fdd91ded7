"""What pushing channels still have to deliver: rows and their rules. Channels only send.

States: pending → sending → sent | pending (again later) | uncertain | failed. A row that was `sending` when its
process died is `uncertain`: it may have arrived, so it is shown as such and not blindly sent again. A row that is
`held` waits until the citizen writes (`handoff/reading_along.py`), and is then pending again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from handoff import signals
from handoff.bus import Event
from handoff.database import emit
from handoff.tables import Conversation, Message, OutboxRow
from handoff.vocabulary import ChannelName

OUTBOX_SUBJECT = "outbox"
MAX_ATTEMPTS = 12
FIRST_DELAY_SECONDS = 1.0
MAX_DELAY_SECONDS = 300.0

PUSHED_CHANNELS = frozenset({ChannelName.TELEGRAM})


class OutboxState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    HELD = "held"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"


def enqueue(session: AsyncSession, message: Message, *, channel: str, municipality: str, now: datetime) -> None:
    """Owe the citizen this message, where her channel must be pushed; the web reads by number instead."""
    if channel not in PUSHED_CHANNELS:
        return
    session.add(
        OutboxRow(
            conversation_id=message.conversation_id,
            message_id=message.id,
            channel=channel,
            municipality=municipality,
            seq=message.seq,
            state=OutboxState.PENDING,
            next_attempt_at=now,
        )
    )
    emit(session, Event(OUTBOX_SUBJECT, "due"))


_UNSETTLED = (OutboxState.PENDING, OutboxState.SENDING)


def _due() -> Select[OutboxRow]:
    """What `due` asks, built once: it is asked several times a second, and building it costs more than asking."""
    earlier, former = aliased(OutboxRow), aliased(OutboxRow)
    not_over = (
        select(former.id)
        .join(Conversation, Conversation.previous_id == former.conversation_id)
        .where(Conversation.id == OutboxRow.conversation_id, former.state.in_(_UNSETTLED))
        .correlate(OutboxRow)
        .exists()
    )
    blocked = (
        select(earlier.id)
        .where(
            earlier.conversation_id == OutboxRow.conversation_id,
            earlier.seq < OutboxRow.seq,
            earlier.state.in_(_UNSETTLED),
        )
        .exists()
    )
    return (
        select(OutboxRow)
        .where(
            OutboxRow.channel == bindparam("channel"),
            OutboxRow.state == OutboxState.PENDING,
            OutboxRow.next_attempt_at <= bindparam("now"),
            OutboxRow.conversation_id.not_in(bindparam("besides", expanding=True)),
            ~blocked,
            ~not_over,
        )
        .order_by(OutboxRow.next_attempt_at, OutboxRow.seq)
        .limit(bindparam("limit"))
    )


_DUE = _due()


async def due(
    session: AsyncSession, channel: str, *, now: datetime, limit: int = 50, besides: Collection[str] = ()
) -> Sequence[OutboxRow]:
    """Rows to send now: of each conversation only the first that is not yet delivered, so order is kept.

    A conversation that goes on from another, in the same chat, waits until that one's last words are delivered.

    Args:
        besides: Conversations that are being delivered to, which need not be looked at.
    """
    given = {"channel": channel, "now": now, "besides": list(besides), "limit": limit}
    return (await session.scalars(_DUE, given)).all()


async def is_settled(session: AsyncSession, conversation_id: str) -> bool:
    """Whether nothing is on its way to her in this conversation."""
    on_its_way = select(OutboxRow.id).where(
        OutboxRow.conversation_id == conversation_id, OutboxRow.state.in_(_UNSETTLED)
    )
    return await session.scalar(on_its_way.limit(1)) is None


async def take(session: AsyncSession, row_id: str, *, holder: str, now: datetime) -> bool:
    """Mark a row as being sent by `holder`; False when another worker was first."""
    taken = await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.state == OutboxState.PENDING)
        .values(state=OutboxState.SENDING, holder=holder, attempts=OutboxRow.attempts + 1, next_attempt_at=now)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


async def hold_back(session: AsyncSession, row_id: str) -> None:
    """Wait until the citizen writes again."""
    await _settle(session, row_id, OutboxState.HELD)


async def let_go(session: AsyncSession, conversation_id: str, *, now: datetime) -> None:
    """The citizen is there: what was held back for her is owed now, here and in what this goes on from."""
    here = (
        select(Conversation.id, Conversation.previous_id, Conversation.reads_along)
        .where(Conversation.id == conversation_id)
        .cte("chain", recursive=True)
    )
    former = select(Conversation.id, Conversation.previous_id, Conversation.reads_along)
    chain = here.union(former.join(here, Conversation.id == here.c.previous_id))
    # Held against whoever is about to hold something back there: it then sees that she wrote.
    asked = (
        select(Conversation.id)
        .where(Conversation.id.in_(select(chain.c.id).where(chain.c.reads_along.is_not(None))))
        .order_by(Conversation.opened_at.desc())
        .with_for_update()
    )
    ids = (await session.scalars(asked)).all()
    if not ids:
        return
    freed = await session.scalars(
        update(OutboxRow)
        .where(OutboxRow.conversation_id.in_(ids), OutboxRow.state == OutboxState.HELD)
        .values(state=OutboxState.PENDING, next_attempt_at=now)
        .returning(OutboxRow.conversation_id)
    )
    for freed_in in sorted(set(freed.all())):
        emit(session, Event(OUTBOX_SUBJECT, "due"))
        emit(session, signals.delivery(freed_in))


async def sent(session: AsyncSession, row_id: str, *, now: datetime) -> None:
    """The channel's provider accepted the message."""
    await _settle(session, row_id, OutboxState.SENT, sent_at=now, last_error=None)


async def uncertain(session: AsyncSession, row_id: str, error: str) -> None:
    """Nobody can know whether it arrived (a time-out after sending); it is not repeated by itself."""
    await _settle(session, row_id, OutboxState.UNCERTAIN, last_error=error[:256])


async def retry(
    session: AsyncSession, row: OutboxRow, error: str, *, now: datetime, after_seconds: float | None = None
) -> OutboxState:
    """Try again later: after `after_seconds` where the provider said so, else with doubling delay.

    Returns:
        PENDING, or FAILED once `MAX_ATTEMPTS` were made (a provider's own delay does not count towards it).
    """
    attempts = await session.scalar(select(OutboxRow.attempts).where(OutboxRow.id == row.id)) or 0
    if after_seconds is not None:
        delay, attempts = after_seconds, max(0, attempts - 1)
    elif attempts >= MAX_ATTEMPTS:
        await _settle(session, row.id, OutboxState.FAILED, last_error=error[:256])
        return OutboxState.FAILED
    else:
        delay = min(FIRST_DELAY_SECONDS * 2 ** max(0, attempts - 1), MAX_DELAY_SECONDS)
    await _settle(
        session,
        row.id,
        OutboxState.PENDING,
        attempts=attempts,
        next_attempt_at=now + timedelta(seconds=delay),
        last_error=error[:256],
    )
    return OutboxState.PENDING


async def fail(session: AsyncSession, row_id: str, error: str) -> None:
    """Delivery will never work (blocked by the citizen, chat gone)."""
    await _settle(session, row_id, OutboxState.FAILED, last_error=error[:256])


async def release_interrupted(session: AsyncSession, channel: str, *, older_than: datetime) -> int:
    """Mark rows that were being sent when their process died as uncertain; returns how many."""
    interrupted = await session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.channel == channel,
            OutboxRow.state == OutboxState.SENDING,
            OutboxRow.next_attempt_at < older_than,
        )
        .values(state=OutboxState.UNCERTAIN, last_error="interrupted while sending")
    )
    return int(interrupted.rowcount)  # type: ignore[attr-defined]


async def _settle(session: AsyncSession, row_id: str, state: OutboxState, **values: object) -> None:
    settled = await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id)
        .values(state=state, holder=None, **values)
        .returning(OutboxRow.conversation_id)
    )
    conversation_id = settled.scalar_one_or_none()
    if conversation_id is not None:
        emit(session, signals.delivery(conversation_id))
