"""One door to the database: reading and writing transactions, and events that go out only after the commit."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import aiosqlite
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from handoff.bus import Bus, Event

BUSY_TIMEOUT_MS = 15_000
"""How long a SQLite writer waits for another; BEGIN IMMEDIATE makes the wait happen before anything is read."""


def emit(session: AsyncSession, happened: Event) -> None:
    """Publish `happened` once `session`'s transaction has been committed, never before."""
    session.info.setdefault("events", []).append(happened)


class Database:
    """Sessions on SQLite (default) or PostgreSQL; both behave the same to the caller."""

    def __init__(self, url: str, bus: Bus, *, pool_size: int = 10) -> None:
        self.url = url
        self._bus = bus
        self.engine = _engine(url, pool_size)
        self._writing = self.engine.execution_options(balie_begin="BEGIN IMMEDIATE")

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
        async with AsyncSession(self._writing, expire_on_commit=False) as session:
            async with session.begin():
                yield session
            events: list[Event] = session.info.pop("events", [])
        for happened in events:
            await self._bus.publish(happened)

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
        connect_args={"async_creator_fn": _connect_sqlite},
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


class _StopsOnce(aiosqlite.Connection):
    """A connection whose thread is told to stop once.

    SQLAlchemy closes the connection of a cancelled task and, cancelled again, stops its thread; aiosqlite 0.22 then
    waits for a second stop that no thread is left to carry out, and the process never ends (aiosqlite #369).
    """

    def stop(self) -> asyncio.Future[Any] | None:
        return super().stop() if self._running else None


def _connect_sqlite(path: str, **options: Any) -> aiosqlite.Connection:
    connection = _StopsOnce(partial(sqlite3.connect, path, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with a connection it makes itself
    return connection


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
    connection.exec_driver_sql(connection.get_execution_options().get("balie_begin", "BEGIN"))
