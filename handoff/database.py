"""One door to the database: reading and writing transactions, and events that go out only after the commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from handoff import sqlite
from handoff.bus import Bus, Event

BUSY_TIMEOUT_MS = 15_000
"""How long a SQLite writer waits for another process; BEGIN IMMEDIATE makes the wait happen before anything is read."""


def emit(session: AsyncSession, happened: Event) -> None:
    """Publish `happened` once `session`'s transaction has been committed, never before."""
    session.info.setdefault("events", []).append(happened)


class Database:
    """Sessions on SQLite (default) or PostgreSQL; both behave the same to the caller."""

    def __init__(self, url: str, bus: Bus, *, pool_size: int = 10) -> None:
        self.url = url
        self._bus = bus
        self.engine = _engine(url, pool_size)
        self._writing = self.engine.execution_options(balie_begin=sqlite.WRITE)
        self._one_writer = asyncio.Lock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Whether all state lives in one file that only this machine uses."""
        return self.engine.dialect.name == "sqlite"

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one consistent state and changes nothing."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed at the end, rolled back by an exception; emitted events follow the commit."""
        async with self._turn_to_write(), AsyncSession(self._writing, expire_on_commit=False) as session:
            async with session.begin():
                yield session
            events: list[Event] = session.info.pop("events", [])
        for happened in events:
            await self._bus.publish(happened)

    def _turn_to_write(self) -> contextlib.AbstractAsyncContextManager[object]:
        """SQLite has one writer. In one process the first to come goes first, before it takes a connection.

        SQLite's own waiting sleeps up to a tenth of a second at a time and lets whoever looks at the right moment go
        first: a few writers at once waited for seconds, and kept readers from the connections that they held meanwhile.
        """
        return self._one_writer or contextlib.nullcontext()

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _engine(url: str, pool_size: int) -> AsyncEngine:
    # hide_parameters: an error's text goes to the log, where what citizens write must never stand
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(
            url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, hide_parameters=True
        )
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"async_creator_fn": sqlite.connect},
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # the driver starts no transaction of its own; _begin_sqlite does
    cursor = dbapi_connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("balie_begin", sqlite.READ))
