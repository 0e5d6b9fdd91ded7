"""The page about a municipality for its administrators: what its file says, and what of it can be changed here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from handoff import appointments, openings
from handoff.console import opening_words, paths, words
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.security import Me
from handoff.console.work import Alert, pages_of
from handoff.openings import LAST_YEAR, WEEKDAYS, Openings, Timetable
from handoff.openings.written import in_short, in_words

router = APIRouter(include_in_schema=False)

_NOTICES = {
    "bewaard": "De wijziging is bewaard. Inwoners lezen haar binnen enkele seconden.",
    "zelfde": "Er is niets gewijzigd: het stond er al zo.",
    "weg": "De uitzondering is weg. Inwoners lezen dat binnen enkele seconden.",
    "feestdagen": "De feestdagen zijn bewaard. Dit jaar is nagekeken.",
}


@dataclass(frozen=True)
class Row:
    """A day that is not as usual.

    Args:
        appointments: How many citizens are expected, in words; "" where it is open, or nobody is.
    """

    key: str
    name: str
    said: str
    appointments: str


@dataclass(frozen=True)
class Year:
    """The days of one year that are still to come and are not as usual."""

    year: int
    rows: tuple[Row, ...]
    is_confirmed: bool
    can_be_confirmed: bool


@router.get("/beheer/gemeente")
async def show(request: Request, deps: Deps, me: Me, melding: str = "") -> HTMLResponse:
    """Raises:
    NotAllowed: she is no administrator.
    """
    openings.check_right(me.employee)
    where, today = me.employee.municipality, words.local_date(deps.clock())
    known = deps.opening_files.openings(where)
    async with deps.database.read() as session:
        booked = await appointments.count_by_day(session, where, deps.clock())
    years = sorted({today.year, today.year + 1, *(day.date.year for day in known.days if day.date >= today)})
    html = pages_of(request).render(
        "admin_municipality.html",
        me=me.employee,
        csrf=me.csrf_token,
        look=deps.municipality_look(where),
        notice=Alert(_NOTICES[melding], is_error=False) if melding in _NOTICES else None,
        obstacle=opening_words.obstacle(known),
        settings=deps.municipality_settings(where),
        weeks=[(one, _week(one)) for one in known.timetables if not one.is_team],
        teams=[(one, _of_team(one)) for one in known.timetables if one.is_team],
        years=[_year(deps, known, year, today, booked) for year in years],
        file=known.file,
        new_day=paths.special_day(opening_words.NEW),
    )
    return HTMLResponse(html)


def _week(table: Timetable) -> list[tuple[str, str]]:
    return [(day, in_words((table.week or {}).get(day, ()))) for day in WEEKDAYS]


def _of_team(table: Timetable) -> str:
    return opening_words.AS_PHONE if table.week is None else in_short(table.week)


def _year(deps: ConsoleDependencies, known: Openings, year: int, today: dt.date, booked: Mapping[dt.date, int]) -> Year:
    named = {
        one.date: (one.name, opening_words.standing(one, known)) for one in deps.opening_files.holidays(known, year)
    }
    named |= {one.date: (one.reason, opening_words.standing(one, known)) for one in known.days if one.date.year == year}
    rows = tuple(
        Row(
            day.isoformat(),
            opening_words.short_day(day),
            f"{name}: {standing}",
            "" if standing == "open" else _expected(booked.get(day, 0)),
        )
        for day, (name, standing) in sorted(named.items())
        if day >= today
    )
    return Year(year, rows, year in known.confirmed, today.year <= year <= today.year + LAST_YEAR)


def _expected(count: int) -> str:
    return "" if not count else "1 afspraak" if count == 1 else f"{count} afspraken"
