"""Databases, buses and a scene; every test that asks for `database` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from bot.desk import Desk
from handoff import schema
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.tables import Base, Employee
from handoff.vault import Vault
from tests import servers
from tests.console_room import Browser, add_employee, make_log_ins_quick, mounted
from tests.counter import FakeRasa, make_desk
from tests.stage import Stage, StoppedClock

_ALL_TABLES = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with servers.postgresql() as address:
        yield address


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with servers.redis() as address:
        yield address


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with the newest schema, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(_upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database of this run alone, with the newest schema."""
    name = f"balie_test_{os.getpid()}"
    asyncio.run(_recreate(postgres_server, name))
    asyncio.run(_upgrade(f"{postgres_server}/{name}"))
    yield f"{postgres_server}/{name}"
    asyncio.run(_drop(postgres_server, name))


@pytest.fixture
def quick_log_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    make_log_ins_quick(monkeypatch)


@pytest.fixture
def app(database: Database, bus: InProcessBus, clock: StoppedClock, vault: Vault, quick_log_ins: None) -> FastAPI:
    """The console as it is mounted."""
    return mounted(database, bus, clock, vault)


@pytest.fixture
async def sam(database: Database, clock: StoppedClock, quick_log_ins: None) -> Employee:
    return await add_employee(database, clock, "Sam")


@pytest.fixture
async def browser(app: FastAPI, sam: Employee) -> Browser:
    """Sam's, logged in."""
    browser = Browser(app)
    await browser.log_in(sam.email)
    return browser


@pytest.fixture
def bus() -> InProcessBus:
    return InProcessBus()


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """A fresh, migrated SQLite database."""
    return f"sqlite+aiosqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'balie.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database of each kind."""
    wanted = "sqlite_url" if request.param == "sqlite" else "migrated_postgres"
    return str(request.getfixturevalue(wanted))


@pytest.fixture
async def database(database_url: str, bus: InProcessBus) -> AsyncIterator[Database]:
    database = Database(database_url, bus)
    if not database.is_sqlite:
        await empty(database)
    yield database
    await database.close()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def stage(database: Database, clock: StoppedClock) -> Stage:
    return Stage(database, clock)


@pytest.fixture
def rasa() -> FakeRasa:
    return FakeRasa()


@pytest.fixture
def desk(stage: Stage, bus: InProcessBus, vault: Vault, clock: StoppedClock, rasa: FakeRasa) -> Desk:
    return make_desk(stage.database, bus, vault, clock, rasa)


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault("a-secret-key-of-forty-characters-for-test")


async def empty(database: Database) -> None:
    """Take every row out of a PostgreSQL database."""
    async with database.engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {_ALL_TABLES} CASCADE"))


async def _upgrade(url: str) -> None:
    database = Database(url, InProcessBus())
    await schema.upgrade(database)
    await database.close()


async def _recreate(server: str, name: str) -> None:
    await _drop(server, name)
    await _execute(server, f'CREATE DATABASE "{name}"')


async def _drop(server: str, name: str) -> None:
    await _execute(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server.replace("+asyncpg", "") + "/postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
