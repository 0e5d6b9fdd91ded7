"""The database."""

import typer

from bot.cli.terminal import console, database_of, run_async, settings_now
from handoff import schema

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.command("upgrade")
def upgrade() -> None:
    """Bring the database to the schema of this version; also makes a new one. Safe to repeat."""
    settings = settings_now()

    async def work() -> None:
        database = database_of(settings)
        try:
            await schema.upgrade(database)
        finally:
            await database.close()
        console.print("the database is up to date")

    run_async(work())
