"""What editors want the assistant to learn."""

from typing import Annotated

import typer
from rich.markup import escape

from bot.cli.terminal import checked_database, complaints, console, run_async, settings_now
from bot.content import ContentStore
from bot.proposals import Proposals
from bot.settings import PROJECT_DIR

app = typer.Typer(help="What editors want the assistant to learn (docs/content.md).", no_args_is_help=True)


@app.callback()
def of_editors() -> None:
    """What editors want the assistant to learn (docs/content.md)."""


@app.command("write")
def write(
    gemeente: Annotated[str, typer.Option(help="Key of the municipality.")] = "voorbeeldstad",
) -> None:
    """Write the proposed sentences of a municipality anew, without those that stand in nlu_data by now."""
    settings = settings_now()

    async def work() -> None:
        answers = ContentStore(settings.content_dir)
        answers.current().municipality(gemeente)
        proposals = Proposals(settings.proposals_dir, PROJECT_DIR / "nlu_data", answers)
        async with checked_database(settings) as database:
            waiting = await proposals.write(database, gemeente)
        folder = settings.proposals_dir / gemeente
        if waiting is None:
            complaints.print(f"balie: {escape(str(folder))} cannot be written: check the rights on it")
            raise typer.Exit(1)
        console.print(f"{waiting} sentences to be taken over in {escape(str(folder))}")

    run_async(work())
