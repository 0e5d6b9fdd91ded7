"""One application for all tests of a file, on SQLite and on PostgreSQL; every test finds the database empty."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal
from fastapi.testclient import TestClient
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from handoff.database import Database
from handoff.tables import Base
from tests.citizen import Citizen, running, settings_for
from tests.stage import MONDAY_MORNING, Stage, StoppedClock


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("migrated_postgres"))
    path: Path = request.getfixturevalue("migrated_sqlite")
    return f"sqlite+aiosqlite:///{shutil.copy(path, tmp_path_factory.mktemp('citizen') / 'balie.db')}"


@pytest.fixture(scope="module")
def _clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(scope="module")
def _application(
    database_url: str, _clock: StoppedClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    with running(settings_for(database_url, tmp_path_factory.mktemp("data")), _clock) as client:
        yield client


@pytest.fixture
def clock(_clock: StoppedClock) -> StoppedClock:
    _clock.now = MONDAY_MORNING
    return _clock


@pytest.fixture
def portal(_application: TestClient) -> BlockingPortal:
    """Runs a coroutine where the application runs."""
    assert _application.portal is not None
    return _application.portal


@pytest.fixture
def stage(_application: TestClient, clock: StoppedClock, portal: BlockingPortal) -> Stage:
    """What stands in the application's database; to be called through the portal."""
    database: Database = _application.app.state.desk.database  # type: ignore[attr-defined]
    portal.call(_empty, database)
    return Stage(database, clock)


@pytest.fixture
def client(_application: TestClient, stage: Stage) -> TestClient:
    return _application


@pytest.fixture
def citizen(client: TestClient) -> Citizen:
    return Citizen(client)


async def _empty(database: Database) -> None:
    """Take every row out; again when a turn of the test before was still being written."""
    for _ in range(20):
        with contextlib.suppress(DBAPIError):
            async with database.write() as session:
                for table in reversed(Base.metadata.sorted_tables):
                    await session.execute(delete(table))
            return
    raise AssertionError("the application keeps writing to a database that should be empty")
