"""Shows "typing" in the chat while the bot thinks or an employee types."""

from __future__ import annotations

import asyncio
import contextlib
import time

from telegram import Bot
from telegram.constants import ChatAction

from bot.channels.telegram.api import courtesy
from bot.channels.telegram.events import next_event
from bot.channels.telegram.pace import Pace
from handoff.bus import Bus, Event, Subscription, conversation_subject
from handoff.vocabulary import Sender

WATCHED_AT_ONCE = 1_000
TIMES_IN_A_ROW = 10
"""So often "typing" is said again without news; then whoever typed is taken to have stopped."""


class TypingNotice:
    """Watches the conversations of one bot in which something happens."""

    def __init__(self, bus: Bus, bot: Bot, pace: Pace) -> None:
        self._bus = bus
        self._bot = bot
        self._pace = pace
        self._watching: dict[str, asyncio.Task[None]] = {}

    async def watch(self, conversation_id: str, chat_id: int) -> None:
        """Watch a conversation until nothing happens in it for a while; watching twice is the same as once."""
        if conversation_id in self._watching:
            return
        if len(self._watching) >= WATCHED_AT_ONCE:
            self._watching.pop(next(iter(self._watching))).cancel()
        ready = asyncio.Event()
        task = asyncio.create_task(
            self._watch(conversation_id, chat_id, ready), name=f"telegram-typing-{conversation_id}"
        )
        self._watching[conversation_id] = task
        task.add_done_callback(lambda done: self._forget(conversation_id, done))
        await ready.wait()

    async def stop(self) -> None:
        """Stop watching all of them."""
        tasks = list(self._watching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, conversation_id: str, task: asyncio.Task[None]) -> None:
        if self._watching.get(conversation_id) is task:
            del self._watching[conversation_id]

    async def _watch(self, conversation_id: str, chat_id: int, ready: asyncio.Event) -> None:
        with contextlib.ExitStack() as announced:
            announced.callback(ready.set)  # whoever waits goes on, also when subscribing fails
            async with self._bus.subscribe(conversation_subject(conversation_id)) as events:
                ready.set()
                while (event := await next_event(events, self._pace.typing_idle_seconds)) is not None:
                    if _starts(event):
                        await self._show(events, chat_id, event)

    async def _show(self, events: Subscription, chat_id: int, started: Event) -> None:
        """Show it until it ends; the bot's only when it takes its time."""
        by_bot = started.data.get("who") == Sender.BOT
        if by_bot and await _ends_within(events, self._pace.show_typing_after_seconds):
            return
        for _ in range(TIMES_IN_A_ROW):
            await courtesy("typing", self._bot.send_chat_action(chat_id, ChatAction.TYPING))
            if await _ends_within(events, self._pace.typing_seconds):
                return


async def _ends_within(events: Subscription, seconds: float) -> bool:
    """Whether the typing ends (a message, or a stop) before `seconds` have passed; a keystroke does not count."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        news = await next_event(events, left)
        if news is not None and _ends(news):
            return True
    return False


def _ends(event: Event) -> bool:
    """A message came, or whoever typed stopped; what was delivered or seen meanwhile says nothing of it."""
    return event.kind not in ("delivery", "seen") and not _starts(event)


def _starts(event: Event) -> bool:
    """Whether somebody on this side started typing, or still does."""
    return event.kind == "typing" and bool(event.data.get("on")) and event.data.get("who") != Sender.CITIZEN
