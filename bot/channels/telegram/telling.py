"""What a bot says outside of any conversation, and does besides messages; it never holds up the reading of updates."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from telegram import Bot, ForceReply, InlineKeyboardMarkup
from telegram.error import RetryAfter, TelegramError

from bot.channels.telegram.api import Failure, courtesy, describe, judge, wait_seconds
from bot.channels.telegram.metrics import COURTESY_FAILURES
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.throttle import Throttle

log = structlog.get_logger(__name__)

ATTEMPTS = 5
_AGAIN = frozenset({Failure.NO_CONNECTION, Failure.NOT_SENT, Failure.WAIT})


class Teller:
    """Says and does things in the chats of one bot.

    Args:
        name: Of the bot's municipality, for logs.
    """

    def __init__(self, bot: Bot, name: str, throttle: Throttle, pace: Pace) -> None:
        self._bot = bot
        self._name = name
        self._throttle = throttle
        self._pace = pace
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(
        self, chat_id: int, text: str, what: str, *, keyboard: InlineKeyboardMarkup | ForceReply | None = None
    ) -> None:
        """Say something that is in no conversation; tried a few times where it certainly did not arrive.

        Args:
            what: What it is, for logs.
        """
        self.meanwhile(self.told(chat_id, text, what, keyboard=keyboard))

    async def told(
        self, chat_id: int, text: str, what: str, *, keyboard: InlineKeyboardMarkup | ForceReply | None = None
    ) -> None:
        """As `tell`, and waits until it is said or given up."""
        for attempt in range(1, ATTEMPTS + 1):
            await self._throttle.wait(chat_id)
            try:
                await self._bot.send_message(chat_id, text, reply_markup=keyboard)
            except TelegramError as error:
                if attempt < ATTEMPTS and judge(error) in _AGAIN:
                    wait = wait_seconds(error) if isinstance(error, RetryAfter) else self._pace.pause(attempt)
                    await asyncio.sleep(wait)
                    continue
                COURTESY_FAILURES.labels(what).inc()
                log.warning("telegram.not_told", what=what, municipality=self._name, error=describe(error))
            return

    def pressed(self, query_id: str, text: str | None = None) -> None:
        """Answer a button, so that it no longer shows that it waits; with a text in a window where there is one."""
        self.meanwhile(courtesy("button", self._bot.answer_callback_query(query_id, text, show_alert=text is not None)))

    def keyboard(self, chat_id: int, message_id: int, left: InlineKeyboardMarkup | None) -> None:
        """Leave only these buttons under a message."""
        self.meanwhile(
            courtesy("keyboard", self._bot.edit_message_reply_markup(chat_id, message_id, reply_markup=left))
        )

    def change(self, chat_id: int, message_id: int, text: str, keyboard: InlineKeyboardMarkup | None) -> None:
        """Put something else in the place of a message."""
        self.meanwhile(
            courtesy(
                "change",
                self._bot.edit_message_text(text, chat_id=chat_id, message_id=message_id, reply_markup=keyboard),
            )
        )

    async def leave(self, chat_id: int) -> None:
        """Leave a group or channel."""
        await courtesy("group", self._bot.leave_chat(chat_id))

    def meanwhile(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what carries no message beside the reading of updates, so that a slow Telegram holds up nobody."""
        task = asyncio.create_task(work, name=f"telegram-courtesy-{self._name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Let go of what is still on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
