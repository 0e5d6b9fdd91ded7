"""No more than Telegram allows: thirty messages a second for a bot, one a second in a chat."""

from __future__ import annotations

from collections import OrderedDict

from aiolimiter import AsyncLimiter

A_SECOND = 30
_CHATS_REMEMBERED = 1000
"""More chats than this get no message within a second, at thirty a second."""


class Throttle:
    """Waits until one bot may send once more.

    Args:
        chat_seconds: Between two messages to one chat.

    https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    """

    def __init__(self, chat_seconds: float) -> None:
        self._chat_seconds = chat_seconds
        # Spread evenly: a limiter that begins full would let sixty through in its first second.
        self._bot = AsyncLimiter(1, 1 / A_SECOND)
        self._chats: OrderedDict[int, AsyncLimiter] = OrderedDict()

    async def wait(self, chat_id: int) -> None:
        """Return as soon as a message may go to this chat; first the chat's own turn, then the bot's."""
        chat = self._chats.pop(chat_id, None) or AsyncLimiter(1, self._chat_seconds)
        self._chats[chat_id] = chat
        if len(self._chats) > _CHATS_REMEMBERED:
            self._chats.popitem(last=False)
        await chat.acquire()
        await self._bot.acquire()
