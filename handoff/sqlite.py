"""How SQLite is driven: each connection in a thread of its own, which is visited as little as possible.

A visit costs more than most queries: a thread is woken, and the loop after it. aiosqlite makes four for one statement,
and more to begin and to end a transaction.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Any

import aiosqlite

READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"
"""How a transaction begins."""


def connect(path: str, **options: Any) -> aiosqlite.Connection:
    """A connection that is opened when it is awaited."""
    connection = _Connection(partial(sqlite3.connect, path, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with a connection it makes itself
    return connection


class _Connection(aiosqlite.Connection):
    """A connection that begins a transaction with its first statement, and is told to stop once.

    SQLAlchemy closes the connection of a cancelled task and, cancelled again, stops its thread; aiosqlite 0.22 then
    waits for a second stop that no thread is left to carry out, and the process never ends (aiosqlite #369).
    """

    _to_begin: str | None = None
    """How the transaction begins in which nothing was asked yet."""
    _begun: str | None = None
    """How the transaction began that has not ended; SQLAlchemy's pool ends each once more to be sure."""

    def begin(self, how: str) -> None:
        """Begin a transaction together with the next statement."""
        self._to_begin = how

    def stop(self) -> asyncio.Future[Any] | None:
        return super().stop() if self._running else None

    def cursor(self) -> _Cursor:  # type: ignore[override]
        return _Cursor(self)

    async def visit(self, what: Any, sql: str, parameters: Any) -> Any:
        """Carry out `what(sqlite3's connection, sql, parameters)` in the thread, after what begins the transaction."""
        begin, self._to_begin = self._to_begin, None
        self._begun = begin or self._begun
        ran = self._execute(_after, begin, what, self._conn, sql, parameters)  # type: ignore[no-untyped-call]
        return await ran

    async def commit(self) -> None:
        if self._begun is not None:
            await super().commit()
        self._to_begin = self._begun = None

    async def rollback(self) -> None:
        """End the transaction; of one that only read nobody waits for the end, and what comes next comes after it."""
        if self._begun == READ:
            self._tx.put_nowait((None, self._conn.rollback))
        elif self._begun == WRITE:
            await super().rollback()
        self._to_begin = self._begun = None


class _Cursor(aiosqlite.Cursor):
    """Carries out a statement and reads all its rows in one visit."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._ran: sqlite3.Cursor | None = None
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> _Cursor:
        if sql in (READ, WRITE):
            self._connection.begin(sql)
        else:
            self._ran, self._rows = await self._connection.visit(_executed, sql, parameters or ())
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> _Cursor:
        self._ran = await self._connection.visit(sqlite3.Connection.executemany, sql, parameters)
        return self

    async def fetchall(self) -> Iterable[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is left open: a statement that was read to its end holds nothing."""

    @property
    def description(self) -> Any:
        return self._ran.description if self._ran else None

    @property
    def rowcount(self) -> int:
        return self._ran.rowcount if self._ran else -1

    @property
    def lastrowid(self) -> int | None:
        return self._ran.lastrowid if self._ran else None


def _executed(connection: sqlite3.Connection, sql: str, parameters: Any) -> tuple[sqlite3.Cursor, list[Any]]:
    cursor = connection.execute(sql, parameters)
    return cursor, cursor.fetchall() if cursor.description else []


def _after(begin: str | None, what: Any, connection: sqlite3.Connection, sql: str, parameters: Any) -> Any:
    if begin is not None:
        connection.execute(begin)
    return what(connection, sql, parameters)
