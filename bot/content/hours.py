"""When the counter and the telephone are open: pure functions of the written hours, a day and a clock."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from bot.content.schema import ClosedDay, Hours, Period, Weekday

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
"""As in `handoff.hours`; what actions import knows nothing of handoff."""
WEEKDAYS = tuple(Weekday)
_EXTRA_DAYS = 366
"""Days to look ahead: a counter that does not open within a year does not open."""


@cache
def _dutch_holidays(year: int) -> Mapping[dt.date, str]:
    return holidays.country_holidays("NL", years=year, language="nl")


@cache
def holidays_of(year: int) -> Mapping[dt.date, str]:
    """Every Dutch holiday of a year by its Dutch name, also those on which not everybody has a day off."""
    return holidays.country_holidays("NL", years=year, language="nl", categories=("public", "optional"))


def learn_holidays(year: int) -> None:
    """Find out the holidays of a year before anybody asks: the first time this loads every country of the world."""
    _dutch_holidays(year)


def closed_because(day: dt.date, closed_days: Sequence[ClosedDay] = ()) -> str | None:
    """Why everything is closed on `day`: a national holiday or a day that the municipality named."""
    for named in closed_days:
        if named.date == day:
            return None if named.open or named.hours else named.reason
    return _dutch_holidays(day.year).get(day)


def periods_on(day: dt.date, hours: Hours, closed_days: Sequence[ClosedDay] = ()) -> tuple[Period, ...]:
    """Opening periods of `day`; none when closed."""
    named = next((one for one in closed_days if one.date == day), None)
    if named is not None and named.hours:
        return named.hours
    if closed_because(day, closed_days) is not None:
        return ()
    return hours.get(WEEKDAYS[day.weekday()], ())


def is_open(moment: dt.datetime, hours: Hours, closed_days: Sequence[ClosedDay] = ()) -> bool:
    """Whether it is open at `moment` (aware)."""
    local = moment.astimezone(AMSTERDAM)
    return any(p.start <= local.time() < p.end for p in periods_on(local.date(), hours, closed_days))


def next_opening(moment: dt.datetime, hours: Hours, closed_days: Sequence[ClosedDay] = ()) -> dt.datetime | None:
    """First moment after `moment` (aware) at which it opens; None when it does not within a year."""
    local = moment.astimezone(AMSTERDAM)
    for ahead in range(_EXTRA_DAYS):
        day = local.date() + dt.timedelta(days=ahead)
        for period in periods_on(day, hours, closed_days):
            opens = dt.datetime.combine(day, period.start, AMSTERDAM)
            if opens > local:
                return opens
    return None


def describe_time(time: dt.time) -> str:
    """As Dutch writes it: 9.00, 17.30."""
    return f"{time.hour}.{time.minute:02d}"


def describe_periods(periods: Sequence[Period]) -> str:
    """For example `van 9.00 tot 12.00 uur en van 13.00 tot 17.00 uur`; `gesloten` when there are none."""
    if not periods:
        return "gesloten"
    return " en ".join(f"van {describe_time(p.start)} tot {describe_time(p.end)} uur" for p in periods)


def describe_day(day: dt.date, hours: Hours, closed_days: Sequence[ClosedDay] = ()) -> str:
    """For example `open van 9.00 tot 17.00 uur`, `gesloten (Koningsdag)`."""
    periods = periods_on(day, hours, closed_days)
    if periods:
        named = next((one for one in closed_days if one.date == day), None)
        why = f" ({named.reason})" if named is not None and named.hours else ""
        return f"open {describe_periods(periods)}{why}"
    reason = closed_because(day, closed_days)
    return f"gesloten ({reason})" if reason else "gesloten"


def describe_week(hours: Hours) -> str:
    """One line a day, as a list."""
    return "\n".join(f"- {day}: {describe_periods(hours.get(day, ()))}" for day in WEEKDAYS)


def describe_short(hours: Hours) -> str:
    """Days with the same hours together: `maandag tot en met vrijdag van 9.00 tot 17.00 uur`."""
    groups: list[tuple[Weekday, Weekday, tuple[Period, ...]]] = []
    for day in WEEKDAYS:
        periods = hours.get(day, ())
        if not periods:
            continue
        if groups:
            first, last, same = groups[-1]
            if same == periods and WEEKDAYS.index(last) + 1 == WEEKDAYS.index(day):
                groups[-1] = (first, day, periods)
                continue
        groups.append((day, day, periods))
    return ", ".join(f"{_days(first, last)} {describe_periods(periods)}" for first, last, periods in groups)


def _days(first: Weekday, last: Weekday) -> str:
    if first == last:
        return first.value
    adjacent = WEEKDAYS.index(last) - WEEKDAYS.index(first) == 1
    return f"{first} en {last}" if adjacent else f"{first} tot en met {last}"
