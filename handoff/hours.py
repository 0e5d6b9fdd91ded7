"""Time in the Netherlands, as plain functions: days, office hours, open time between two moments, and half-days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAYS_AHEAD = 366
"""Who does not open within a year does not open."""
NOON = dt.time(12)
EVENING = dt.time(18)
"""Where a day is divided into parts that people agree on."""

OpenOn = Callable[[dt.date], Sequence[tuple[dt.time, dt.time]]]
"""Opening periods of a day in local time, in order; none when closed."""


class DayPart(StrEnum):
    """A part of a day, as people name it."""

    MORNING = "ochtend"
    AFTERNOON = "middag"
    EVENING = "avond"


_PARTS = (
    (DayPart.MORNING, dt.time.min, NOON),
    (DayPart.AFTERNOON, NOON, EVENING),
    (DayPart.EVENING, EVENING, dt.time.max),
)


def day_part(time: dt.time) -> DayPart:
    """In which part of the day this time falls."""
    return next(part for part, begins, ends in _PARTS if begins <= time < ends or part is DayPart.EVENING)


@dataclass(frozen=True)
class HalfDay:
    """A part of a day in which the office is open, from its first open moment to its last."""

    day: dt.date
    part: DayPart
    starts: dt.datetime
    ends: dt.datetime

    @property
    def key(self) -> str:
        """For buttons and addresses: "2026-11-30-ochtend"."""
        return f"{self.day.isoformat()}-{self.part}"


def local_date(moment: dt.datetime) -> dt.date:
    """The date in the Netherlands."""
    return moment.astimezone(AMSTERDAM).date()


def midnight(day: dt.date) -> dt.datetime:
    """When this day begins in the Netherlands."""
    return _at(day, dt.time.min)


def is_open(moment: dt.datetime, open_on: OpenOn) -> bool:
    """Whether it is open at this (aware) moment."""
    local = moment.astimezone(AMSTERDAM)
    return any(opens <= local.time() < closes for opens, closes in open_on(local.date()))


def next_opening(moment: dt.datetime, open_on: OpenOn) -> dt.datetime | None:
    """The first moment after this one at which it opens; None when it does not within a year."""
    return next((opens for opens, _ in _periods_from(moment, open_on) if opens > moment), None)


def open_seconds(start: dt.datetime, end: dt.datetime, open_on: OpenOn) -> float:
    """How much of the time between two moments was open, in seconds."""
    total = 0.0
    for opens, closes in _periods_from(start, open_on, until=end):
        total += max(0.0, (min(closes, end) - max(opens, start)).total_seconds())
    return total


def after_open_time(start: dt.datetime, length: dt.timedelta, open_on: OpenOn) -> dt.datetime | None:
    """The moment at which so much open time has passed since `start`; None when it is not reached within a year."""
    left = length
    for opens, closes in _periods_from(start, open_on):
        begins = max(opens, start)
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    return None


def half_days(moment: dt.datetime, open_on: OpenOn, *, count: int, notice: dt.timedelta) -> tuple[HalfDay, ...]:
    """The next parts of days that are open, and do not end within `notice`."""
    found: list[HalfDay] = []
    day = local_date(moment)
    for ahead in range(DAYS_AHEAD):
        for half in half_days_of(day + dt.timedelta(days=ahead), open_on):
            if half.ends - notice > moment:
                found.append(half)
            if len(found) == count:
                return tuple(found)
    return tuple(found)


def half_days_of(day: dt.date, open_on: OpenOn) -> Iterator[HalfDay]:
    """The parts of one day that are open."""
    periods = open_on(day)
    for part, begins, ends in _PARTS:
        within = [(max(begins, opens), min(ends, closes)) for opens, closes in periods]
        within = [(opens, closes) for opens, closes in within if opens < closes]
        if within:
            yield HalfDay(day, part, _at(day, within[0][0]), _at(day, within[-1][1]))


def half_day(key: str, open_on: OpenOn) -> HalfDay | None:
    """The half-day that a key names; None when it is no key, or that part of that day is closed."""
    try:
        day = dt.date.fromisoformat(key[:10])
    except ValueError:
        return None
    return next((half for half in half_days_of(day, open_on) if half.key == key), None)


def _periods_from(
    start: dt.datetime, open_on: OpenOn, *, until: dt.datetime | None = None
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    day = local_date(start)
    for ahead in range(DAYS_AHEAD):
        on = day + dt.timedelta(days=ahead)
        if until is not None and on > local_date(until):
            return
        for opens, closes in open_on(on):
            if _at(on, closes) > start:
                yield _at(on, opens), _at(on, closes)


def _at(day: dt.date, time: dt.time) -> dt.datetime:
    # In UTC: times in one zone are subtracted by the wall clock, which is an hour off when summer time begins or ends.
    return dt.datetime.combine(day, time, AMSTERDAM).astimezone(dt.UTC)
