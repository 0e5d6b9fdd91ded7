"""Opening hours and dates as people type and read them: "9.00-12.30, 13.30-17.00"."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Mapping, Sequence

from babel.dates import get_month_names

from handoff.exceptions import InvalidHours, InvalidOpening

Period = tuple[dt.time, dt.time]
"""From opening to closing, on one day."""
Week = Mapping[str, Sequence[Period]]
"""By day of the week; closed on a day that is not in it or has no period."""

WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
MOST_PERIODS = 4
_MONTHS = get_month_names("wide", locale="nl")
_CLOSED = frozenset({"", "-", "dicht", "gesloten"})
_TIME = r"(\d{1,2})(?:[.:](\d{2}))?(?:\s*uur)?"
_PERIOD = re.compile(rf"(?:van\s+)?{_TIME}\s*(?:-|–|tot)\s*{_TIME}", re.I)
_BETWEEN = re.compile(r"\s*(?:[,;]|\ben\b)\s*", re.I)
_EXAMPLE = "Schrijf de tijden zo: 9.00-12.30, 13.30-17.00."


def read(text: str) -> tuple[Period, ...]:
    """The periods that a text names, in order; none when it says that it is closed.

    Raises:
        InvalidHours: it cannot be read, or makes no sense; the message says to who typed it what to do.
    """
    said = " ".join(text.split())
    if said.casefold() in _CLOSED:
        return ()
    periods = sorted(_period(part) for part in _BETWEEN.split(said))
    if len(periods) > MOST_PERIODS:
        raise InvalidHours(f"Vul hoogstens {MOST_PERIODS} tijden in voor één dag.")
    for earlier, later in itertools.pairwise(periods):
        if later[0] < earlier[1]:
            raise InvalidHours(f"{write([earlier])} en {write([later])} vallen over elkaar. Maak er één tijd van.")
    return tuple(periods)


def read_week(typed: Mapping[str, str]) -> dict[str, tuple[Period, ...]]:
    """The hours of each day of the week that something was typed for.

    Raises:
        InvalidOpening: what is wrong, by day.
    """
    week, problems = {}, {}
    for day, text in typed.items():
        try:
            week[day] = read(text)
        except InvalidHours as error:
            problems[day] = str(error)
    if problems:
        raise InvalidOpening(problems)
    return week


def write(periods: Sequence[Period]) -> str:
    """As the files have it: "9.00-12.30, 13.30-17.00"; "" when closed."""
    return ", ".join(f"{_write_time(opens)}-{_write_time(closes)}" for opens, closes in periods)


def write_week(week: Week) -> str:
    """Every open day: "maandag 9.00-12.30, 13.30-17.00; dinsdag 9.00-12.30"."""
    return "; ".join(f"{day} {write(week[day])}" for day in WEEKDAYS if week.get(day))


def in_words(periods: Sequence[Period]) -> str:
    """For a page: "9.00-12.30 en 13.30-17.00 uur"; "gesloten"."""
    return f"{' en '.join(write([one]) for one in periods)} uur" if periods else "gesloten"


def in_short(week: Week) -> str:
    """Days with the same hours together: "maandag t/m donderdag 9.00-17.00 uur, vrijdag 9.00-12.30 uur"."""
    groups = [
        (list(days), periods)
        for periods, days in itertools.groupby(WEEKDAYS, key=lambda day: tuple(week.get(day, ())))
        if periods
    ]
    return ", ".join(f"{_days(days)} {in_words(periods)}" for days, periods in groups) or "altijd gesloten"


def read_date(text: str) -> dt.date | None:
    """A date as people type it, "24-12-2026" or "24 december 2026", or as an address has it; None when it is none."""
    said = " ".join(text.casefold().split())
    for number, name in _MONTHS.items():
        said = said.replace(f" {name} ", f"-{number}-")
    for form in ("%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(said, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return None


def write_date(date: dt.date) -> str:
    """As people type it: "24-12-2026"."""
    return f"{date.day}-{date.month}-{date.year}"


def _days(days: Sequence[str]) -> str:
    if len(days) < 3:
        return " en ".join(days)
    return f"{days[0]} t/m {days[-1]}"


def _period(text: str) -> Period:
    found = _PERIOD.fullmatch(text)
    if found is None:
        wrong = f"Wij kunnen ‘{text[:40]}’ niet lezen." if text else "Er mist een tijd."
        raise InvalidHours(f"{wrong} {_EXAMPLE}")
    first, first_minutes, last, last_minutes = found.groups(default="0")
    opens, closes = _time(first, first_minutes), _time(last, last_minutes)
    if closes <= opens:
        raise InvalidHours(f"{text[:40]} kan niet: de eindtijd moet na de begintijd zijn.")
    return opens, closes


def _time(hour: str, minute: str) -> dt.time:
    try:
        return dt.time(int(hour), int(minute))
    except ValueError:
        raise InvalidHours(f"{hour}.{minute:0>2} is geen tijd. Vul een tijd in van 0.00 tot en met 23.59.") from None


def _write_time(time: dt.time) -> str:
    return f"{time.hour}.{time.minute:02d}"
