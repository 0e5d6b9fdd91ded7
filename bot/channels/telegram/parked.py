"""Updates that are dealt with beside the reading: a file that has to be fetched, and what comes after it in that chat.

Such an update is stored here, encrypted, before it is confirmed to Telegram, and stays until it was dealt with. So a
slow file holds up nobody else, a process that dies in the middle loses nothing, and in the chat itself the order holds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Bot, Update

from bot.channels.telegram import peers
from bot.channels.telegram.seen import Seen
from bot.desk import Desk
from handoff.tables import ParkedUpdate
from handoff.vault import WrongKey

log = structlog.get_logger(__name__)

UNREADABLE_SECONDS = 300.0
"""How long an update waits that was stored with another secret key: it may come back."""
_WHO_SHE_IS = frozenset({"last_name", "username", "language_code", "vcard"})
"""Of her account: nothing here needs it. Her first name has to be there to be read, and is left empty."""


@dataclass(frozen=True)
class Taken:
    """An update that this process deals with now."""

    key: str
    update: Update


class Parked:
    """The parked updates of one bot.

    Args:
        municipality: Its key.
        bot_id: Of the bot itself: another bot for the same municipality has its own.
    """

    def __init__(self, desk: Desk, municipality: str, bot_id: str, bot: Bot, seen: Seen) -> None:
        self._desk = desk
        self._municipality = municipality
        self._key = f"telegram:{bot_id}"
        self._bot = bot
        self._seen = seen
        self.news = asyncio.Event()
        """Set when something was parked here."""

    async def has(self, chat_id: int) -> bool:
        """Whether something of this chat still has to be dealt with."""
        async with self._desk.database.read() as session:
            return await session.scalar(self._of_peer(self._peer(chat_id)).limit(1)) is not None

    async def park(self, new: Update, chat_id: int) -> None:
        """Keep an update until its turn; with that it is known as dealt with, should Telegram tell it again."""
        async with self._desk.database.write() as session:
            session.add(
                ParkedUpdate(
                    key=f"{self._key}:{new.update_id}",
                    bot=self._key,
                    peer_hash=self._peer(chat_id),
                    number=new.update_id,
                    content_encrypted=self._desk.vault.encrypt(json.dumps(_nameless(new.to_dict()))),
                    at=self._desk.clock(),
                )
            )
            await self._seen.remember(session, new.update_id)
        self.news.set()

    async def chats(self, besides: Collection[str]) -> Sequence[str]:
        """The chats with something to deal with that nobody is dealing with, by their hash."""
        now = self._desk.clock()
        busy = select(ParkedUpdate.peer_hash).where(ParkedUpdate.bot == self._key, ParkedUpdate.until > now)
        wanted = (
            select(ParkedUpdate.peer_hash)
            .where(
                ParkedUpdate.bot == self._key,
                ParkedUpdate.peer_hash.not_in(besides),
                ParkedUpdate.peer_hash.not_in(busy),
            )
            .distinct()
        )
        async with self._desk.database.read() as session:
            return (await session.scalars(wanted)).all()

    async def take(self, peer_hash: str, seconds: float) -> Taken | None:
        """The first of a chat, for so long; None when there is none, or somebody else deals with it."""
        now = self._desk.clock()
        first = self._of_peer(peer_hash).order_by(ParkedUpdate.at, ParkedUpdate.number).limit(1)
        async with self._desk.database.write() as session:
            row = (await session.scalars(first)).one_or_none()
            if row is None:
                return None
            free = or_(ParkedUpdate.until.is_(None), ParkedUpdate.until <= now)
            taken = await session.execute(
                update(ParkedUpdate)
                .where(ParkedUpdate.key == row.key, free)
                .values(until=now + timedelta(seconds=seconds))
            )
            if not taken.rowcount:  # type: ignore[attr-defined]
                return None
            try:
                content = json.loads(self._desk.vault.decrypt(row.content_encrypted))
            except WrongKey:
                log.error("telegram.unreadable_chat", advice="BALIE_SECRET_KEY is not the one it was stored with")
                await _leave_for(session, row.key, now + timedelta(seconds=UNREADABLE_SECONDS))
                return None
        return Taken(row.key, Update.de_json(content, self._bot))

    async def done(self, key: str) -> None:
        """It was dealt with; the next of its chat has its turn."""
        async with self._desk.database.write() as session:
            await session.execute(delete(ParkedUpdate).where(ParkedUpdate.key == key))

    async def failed(self, key: str) -> int:
        """It failed by itself; returns how often now."""
        count = update(ParkedUpdate).where(ParkedUpdate.key == key).values(attempts=ParkedUpdate.attempts + 1)
        async with self._desk.database.write() as session:
            return await session.scalar(count.returning(ParkedUpdate.attempts)) or 0

    async def again_after(self, key: str, seconds: float) -> None:
        """Leave it alone for a while; what comes after it in its chat waits too."""
        async with self._desk.database.write() as session:
            await _leave_for(session, key, self._desk.clock() + timedelta(seconds=seconds))

    async def let_go(self, keys: Collection[str] | None = None) -> None:
        """Nobody deals with these any more; None: with any of this bot, where this is the only process."""
        async with self._desk.database.write() as session:
            freed = update(ParkedUpdate).where(ParkedUpdate.bot == self._key)
            if keys is not None:
                freed = freed.where(ParkedUpdate.key.in_(keys))
            await session.execute(freed.values(until=None))

    def _of_peer(self, peer_hash: str) -> Select[ParkedUpdate]:
        return select(ParkedUpdate).where(ParkedUpdate.bot == self._key, ParkedUpdate.peer_hash == peer_hash)

    def _peer(self, chat_id: int) -> str:
        return peers.peer_hash(self._desk, self._municipality, chat_id)


async def _leave_for(session: AsyncSession, key: str, until: datetime) -> None:
    await session.execute(update(ParkedUpdate).where(ParkedUpdate.key == key).values(until=until))


def _nameless(value: Any) -> Any:
    """What Telegram told, without the names of accounts."""
    if isinstance(value, dict):
        kept = {name: _nameless(one) for name, one in value.items() if name not in _WHO_SHE_IS}
        return kept | ({"first_name": ""} if "first_name" in kept else {})
    return [_nameless(one) for one in value] if isinstance(value, (list, tuple)) else value
