"""Takes in one update: what a citizen said is stored before anything else happens."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import InlineKeyboardMarkup, Update

from bot import discretion, forms, place
from bot.channels.telegram import incoming, peers, texts
from bot.channels.telegram.files import Files
from bot.channels.telegram.incoming import (
    Asked,
    AskedCode,
    AskedErasure,
    AskedHelp,
    AskedStop,
    Blocked,
    Commented,
    Ignored,
    Incoming,
    InGroup,
    Located,
    NotText,
    Pressed,
    Said,
)
from bot.channels.telegram.judgement import Judgement, is_judgement
from bot.channels.telegram.keeping import Keeping, Reply
from bot.channels.telegram.metrics import UPDATES
from bot.channels.telegram.parked import Parked
from bot.channels.telegram.rendering import keyboard_of, without_callbacks
from bot.channels.telegram.seen import Seen
from bot.channels.telegram.telling import Teller
from bot.desk import Desk, describe_moment
from bot.engine import open_form
from bot.texts import place_now
from handoff import conversations, ownership, ratings, spoken_code
from handoff.exceptions import InvalidText, UnknownConversation
from handoff.messages import Button, Draft
from handoff.tables import Conversation
from handoff.texts import WAS_IT_ANSWERED
from handoff.vocabulary import MessageKind, Owner

log = structlog.get_logger(__name__)

ERASE = "wis:ja"
"""The button that confirms /wis."""
LEAVING_TAKES = timedelta(minutes=1)
"""Until then a group that was left is not left anew; added again after that, it is."""


class Receiver:
    """Stores what one municipality's bot is told.

    Args:
        municipality: Its key.
    """

    def __init__(
        self,
        desk: Desk,
        municipality: str,
        seen: Seen,
        parked: Parked,
        keeping: Keeping,
        files: Files,
        judgement: Judgement,
        teller: Teller,
    ) -> None:
        self._desk = desk
        self._municipality = municipality
        self._seen = seen
        self._parked = parked
        self._keeping = keeping
        self._files = files
        self._judgement = judgement
        self._teller = teller
        self._left: dict[int, datetime] = {}

    async def take_in(self, update: Update) -> None:
        """Store what this update says; returning means that it may be confirmed to Telegram.

        Raises:
            SQLAlchemyError: the database failed; nothing may be confirmed.
        """
        if await self._seen.has(update.update_id):
            return
        said = incoming.read(update)
        UPDATES.labels(type(said).__name__.lower()).inc()
        chat_id = await self._has_to_wait(said)
        if chat_id is not None:
            await self._parked.park(update, chat_id)
            return
        await self._take_in(said, update.update_id)
        await self._seen.dealt_with(update.update_id)

    async def carry_out(self, update: Update) -> None:
        """Do what a parked update says; twice is the same as once."""
        await self._take_in(incoming.read(update), update.update_id)

    async def apologise(self, update: Update) -> None:
        """Tell the sender that her message could not be taken in, outside of any conversation."""
        if update.effective_chat is not None:
            sorry = texts.went_wrong(self._desk.municipality(self._municipality))
            self._teller.tell(update.effective_chat.id, sorry, "apology")

    async def _has_to_wait(self, said: Incoming) -> int | None:
        """The chat in which this is dealt with beside the reading: it brings a file, or comes after one."""
        if isinstance(said, Ignored | InGroup):
            return None
        brings_file = isinstance(said, NotText) and await self._files.are_welcome(said)
        return said.chat_id if brings_file or await self._parked.has(said.chat_id) else None

    async def _take_in(self, said: Incoming, update_id: int) -> None:
        match said:
            case Said():
                await self._said(said)
            case Pressed():
                await self._pressed(said, update_id)
            case Commented():
                await self._commented(said)
            case Located():
                await self._located(said)
            case NotText():
                await self._not_text(said)
            case AskedHelp() | AskedCode() | AskedStop() | AskedErasure():
                await self._asked(said, update_id)
            case InGroup():
                self._in_group(said)
            case Blocked():
                await self._blocked(said)
            case Ignored():
                log.debug("telegram.ignored", municipality=self._municipality, kind=said.kind)

    async def _asked(self, asked: Asked, update_id: int) -> None:
        match asked:
            case AskedHelp():
                await self._asked_help(asked)
            case AskedCode():
                await self._asked_code(asked)
            case AskedStop():
                await self._asked_stop(asked, update_id)
            case AskedErasure():
                await self._asked_erasure(asked)

    async def _said(self, said: Said) -> None:
        try:
            await self._keeping.words(said)
        except InvalidText:  # nothing but characters that cannot be seen
            await self._not_text(NotText(said.chat_id, said.message_id, "leeg bericht", "uw lege bericht"))

    async def _commented(self, said: Commented) -> None:
        if not await self._judgement.commented(said):
            await self._said(Said(said.chat_id, said.message_id, said.text))

    async def _pressed(self, pressed: Pressed, update_id: int) -> None:
        if pressed.value == ERASE:
            await self._erase(pressed, update_id)
        elif is_judgement(pressed.value):
            await self._judgement.pressed(pressed)
        else:
            await self._pressed_in_conversation(pressed)

    async def _pressed_in_conversation(self, pressed: Pressed) -> None:
        title = pressed.title or await peers.title_of_button(
            self._desk, self._municipality, pressed.chat_id, pressed.value
        )
        if title is None:
            self._teller.pressed(pressed.query_id, texts.BUTTON_EXPIRED)
            return
        if pressed.value in discretion.ANSWERS:
            await self._who_reads_along(pressed, title)
        else:
            await self._keeping.words(Said(pressed.chat_id, pressed.message_id, title, pressed.value))
        self._teller.pressed(pressed.query_id)
        self._teller.keyboard(pressed.chat_id, pressed.keyboard_message_id, without_callbacks(pressed.keyboard))

    async def _who_reads_along(self, pressed: Pressed, title: str) -> None:
        async def reply(session: AsyncSession, conversation: Conversation) -> Draft:
            now = self._desk.clock()
            return await discretion.heard_who_reads_along(self._desk, session, conversation, pressed.value, now=now)

        await self._keeping.line(pressed.chat_id, pressed.message_id, title, reply, choice=pressed.value)

    async def _located(self, located: Located) -> None:
        """A place fills a report that is being made, and else waits for who may need it."""
        newest = await peers.newest(self._desk, self._municipality, located.chat_id)
        with_bot = newest is None or newest.owner in (Owner.BOT, Owner.CLOSED)
        if not with_bot:
            await self._said(Said(located.chat_id, located.message_id, f"Mijn locatie: {located.text}"))
        elif newest is not None and newest.owner == Owner.BOT and _is_reporting(newest):
            await self._said(Said(located.chat_id, located.message_id, located.text))
        else:
            buttons = (Button(texts.REPORT_HERE, forms.BEGIN_REPORT),)
            kept = Draft(texts.PLACE_KEPT, MessageKind.NOTICE, buttons=buttons)
            text = f"Mijn locatie: {located.text}"
            await self._keeping.line(located.chat_id, located.message_id, text, _always(kept))

    async def _not_text(self, received: NotText) -> None:
        """Put a file in the dossier; else keep only that something came, and say what can be done instead."""
        if await self._files.are_welcome(received):
            if received.caption is not None:  # first: a file can take long or fail, and these may be a cry for help
                await self._said(received.caption)
            if await self._files.take_in(received):
                return
        takes_files = self._desk.attachments.is_open and received.file is not None

        async def reply(_: AsyncSession, conversation: Conversation) -> Draft:
            text = texts.not_read(received.named, Owner(conversation.owner), takes_files=takes_files)
            return Draft(text, MessageKind.NOTICE)

        await self._keeping.line(received.chat_id, received.message_id, f"({received.noun}, niet bewaard)", reply)
        if received.caption is not None:
            await self._said(received.caption)

    async def _asked_help(self, asked: AskedHelp) -> None:
        async def reply(session: AsyncSession, conversation: Conversation) -> Draft | None:
            where = self._desk.municipality(self._municipality)
            if asked.command == "/wachtrij":
                return Draft(await self._waiting(session, conversation), MessageKind.NOTICE)
            if asked.command == "/privacy":
                return Draft(texts.privacy(where), MessageKind.NOTICE)
            # The welcome that opens a conversation is itself the answer to the first /start.
            if asked.command == "/start" and not await peers.has_spoken(session, conversation.id):
                return None
            return Draft(texts.what_you_can_do(where), MessageKind.NOTICE)

        await self._keeping.line(asked.chat_id, asked.message_id, asked.command, reply)

    async def _waiting(self, session: AsyncSession, conversation: Conversation) -> str:
        """Where she stands in the queue, and how long it may still take."""
        if conversation.owner == Owner.EMPLOYEE:
            return texts.WITH_EMPLOYEE
        her_place = await place.place_of(self._desk, session, conversation)
        return texts.NOT_WAITING if her_place is None else place_now(her_place)

    async def _asked_code(self, asked: AskedCode) -> None:
        """The code itself is kept nowhere in the clear: it is said outside of the conversation."""
        given: list[spoken_code.NewCode] = []

        async def reply(session: AsyncSession, conversation: Conversation) -> None:
            now = self._desk.clock()
            given.append(await spoken_code.give(session, self._desk.vault, conversation.id, now=now))

        if await self._keeping.line(asked.chat_id, asked.message_id, "/code", reply) is not None:
            until = describe_moment(given[-1].valid_until)
            told = texts.spoken_code(given[-1].code, until, self._desk.municipality(self._municipality))
            self._teller.tell(asked.chat_id, told, "code")

    async def _asked_stop(self, asked: AskedStop, update_id: int) -> None:
        """End what is going on; said outside of any conversation, so that it opens none."""
        newest = await peers.newest(self._desk, self._municipality, asked.chat_id)
        question: InlineKeyboardMarkup | None = None
        text = texts.STOPPED
        async with self._desk.database.write() as session:
            await self._seen.remember(session, update_id)
            if newest is not None and newest.owner != Owner.CLOSED:
                question = await self._stop(session, newest.id)
        if question is not None:
            text = f"{text}\n\n{WAS_IT_ANSWERED}"
        self._teller.tell(asked.chat_id, text, "stopped", keyboard=question)

    async def _stop(self, session: AsyncSession, conversation_id: str) -> InlineKeyboardMarkup | None:
        """End this conversation; what she thinks of it is asked in what she is told of that, and not pushed later."""
        now = self._desk.clock()
        try:
            await ownership.close_by_citizen(session, conversation_id, now=now)
            conversation = await conversations.get(session, conversation_id)
        except UnknownConversation:  # erased meanwhile: over as well
            return None
        if await ratings.asked(session, conversation, now=now) is None:
            return None
        return keyboard_of(ratings.answers_of(conversation_id))

    async def _asked_erasure(self, asked: AskedErasure) -> None:
        question = Draft(texts.CONFIRM_ERASURE, MessageKind.NOTICE, buttons=(Button(texts.ERASE_BUTTON, ERASE),))
        await self._keeping.line(asked.chat_id, asked.message_id, "/wis", _always(question))

    async def _erase(self, pressed: Pressed, update_id: int) -> None:
        """Erase every conversation of this chat; told again, what was said since stays."""

        async def remember(session: AsyncSession) -> None:
            await self._seen.remember(session, update_id)

        notices = await peers.erase(self._desk, self._municipality, pressed.chat_id, remember)
        for message_id in notices:
            self._teller.change(pressed.chat_id, message_id, texts.PLACE_NO_MORE, None)
        self._teller.pressed(pressed.query_id)
        self._teller.tell(pressed.chat_id, texts.ERASED, "erased")

    async def _blocked(self, blocked: Blocked) -> None:
        conversation = await peers.newest(self._desk, self._municipality, blocked.chat_id)
        if conversation is not None and conversation.owner != Owner.CLOSED:
            await peers.close_unreachable(self._desk, conversation.id, reason="blocked")

    def _in_group(self, group: InGroup) -> None:
        """Leave; what was said there before it took effect is not answered with the same sentence again."""
        now = self._desk.clock()
        self._left = {chat_id: at for chat_id, at in self._left.items() if now - at < LEAVING_TAKES}
        if group.chat_id not in self._left:
            self._left[group.chat_id] = now
            self._teller.meanwhile(self._leave(group))

    async def _leave(self, group: InGroup) -> None:
        if group.may_speak:
            sentence = texts.no_groups(self._desk.municipality(self._municipality))
            await self._teller.told(group.chat_id, sentence, "group")
        await self._teller.leave(group.chat_id)


def _is_reporting(conversation: Conversation) -> bool:
    """Whether the bot is taking down a report on public space."""
    return open_form(conversation.engine_state) == forms.REPORT


def _always(draft: Draft) -> Reply:
    async def reply(_: AsyncSession, __: Conversation) -> Draft:
        return draft

    return reply
