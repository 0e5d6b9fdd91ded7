"""The report of a team lead: what happened in a period, with what each figure means, plots and a file."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from handoff import audit, figures, wall
from handoff.console import plots, words
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.look import MunicipalityLook
from handoff.console.plots import Plot
from handoff.console.security import Me
from handoff.console.work import pages_of
from handoff.exceptions import NotAllowed
from handoff.figures import Figure, Part, Report, Wanted
from handoff.figures.definitions import DEFINITIONS, SERVICE, Definition, Key
from handoff.figures.export import rows
from handoff.figures.measures import REST, Unit
from handoff.tables import Employee
from handoff.vocabulary import Team

router = APIRouter(include_in_schema=False)

PERIODS: Mapping[str, str] = {
    "deze-maand": "Deze maand",
    "vorige-maand": "Vorige maand",
    "kwartaal": "De laatste 3 volle maanden",
    "jaar": "De laatste 12 volle maanden",
}
"""Whole months only: periods that differ by a day would tell what happened on that day."""
_MONTHS = {"vorige-maand": 1, "kwartaal": 3, "jaar": 12}
_COLUMNS = (Key.CONVERSATIONS, Key.UNANSWERED, Key.RESOLVED, Key.HANDED_OVER)
_SERVICE_COLUMNS = (Key.PICKED_UP, Key.PICKED_UP_IN_TIME, Key.WARNED, Key.MISSED)


@dataclass(frozen=True)
class Shown:
    """One figure in words."""

    key: str
    title: str
    definition: str
    word: str
    of: int | None


@router.get("/rapport")
async def show(
    request: Request,
    deps: Deps,
    me: Me,
    periode: str = "vorige-maand",
    team: str = "",
    onderwerp: str = "",
    kanaal: str = "",
) -> HTMLResponse:
    """Raises:
    NotAllowed: she leads no team.
    """
    _check_right(me.employee)
    period = periode if periode in PERIODS else "vorige-maand"
    wanted = _wanted(me.employee, deps, period, team, onderwerp, kanaal)
    look = deps.municipality_look(me.employee.municipality)
    report = await _read(deps, wanted)
    shown = [_shown(one) for one in report.figures]
    html = pages_of(request).render(
        "report.html",
        me=me.employee,
        csrf=me.csrf_token,
        look=look,
        first=shown[0],
        figures=shown[1:],
        regained_known=bool(deps.handling_minutes(me.employee.municipality)),
        plots=_plots(report),
        tables=_tables(report, look, wanted),
        from_day=words.long_day(wanted.first),
        to_day=words.long_day(wanted.last),
        periods=PERIODS,
        period=period,
        teams={str(one): look.team_name(one) for one in Team},
        topics=deps.teaching.topics(),
        channels=words.CHANNELS,
        team=wanted.team,
        topic=wanted.topic,
        channel=wanted.channel,
        smallest=figures.SMALLEST,
        query=request.url.query,
    )
    return HTMLResponse(html)


@router.get("/rapport.csv")
async def export(
    deps: Deps, me: Me, periode: str = "vorige-maand", team: str = "", onderwerp: str = "", kanaal: str = ""
) -> Response:
    """The same figures as a file.

    Raises:
        NotAllowed: she leads no team.
    """
    _check_right(me.employee)
    wanted = _wanted(me.employee, deps, periode if periode in PERIODS else "vorige-maand", team, onderwerp, kanaal)
    report = await _read(deps, wanted)
    async with deps.database.write() as session:
        audit.record(
            session,
            "report_exported",
            at=deps.clock(),
            municipality=wanted.municipality,
            actor=f"employee:{me.employee.id}",
            first=wanted.first.isoformat(),
            last=wanted.last.isoformat(),
        )
    written = io.StringIO()
    table = csv.writer(written, delimiter=";", lineterminator="\r\n")
    table.writerows(rows(report, wanted))
    name = f"balie-{wanted.municipality}-{wanted.first}-{wanted.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(f"\ufeff{written.getvalue()}", media_type="text/csv; charset=utf-8", headers=headers)


def span(period: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and last day of a period."""
    this_month = today.replace(day=1)
    if period not in _MONTHS:
        return this_month, today
    first = this_month
    for _ in range(_MONTHS[period]):
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return first, this_month - dt.timedelta(days=1)


def _check_right(employee: Employee) -> None:
    if not wall.may_see(employee):
        raise NotAllowed("only a team lead or administrator sees the report")


def _wanted(employee: Employee, deps: ConsoleDependencies, period: str, team: str, topic: str, channel: str) -> Wanted:
    first, last = span(period, words.local_date(deps.clock()))
    return Wanted(
        employee.municipality,
        first,
        last,
        team=team if team in set(Team) else "",
        topic=topic if topic in deps.teaching.topics() else "",
        channel=channel if channel in words.CHANNELS else "",
    )


async def _read(deps: ConsoleDependencies, wanted: Wanted) -> Report:
    async with deps.database.read() as session:
        counted = await figures.read(session, wanted)
    # In a thread: a year of a large municipality takes half a second, in which nobody's conversation may stand still.
    return await asyncio.to_thread(figures.measure, counted, deps.handling_minutes(wanted.municipality))


def _shown(figure: Figure) -> Shown:
    return Shown(str(figure.key), figure.title, figure.definition, _word(figure), figure.of)


def _word(figure: Figure | None) -> str:
    """The value as people read it."""
    if figure is None or figure.value is None:
        is_count = figure is not None and figure.unit is Unit.COUNT
        return f"minder dan {figures.SMALLEST}" if is_count else "te weinig"
    return _WORDS[figure.unit](figure.value)


_WORDS: Mapping[Unit, Callable[[float], str]] = {
    Unit.COUNT: lambda value: f"{value:.0f}",
    Unit.SHARE: lambda value: f"{value:.0%}",
    Unit.SECONDS: lambda value: words.duration(dt.timedelta(seconds=value)),
    Unit.SCORE: lambda value: f"{value:.1f}".replace(".", ","),
    Unit.MINUTES: lambda value: words.duration(dt.timedelta(minutes=value)),
}


def _plots(report: Report) -> list[Plot]:
    names = [str(week.name) for week in report.weeks]

    def by_week(key: Key, unit: Unit, most: float | None = None) -> Plot:
        values = [week.figures[key].value for week in report.weeks]
        found = plots.points(names, values, words.short_day, _WORDS[unit])
        return plots.plot(key, f"{DEFINITIONS[key].title}, per week", ("Week van", "Waarde"), found, most=most)

    reasons = list(report.reasons)
    found = plots.points(
        reasons,
        [float(count) for count in report.reasons.values()],
        lambda one: words.REASONS.get(one, one),
        lambda value: f"{value:.0f}",
    )
    return [
        by_week(Key.UNANSWERED, Unit.SHARE, 1.0),
        by_week(Key.HANDED_OVER, Unit.SHARE, 1.0),
        by_week(Key.WAIT_MEDIAN, Unit.SECONDS),
        plots.plot("redenen", "Waarom overgedragen", ("Reden", "Gesprekken"), found),
    ]


@dataclass(frozen=True)
class Table:
    """The figures of each topic, team, channel or service level."""

    title: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    explanation: str = ""
    meanings: tuple[Definition, ...] = ()
    """Of its columns, where these stand nowhere else on the page."""
    empty: str = "In deze periode is er te weinig om te tonen."


def _tables(report: Report, look: MunicipalityLook, wanted: Wanted) -> list[Table]:
    def table(title: str, head: str, parts: tuple[Part, ...], name_of: Callable[[str], str]) -> Table:
        return Table(title, head, _titles(_COLUMNS), _rows(parts, _COLUMNS, name_of))

    return [
        table("Per onderwerp", "Onderwerp", report.topics, lambda one: words.first_capital(look.topic_title(one))),
        table("Per team, van wat is overgedragen", "Team", report.teams, look.team_name),
        table("Per kanaal", "Kanaal", report.channels, lambda one: words.CHANNELS.get(one, one)),
        _service(report, look, wanted),
    ]


def _service(report: Report, look: MunicipalityLook, wanted: Wanted) -> Table:
    def name_of(one: str) -> str:
        team, urgency = one.split("/")
        return f"{look.team_name(team)}, {urgency}"

    table = Table(
        SERVICE.title,
        "Team en spoed",
        _titles(_SERVICE_COLUMNS),
        _rows(report.service, _SERVICE_COLUMNS, name_of),
        SERVICE.text,
        tuple(DEFINITIONS[key] for key in _SERVICE_COLUMNS),
    )
    if wanted.topic or wanted.channel:
        return replace(table, empty="Dit weten wij alleen van alle onderwerpen en kanalen samen.")
    return table


def _titles(columns: Sequence[Key]) -> tuple[str, ...]:
    return tuple(DEFINITIONS[key].title for key in columns)


def _rows(
    parts: Sequence[Part], columns: Sequence[Key], name_of: Callable[[str], str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((_name(part.name, name_of), tuple(_word(part.figures.get(key)) for key in columns)) for part in parts)


def _name(name: str | None, name_of: Callable[[str], str]) -> str:
    if name is None:
        return "Niet herkend"
    return "Overig (te klein om apart te tonen)" if name == REST else name_of(name)
