"""The figures of a period."""

import csv
import json
import sys
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.terminal import checked_database, plain_errors, run_async, settings_now
from bot.content import Content
from handoff import figures
from handoff.clock import system_clock
from handoff.figures.export import as_data, rows
from handoff.hours import local_date
from handoff.vocabulary import ChannelName, Team


class Form(StrEnum):
    """How the figures are printed."""

    CSV = "csv"
    JSON = "json"


def report(
    gemeente: Annotated[str, typer.Option(help="Key of the municipality.")] = "voorbeeldstad",
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; the first of this month.")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; today.")] = None,
    team: Annotated[Team | None, typer.Option(help="Only what this team had.")] = None,
    topic: Annotated[str, typer.Option(help="Only what was about this topic, such as paspoort.")] = "",
    channel: Annotated[ChannelName | None, typer.Option(help="Only what came in over this channel.")] = None,
    form: Annotated[Form, typer.Option("--format", help="csv or json.")] = Form.CSV,
) -> None:
    """Print the figures of a period, as the report in the console shows them (docs/console.md).

    Conversations count from when they are over, at the latest ten minutes later. Nothing rests on fewer than ten.
    """
    settings = settings_now()
    with plain_errors():
        where = Content.load(settings.content_dir).municipality(gemeente)
    today = local_date(system_clock())
    start: date = first.date() if first else today.replace(day=1)
    wanted = figures.Wanted(
        gemeente, start, last.date() if last else today, team=team or "", topic=topic, channel=channel or ""
    )

    async def work() -> None:
        async with checked_database(settings) as database, database.read() as session:
            counted = await figures.read(session, wanted)
        found = figures.measure(counted, where.handling_minutes)
        if form is Form.JSON:
            typer.echo(json.dumps(as_data(found, wanted), indent=2, ensure_ascii=False))
        else:
            csv.writer(sys.stdout, delimiter=";", lineterminator="\n").writerows(rows(found, wanted))

    run_async(work())
