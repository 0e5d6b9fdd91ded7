"""Telegram in a process of its own beside balie: `balie telegram`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import select

from bot.app import create_app, create_telegram_worker
from bot.settings import PROJECT_DIR, Settings, SettingsError
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.tables import Message
from handoff.vocabulary import Sender
from tests.integration.conftest import empty
from tests.servers import free_port
from tests.telegram_desk import STAD, STAD_TOKEN
from tests.telegram_server import FakeTelegram

SANNE = 4101
PATIENCE_SECONDS = 60.0


@pytest.fixture
async def shared(migrated_postgres: str) -> AsyncIterator[Database]:
    """The database that both processes use."""
    database = Database(migrated_postgres, InProcessBus())
    await empty(database)
    yield database
    await database.close()


def settings(postgres: str, redis: str, **more: object) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=postgres,
        redis_url=redis,
        secret_key=SecretStr("x" * 64),
        **({"telegram_mode": "worker", "telegram_tokens": {STAD: SecretStr(STAD_TOKEN)}} | more),  # type: ignore[arg-type]
    )


async def until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), httpx.AsyncClient(trust_env=False) as client:
        while True:
            assert process.poll() is None, "the worker ended by itself"
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


async def test_worker_reads_answers_and_stops_when_it_is_asked_to(
    migrated_postgres: str, redis_url: str, shared: Database, telegram: FakeTelegram
) -> None:
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BALIE_")}
    environment = clean | {
        "BALIE_DATABASE_URL": migrated_postgres,
        "BALIE_REDIS_URL": redis_url,
        "BALIE_SECRET_KEY": "x" * 64,
        "BALIE_TELEGRAM_MODE": "worker",
        "BALIE_TELEGRAM_PORT": str(port),
        "BALIE_TELEGRAM_TOKENS": json.dumps({STAD: STAD_TOKEN}),
        "BALIE_TELEGRAM_API_BASE": telegram.url,
        "BALIE_RASA_URL": f"http://127.0.0.1:{free_port()}",
        "BALIE_RASA_TOKEN": "there is no Rasa here",
    }
    with subprocess.Popen([sys.executable, "-m", "bot.cli", "telegram"], cwd=PROJECT_DIR, env=environment) as process:
        try:
            await until_ready(port, process)
            telegram.say(STAD_TOKEN, SANNE, "Wat kost een paspoort?")
            await telegram.until_text(STAD_TOKEN, SANNE, "Er is een storing", PATIENCE_SECONDS)
            process.send_signal(signal.SIGTERM)
            code = await asyncio.to_thread(process.wait, PATIENCE_SECONDS)
        finally:
            process.kill()
    assert code in (0, -signal.SIGTERM)  # uvicorn raises the signal again once everything is stopped
    assert not telegram.bot(STAD_TOKEN).updates, "what was stored is confirmed before the end"
    async with shared.read() as session:
        said = (await session.scalars(select(Message.text).where(Message.sender == Sender.CITIZEN))).all()
    assert said == ["Wat kost een paspoort?"]


async def test_balie_itself_leaves_telegram_to_the_worker(
    migrated_postgres: str, redis_url: str, shared: Database, telegram: FakeTelegram
) -> None:
    app = create_app(settings(migrated_postgres, redis_url, telegram_api_base=telegram.url))
    async with app.router.lifespan_context(app):
        telegram.say(STAD_TOKEN, SANNE, "hallo")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://balie.test") as client:
            assert (await client.get("/healthz")).status_code == 200
    assert telegram.bot(STAD_TOKEN).calls == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"telegram_mode": "polling"}, "set it to worker"), ({"telegram_tokens": {}}, "no bot to read")],
)
def test_worker_says_what_it_misses(tmp_path: Path, wrong: dict[str, object], words: str) -> None:
    given = settings("postgresql+asyncpg://postgres@127.0.0.1/none", "redis://127.0.0.1:1/0", **wrong)
    with pytest.raises(SettingsError, match=f"(?i){words}"):
        create_telegram_worker(given)


def test_worker_beside_sqlite_is_refused_at_once() -> None:
    with pytest.raises(ValidationError, match="needs PostgreSQL"):
        settings("sqlite+aiosqlite:///var/x.db", "redis://127.0.0.1:1/0")
