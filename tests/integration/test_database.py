"""The door to the database: what was begun and let go of holds nothing up."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from handoff.bus import InProcessBus
from handoff.database import Database
from tests.stage import Stage, StoppedClock

CANCELLED_TWICE = """
import asyncio, sys
from sqlalchemy import text
from handoff.bus import InProcessBus
from handoff.database import Database

async def reads(database):
    async with database.read() as session:
        await session.execute(text(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) FROM n"
        ))

async def main():
    database = Database(f"sqlite+aiosqlite:///{sys.argv[1]}", InProcessBus())
    tasks = [asyncio.create_task(reads(database)) for _ in range(5)]
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.sleep(0.02)  # they are closing their connections when the loop ends and cancels them again

asyncio.run(main())
print("ended")
"""


def test_a_process_ends_while_its_reading_is_being_let_go_of(tmp_path: Path) -> None:
    """In a process of its own: what this is about hangs one for good."""
    ended = subprocess.run(
        [sys.executable, "-c", CANCELLED_TWICE, str(tmp_path / "balie.db")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout == "ended\n"


async def test_a_statement_gives_its_rows_how_many_it_changed_and_what_went_wrong(sqlite_url: str) -> None:
    """What the driver's short way must do as aiosqlite's own does."""
    database = Database(sqlite_url, InProcessBus())
    async with database.write() as session:
        connection = await session.connection()
        await connection.execute(text("CREATE TABLE one (number INTEGER PRIMARY KEY, word TEXT)"))
        rows = [{"number": number, "word": f"w{number}"} for number in range(200)]
        await connection.execute(text("INSERT INTO one VALUES (:number, :word)"), rows)
        read = await connection.execute(text("SELECT number, word FROM one ORDER BY number"))
        assert list(read.keys()) == ["number", "word"]
        assert [tuple(row) for row in read] == [(number, f"w{number}") for number in range(200)]
        changed = await connection.execute(text("UPDATE one SET word = 'x' WHERE number < 20"))
        assert changed.rowcount == 20
        returned = await connection.execute(text("DELETE FROM one WHERE number < 3 RETURNING number"))
        assert sorted(returned.scalars()) == [0, 1, 2]
        assert (await connection.execute(text("SELECT 1 WHERE 1 = 0"))).all() == []
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            await session.execute(text("INSERT INTO one VALUES (5, 'again')"))
    with pytest.raises(OperationalError):
        async with database.write() as session:
            await session.execute(text("SELECT * FROM two"))
    async with database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM one")) == 197
    await database.close()


async def test_who_comes_first_writes_first_and_nobody_who_reads_waits_for_it(sqlite_url: str) -> None:
    database = Database(sqlite_url, InProcessBus(), pool_size=2)
    order: list[int] = []

    async def write(number: int) -> None:
        async with database.write() as session:
            await session.execute(text("UPDATE conversation SET epoch = epoch"))
            order.append(number)

    async with database.write() as session:
        await session.execute(text("UPDATE conversation SET epoch = epoch"))
        writers = []
        for number in range(30):
            writers.append(asyncio.create_task(write(number)))
            await asyncio.sleep(0)
        async with asyncio.timeout(5), database.read() as reading:
            assert await reading.scalar(text("SELECT count(*) FROM conversation")) == 0
        assert order == []
    await asyncio.gather(*writers)
    assert order == list(range(30))
    await database.close()


async def test_a_writer_that_gives_up_waiting_keeps_nobody_from_writing(database: Database, stage: Stage) -> None:
    async with database.write() as session:
        await session.execute(text("UPDATE conversation SET epoch = epoch"))
        impatient = asyncio.create_task(stage.conversation())
        await asyncio.sleep(0.01)
        impatient.cancel()
        patient = asyncio.create_task(stage.conversation())
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert await patient


async def test_a_transaction_sees_one_state_from_its_first_statement_until_its_end(sqlite_url: str) -> None:
    database = Database(sqlite_url, InProcessBus())
    stage = Stage(database, StoppedClock())
    count = text("SELECT count(*) FROM conversation")
    async with database.read() as reading:
        await stage.conversation()  # nothing was asked yet: this it sees
        assert await reading.scalar(count) == 1
        await stage.conversation()
        assert await reading.scalar(count) == 1
    async with database.read() as reading:
        assert await reading.scalar(count) == 2
    await database.close()


async def test_what_fails_leaves_nothing_and_the_connection_serves_the_next(sqlite_url: str) -> None:
    database = Database(sqlite_url, InProcessBus(), pool_size=1)
    stage = Stage(database, StoppedClock())

    async def fails_half_way() -> None:
        async with database.write() as session:
            await session.execute(text("INSERT INTO channel_offset VALUES ('x', 1)"))
            await session.execute(text("INSERT INTO nowhere VALUES (1)"))

    for _ in range(3):
        with pytest.raises(OperationalError):
            await fails_half_way()
        async with database.read() as reading:
            assert await reading.scalar(text("SELECT count(*) FROM channel_offset")) == 0
        async with database.write():
            pass  # nothing is asked in it
    await stage.conversation()
    async with database.read() as reading:
        assert await reading.scalar(text("SELECT count(*) FROM conversation")) == 1
    await database.close()


async def test_reading_lets_go_of_what_it_saw_so_that_the_log_of_changes_can_be_written_back(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(sqlite_url, InProcessBus())
    stage = Stage(database, StoppedClock())
    await stage.conversation()
    async with database.read() as reading:
        await reading.scalar(text("SELECT count(*) FROM conversation"))
    async with asyncio.timeout(10):
        while True:
            with contextlib.closing(sqlite3.connect(tmp_path / "balie.db")) as elsewhere:
                busy, _, _ = elsewhere.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                break
            await asyncio.sleep(0.01)
    await database.close()
