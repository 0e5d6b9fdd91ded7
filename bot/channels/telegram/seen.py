"""Which updates were dealt with: Telegram may tell the same again, and what was erased must not come back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk import Desk
from handoff.tables import ChannelUpdate

KEPT_FOR = timedelta(days=2)
"""Telegram keeps what is not confirmed for 24 hours."""
_FORGET_EVERY = timedelta(hours=1)


class Seen:
    """The updates of one bot.

    Messages are also known by their own id. What ends or erases something is not, so it is remembered here in the same
    transaction; done again later it would end or erase what was said since.

    Args:
        bot_id: Of the bot itself: another bot for the same municipality counts anew.
    """

    def __init__(self, desk: Desk, bot_id: str) -> None:
        self._desk = desk
        self._bot_id = bot_id
        self._forget_at = desk.clock()

    async def has(self, update_id: int) -> bool:
        """Whether this update was dealt with before."""
        async with self._desk.database.read() as session:
            return await session.get(ChannelUpdate, self._key(update_id)) is not None

    async def remember(self, session: AsyncSession, update_id: int) -> None:
        """This update is dealt with, once the transaction ends well."""
        if await session.get(ChannelUpdate, self._key(update_id)) is None:
            session.add(ChannelUpdate(key=self._key(update_id), at=self._desk.clock()))

    async def dealt_with(self, update_id: int) -> None:
        """`remember` in a transaction of its own; forgets what cannot come again."""
        now = self._desk.clock()
        async with self._desk.database.write() as session:
            await self.remember(session, update_id)
            if now >= self._forget_at:
                await session.execute(delete(ChannelUpdate).where(ChannelUpdate.at < now - KEPT_FOR))
        if now >= self._forget_at:
            self._forget_at = now + _FORGET_EVERY

    def _key(self, update_id: int) -> str:
        return f"telegram:{self._bot_id}:{update_id}"
