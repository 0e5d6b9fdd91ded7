"""Deals with parked updates beside the reading: in a chat one after the other, many chats at once."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial

import structlog

from bot.channels.telegram.metrics import GIVEN_UP
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.parked import Parked, Taken
from bot.channels.telegram.receiving import Receiver
from bot.channels.telegram.trying import ATTEMPTS, PASSING
from bot.desk import Desk

log = structlog.get_logger(__name__)


class Beside:
    """Works off what one bot has parked."""

    def __init__(self, desk: Desk, municipality: str, parked: Parked, receiver: Receiver, pace: Pace) -> None:
        self._only_process = desk.database.is_sqlite
        self._municipality = municipality
        self._parked = parked
        self._receiver = receiver
        self._pace = pace
        self._working: dict[str, asyncio.Task[None]] = {}
        self._taken: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin, with what an earlier process left."""
        self._task = asyncio.create_task(self._run(), name=f"telegram-beside-{self._municipality}")

    async def stop(self) -> None:
        """Wait a while for what is being dealt with; what is not done by then is done after the next start."""
        self._stopping = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        working = list(self._working.values())
        if working:
            await asyncio.wait(working, timeout=self._pace.stop_seconds)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        if self._taken:
            with contextlib.suppress(*PASSING):  # then they are free after `Pace.parked_seconds`
                await self._parked.let_go(self._taken)

    async def _run(self) -> None:
        begun = False
        while True:
            self._parked.news.clear()
            try:
                if self._only_process and not begun:  # whatever is being dealt with belongs to a dead one
                    await self._parked.let_go()
                begun = True
                await self._begin()
            except Exception as error:  # noqa: BLE001 - looked at again
                log.error("telegram.parked_unreadable", municipality=self._municipality, error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.look_seconds):
                    await self._parked.news.wait()

    async def _begin(self) -> None:
        for chat in await self._parked.chats(besides=tuple(self._working)):
            task = asyncio.create_task(self._work_off(chat), name=f"telegram-chat-{self._municipality}")
            self._working[chat] = task
            task.add_done_callback(partial(self._worked_off, chat))

    def _worked_off(self, chat: str, _: asyncio.Task[None]) -> None:
        """What was parked in this chat since the last look at it has its turn now."""
        self._working.pop(chat, None)
        self._parked.news.set()

    async def _work_off(self, chat: str) -> None:
        try:
            while not self._stopping and (taken := await self._parked.take(chat, self._pace.parked_seconds)):
                self._taken.add(taken.key)
                goes_on = await self._deal_with(taken)
                self._taken.discard(taken.key)
                if not goes_on:
                    return
        except PASSING as error:
            log.error("telegram.parked_unreadable", municipality=self._municipality, error=type(error).__name__)

    async def _deal_with(self, taken: Taken) -> bool:
        """Do what an update says; False when it is left for later."""
        try:
            await self._receiver.carry_out(taken.update)
        except PASSING as error:
            log.warning("telegram.parked_again", update=taken.update.update_id, error=type(error).__name__)
            await self._parked.again_after(taken.key, self._pace.first_pause_seconds)
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, the next one has its turn in the end
            if await self._parked.failed(taken.key) < ATTEMPTS:
                log.warning("telegram.parked_again", update=taken.update.update_id, error=type(error).__name__)
                await self._parked.again_after(taken.key, self._pace.first_pause_seconds)
                return False
            GIVEN_UP.inc()
            log.error("telegram.update_given_up", update=taken.update.update_id, error=type(error).__name__)
            await self._receiver.apologise(taken.update)
        await self._parked.done(taken.key)
        return True
