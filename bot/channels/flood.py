"""How fast one citizen may write. Over the limit nothing is lost: the client keeps the message and sends it later."""

from __future__ import annotations

import math
import time

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from bot.channels.problems import Problem
from handoff.bus import REDIS_SECONDS

log = structlog.get_logger(__name__)

MESSAGES = (parse("20/10seconds"), parse("120/minute"))
"""Per conversation: a fast typist sends a message every few seconds; a script sends hundreds."""
FILES = (parse("10/minute"), parse("60/hour"))
"""Per conversation: a handful of photos at once, not a stream of them; each one takes work."""
SIGNALS = (parse("100/10seconds"),)
"""Per conversation: "is typing" and "seen" come with every few keys and every message, over several windows."""
CONVERSATIONS = (parse("120/minute"), parse("2000/hour"))
"""Per address: an office, a library or a whole mobile network may share one, so the limit is wide."""
LOG_INS = (parse("10/minute"), parse("60/hour"))
"""Per address: an office shares one, and an account locks after five failures anyway."""


class FloodGate:
    """Counts in memory, or in Redis when there are several processes."""

    def __init__(self, redis_url: str | None) -> None:
        storage: Storage = (
            RedisStorage(
                f"async+{redis_url}",
                implementation="redispy",
                socket_timeout=REDIS_SECONDS,
                socket_connect_timeout=REDIS_SECONDS,
            )
            if redis_url
            else MemoryStorage()
        )
        self._limiter = MovingWindowRateLimiter(storage)

    async def pass_message(self, conversation_id: str) -> None:
        """Raises:
        Problem: 429, with how long to wait.
        """
        await self._pass("message", conversation_id, MESSAGES)

    async def pass_file(self, conversation_id: str) -> None:
        """Raises:
        Problem: 429, with how long to wait.
        """
        await self._pass("file", conversation_id, FILES)

    async def pass_signal(self, conversation_id: str) -> None:
        """Raises:
        Problem: 429, with how long to wait.
        """
        await self._pass("signal", conversation_id, SIGNALS)

    async def pass_conversation(self, address: str) -> None:
        """Raises:
        Problem: 429, with how long to wait.
        """
        await self._pass("conversation", address, CONVERSATIONS)

    async def log_in_wait(self, address: str) -> float:
        """Count a log-in attempt; the seconds to wait, 0 when it may go on."""
        try:
            await self._pass("log_in", address, LOG_INS)
        except Problem as too_fast:
            return float(too_fast.extra["opnieuw_na_seconden"])
        return 0.0

    async def _pass(self, what: str, who: str, limits: tuple[RateLimitItem, ...]) -> None:
        try:
            await self._count(what, who, limits)
        except RedisError as error:  # without a count nobody floods for sure: a citizen in need is not refused for it
            log.warning("flood.not_counted", what=what, error=type(error).__name__)

    async def _count(self, what: str, who: str, limits: tuple[RateLimitItem, ...]) -> None:
        for limit in limits:
            if not await self._limiter.hit(limit, what, who):
                window = await self._limiter.get_window_stats(limit, what, who)
                seconds = max(1, math.ceil(window.reset_time - time.time()))
                raise Problem(
                    429,
                    f"U stuurt te snel achter elkaar. Wacht {seconds} seconden en probeer het opnieuw.",
                    headers={"Retry-After": str(seconds)},
                    opnieuw_na_seconden=seconds,
                )
