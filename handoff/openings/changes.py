"""What an administrator wants to be different, whether that makes sense, and what it comes down to in the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from handoff.exceptions import InvalidHours, InvalidOpening, NotAllowed
from handoff.openings.standing import Holiday, Openings, SpecialDay, Standing
from handoff.openings.written import WEEKDAYS, Period, Week, read, read_week

MAX_REASON = 200
DAYS_AHEAD = 5 * 366
"""A later day is a year that was mistyped."""
LAST_YEAR = 2
"""For so many years from now holidays can be confirmed: moons are known, what a municipality agrees on is not."""


@dataclass(frozen=True)
class NewWeek:
    """Other weekly hours.

    Args:
        typed: What somebody typed for each day; None for a team that is to work in the hours of telephone and chat.
    """

    key: str
    typed: Mapping[str, str] | None


@dataclass(frozen=True)
class NewDay:
    """A day that is not as usual.

    Args:
        hours: What somebody typed; matters where it is open at other hours.
        instead_of: The day of which this was said until now; None for a new one.
    """

    date: dt.date | None
    reason: str
    standing: Standing | None
    hours: str = ""
    instead_of: dt.date | None = None


@dataclass(frozen=True)
class DayAway:
    """A day is as usual again."""

    date: dt.date


@dataclass(frozen=True)
class NewYear:
    """The holidays of a year are as somebody says, and were looked at."""

    year: int
    standings: Mapping[dt.date, Standing] = field(default_factory=dict)


Change = NewWeek | NewDay | DayAway | NewYear


# What then changes in the file


@dataclass(frozen=True)
class SetHours:
    """The hours of one day of the week."""

    key: str
    weekday: str
    periods: tuple[Period, ...]


@dataclass(frozen=True)
class SetOwnWeek:
    """A team gets hours of its own, or has them no more."""

    key: str
    week: Week | None


@dataclass(frozen=True)
class SetDay:
    """What is said of a date."""

    day: SpecialDay


@dataclass(frozen=True)
class RemoveDay:
    """Nothing is said of a date."""

    date: dt.date


@dataclass(frozen=True)
class ConfirmYear:
    """Somebody looked at the holidays of a year."""

    year: int


Edit = SetHours | SetOwnWeek | SetDay | RemoveDay | ConfirmYear


# Whether it makes sense


def edits_of(before: Openings, holidays: Sequence[Holiday], change: Change, today: dt.date) -> tuple[Edit, ...]:
    """What a change comes down to; nothing for what is so already.

    Raises:
        InvalidOpening: something makes no sense; says what, by field.
    """
    if isinstance(change, NewWeek):
        return tuple(_of_week(before, change))
    if isinstance(change, NewDay):
        return tuple(_of_day(before, checked(before, holidays, change, today), change.instead_of))
    if isinstance(change, DayAway):
        return (RemoveDay(change.date),) if before.day(change.date) else ()
    return tuple(_of_year(before, holidays, change, today))


def _of_week(before: Openings, change: NewWeek) -> Iterator[Edit]:
    table = before.timetable(change.key)
    if table is None:
        raise NotAllowed(f"there is nothing with the key {change.key}")
    if change.typed is None:
        if not table.is_team:
            raise NotAllowed("only a team can work in the hours of telephone and chat")
        if table.week is not None:
            yield SetOwnWeek(change.key, None)
        return
    week = read_week(change.typed)
    if not any(week.values()):
        raise InvalidOpening({"week": "Vul voor minstens één dag tijden in. Anders is er nooit iemand."})
    if table.week is None:
        yield SetOwnWeek(change.key, week)
        return
    for day in WEEKDAYS:
        periods = tuple(week.get(day, ()))
        if periods != tuple(table.week.get(day, ())):
            yield SetHours(change.key, day, periods)


def checked(before: Openings, holidays: Sequence[Holiday], change: NewDay, today: dt.date) -> SpecialDay:
    """The day that somebody means.

    Raises:
        InvalidOpening: something about it makes no sense; says what, by field.
    """
    reason = " ".join(change.reason.split())
    found = {
        "date": _wrong_date(before, change, today),
        "standing": _wrong_standing(before, holidays, change),
        "hours": _wrong_hours(change),
        "reason": _wrong_reason(reason),
    }
    problems = {field: wrong for field, wrong in found.items() if wrong}
    if problems or change.date is None or change.standing is None:
        raise InvalidOpening(problems)
    periods = read(change.hours) if change.standing is Standing.HOURS else ()
    return SpecialDay(change.date, reason, change.standing, periods)


def _wrong_date(before: Openings, change: NewDay, today: dt.date) -> str | None:
    if change.date is None:
        return "Vul een datum in, bijvoorbeeld 24-12-2026."
    if change.date < today:
        return "Deze dag is voorbij. Kies vandaag of een latere dag."
    if (change.date - today).days > DAYS_AHEAD:
        return "Deze dag is nog ver weg. Klopt het jaar?"
    if change.date != change.instead_of and before.day(change.date) is not None:
        return "Voor deze dag staat er al een uitzondering. Wijzig die."
    return None


def _wrong_standing(before: Openings, holidays: Sequence[Holiday], change: NewDay) -> str | None:
    if change.standing is None:
        return "Kies wat er op deze dag anders is."
    if change.standing is not Standing.OPEN or change.date is None:
        return None
    if change.date not in {one.date for one in holidays}:
        return "Deze dag is geen feestdag: de gewone tijden gelden al. Kies iets anders."
    if not before.is_ever_open(change.date):
        return f"Op {WEEKDAYS[change.date.weekday()]} is er gewoonlijk niemand. Kies ‘Open op andere tijden’."
    return None


def _wrong_hours(change: NewDay) -> str | None:
    if change.standing is not Standing.HOURS:
        return None
    try:
        return None if read(change.hours) else "Vul in van wanneer tot wanneer u op die dag open bent."
    except InvalidHours as error:
        return str(error)


def _wrong_reason(reason: str) -> str | None:
    if not reason:
        return "Vul in waarom. Inwoners lezen dit als zij vragen of u open bent."
    if len(reason) > MAX_REASON:
        return f"Maak dit korter. Er mogen {MAX_REASON} tekens in."
    return None


def _of_day(before: Openings, day: SpecialDay, instead_of: dt.date | None) -> Iterator[Edit]:
    if instead_of is not None and instead_of != day.date and before.day(instead_of) is not None:
        yield RemoveDay(instead_of)
    if before.day(day.date) != day:
        yield SetDay(day)


def _of_year(before: Openings, holidays: Sequence[Holiday], change: NewYear, today: dt.date) -> Iterator[Edit]:
    if not today.year <= change.year <= today.year + LAST_YEAR:
        raise InvalidOpening({"year": f"Kies een jaar van {today.year} tot en met {today.year + LAST_YEAR}."})
    questions = [one for one in holidays if one.date >= today and len(before.choices(one)) > 1]
    unanswered = [one.date for one in questions if change.standings.get(one.date) not in before.choices(one)]
    if unanswered:
        raise InvalidOpening({date.isoformat(): "Kies of u op deze dag dicht of open bent." for date in unanswered})
    for one in questions:
        wanted = change.standings[one.date]
        if wanted is not one.standing:
            known = before.day(one.date)
            yield SetDay(SpecialDay(one.date, known.reason if known else one.name, wanted))
    if change.year not in before.confirmed:
        yield ConfirmYear(change.year)
