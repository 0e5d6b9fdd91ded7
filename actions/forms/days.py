"""Days and times of day as citizens write them in Dutch.

dateparser was tried: of nineteen ways to name a time it misread "dinsdag om 10 uur" (as eleven months ahead) and missed
"volgende week woensdag", "donderdagmiddag", "half 10" and "kwart voor 4".
"""

import datetime as dt
import re
from collections.abc import Sequence
from enum import StrEnum

from babel.dates import get_day_names, get_month_names

_WEEKDAYS = [get_day_names("wide", locale="nl")[number] for number in range(7)]
_SHORT_DAYS = ["ma", "di", "wo", "do", "vr", "za"]  # "zo" is a common word, and the counter is closed then
_MONTHS = [get_month_names("wide", locale="nl")[number] for number in range(1, 13)]
_SHORT_MONTHS = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
_NUMBERS = ["een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf"]
_FIRST_AFTERNOON_HOUR = 7
"""An hour before this, said without "'s ochtends", is in the afternoon: "om 3 uur" is fifteen hours."""

_WEEKDAY = re.compile(
    rf"\b(?:({'|'.join(_WEEKDAYS)})(?:ochtend|morgen|middag|avond)?|({'|'.join(_SHORT_DAYS)})\.?(?=\s|$|,))\b", re.I
)
_DATE = re.compile(rf"\b(\d{{1,2}})\s*(?:e\s+)?({'|'.join(_MONTHS)}|{'|'.join(_SHORT_MONTHS)})\b\.?", re.I)
_NUMERIC = re.compile(r"\b(\d{1,2})[-/](\d{1,2})(?:[-/](\d{2,4}))?\b")
_HOUR_WORD = rf"(\d{{1,2}}|{'|'.join(_NUMBERS)})"
_CLOCK = re.compile(r"\b(\d{1,2})[.:](\d{2})\b")
_HALF = re.compile(rf"\bhalf\s+{_HOUR_WORD}\b", re.I)
_QUARTER = re.compile(rf"\bkwart\s+(voor|over)\s+{_HOUR_WORD}\b", re.I)
_WHOLE = re.compile(rf"\b(?:om\s+)?{_HOUR_WORD}\s*(?:uur|u)\b", re.I)
_AFTER_OM = re.compile(rf"\bom\s+{_HOUR_WORD}\b", re.I)


class Part(StrEnum):
    """A part of the day."""

    MORNING = "ochtend"
    AFTERNOON = "middag"
    EVENING = "avond"

    @classmethod
    def of(cls, time: dt.time) -> "Part":
        """Morning until noon, evening from six."""
        if time < dt.time(12):
            return cls.MORNING
        return cls.AFTERNOON if time < dt.time(18) else cls.EVENING


def find_day(text: str, today: dt.date) -> dt.date | None:
    """The day that somebody names, today or later; None when none is named or it does not exist."""
    low = text.lower()
    if match := _DATE.search(low):
        name = match.group(2)
        month = (_MONTHS.index(name) if name in _MONTHS else _SHORT_MONTHS.index(name)) + 1
        return _coming(int(match.group(1)), month, today)
    if match := _NUMERIC.search(low):
        return _coming(int(match.group(1)), int(match.group(2)), today)
    next_week = re.search(r"\b(?:volgende|komende) week\b|\bweek erna\b", low) is not None
    if match := _WEEKDAY.search(low):
        name = match.group(1) or match.group(2)
        number = _WEEKDAYS.index(name) if name in _WEEKDAYS else _SHORT_DAYS.index(name)
        if next_week:
            return _monday_after(today) + dt.timedelta(days=number)
        return today + dt.timedelta(days=(number - today.weekday()) % 7 or 7)
    if next_week:
        return _monday_after(today)
    if match := re.search(r"\bover\s+(\d{1,2}|een|twee|drie|vier)\s+(dag|dagen|week|weken)\b", low):
        count = _number(match.group(1))
        return today + dt.timedelta(days=count * (7 if match.group(2).startswith("w") else 1))
    for word, days in (("overmorgen", 2), ("morgen", 1), ("vandaag", 0)):
        if re.search(rf"\b{word}(?:ochtend|middag|avond)?\b", low):
            return today + dt.timedelta(days=days)
    return None


def find_time(text: str) -> dt.time | None:
    """The time of day that somebody names: "half 10", "kwart voor 4", "14.30", "om 9"."""
    low = text.lower()
    in_the_morning = re.search(r"ochtend|morgens", low) is not None
    if match := _QUARTER.search(low):
        hour = _number(match.group(2))
        hour, minute = (hour, 15) if match.group(1) == "over" else (hour - 1, 45)
    elif match := _HALF.search(low):
        hour, minute = _number(match.group(1)) - 1, 30
    elif match := _CLOCK.search(_NUMERIC.sub(" ", low)):
        hour, minute = int(match.group(1)), int(match.group(2))
    elif match := _WHOLE.search(low) or _AFTER_OM.search(_DATE.sub(" ", low)):
        hour, minute = _number(match.group(1)), 0
    else:
        return None
    if hour < _FIRST_AFTERNOON_HOUR and not in_the_morning:
        hour += 12
    return dt.time(hour, minute) if 0 <= hour < 24 and minute < 60 else None


def find_part(text: str) -> Part | None:
    """The part of the day that somebody prefers."""
    low = text.lower()
    if re.search(r"avond", low):
        return Part.EVENING
    if re.search(r"middag", low):
        return Part.AFTERNOON
    if re.search(r"ochtend|morgens|vroeg", low):
        return Part.MORNING
    return None


def pick(text: str, offered: Sequence[dt.datetime], today: dt.date) -> dt.datetime | None:
    """Which of the offered times somebody means, as in "de eerste" or "dinsdag 9 uur"; None when it is unclear."""
    for word, number in (("eerste", 0), ("tweede", 1), ("derde", 2), ("vierde", 3), ("laatste", -1)):
        if re.search(rf"\b{word}\b", text.lower()) and -1 <= number < len(offered):
            return offered[number]
    day, time = find_day(text, today), find_time(text)
    if day is None and time is None:
        return None
    fitting = [
        start for start in offered if (day is None or start.date() == day) and (time is None or start.time() == time)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS.index(word) + 1


def _monday_after(today: dt.date) -> dt.date:
    return today + dt.timedelta(days=7 - today.weekday())


def _coming(day: int, month: int, today: dt.date) -> dt.date | None:
    for year in (today.year, today.year + 1):
        try:
            found = dt.date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None
