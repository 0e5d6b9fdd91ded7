"""A Telegram that runs on this machine, and balie with its bots on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.telegram_desk import Stage, staged
from tests.telegram_server import FakeTelegram


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture
async def stage(tmp_path: Path, telegram: FakeTelegram) -> AsyncIterator[Stage]:
    async with staged(tmp_path / "balie.db", telegram.url) as made:
        yield made
