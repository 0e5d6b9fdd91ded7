"""The answers, for who writes them."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.terminal import plain_errors, settings_now
from bot.content import Aspect, Content, Problem
from handoff.clock import system_clock
from handoff.hours import local_date

app = typer.Typer(help="The answers, for who writes them (docs/content.md).", no_args_is_help=True)


@app.command("check")
def content_check(
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day to check for; today.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show errors only, and how many remarks there are.")] = False,
) -> None:
    """Check the answers: form, links, values, how easy they read. Errors fail; remarks ask for an editor's eye."""
    from bot.content.check import check

    folder = settings_now().content_dir
    report = check(folder, _day(on))
    for problem in report.errors:
        typer.echo(f"FOUT {_from_here(problem)}")
    for problem in () if quiet else report.remarks:
        typer.echo(f"let op {_from_here(problem)}")
    if not report.measured:
        typer.echo("Niet gemeten hoe makkelijk de teksten lezen: daarvoor zijn textstat en wordfreq nodig (make setup)")
    typer.echo(f"antwoorden: {report.answers}, fouten: {len(report.errors)}, om na te kijken: {len(report.remarks)}")
    raise typer.Exit(1 if report.errors else 0)


@app.command("holidays")
def content_holidays(
    year: Annotated[int, typer.Argument(min=2020, max=2100, help="Which year.", show_default=False)],
) -> None:
    """List the holidays of a year and whether each counter is open, for a municipality to confirm."""
    from bot.content.preview import holidays

    with plain_errors():
        lines = holidays(Content.load(settings_now().content_dir), year)
    typer.echo("\n".join(lines))


@app.command("show")
def content_show(
    topic: Annotated[str, typer.Argument(help="Key of the topic, such as paspoort.")],
    aspect: Annotated[
        list[Aspect] | None, typer.Option(help="What is asked about it; repeat for more. Without it: everything.")
    ] = None,
    gemeente: Annotated[str, typer.Option(help="Key of the municipality.")] = "voorbeeldstad",
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the question; today.")] = None,
) -> None:
    """Show an answer as a citizen reads it, with its sources and when it was last checked."""
    from bot.content.preview import preview

    with plain_errors():
        content = Content.load(settings_now().content_dir)
        lines = preview(content, topic, tuple(aspect or ()), gemeente, _day(on))
    typer.echo("\n".join(lines))


def _day(given: datetime | None) -> date:
    return given.date() if given else local_date(system_clock())


def _from_here(problem: Problem) -> Problem:
    """With a path that an editor can click on, from where she is."""
    here = Path.cwd()
    return replace(problem, path=problem.path.relative_to(here)) if problem.path.is_relative_to(here) else problem
