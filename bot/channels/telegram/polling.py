"""Asks Telegram for updates: stores each one first, and only then confirms it with the next offset."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channels.telegram.api import describe, wait_seconds
from bot.channels.telegram.incoming import WANTED_UPDATES
from bot.channels.telegram.metrics import GIVEN_UP, POLL_FAILURES
from bot.channels.telegram.offset import Offset
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.receiving import Receiver
from bot.channels.telegram.trying import Trying

log = structlog.get_logger(__name__)

T = TypeVar("T")

UPDATES_AT_ONCE = 100


class Poller:
    """Long polling for one bot, over `Bot.get_updates`: the library's Updater confirms what nobody has stored yet."""

    def __init__(
        self,
        bot: Bot,
        municipality: str,
        offset: Offset,
        receiver: Receiver,
        pace: Pace,
        introduce: Callable[[], Awaitable[None]],
    ) -> None:
        self._introduce = introduce
        self._bot = bot
        self._municipality = municipality
        self._offset = offset
        self._trying = Trying(receiver)
        self._pace = pace
        self._failures = 0
        self._task: asyncio.Task[None] | None = None
        self._waiting = False
        self._stopping = False

    def start(self) -> None:
        """Begin polling; Telegram need not be within reach."""
        self._task = asyncio.create_task(self._run(), name=f"telegram-poll-{self._municipality}")

    async def stop(self) -> None:
        """Stop; what is being stored is stored first."""
        if self._task is None:
            return
        self._stopping = True
        if not self._waiting:
            await asyncio.wait([self._task], timeout=self._pace.stop_seconds)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        prepared = False
        while not self._stopping:
            try:
                if not prepared:
                    await self._interruptible(self._prepare())
                    prepared = True
                await self._round()
                self._failures = 0
            except Exception as error:  # noqa: BLE001 - whatever it is, citizens keep writing
                await self._pause_after(error)

    async def _prepare(self) -> None:
        await self._offset.load()
        await self._bot.initialize()
        await self._bot.delete_webhook(drop_pending_updates=False)  # polling is refused while one is set
        await self._introduce()
        log.info("telegram.polling", municipality=self._municipality)

    async def _round(self) -> None:
        updates = await self._interruptible(self._fetch())
        await self._store(sorted(updates, key=lambda update: update.update_id))

    async def _interruptible(self, waiting: Awaitable[T]) -> T:
        """Wait for something that a stop may cut short: nothing is being stored."""
        self._waiting = True
        try:
            return await waiting
        finally:
            self._waiting = False

    async def _fetch(self) -> Sequence[Update]:
        try:
            return await self._bot.get_updates(
                offset=self._offset.next(),
                limit=UPDATES_AT_ONCE,
                timeout=self._pace.poll_seconds,
                allowed_updates=WANTED_UPDATES,
            )
        except TelegramError:
            raise
        except Exception as error:  # noqa: BLE001 - one update that the library cannot read fails them all
            log.warning("telegram.unreadable_updates", error=type(error).__name__)
            return await self._fetch_one_by_one()

    async def _fetch_one_by_one(self) -> Sequence[Update]:
        """The updates that can be read; the others are logged by number and left behind."""
        # Method names are case-insensitive; spelt so, the library hands over what Telegram said as it is.
        found = await self._bot.do_api_request("getupdates", {"offset": self._offset.next(), "timeout": 0})
        updates = []
        for one in found:
            try:
                updates.append(Update.de_json(one, self._bot))
            except Exception as error:  # noqa: BLE001
                GIVEN_UP.inc()
                log.error("telegram.unreadable_update", update=one["update_id"], error=type(error).__name__)
                updates.append(Update(one["update_id"]))
        return updates

    async def _store(self, updates: Sequence[Update]) -> None:
        """Take them in, in order, and remember how far; a failure keeps what came before it."""
        stored: int | None = None
        try:
            for update in updates:
                await self._trying.take_in(update)
                stored = update.update_id
        finally:
            if stored is not None:
                await self._offset.advance(stored)

    async def _pause_after(self, error: Exception) -> None:
        self._failures += 1
        POLL_FAILURES.labels(type(error).__name__).inc()
        seconds = self._pace.pause(self._failures)
        say: Callable[..., object] = log.warning
        match error:
            case RetryAfter():
                seconds, advice = wait_seconds(error), "Telegram asks to wait"
            case Conflict():
                advice = (
                    "another program reads this bot's messages with the same token; stop it, "
                    "or make a bot of its own for it with BotFather"
                )
            case InvalidToken():
                say, seconds = log.error, self._pace.refused_pause_seconds
                advice = "Telegram refuses this municipality's token; check BALIE_TELEGRAM_TOKENS"
            case TelegramError():
                advice = "Telegram is out of reach; it is tried again"
            case _:
                say, advice = log.error, "updates cannot be stored; Telegram keeps them for 24 hours"
        say(
            "telegram.poll_failed",
            municipality=self._municipality,
            error=describe(error),
            advice=advice,
            again_in_seconds=seconds,
        )
        if not self._stopping:
            await self._interruptible(asyncio.sleep(seconds))
