"""How SQLite is driven: each connection in a thread of its own, which is disturbed as little as possible."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Any

import aiosqlite


def connect(path: str, **options: Any) -> aiosqlite.Connection:
    """A connection that is opened when it is awaited."""
    connection = _Connection(partial(sqlite3.connect, path, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with a connection it makes itself
    return connection


class _Connection(aiosqlite.Connection):
    """A connection whose thread is visited once for each statement, and told to stop once.

    SQLAlchemy closes the connection of a cancelled task and, cancelled again, stops its thread; aiosqlite 0.22 then
    waits for a second stop that no thread is left to carry out, and the process never ends (aiosqlite #369).
    """

    def stop(self) -> asyncio.Future[Any] | None:
        return super().stop() if self._running else None

    def cursor(self) -> _Cursor:  # type: ignore[override]
        return _Cursor(self)


class _Cursor(aiosqlite.Cursor):
    """Carries out a statement and reads all its rows in one visit to the connection's thread.

    Each visit costs as much as a small query itself; aiosqlite makes one to open, to execute, to read and to close.
    """

    _cursor: sqlite3.Cursor

    def __init__(self, connection: _Connection) -> None:
        self.iter_chunk_size = connection._iter_chunk_size  # noqa: SLF001 - as in aiosqlite's own
        self._conn = connection
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> _Cursor:
        ran = self._execute(_executed, self._conn._conn, sql, parameters or ())  # type: ignore[no-untyped-call]  # noqa: SLF001
        self._cursor, self._rows = await ran
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> _Cursor:
        ran = self._execute(self._conn._conn.executemany, sql, parameters)  # type: ignore[no-untyped-call]  # noqa: SLF001
        self._cursor = await ran
        return self

    async def fetchall(self) -> Iterable[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is left open: a statement that was read to its end holds nothing."""


def _executed(connection: sqlite3.Connection, sql: str, parameters: Any) -> tuple[sqlite3.Cursor, list[Any]]:
    cursor = connection.execute(sql, parameters)
    return cursor, cursor.fetchall() if cursor.description else []
