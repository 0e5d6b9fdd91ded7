"""The citizen at the other end of a Telegram chat: her conversations, found by a keyed hash of the chat's id."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.telegram import texts
from bot.desk import Desk
from handoff import audit, conversations, messages, outbox, ownership, place_notices, retention
from handoff.exceptions import HandoffError, UnknownConversation
from handoff.messages import Draft
from handoff.outbox import OutboxState
from handoff.tables import Conversation, Message, OutboxRow
from handoff.vocabulary import MessageKind, Owner, Sender

log = structlog.get_logger(__name__)

_OWED = (OutboxState.PENDING, OutboxState.HELD)
ATTEMPTS = 3
"""Somebody may claim, release or close at the same moment; then the change is tried again on what is true now."""


def peer_hash(desk: Desk, municipality: str, chat_id: int) -> str:
    """The hash that `bot.conversation.open_conversation` stores."""
    return desk.vault.equality_hash(f"{municipality}:{chat_id}")


async def newest(desk: Desk, municipality: str, chat_id: int) -> Conversation | None:
    """The latest conversation of this chat, open or closed."""
    async with desk.database.read() as session:
        return await conversations.newest_of_peer(session, municipality, peer_hash(desk, municipality, chat_id))


async def is_stored(desk: Desk, municipality: str, chat_id: int, message_id: str) -> bool:
    """Whether a message came in before, in any of this chat's conversations.

    A repeat may come after its conversation was closed; in a new conversation it would look new.
    """
    wanted = (
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.municipality == municipality,
            Conversation.peer_hash == peer_hash(desk, municipality, chat_id),
            Message.channel_message_id == message_id,
        )
        .limit(1)
    )
    async with desk.database.read() as session:
        return (await session.scalars(wanted)).one_or_none() is not None


async def title_of_button(desk: Desk, municipality: str, chat_id: int, value: str) -> str | None:
    """What stood on a button that was offered in this chat; None when none had this value."""
    wanted = (
        select(Message.buttons)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.municipality == municipality,
            Conversation.peer_hash == peer_hash(desk, municipality, chat_id),
            Message.sender != Sender.CITIZEN,
        )
        .order_by(Message.created_at.desc())
        .limit(100)
    )
    async with desk.database.read() as session:
        offered = (await session.scalars(wanted)).all()
    titles = (button["title"] for buttons in offered for button in buttons if button["value"] == value)
    return next(titles, None)


async def has_spoken(session: AsyncSession, conversation_id: str) -> bool:
    """Whether the citizen said anything in this conversation."""
    wanted = select(Message.id).where(Message.conversation_id == conversation_id, Message.sender == Sender.CITIZEN)
    return (await session.scalars(wanted.limit(1))).one_or_none() is not None


async def erase(
    desk: Desk,
    municipality: str,
    chat_id: int,
    besides: Callable[[AsyncSession], Awaitable[None]] | None = None,
) -> list[int]:
    """Delete every conversation of this chat, linked or not: all of them or none.

    Args:
        besides: Done in the same transaction.

    Returns:
        The notices of a place in the queue that stand in the chat, which nobody will change any more.
    """
    wanted = select(Conversation.id).where(
        Conversation.municipality == municipality, Conversation.peer_hash == peer_hash(desk, municipality, chat_id)
    )
    async with desk.database.write() as session:
        ids = (await session.scalars(wanted)).all()
        notices = await place_notices.in_chat(session, ids)
        files = await retention.erase(session, *ids, now=desk.clock(), actor="citizen")
        if besides is not None:
            await besides(session)
    await desk.attachments.remove(files)
    return [int(one) for one in notices]


async def close_unreachable(desk: Desk, conversation_id: str, *, reason: str) -> None:
    """Close the conversation of a citizen who cannot be reached any more, and stop trying to deliver.

    An open callback stays in the queue: she asked for it, and a telephone reaches her.
    """
    for _ in range(ATTEMPTS):
        try:
            async with desk.database.write() as session:
                await _close(session, desk, conversation_id, reason)
        except UnknownConversation:
            return
        except HandoffError as error:
            log.info("telegram.closing_again", conversation=conversation_id, error=type(error).__name__)
        else:
            log.info("telegram.unreachable", conversation=conversation_id, reason=reason)
            return
    log.warning("telegram.not_closed", conversation=conversation_id, reason=reason)


async def _close(session: AsyncSession, desk: Desk, conversation_id: str, reason: str) -> None:
    now = desk.clock()
    conversation = await conversations.get(session, conversation_id)
    if conversation.owner != Owner.CLOSED:
        audit.record(
            session,
            "unreachable",
            at=now,
            municipality=conversation.municipality,
            actor="system",
            conversation_id=conversation_id,
            channel=conversation.channel,
            reason=reason,
        )
        await ownership.close_by_citizen(session, conversation_id, now=now)
        note = Draft(texts.UNREACHABLE_FOR_EMPLOYEE, MessageKind.NOTICE)
        await messages.append(session, conversation_id, note, sender=Sender.SYSTEM, now=now)
    owed = await session.scalars(
        select(OutboxRow.id).where(OutboxRow.conversation_id == conversation_id, OutboxRow.state.in_(_OWED))
    )
    for row_id in owed.all():
        await outbox.fail(session, row_id, reason)
