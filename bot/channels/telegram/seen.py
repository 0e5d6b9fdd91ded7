"""Which updates were dealt with: Telegram may tell the same again, and what was erased must not come back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk import Desk
from handoff.tables import ChannelUpdate

KEPT_FOR = timedelta(days=2)
"""Telegram keeps what is not confirmed for 24 hours."""
WRITTEN_TOGETHER = 50
_FORGET_EVERY = timedelta(hours=1)


class Seen:
    """The updates of one bot.

    Messages are also known by their own id, so that these are written down later, many together. What ends or erases
    something is known by nothing else: it is written down in the same transaction, with all that came before it. Done
    again later it would end or erase what was said since, and what came before an erasure would be stored again.

    Args:
        bot_id: Of the bot itself: another bot for the same municipality counts anew.
    """

    def __init__(self, desk: Desk, bot_id: str) -> None:
        self._desk = desk
        self._bot_id = bot_id
        self._unwritten: list[int] = []
        self._forget_at = desk.clock()

    async def has(self, update_id: int) -> bool:
        """Whether this update was dealt with before."""
        if update_id in self._unwritten:
            return True
        async with self._desk.database.read() as session:
            return await session.get(ChannelUpdate, self._key(update_id)) is not None

    async def dealt_with(self, update_id: int) -> None:
        """This update is done."""
        self._unwritten.append(update_id)
        if len(self._unwritten) >= WRITTEN_TOGETHER:
            await self.write_down()

    async def write_down(self) -> None:
        """Make what was dealt with last."""
        written = tuple(self._unwritten)
        now = self._desk.clock()
        async with self._desk.database.write() as session:
            await self.remember(session)
            if now >= self._forget_at:
                await session.execute(delete(ChannelUpdate).where(ChannelUpdate.at < now - KEPT_FOR))
        self._forget_at = now + _FORGET_EVERY if now >= self._forget_at else self._forget_at
        self._unwritten = [one for one in self._unwritten if one not in written]

    async def remember(self, session: AsyncSession, *update_ids: int) -> None:
        """These updates, and all that were dealt with before them, are done once the transaction ends well."""
        keys = [self._key(one) for one in dict.fromkeys((*self._unwritten, *update_ids))]
        known = set(await session.scalars(select(ChannelUpdate.key).where(ChannelUpdate.key.in_(keys))))
        now = self._desk.clock()
        session.add_all(ChannelUpdate(key=key, at=now) for key in keys if key not in known)

    def _key(self, update_id: int) -> str:
        return f"telegram:{self._bot_id}:{update_id}"
