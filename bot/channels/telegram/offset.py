"""How far a bot's updates were read; kept in the database, and never ahead of what is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.clock import Clock
from handoff.database import Database
from handoff.tables import ChannelOffset

TRUSTED_FOR = timedelta(days=6)
"""Bot API, Update.update_id: after a week without updates the next id is random. A lower one than the offset would be
confirmed unread, so an old offset is not used: Telegram then gives everything unconfirmed (it keeps 24 hours of it),
and what was stored before is recognised by its message id."""

_SECONDS_AN_HOUR = 3600


class Offset:
    """The next update id of one bot.

    Args:
        bot_id: Of the bot itself: another bot for the same municipality counts anew.
    """

    def __init__(self, database: Database, clock: Clock, bot_id: str) -> None:
        self._database = database
        self._clock = clock
        self._key = f"telegram:{bot_id}"
        self._value: int | None = None
        self._moved_at: datetime | None = None

    async def load(self) -> None:
        """Read what an earlier process left."""
        async with self._database.read() as session:
            value = await session.get(ChannelOffset, self._key)
            hour = await session.get(ChannelOffset, self._hour_key)
        if value is None or hour is None:
            return
        self._value = value.value
        self._moved_at = datetime.fromtimestamp(hour.value * _SECONDS_AN_HOUR, UTC)

    def next(self) -> int | None:
        """What to ask Telegram for; None: everything that is not confirmed."""
        if self._moved_at is None or self._clock() - self._moved_at > TRUSTED_FOR:
            return None
        return self._value

    async def advance(self, update_id: int) -> None:
        """Everything up to `update_id` is stored. May go down: after a quiet week Telegram counts anew."""
        now = self._clock()
        async with self._database.write() as session:
            await _put(session, self._key, update_id + 1)
            await _put(session, self._hour_key, int(now.timestamp()) // _SECONDS_AN_HOUR)
        self._value, self._moved_at = update_id + 1, now

    @property
    def _hour_key(self) -> str:
        """Beside the offset: the hour (since 1970) in which it last moved."""
        return f"{self._key}:hour"


async def _put(session: AsyncSession, key: str, value: int) -> None:
    row = await session.get(ChannelOffset, key)
    if row is None:
        session.add(ChannelOffset(key=key, value=value))
    else:
        row.value = value
