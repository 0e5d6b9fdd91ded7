"""Keeps what is said in a chat in the conversation that is going on there; opens one where there is none."""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.telegram import peers, texts
from bot.channels.telegram.incoming import Said
from bot.channels.telegram.rendering import split
from bot.channels.telegram.typing_notice import TypingNotice
from bot.conversation import InboundMessage, open_conversation, receive
from bot.desk import Desk
from bot.metrics import MESSAGES_RECEIVED, MESSAGES_REPEATED
from handoff import conversations, messages
from handoff.exceptions import ConversationClosed, UnknownConversation
from handoff.messages import MAX_CHARACTERS, Draft
from handoff.tables import Conversation
from handoff.vocabulary import ChannelName, MessageKind, Owner, Sender

log = structlog.get_logger(__name__)

Reply = Callable[[AsyncSession, Conversation], Awaitable[Draft | None]]
"""Makes the channel's own answer, in the transaction that stores what it answers; None says nothing."""

_REOPENINGS = 3
"""A conversation may be closed between finding it and storing the message; then a linked one is opened."""


class Keeping:
    """The conversations of one municipality's bot.

    Args:
        municipality: Its key.
    """

    def __init__(self, desk: Desk, municipality: str, typing: TypingNotice) -> None:
        self._desk = desk
        self._municipality = municipality
        self._typing = typing

    async def words(self, said: Said) -> None:
        """Store a citizen's words; what is longer than one message may be becomes several.

        Raises:
            InvalidText: nothing but characters that cannot be seen.
        """
        parts = split(unicodedata.normalize("NFC", said.text), MAX_CHARACTERS)
        first = InboundMessage(said.message_id, parts[0], said.choice, said.corrects)
        await self._words(said.chat_id, first)
        for number, text in enumerate(parts[1:], start=2):
            await self._words(said.chat_id, InboundMessage(f"{said.message_id}#{number}", text))

    async def line(
        self, chat_id: int, message_id: str, text: str, reply: Reply, *, choice: str | None = None
    ) -> Conversation | None:
        """Store a line that the bot is not asked about, and the channel's own reply, in one transaction.

        Returns:
            The conversation; None when the line was stored before.
        """
        if await self.is_stored(chat_id, message_id):
            return None

        async def act(conversation: Conversation) -> None:
            now = self._desk.clock()
            async with self._desk.database.write() as session:
                locked = await conversations.lock(session, conversation.id)
                if locked.owner == Owner.CLOSED:
                    raise ConversationClosed(locked.id)
                answer = await reply(session, locked)
                masked = await messages.mask_in_conversation(session, self._desk.vault, locked.id, text)
                await messages.append(
                    session,
                    locked.id,
                    Draft(masked.text),
                    sender=Sender.CITIZEN,
                    now=now,
                    channel_message_id=message_id,
                    choice=choice,
                )
                if answer is not None:
                    await messages.append(session, locked.id, answer, sender=Sender.SYSTEM, now=now)

        return await self.in_conversation(chat_id, act)

    async def in_conversation(self, chat_id: int, act: Callable[[Conversation], Awaitable[None]]) -> Conversation:
        """Do something in this chat's open conversation; when it is closed meanwhile, in the next one."""
        for _ in range(_REOPENINGS):
            conversation = await self._open(chat_id)
            await self._typing.watch(conversation.id, chat_id)
            try:
                await act(conversation)
            except (ConversationClosed, UnknownConversation) as error:
                log.info("telegram.closed_meanwhile", conversation=conversation.id, error=type(error).__name__)
            else:
                return conversation
        raise ConversationClosed(conversation.id)

    async def is_stored(self, chat_id: int, message_id: str) -> bool:
        """Whether this came in before."""
        stored = await peers.is_stored(self._desk, self._municipality, chat_id, message_id)
        if stored:
            MESSAGES_REPEATED.labels(ChannelName.TELEGRAM).inc()
        return stored

    async def _words(self, chat_id: int, inbound: InboundMessage) -> None:
        async def act(conversation: Conversation) -> None:
            await receive(self._desk, conversation.id, inbound)

        if await self.is_stored(chat_id, inbound.channel_message_id):
            return
        messages.clean(inbound.text)  # refused before a conversation is opened for it
        await self.in_conversation(chat_id, act)
        MESSAGES_RECEIVED.labels(ChannelName.TELEGRAM).inc()

    async def _open(self, chat_id: int) -> Conversation:
        """The conversation of this chat that is going on, or a new one; linked to the former where there was one."""
        newest = await peers.newest(self._desk, self._municipality, chat_id)
        if newest is not None and newest.owner != Owner.CLOSED:
            return newest
        where = self._desk.municipality(self._municipality)
        # Whose channel this is, is said once; who continues a conversation has read it.
        first = (Draft(texts.not_our_channel(where), MessageKind.NOTICE),) if newest is None else ()
        opened = await open_conversation(
            self._desk,
            self._municipality,
            ChannelName.TELEGRAM,
            previous_id=newest.id if newest else None,
            peer=str(chat_id),
            first=first,
        )
        return opened.conversation
