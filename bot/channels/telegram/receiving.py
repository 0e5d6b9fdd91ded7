"""Takes in one update: what a citizen said is stored before anything else happens."""

from __future__ import annotations

import asyncio
import contextlib
import unicodedata
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from telegram import Bot, Update

from bot.channels.telegram import incoming, peers, texts
from bot.channels.telegram.api import courtesy
from bot.channels.telegram.incoming import (
    AskedErasure,
    AskedHelp,
    AskedStop,
    Blocked,
    Ignored,
    Incoming,
    InGroup,
    NotText,
    Pressed,
    Said,
)
from bot.channels.telegram.metrics import UPDATES
from bot.channels.telegram.rendering import split, without_callbacks
from bot.channels.telegram.typing_notice import TypingNotice
from bot.conversation import InboundMessage, end, open_conversation, receive
from bot.desk import Desk
from bot.metrics import MESSAGES_RECEIVED, MESSAGES_REPEATED
from handoff import conversations, messages
from handoff.exceptions import ConversationClosed, InvalidText, UnknownConversation
from handoff.messages import MAX_CHARACTERS, Button, Draft
from handoff.tables import Conversation
from handoff.vocabulary import ChannelName, MessageKind, Owner, Sender

log = structlog.get_logger(__name__)

ERASE = "wis:ja"
"""The button that confirms /wis."""

Reply = Callable[[Conversation], str]
"""Makes the channel's reply, given who owns the conversation."""

_REOPENINGS = 3
"""A conversation may be closed between finding it and storing the message; then a linked one is opened."""


class Receiver:
    """Stores what one municipality's bot is told.

    Args:
        municipality: Its key.
    """

    def __init__(self, desk: Desk, municipality: str, bot: Bot, typing: TypingNotice) -> None:
        self._desk = desk
        self._municipality = municipality
        self._bot = bot
        self._typing = typing
        self._courtesies: set[asyncio.Task[None]] = set()
        self._leaving: set[int] = set()

    async def take_in(self, update: Update) -> None:
        """Store what this update says; returning means that it may be confirmed to Telegram.

        Raises:
            SQLAlchemyError: the database failed; nothing may be confirmed.
        """
        said = incoming.read(update)
        UPDATES.labels(type(said).__name__.lower()).inc()
        await self._take_in(said)

    async def apologise(self, update: Update) -> None:
        """Tell the sender that her message could not be taken in, outside of any conversation."""
        chat = update.effective_chat
        if chat is not None:
            sorry = texts.went_wrong(self._desk.municipality(self._municipality))
            await courtesy("apology", self._bot.send_message(chat.id, sorry))

    async def stop(self) -> None:
        """Let go of the courtesies that are still on their way."""
        for task in self._courtesies:
            task.cancel()
        await asyncio.gather(*self._courtesies, return_exceptions=True)

    async def _take_in(self, said: Incoming) -> None:
        match said:
            case Said():
                await self._said(said)
            case Pressed():
                await self._pressed(said)
            case NotText():
                await self._not_text(said)
            case AskedHelp():
                await self._asked_help(said)
            case AskedStop():
                await self._asked_stop(said)
            case AskedErasure():
                await self._asked_erasure(said)
            case InGroup() if said.chat_id not in self._leaving:
                self._leaving.add(said.chat_id)
                self._meanwhile(self._leave(said))
            case Blocked():
                await self._blocked(said)
            case InGroup() | Ignored():
                log.debug("telegram.ignored", municipality=self._municipality, kind=type(said).__name__)

    async def _said(self, said: Said) -> None:
        """Store a citizen's words; what is longer than one message may be becomes several."""
        parts = split(unicodedata.normalize("NFC", said.text), MAX_CHARACTERS)
        await self._store(said.chat_id, InboundMessage(said.message_id, parts[0], said.choice))
        for number, text in enumerate(parts[1:], start=2):
            await self._store(said.chat_id, InboundMessage(f"{said.message_id}#{number}", text))

    async def _store(self, chat_id: int, inbound: InboundMessage) -> None:
        async def act(conversation: Conversation) -> None:
            await receive(self._desk, conversation.id, inbound)

        if await self._is_stored(chat_id, inbound.channel_message_id):
            return
        try:
            await self._in_conversation(chat_id, act)
        except InvalidText:  # nothing but characters that cannot be seen
            await self._not_text(NotText(chat_id, inbound.channel_message_id, "leeg bericht", "uw lege bericht"))
        else:
            MESSAGES_RECEIVED.labels(ChannelName.TELEGRAM).inc()

    async def _pressed(self, pressed: Pressed) -> None:
        if pressed.value == ERASE:
            await self._erase(pressed)
            return
        title = pressed.title or await peers.title_of_button(
            self._desk, self._municipality, pressed.chat_id, pressed.value
        )
        if title is None:
            self._meanwhile(
                courtesy(
                    "button",
                    self._bot.answer_callback_query(pressed.query_id, texts.BUTTON_EXPIRED, show_alert=True),
                )
            )
            return
        await self._store(pressed.chat_id, InboundMessage(pressed.message_id, title, pressed.value))
        self._meanwhile(courtesy("button", self._bot.answer_callback_query(pressed.query_id)))
        self._meanwhile(
            courtesy(
                "keyboard",
                self._bot.edit_message_reply_markup(
                    pressed.chat_id,
                    pressed.keyboard_message_id,
                    reply_markup=without_callbacks(pressed.keyboard),
                ),
            )
        )

    async def _not_text(self, received: NotText) -> None:
        """Keep that something came, without keeping it, and say what can be done instead."""

        def reply(conversation: Conversation) -> str:
            return texts.not_read(received.named, with_employee=conversation.owner == Owner.EMPLOYEE)

        await self._keep(received.chat_id, received.message_id, f"({received.noun}, niet bewaard)", reply)
        if received.caption is not None:
            await self._said(received.caption)

    async def _asked_help(self, asked: AskedHelp) -> None:
        where = self._desk.municipality(self._municipality)

        def reply(_: Conversation) -> str:
            return texts.privacy(where) if asked.command == "/privacy" else texts.what_you_can_do(where)

        # The welcome that opens a conversation is itself the answer to the first /start.
        silent_at_first = asked.command == "/start"
        await self._keep(asked.chat_id, asked.message_id, asked.command, reply, silent_at_first=silent_at_first)

    async def _asked_stop(self, asked: AskedStop) -> None:
        """End what is going on; said outside of any conversation, so that it opens none."""
        newest = await peers.newest(self._desk, self._municipality, asked.chat_id)
        if newest is not None and newest.owner != Owner.CLOSED:
            with contextlib.suppress(UnknownConversation):  # erased meanwhile: over as well
                await end(self._desk, newest.id)
        self._meanwhile(courtesy("stopped", self._bot.send_message(asked.chat_id, texts.STOPPED)))

    async def _asked_erasure(self, asked: AskedErasure) -> None:
        button = Button(texts.ERASE_BUTTON, ERASE)
        await self._keep(asked.chat_id, asked.message_id, "/wis", lambda _: texts.CONFIRM_ERASURE, buttons=(button,))

    async def _erase(self, pressed: Pressed) -> None:
        """Erase every conversation of this chat; pressing twice is the same as once."""
        await peers.erase(self._desk, self._municipality, pressed.chat_id)
        self._meanwhile(courtesy("button", self._bot.answer_callback_query(pressed.query_id)))
        self._meanwhile(courtesy("erased", self._bot.send_message(pressed.chat_id, texts.ERASED)))

    async def _keep(
        self,
        chat_id: int,
        message_id: str,
        text: str,
        reply: Reply,
        *,
        silent_at_first: bool = False,
        buttons: tuple[Button, ...] = (),
    ) -> None:
        """Store a line that the bot is not asked about, and the channel's own reply, in one transaction."""

        async def act(conversation: Conversation) -> None:
            now = self._desk.clock()
            async with self._desk.database.write() as session:
                locked = await conversations.lock(session, conversation.id)
                if locked.owner == Owner.CLOSED:
                    raise ConversationClosed(locked.id)
                silent = silent_at_first and not await peers.has_spoken(session, locked.id)
                line = Draft(text)
                await messages.append(
                    session, locked.id, line, sender=Sender.CITIZEN, now=now, channel_message_id=message_id
                )
                if not silent:
                    notice = Draft(reply(locked), MessageKind.NOTICE, buttons=buttons)
                    await messages.append(session, locked.id, notice, sender=Sender.SYSTEM, now=now)

        if not await self._is_stored(chat_id, message_id):
            await self._in_conversation(chat_id, act)

    async def _in_conversation(self, chat_id: int, act: Callable[[Conversation], Awaitable[None]]) -> None:
        """Do something in this chat's open conversation; when it is closed meanwhile, in the next one."""
        for _ in range(_REOPENINGS):
            conversation = await self._open(chat_id)
            await self._typing.watch(conversation.id, chat_id)
            try:
                return await act(conversation)
            except (ConversationClosed, UnknownConversation) as error:
                log.info("telegram.closed_meanwhile", conversation=conversation.id, error=type(error).__name__)
        raise ConversationClosed(conversation.id)

    async def _blocked(self, blocked: Blocked) -> None:
        conversation = await peers.newest(self._desk, self._municipality, blocked.chat_id)
        if conversation is not None and conversation.owner != Owner.CLOSED:
            await peers.close_unreachable(self._desk, conversation.id, reason="blocked")

    async def _leave(self, group: InGroup) -> None:
        if group.may_speak:
            sentence = texts.no_groups(self._desk.municipality(self._municipality))
            await courtesy("group", self._bot.send_message(group.chat_id, sentence))
        await courtesy("group", self._bot.leave_chat(group.chat_id))
        self._leaving.discard(group.chat_id)

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

    async def _is_stored(self, chat_id: int, message_id: str) -> bool:
        stored = await peers.is_stored(self._desk, self._municipality, chat_id, message_id)
        if stored:
            MESSAGES_REPEATED.labels(ChannelName.TELEGRAM).inc()
        return stored

    def _meanwhile(self, courtesy_: Coroutine[Any, Any, None]) -> None:
        """Do what carries no message beside the reading of updates, so that a slow Telegram holds up nobody."""
        task = asyncio.create_task(courtesy_, name=f"telegram-courtesy-{self._municipality}")
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)
