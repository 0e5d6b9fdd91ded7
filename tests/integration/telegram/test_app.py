"""The application as `balie run` starts it, with a token in the settings."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from pydantic import SecretStr

from bot.app import create_app
from bot.engine import Engine
from bot.settings import Settings
from handoff import schema
from handoff.bus import InProcessBus
from handoff.database import Database
from tests.telegram_desk import STAD, STAD_TOKEN, FakeEngine
from tests.telegram_server import FakeTelegram

SANNE = 4101


async def test_token_in_the_settings_opens_the_channel(tmp_path: Path) -> None:
    address = f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"
    database = Database(address, InProcessBus())
    await schema.upgrade(database)
    await database.close()
    with FakeTelegram() as telegram:
        settings = Settings(
            database_url=address,
            secret_key=SecretStr("x" * 64),
            telegram_tokens={STAD: SecretStr(STAD_TOKEN)},
            telegram_api_base=telegram.url,
        )
        app = create_app(settings, engine=cast("Engine", FakeEngine()))
        async with app.router.lifespan_context(app):
            telegram.say(STAD_TOKEN, SANNE, "Wat kost een paspoort?")
            await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: Wat kost een paspoort?")
