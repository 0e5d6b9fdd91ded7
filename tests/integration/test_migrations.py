"""The schema: from nothing to exactly what the code expects, and plain words when it is not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from handoff import schema
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.exceptions import DatabaseUnavailable
from handoff.tables import Base
from tests.integration.conftest import _drop, _recreate


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/new.db", InProcessBus())
        yield database
        await database.close()
        return
    server = request.getfixturevalue("postgres_server")
    name = f"balie_empty_{tmp_path.name[:20]}".replace("-", "_").casefold()
    await _recreate(server, name)
    database = Database(f"{server}/{name}", InProcessBus())
    yield database
    await database.close()
    await _drop(server, name)


async def worker_threads_ended() -> None:
    """The thread of a SQLite connection that failed reports to the loop a moment later; let it."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 5)


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def test_the_migrations_make_exactly_the_tables_of_the_code(empty_database: Database) -> None:
    await schema.upgrade(empty_database)
    async with empty_database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
        found = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    assert found == set(Base.metadata.tables) | {"alembic_version"}
    await schema.check(empty_database)


async def test_upgrading_twice_changes_nothing(empty_database: Database) -> None:
    await schema.upgrade(empty_database)
    await schema.upgrade(empty_database)
    await schema.check(empty_database)


async def test_a_new_database_is_refused_with_the_command_that_helps(empty_database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"version none and this program needs .* run 'balie db upgrade'"):
        await schema.check(empty_database)


async def test_a_database_of_another_version_is_refused(empty_database: Database) -> None:
    await schema.upgrade(empty_database)
    async with empty_database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(DatabaseUnavailable, match="at version 0000"):
        await schema.check(empty_database)


@pytest.mark.parametrize("verb", ["check", "upgrade"])
@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite:////no/such/folder/balie.db",
        "postgresql+asyncpg://balie:geheim@127.0.0.1:1/balie",
    ],
)
async def test_a_database_that_cannot_be_opened_gets_one_sentence_without_its_password(url: str, verb: str) -> None:
    database = Database(url, InProcessBus())
    with pytest.raises(DatabaseUnavailable, match="check BALIE_DATABASE_URL") as refused:
        await getattr(schema, verb)(database)
    await database.close()
    await worker_threads_ended()
    assert "geheim" not in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


async def test_a_file_that_is_no_database_gets_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "balie.db"
    path.write_bytes(b"this is no database at all, but a text file" * 50)
    database = Database(f"sqlite+aiosqlite:///{path}", InProcessBus())
    with pytest.raises(DatabaseUnavailable, match="check BALIE_DATABASE_URL"):
        await schema.check(database)
    await database.close()
    await worker_threads_ended()


async def test_an_error_without_words_still_gets_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def wordless(*_: object, **__: object) -> None:
        raise TimeoutError

    database = Database(f"sqlite+aiosqlite:///{tmp_path}/balie.db", InProcessBus())
    monkeypatch.setattr(type(database.engine), "connect", wordless)
    with pytest.raises(DatabaseUnavailable, match="TimeoutError"):
        await schema.check(database)


async def test_a_sqlite_database_waits_for_writers_and_keeps_what_it_confirmed(sqlite_url: str) -> None:
    database = Database(sqlite_url, InProcessBus())
    async with database.engine.connect() as connection:
        pragmas = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "secure_delete")
        }
    await database.close()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 15_000,
        "foreign_keys": 1,
        "secure_delete": 1,
    }
