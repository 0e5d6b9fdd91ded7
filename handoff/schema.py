"""The database's schema: bringing it up to date, and checking that it is."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from handoff.database import Database
from handoff.exceptions import DatabaseUnavailable
from handoff.figures import tables as _figures  # noqa: F401 - its rows are part of the schema
from handoff.review import tables as _review  # noqa: F401 - its rows are part of the schema

_MIGRATIONS = Path(__file__).parent / "migrations"


async def upgrade(database: Database) -> None:
    """Run the migrations that this database has not had.

    Raises:
        DatabaseUnavailable: it cannot be opened or written.
    """
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(_upgrade)
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseUnavailable(_sentence(database, error)) from error


async def check(database: Database) -> None:
    """Make sure the database can be read and has the schema of this version.

    Raises:
        DatabaseUnavailable: it cannot be opened, or `balie db upgrade` has to run first.
    """
    try:
        async with database.engine.connect() as connection:
            current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseUnavailable(_sentence(database, error)) from error
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if current != head:
        raise DatabaseUnavailable(
            f"the database is at version {current or 'none'} and this program needs {head}: run 'balie db upgrade'"
        )


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _sentence(database: Database, error: Exception) -> str:
    where = database.engine.url.render_as_string(hide_password=True)
    cause = getattr(error, "orig", None) or error
    reason = (str(cause).splitlines() or [type(cause).__name__])[0]
    return f"the database {where} cannot be used ({reason}): check BALIE_DATABASE_URL and the rights on it"
