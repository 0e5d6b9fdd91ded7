"""Files that citizens send in the chat: fetched through the bot and checked, while an employee has the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot import files
from bot.channels.telegram import peers, texts
from bot.channels.telegram.api import describe, wait_seconds
from bot.channels.telegram.incoming import NotText, Sent
from bot.channels.telegram.keeping import Keeping
from bot.channels.telegram.pace import Pace
from bot.desk import Desk
from handoff.attachments import too_large
from handoff.exceptions import ConversationClosed, FilesNeedPerson, RefusedFile, ScannerAway, UnknownConversation
from handoff.messages import Draft
from handoff.tables import Conversation
from handoff.vocabulary import MessageKind

log = structlog.get_logger(__name__)

FETCH_ATTEMPTS = 3
FETCHES_AT_ONCE = 10
"""Each can be 20 MB in memory, and take a connection that messages go out by."""
_Given = TypeVar("_Given")


class Files:
    """Takes in the files of one municipality's bot."""

    def __init__(self, desk: Desk, municipality: str, bot: Bot, keeping: Keeping, pace: Pace) -> None:
        self._desk = desk
        self._municipality = municipality
        self._bot = bot
        self._keeping = keeping
        self._pace = pace
        self._slots = asyncio.Semaphore(FETCHES_AT_ONCE)

    async def are_welcome(self, received: NotText) -> bool:
        """Whether this brings a file, and somebody is there who could see it."""
        conversation = await peers.newest(self._desk, self._municipality, received.chat_id)
        return received.file is not None and conversation is not None and files.may_send(self._desk, conversation)

    async def take_in(self, received: NotText) -> bool:
        """Put a file in the dossier, or say why not; False when nobody is there who could see it."""
        sent = received.file
        conversation = await peers.newest(self._desk, self._municipality, received.chat_id)
        if sent is None or conversation is None or not files.may_send(self._desk, conversation):
            return False
        if await self._keeping.is_stored(received.chat_id, sent.message_id):
            return True
        try:
            async with self._desk.database.read() as session:
                await self._desk.attachments.check_room(session, conversation.id)
            async with self._slots, asyncio.timeout(self._pace.file_seconds):
                data = await self._fetch(sent)
                await files.receive(self._desk, conversation.id, sent.message_id, sent.name, data)
        except (FilesNeedPerson, ConversationClosed, UnknownConversation):
            return False  # she has just gone
        except RefusedFile as error:
            await self._refuse(received, sent, str(error))
        except ScannerAway:
            await self._refuse(received, sent, texts.NOT_LOOKED_AT)
        except (TelegramError, TimeoutError) as error:
            why = describe(error) if isinstance(error, TelegramError) else "it took too long"
            log.warning("telegram.file_not_fetched", municipality=self._municipality, error=why)
            await self._refuse(received, sent, texts.NOT_FETCHED)
        return True

    async def _fetch(self, sent: Sent) -> bytes:
        limits = self._desk.attachments.limits
        if sent.bytes is not None and sent.bytes > limits.max_bytes:
            raise too_large(limits)
        try:
            found = await self._again_if_needed(partial(self._bot.get_file, sent.file_id))
        except BadRequest as error:  # larger than a bot may fetch, or no longer there
            log.info("telegram.file_refused", error=error.message)
            raise too_large(limits) from error
        if found.file_size is not None and found.file_size > limits.max_bytes:
            raise too_large(limits)
        return bytes(await self._again_if_needed(found.download_as_bytearray))

    async def _again_if_needed(self, ask: Callable[..., Awaitable[_Given]]) -> _Given:
        """Ask Telegram a few times where it failed for the moment; `take_in` bounds how long that goes on."""
        attempt = 1
        while True:
            try:
                return await ask(read_timeout=self._pace.file_seconds)
            except (NetworkError, RetryAfter) as error:
                if attempt == FETCH_ATTEMPTS or isinstance(error, BadRequest):
                    raise
                wait = wait_seconds(error) if isinstance(error, RetryAfter) else self._pace.pause(attempt)
            await asyncio.sleep(wait)
            attempt += 1

    async def _refuse(self, received: NotText, sent: Sent, why: str) -> None:
        async def reply(_: AsyncSession, __: Conversation) -> Draft:
            return Draft(why, MessageKind.NOTICE)

        await self._keeping.line(received.chat_id, sent.message_id, f"({received.noun}, niet bewaard)", reply)
