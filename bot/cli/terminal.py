"""What every command needs: where to print, the settings, and what goes wrong in one sentence."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from bot import launch
from bot.content import ContentError
from bot.detector_model import DetectorModels
from bot.encoder import EncodingFailed
from bot.evaluation.conversations import UnreadableData
from bot.settings import PROJECT_DIR, Settings, SettingsError
from bot.shell import NoBalie
from bot.supervisor import StartFailed
from bot.training import Models, NoModel, TrainingFailed
from handoff import schema
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection.model import UnusableModel
from handoff.detection.patterns import InvalidExpression
from handoff.exceptions import HandoffError

console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False, soft_wrap=True)

_EXPECTED = (
    SettingsError,
    StartFailed,
    NoModel,
    TrainingFailed,
    EncodingFailed,
    NoBalie,
    HandoffError,
    ContentError,
    UnreadableData,
    UnusableModel,
    InvalidExpression,
    launch.DemoAccountsFound,
)


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """What may go wrong on a well-kept machine is told in a sentence, without a traceback."""
    try:
        yield
    except ValidationError as error:
        for one in error.errors():
            where = ".".join(str(part) for part in one["loc"])
            name = f"BALIE_{where.upper()}: " if where else ""
            complaints.print(f"balie: {escape(name)}{escape(one['msg'].removeprefix('Value error, '))}")
        raise typer.Exit(1) from None
    except _EXPECTED as error:
        complaints.print(f"balie: {escape(str(error))}")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def run_async(work: Coroutine[Any, Any, None]) -> None:
    """Do a command's work to the end."""
    with plain_errors():
        asyncio.run(work)


def settings_now() -> Settings:
    """The settings of this installation."""
    with plain_errors():
        return Settings()


def models(settings: Settings) -> Models:
    """The language models."""
    return Models(PROJECT_DIR, settings.model_dir)


def detector_models(settings: Settings) -> DetectorModels:
    """The detector's models."""
    return DetectorModels(PROJECT_DIR, settings.model_dir)


def database_of(settings: Settings) -> Database:
    """The database of the settings; the folder of a SQLite file is made where it is missing."""
    database = Database(settings.database_url, InProcessBus())
    if database.is_sqlite and database.engine.url.database:
        Path(database.engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    return database


@contextlib.asynccontextmanager
async def checked_database(settings: Settings) -> AsyncIterator[Database]:
    """The database, if it has the schema of this version.

    Raises:
        DatabaseUnavailable: it cannot be opened, or has to be upgraded first.
    """
    database = database_of(settings)
    try:
        await schema.check(database)
        yield database
    finally:
        await database.close()
