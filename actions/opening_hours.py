"""What is said to who asks whether the counter is open on one day: "koningsdag", "vanavond", "met kerst"."""

import datetime as dt
import re
from collections.abc import Sequence

from babel.dates import format_date

from actions.forms.days import Part, find_day, find_part
from bot.content import Municipality, hours
from bot.content.schema import Period

TOPIC = "openingstijden"
_EVENING = dt.time(18)
_WEEKEND = re.compile(r"\bweekend(?:en)?\b", re.I)
_TODAY = re.compile(r"\bvan(?:avond|middag|ochtend|morgen)\b", re.I)
_NAMED = (
    (r"konings?dag", ("Koningsdag",)),
    (r"(?:eerste|1e) kerstdag", ("Eerste kerstdag",)),
    (r"(?:tweede|2e) kerstdag", ("Tweede kerstdag",)),
    (r"kerst(?:dagen|mis)?", ("Eerste kerstdag", "Tweede kerstdag")),
    (r"nieuwjaar(?:sdag)?", ("Nieuwjaarsdag",)),
    (r"goede vrijdag", ("Goede vrijdag",)),
    (r"tweede paasdag|2e paasdag|paasmaandag", ("Tweede paasdag",)),
    (r"pasen|paasdagen", ("Eerste paasdag", "Tweede paasdag")),
    (r"hemelvaart(?:sdag)?", ("Hemelvaartsdag",)),
    (r"tweede pinksterdag|2e pinksterdag|pinkstermaandag", ("Tweede pinksterdag",)),
    (r"pinkster(?:en|dagen)", ("Eerste pinksterdag", "Tweede pinksterdag")),
    (r"bevrijdingsdag", ("Bevrijdingsdag",)),
)
"""What citizens call a holiday, and its names in the calendar."""
_FIXED = ((r"kerstavond", (12, 24)), (r"oudjaar|oudejaar(?:sdag|savond)?|oud en nieuw", (12, 31)))
_BETWEEN = re.compile(r"\btussen (?:de )?kerst en (?:oud|nieuw)", re.I)


def about_a_day(text: str, where: Municipality, today: dt.date) -> str | None:
    """When the counter is open on the day that `text` names; None when it names none.

    A day is always said with its date: who meant another one sees so at once.
    """
    days = _days(text, today)
    if not days:
        return None
    evening = len(days) == 1 and find_part(text) is Part.EVENING
    lines = [_of_day(day, where, today, evening=evening) for day in days]
    if not any(_periods(day, where) for day in days) and (opens := _next_open(days[-1], where)) is not None:
        lines.append(f"We zijn weer open op {_date(opens)}, {hours.describe_periods(_periods(opens, where))}.")
    return "\n".join(lines)


def _days(text: str, today: dt.date) -> tuple[dt.date, ...]:
    if _BETWEEN.search(text):
        year = today.year
        return tuple(dt.date(year, 12, number) for number in range(27, 32))
    for pattern, names in _NAMED:
        if re.search(rf"\b(?:{pattern})\b", text, re.I):
            return _holidays(names, today)
    for pattern, (month, number) in _FIXED:
        if re.search(rf"\b(?:{pattern})\b", text, re.I):
            this_year = dt.date(today.year, month, number)
            return (this_year if this_year >= today else this_year.replace(year=today.year + 1),)
    if _WEEKEND.search(text):
        saturday = today + dt.timedelta(days=(5 - today.weekday()) % 7)
        return (saturday, saturday + dt.timedelta(days=1))
    if _TODAY.search(text):
        return (today,)
    named = find_day(text, today)
    return (named,) if named is not None else ()


def _holidays(names: Sequence[str], today: dt.date) -> tuple[dt.date, ...]:
    """The days of these names, of the first year in which they are not all over."""
    for year in (today.year, today.year + 1):
        days = tuple(sorted(day for day, name in hours.holidays_of(year).items() if name in names))
        if days and days[-1] >= today:
            return days
    return ()


def _of_day(day: dt.date, where: Municipality, today: dt.date, *, evening: bool) -> str:
    periods = _periods(day, where)
    begin = f"Vandaag, {_date(day)}," if day == today else f"Op {_date(day)}"
    if not periods:
        reason = hours.closed_because(day, where.closed_days)
        return f"{begin} is de balie dicht{f' ({reason})' if reason else ''}."
    said = f"{begin} is de balie open {hours.describe_periods(periods)}."
    if not evening:
        return said
    if periods[-1].end > _EVENING:
        return f"Ja, tot {hours.describe_time(periods[-1].end)} uur. {said}"
    other = _evenings(where)
    return f"Nee, 's avonds niet. {said}{f' {other}' if other else ''}"


def _evenings(where: Municipality) -> str:
    late = [
        f"{day} tot {hours.describe_time(periods[-1].end)} uur"
        for day in hours.WEEKDAYS
        if (periods := where.opening_hours.get(day, ())) and periods[-1].end > _EVENING
    ]
    return f"Wel 's avonds open: {' en '.join(late)}." if late else ""


def _next_open(day: dt.date, where: Municipality) -> dt.date | None:
    after = dt.datetime.combine(day, dt.time(23, 59), hours.AMSTERDAM)
    opens = hours.next_opening(after, where.opening_hours, where.closed_days)
    return opens.date() if opens is not None else None


def _periods(day: dt.date, where: Municipality) -> Sequence[Period]:
    return hours.periods_on(day, where.opening_hours, where.closed_days)


def _date(day: dt.date) -> str:
    return format_date(day, "EEEE d MMMM", locale="nl")
