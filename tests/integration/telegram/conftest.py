"""A Telegram that runs on this machine, and balie with its bots on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.tables import Employee
from tests.integration.conftest import empty
from tests.telegram_desk import STAD_TOKEN, Stage, staged
from tests.telegram_server import FakeTelegram

SANNE = 4101
"""The chat of a citizen."""


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest) -> str | None:
    """The address of an empty database on PostgreSQL, for tests marked with `ON_BOTH`; None: SQLite."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    url: str = request.getfixturevalue("migrated_postgres")
    asyncio.run(_emptied(url))
    return url


async def _emptied(url: str) -> None:
    database = Database(url, InProcessBus())
    await empty(database)
    await database.close()


@pytest.fixture
async def stage(tmp_path: Path, telegram: FakeTelegram, elsewhere: str | None) -> AsyncIterator[Stage]:
    async with staged(tmp_path / "balie.db", telegram.url, database_url=elsewhere) as made:
        yield made


@pytest.fixture
async def samira(stage: Stage, telegram: FakeTelegram) -> Employee:
    """She talks with Sanne."""
    samira = await stage.employee()
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    await telegram.until_text(STAD_TOKEN, SANNE, "aan de beurt")
    await stage.claim(samira)
    await telegram.until_text(STAD_TOKEN, SANNE, "U praat nu met Samira")
    return samira
