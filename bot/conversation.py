"""A conversation from the citizen's side: open it, receive a message, end it.

What was received is stored and acknowledged first; answering happens afterwards (`bot/turn.py`), so nothing that goes
wrong there can lose a message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import overhearing, texts
from bot.desk import Desk
from handoff import conversations, messages, ownership, personal_data, retention
from handoff.exceptions import ConversationClosed
from handoff.messages import Draft, Link
from handoff.personal_data import PersonalDataKind
from handoff.tables import Conversation, Message
from handoff.vault import new_token, token_hash
from handoff.vocabulary import ChannelName, MessageKind, Owner, Sender

ASK_FOR_PERSON = "medewerker:graag"
"""The choice behind "Praat met een medewerker"."""


@dataclass(frozen=True)
class InboundMessage:
    """What a channel received from a citizen."""

    channel_message_id: str
    """The channel's own id; the same id is one message, however often it comes."""
    text: str
    choice: str | None = None
    """The value of the button that was pressed, if one was."""
    corrects: str | None = None
    """The channel's id of the message that she changed into this one."""


@dataclass(frozen=True)
class Receipt:
    """The acknowledgement: the message is stored under this number."""

    message: Message
    repeated: bool


@dataclass(frozen=True)
class Opened:
    """A new conversation; the token exists in the clear only here."""

    conversation: Conversation
    token: str


async def open_conversation(
    desk: Desk,
    municipality: str,
    channel: ChannelName,
    *,
    previous_id: str | None = None,
    peer: str | None = None,
    first: tuple[Draft, ...] = (),
) -> Opened:
    """Start a conversation and say who answers, before anything is asked.

    Args:
        previous_id: The closed conversation it goes on from.
        peer: The other end on a channel that has one (a Telegram chat id).
        first: What the channel itself says before the welcome.

    Raises:
        UnknownMunicipality: no such municipality.
    """
    where = desk.municipality(municipality)
    now = desk.clock()
    token = new_token()
    async with desk.database.write() as session:
        conversation = await conversations.open_conversation(
            session,
            municipality=municipality,
            channel=channel,
            now=now,
            token_hash=token_hash(token),
            peer_hash=desk.vault.equality_hash(f"{municipality}:{peer}") if peer else None,
            peer_encrypted=desk.vault.encrypt(peer) if peer else None,
            previous_id=previous_id,
        )
        await conversations.record_opening(session, conversation, now=now)
        welcome = Draft(
            texts.welcome(where, where.retention_days, channel, continues=previous_id is not None),
            MessageKind.WELCOME,
            links=(Link("Lees over uw privacy", where.privacy_url),),
        )
        for draft in (*first, welcome):
            await messages.append(session, conversation.id, draft, sender=Sender.BOT, now=now)
    return Opened(conversation, token)


async def receive(desk: Desk, conversation_id: str, inbound: InboundMessage) -> Receipt:
    """Store a citizen's message with the next number and acknowledge it; a repeated id is only acknowledged.

    Raises:
        InvalidText: empty or too long; nothing was stored.
        UnknownConversation: it does not exist (any more).
        ConversationClosed: open a linked conversation and send it there.
    """
    text = messages.clean(inbound.text)
    found = await _personal_data_in(text)
    now = desk.clock()
    async with desk.database.write() as session:
        conversation = await conversations.lock(session, conversation_id)
        known = await messages.by_channel_id(session, conversation_id, inbound.channel_message_id)
        if known is not None:
            return Receipt(known, repeated=True)
        if conversation.owner == Owner.CLOSED:
            raise ConversationClosed(conversation_id)
        masked = await messages.mask_in_conversation(session, desk.vault, conversation_id, text, found=found)
        original = await _corrected(session, conversation_id, inbound)
        if original is not None:
            former = await messages.newest_version(session, original)
            if former.text == masked.text:  # changed in something that is not read, such as a preview
                return Receipt(former, repeated=True)
        owed = not await overhearing.alerts_nobody(desk, session, conversation, masked.text)
        message = await messages.append(
            session,
            conversation_id,
            Draft(masked.text),
            sender=Sender.CITIZEN,
            now=now,
            channel_message_id=inbound.channel_message_id,
            choice=None if messages.is_quick_reply(inbound.choice) else inbound.choice,
            owed_a_turn=owed,
            corrects_seq=original.seq if original else None,
        )
        if masked.has(PersonalDataKind.BSN):
            on_telegram = conversation.channel == ChannelName.TELEGRAM
            notice = Draft(texts.BSN_STILL_IN_TELEGRAM if on_telegram else texts.BSN_MASKED, MessageKind.NOTICE)
            await messages.append(session, conversation_id, notice, sender=Sender.SYSTEM, now=now)
    if owed:
        desk.wake(conversation_id)
    return Receipt(message, repeated=False)


async def _personal_data_in(text: str) -> Sequence[personal_data.Found]:
    """Before the transaction, and in a thread unless it is short: a hostile text takes long, and all would wait."""
    if len(text) <= overhearing.AT_ONCE_CHARACTERS:
        return personal_data.find(text)
    return await asyncio.to_thread(personal_data.find, text)


async def _corrected(session: AsyncSession, conversation_id: str, inbound: InboundMessage) -> Message | None:
    """The message that this one corrects, as it was first sent."""
    if inbound.corrects is None:
        return None
    return await messages.by_channel_id(session, conversation_id, inbound.corrects)


async def end(desk: Desk, conversation_id: str) -> None:
    """The citizen ends the conversation; ending twice is the same as once.

    Raises:
        UnknownConversation: it does not exist (any more).
    """
    async with desk.database.write() as session:
        await ownership.close_by_citizen(session, conversation_id, now=desk.clock())


async def linked(session: AsyncSession, conversation: Conversation) -> list[Conversation]:
    """This conversation and those it goes on from, the latest first; only the same citizen's."""
    chain = [conversation]
    while (earlier := await _gone_on_from(session, chain[-1])) is not None and earlier not in chain:
        chain.append(earlier)
    return chain


async def erase(desk: Desk, conversation_id: str) -> str:
    """Delete the conversation and those it goes on from, all or none, and return what is kept, and why.

    For the citizen who asks this it is one conversation, however often it was closed in between.

    Raises:
        UnknownConversation: it does not exist (any more).
    """
    async with desk.database.write() as session:
        chain = await linked(session, await conversations.get(session, conversation_id))
        files = await retention.erase(session, *(one.id for one in chain), now=desk.clock(), actor="citizen")
    await desk.attachments.remove(files)
    return retention.WHAT_IS_KEPT


async def _gone_on_from(session: AsyncSession, conversation: Conversation) -> Conversation | None:
    if conversation.previous_id is None:
        return None
    wanted = select(Conversation).where(
        Conversation.id == conversation.previous_id,
        Conversation.municipality == conversation.municipality,
        Conversation.channel == conversation.channel,
    )
    earlier = (await session.scalars(wanted)).one_or_none()
    return earlier if earlier is not None and earlier.peer_hash == conversation.peer_hash else None
