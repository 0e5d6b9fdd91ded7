"""How it stands with the openings of a municipality: what its file says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from handoff.openings.written import WEEKDAYS, Period, Week

COUNTER = "balie"
PHONE = "telefoon"
"""Keys of the municipality's own hours; any other key is that of a team."""


class Standing(StrEnum):
    """What a day is that is not as usual."""

    CLOSED = "closed"
    HOURS = "hours"
    """Open, at other hours."""
    OPEN = "open"
    """Open after all at the usual hours, though it is a holiday."""


@dataclass(frozen=True)
class Timetable:
    """The weekly hours of the counter, of telephone and chat, or of a team.

    Args:
        week: None of a team that works in the hours of telephone and chat.
        phone: The team's own number.
    """

    key: str
    name: str
    week: Week | None
    phone: str = ""

    @property
    def is_team(self) -> bool:
        return self.key not in (COUNTER, PHONE)


@dataclass(frozen=True)
class SpecialDay:
    """A day that is not as the calendar and the weekly hours have it."""

    date: dt.date
    reason: str
    standing: Standing
    periods: tuple[Period, ...] = ()


@dataclass(frozen=True)
class Holiday:
    """A Dutch holiday, and how it is at this municipality."""

    date: dt.date
    name: str
    standing: Standing
    periods: tuple[Period, ...] = ()


@dataclass(frozen=True)
class Openings:
    """What a municipality's file says.

    Args:
        version: Changes with the file.
        file: Where it stands, for who runs the installation.
        fault: File and line of a mistake in it; what is here was read before that was made.
        can_be_written: Whether Balie may write it.
    """

    version: str
    file: str
    timetables: tuple[Timetable, ...]
    days: tuple[SpecialDay, ...]
    confirmed: tuple[int, ...]
    fault: str = ""
    can_be_written: bool = True

    def timetable(self, key: str) -> Timetable | None:
        """The hours with this key."""
        return next((one for one in self.timetables if one.key == key), None)

    def week_of(self, key: str) -> Week:
        """The hours that hold: those of telephone and chat for a team without its own."""
        known = self.timetable(key) or self.timetable(PHONE)
        if known is not None and known.week is None:
            known = self.timetable(PHONE)
        return known.week if known is not None and known.week is not None else {}

    def day(self, date: dt.date) -> SpecialDay | None:
        """What is said of this date."""
        return next((one for one in self.days if one.date == date), None)

    def is_ever_open(self, date: dt.date) -> bool:
        """Whether somebody works on that day of the week."""
        weekday = WEEKDAYS[date.weekday()]
        return any(self.week_of(one.key).get(weekday) for one in self.timetables)

    def choices(self, holiday: Holiday) -> tuple[Standing, ...]:
        """How it can be on a holiday: open where somebody works on that day of the week, at other hours where it is."""
        is_possible = {
            Standing.CLOSED: True,
            Standing.HOURS: holiday.standing is Standing.HOURS,
            Standing.OPEN: self.is_ever_open(holiday.date),
        }
        return tuple(one for one, can_be in is_possible.items() if can_be)
