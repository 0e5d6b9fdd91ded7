"""When a municipality is open, as the administrator's page in the console has it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import typer
from babel.dates import format_date
from rich.markup import escape

from bot.cli.terminal import checked_database, console, plain_errors, run_async, settings_now
from bot.content import ContentStore
from bot.content.hours import AMSTERDAM
from bot.opening_files import OpeningFiles
from bot.settings import Settings
from handoff import openings
from handoff.clock import system_clock
from handoff.openings import (
    WEEKDAYS,
    Change,
    DayAway,
    NewDay,
    NewWeek,
    NewYear,
    Openings,
    SpecialDay,
    Standing,
    Timetable,
)
from handoff.openings.written import in_short, in_words, write

app = typer.Typer(help="When a municipality is open (docs/console.md).", no_args_is_help=True)

Gemeente = Annotated[str, typer.Option(help="Key of the municipality.")]
_IN_WORDS = {Standing.CLOSED: "dicht", Standing.OPEN: "open"}


@app.command("hours")
def change_hours(
    of: Annotated[str, typer.Argument(help="balie, telefoon, or the key of a team, such as wonen.")] = "",
    days: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DAY=HOURS",
            help='Such as vrijdag=9.00-12.30 or "maandag=9.00-12.00, 13.00-17.00"; nothing after the = is closed.',
        ),
    ] = None,
    as_phone: Annotated[
        bool, typer.Option("--as-phone", help="Let a team work in the hours of telephone and chat.")
    ] = False,
    gemeente: Gemeente = "voorbeeldstad",
) -> None:
    """Show the weekly hours, or change those of the counter, the telephone or a team; other days stay."""
    settings, files = _files()
    with plain_errors():
        known = files.openings(gemeente)
    if not days and not as_phone:
        shown = [one for one in known.timetables if of in ("", one.key)]
        if not shown:
            raise typer.BadParameter(f"choose from {', '.join(one.key for one in known.timetables)}", param_hint="OF")
        typer.echo("\n".join(_table(one) for one in shown))
        return
    if days and as_phone:
        raise typer.BadParameter("give days or --as-phone, not both")
    typed = {day: write(known.week_of(of).get(day, ())) for day in WEEKDAYS} | _typed(days or [])
    _save(settings, files, gemeente, known, NewWeek(of, None if as_phone else typed))


def _typed(days: Sequence[str]) -> dict[str, str]:
    typed = {}
    for one in days:
        day, equals, hours = one.partition("=")
        if day not in WEEKDAYS or not equals:
            raise typer.BadParameter(f"{one!r} is not as vrijdag=9.00-12.30", param_hint="DAY=HOURS")
        typed[day] = hours
    return typed


@app.command("closed")
def change_day(
    day: Annotated[
        datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="Which day; without it: show them.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, as citizens read it.")] = "",
    hours: Annotated[str, typer.Option(help="Open at other hours than usual, such as 9.00-15.00.")] = "",
    is_open: Annotated[bool, typer.Option("--open", help="Open after all at the usual hours: on a holiday.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="The day is as usual again.")] = False,
    gemeente: Gemeente = "voorbeeldstad",
) -> None:
    """Show the days that are not as usual, or close one; with --hours, --open or --remove: the other way round."""
    settings, files = _files()
    with plain_errors():
        known = files.openings(gemeente)
    if day is None:
        typer.echo("\n".join(_day(one) for one in known.days if one.date >= _today()) or "geen")
        return
    if sum(map(bool, (hours, is_open, remove))) > 1:
        raise typer.BadParameter("give one of --hours, --open and --remove")
    date_, said = day.date(), known.day(day.date())
    standing = Standing.HOURS if hours else Standing.OPEN if is_open else Standing.CLOSED
    instead_of = date_ if said else None
    wanted = NewDay(date_, reason or (said.reason if said else ""), standing, hours, instead_of)
    _save(settings, files, gemeente, known, DayAway(date_) if remove else wanted)


@app.command("holidays")
def confirm_holidays(
    year: Annotated[int, typer.Argument(help="Which year.", show_default=False)],
    closed: Annotated[
        list[datetime] | None, typer.Option(formats=["%Y-%m-%d"], help="Closed on this holiday; repeat for more.")
    ] = None,
    opened: Annotated[
        list[datetime] | None, typer.Option("--open", formats=["%Y-%m-%d"], help="Open on it; repeat for more.")
    ] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="Write it: somebody looked at every holiday.")] = False,
    gemeente: Gemeente = "voorbeeldstad",
) -> None:
    """Show the holidays of a year with what is proposed for each, or confirm them."""
    settings, files = _files()
    with plain_errors():
        known = files.openings(gemeente)
        holidays = files.holidays(known, year)
    names = {one.date: one.name for one in holidays}
    standings = {one.date: one.standing for one in holidays}
    for standing, days in ((Standing.CLOSED, closed), (Standing.OPEN, opened)):
        for one in days or []:
            if one.date() not in standings:
                raise typer.BadParameter(f"{one:%Y-%m-%d} is no holiday: use `balie municipality closed`")
            standings[one.date()] = standing
    if confirm:
        _save(settings, files, gemeente, known, NewYear(year, standings))
        return
    hours = {one.date: one.periods for one in holidays}
    typer.echo("\n".join(_day(SpecialDay(day, names[day], standings[day], hours[day])) for day in sorted(standings)))
    typer.echo(f"{year}: {'nagekeken' if year in known.confirmed else 'nog niet nagekeken: --confirm'}")


def _files() -> tuple[Settings, OpeningFiles]:
    settings = settings_now()
    with plain_errors():
        return settings, OpeningFiles(settings.content_dir, ContentStore(settings.content_dir))


def _save(settings: Settings, files: OpeningFiles, gemeente: str, known: Openings, change: Change) -> None:
    async def work() -> None:
        async with checked_database(settings) as database:
            is_different = await openings.save(
                database, files, gemeente, known.version, change, by=None, now=system_clock(), today=_today()
            )
        console.print(f"changed {escape(known.file)}" if is_different else "nothing changed: it was so already")

    run_async(work())


def _table(table: Timetable) -> str:
    hours = "dezelfde tijden als telefoon en chat" if table.week is None else in_short(table.week)
    return f"{table.name} ({table.key}): {hours}"


def _day(day: SpecialDay) -> str:
    said = _IN_WORDS.get(day.standing) or f"open {in_words(day.periods)}"
    return f"{day.date:%Y-%m-%d} {format_date(day.date, 'EEEE d MMMM', locale='nl'):24} {said}: {day.reason}"


def _today() -> date:
    return datetime.now(AMSTERDAM).date()
