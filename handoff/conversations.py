"""Conversations: opening, finding, and the lease under which one process takes a turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, reading_along, signals
from handoff.database import emit
from handoff.exceptions import StaleOwner, UnknownConversation
from handoff.tables import Conversation, Message
from handoff.vocabulary import ChannelName, Owner, Sender


async def open_conversation(
    session: AsyncSession,
    *,
    municipality: str,
    channel: ChannelName,
    now: datetime,
    token_hash: str | None = None,
    peer_hash: str | None = None,
    peer_encrypted: bytes | None = None,
    previous_id: str | None = None,
) -> Conversation:
    """Start a conversation that the bot owns; careful from the start where the former one was.

    Args:
        token_hash: Of the token with which the citizen proves on the web that it is hers.
        peer_hash: Keyed hash of the other end on a channel that has one (a Telegram chat).
        peer_encrypted: The same end, readable only to deliver.
        previous_id: The closed conversation that this one goes on from.
    """
    conversation = Conversation(
        municipality=municipality,
        channel=channel,
        token_hash=token_hash,
        peer_hash=peer_hash,
        peer_encrypted=peer_encrypted,
        previous_id=previous_id,
        reads_along=await reading_along.inherited(session, previous_id) if previous_id else None,
        owner=Owner.BOT,
        epoch=0,
        last_seq=0,
        failures_in_a_row=0,
        person_offered=False,
        opened_at=now,
        last_activity_at=now,
    )
    session.add(conversation)
    return conversation


async def record_opening(session: AsyncSession, conversation: Conversation, *, now: datetime) -> None:
    """Write the audit line of a new conversation, once it has an id."""
    await session.flush()
    audit.record(
        session,
        "open",
        at=now,
        municipality=conversation.municipality,
        actor="citizen",
        conversation_id=conversation.id,
        to_owner=Owner.BOT,
        epoch=0,
        channel=conversation.channel,
    )


async def get(session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation as it is now.

    Raises:
        UnknownConversation: it never existed or was erased.
    """
    conversation = await session.get(Conversation, conversation_id, populate_existing=True)
    if conversation is None:
        raise UnknownConversation(conversation_id)
    return conversation


@dataclass(frozen=True)
class Whereabouts:
    """Of a conversation what is asked at every message; without the dialogue's state, which is large."""

    id: str
    channel: str
    epoch: int
    last_seq: int
    seen_seq: int


async def whereabouts(session: AsyncSession, conversation_id: str) -> Whereabouts:
    """How far a conversation is now.

    Raises:
        UnknownConversation: it never existed or was erased.
    """
    wanted = select(
        Conversation.id, Conversation.channel, Conversation.epoch, Conversation.last_seq, Conversation.seen_seq
    ).where(Conversation.id == conversation_id)
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        raise UnknownConversation(conversation_id)
    return Whereabouts(*row)


async def epoch_of(session: AsyncSession, conversation_id: str) -> int:
    """How often the conversation has changed hands.

    Raises:
        UnknownConversation: it never existed or was erased.
    """
    epoch = await session.scalar(select(Conversation.epoch).where(Conversation.id == conversation_id))
    if epoch is None:
        raise UnknownConversation(conversation_id)
    return epoch


async def lock(session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation, held against other writers until the transaction ends.

    Raises:
        UnknownConversation: it never existed or was erased.
    """
    wanted = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    conversation = (await session.scalars(wanted, execution_options={"populate_existing": True})).one_or_none()
    if conversation is None:
        raise UnknownConversation(conversation_id)
    return conversation


async def mark_seen(session: AsyncSession, conversation_id: str, seq: int) -> bool:
    """The citizen's window has shown everything up to number `seq`; False when that was known already."""
    moved = await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.seen_seq < seq, Conversation.last_seq >= seq)
        .values(seen_seq=seq)
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        return False
    emit(session, signals.seen(conversation_id, seq))
    return True


async def update_if_unchanged(session: AsyncSession, conversation: Conversation, **values: Any) -> None:
    """Set columns of a conversation that was read before, if its owner and epoch are still the same.

    Raises:
        StaleOwner: it changed hands since.
    """
    changed = await session.scalar(
        update(Conversation)
        .where(
            Conversation.id == conversation.id,
            Conversation.owner == conversation.owner,
            Conversation.epoch == conversation.epoch,
        )
        .values(**values)
        .returning(Conversation.id)
    )
    if changed is None:
        now_is = await get(session, conversation.id)
        raise StaleOwner(conversation.id, owner=now_is.owner, epoch=now_is.epoch)


async def newest_of_peer(session: AsyncSession, municipality: str, peer_hash: str) -> Conversation | None:
    """The latest conversation with this end of a channel, open or closed."""
    wanted = (
        select(Conversation)
        .where(Conversation.municipality == municipality, Conversation.peer_hash == peer_hash)
        .order_by(Conversation.opened_at.desc())
        .limit(1)
    )
    return (await session.scalars(wanted)).one_or_none()


async def take_turn_lease(
    session: AsyncSession, conversation_id: str, *, holder: str, now: datetime, seconds: float
) -> bool:
    """Let `holder` answer this conversation until the lease ends; False while another process does."""
    taken = await session.execute(
        update(Conversation)
        .where(
            Conversation.id == conversation_id,
            or_(
                Conversation.turn_until.is_(None),
                Conversation.turn_until <= now,
                Conversation.turn_holder == holder,
            ),
        )
        .values(turn_holder=holder, turn_until=now + timedelta(seconds=seconds))
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


async def give_turn_lease_back(session: AsyncSession, conversation_id: str, *, holder: str) -> None:
    """End the lease early, if `holder` still has it."""
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.turn_holder == holder)
        .values(turn_holder=None, turn_until=None)
    )


async def drop_all_turn_leases(session: AsyncSession) -> None:
    """Forget the leases of processes that are gone; only where this is the sole process (SQLite)."""
    await session.execute(update(Conversation).values(turn_holder=None, turn_until=None))


async def awaiting_turn(session: AsyncSession, *, now: datetime, limit: int = 200) -> Sequence[str]:
    """Ids of conversations with a citizen's message that nobody is answering."""
    wanted = (
        select(Conversation.id)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(
            Message.handled_at.is_(None),
            Message.sender == Sender.CITIZEN,
            or_(Conversation.turn_until.is_(None), Conversation.turn_until <= now),
        )
        .distinct()
        .limit(limit)
    )
    return (await session.scalars(wanted)).all()


async def next_unhandled(session: AsyncSession, conversation_id: str) -> Message | None:
    """The earliest citizen's message that is still owed a turn."""
    wanted = (
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.sender == Sender.CITIZEN,
            Message.handled_at.is_(None),
        )
        .order_by(Message.seq)
        .limit(1)
    )
    return (await session.scalars(wanted)).one_or_none()


async def mark_handled(
    session: AsyncSession, message_id: str, *, now: datetime, understood: dict[str, object] | None = None
) -> bool:
    """End the turn that a message was owed; False when it had ended already."""
    handled = await session.execute(
        update(Message)
        .where(Message.id == message_id, Message.handled_at.is_(None))
        .values(handled_at=now, understood=understood)
    )
    return bool(handled.rowcount)  # type: ignore[attr-defined]
