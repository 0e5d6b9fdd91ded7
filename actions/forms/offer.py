"""Choosing a time: which ones are offered, and which one is meant. Shared by making and moving an appointment."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from babel.dates import format_date

from actions.dialogue import Button, Reply
from actions.forms.days import Part, find_day, find_part, find_time, pick
from actions.forms.form import STOP_BUTTON, UNCLEAR, Heard, Taken, Values
from actions.forms.times import Times
from bot.content.hours import describe_time

DAYS_SHOWN = 21
"""Days to look through for free times."""
OFFERED = 5
"""Buttons with a time: what fits a telephone's screen."""
CHOSE_TIME = "tijd:"
OTHER_DAY = "formulier:andere_dag"


@dataclass(frozen=True)
class TimeQuestion:
    """The question for a time, and the reading of its answer.

    Args:
        time: Slot of the time chosen, local and in ISO form.
        day: Slot of the first day that suits her.
        part: Slot of the part of the day that suits her.
    """

    times: Times
    municipality: str
    today: dt.date
    time: str
    day: str
    part: str

    async def ask(self, product: str, values: Values) -> Reply:
        """The times that suit her; the nearest ones where none does."""
        if values.get(self.day) == "?":
            text = "Op welke dag wilt u komen? Schrijf bijvoorbeeld: vrijdag, volgende week dinsdag of 3 december."
            return Reply(text, "form", (STOP_BUTTON,))
        free = await self._free(product, values)
        if not free:
            text = "De komende weken is er geen tijd vrij. Kies een latere dag, of vraag om een medewerker."
            return Reply(text, "form", (Button("Andere dag", OTHER_DAY), STOP_BUTTON))
        offered = offer(free, self._day(values), self._part(values))
        buttons = [Button(describe_short(start), f"{CHOSE_TIME}{start:%Y-%m-%dT%H:%M}") for start in offered]
        return Reply(
            self._introduction(offered, values), "form", (*buttons, Button("Andere dag", OTHER_DAY), STOP_BUTTON)
        )

    async def take(self, heard: Heard, product: str, values: Values) -> Taken:
        """A time, or a day that suits her better."""
        if heard.choice == OTHER_DAY:
            return Taken({self.day: "?", self.part: None, self.time: None})
        free = await self._free(product, values)
        if heard.choice is not None:
            chosen = _chosen(heard.choice)
            if chosen is None:
                return UNCLEAR
            return Taken({self.time: chosen.isoformat()}) if chosen in free else self._gone(chosen)
        day, time, part = find_day(heard.text, self.today), find_time(heard.text), find_part(heard.text)
        offered = offer(free, self._day(values), self._part(values))
        picked = pick(heard.text, offered, self.today)
        if picked is None and day is not None and time is not None:
            wanted = dt.datetime.combine(day, time)
            there = await self.times.free(self.municipality, product, day, 1)
            picked = wanted if wanted in there else None
            if picked is None:
                return Taken({self.day: day.isoformat(), self.time: None}, (_not_free(wanted),))
        if picked is not None:
            return Taken({self.time: picked.isoformat()})
        if day is not None or part is not None:
            kept = values.get(self.day) if day is None else day.isoformat()
            return Taken({self.day: None if kept == "?" else kept, self.part: part, self.time: None})
        return UNCLEAR

    def _gone(self, chosen: dt.datetime) -> Taken:
        return Taken({self.day: chosen.date().isoformat(), self.time: None}, (_not_free(chosen),))

    async def _free(self, product: str, values: Values) -> Sequence[dt.datetime]:
        first = self._day(values) or self.today
        return await self.times.free(self.municipality, product, max(first, self.today), DAYS_SHOWN)

    def _day(self, values: Values) -> dt.date | None:
        given = values.get(self.day)
        return dt.date.fromisoformat(given) if given and given != "?" else None

    def _part(self, values: Values) -> Part | None:
        given = values.get(self.part)
        return Part(given) if given else None

    def _introduction(self, offered: Sequence[dt.datetime], values: Values) -> str:
        day, part = self._day(values), self._part(values)
        if day is not None and offered[0].date() != day:
            return f"Op {describe_day(day)} is er geen tijd vrij. Deze tijden wel. Welke past u?"
        if part is not None and all(Part.of(start.time()) is not part for start in offered):
            return f"In de {part} is er geen tijd vrij. Deze tijden wel. Welke past u?"
        return "Deze tijden zijn vrij. Welke past u?"


def offer(free: Sequence[dt.datetime], day: dt.date | None, part: Part | None) -> Sequence[dt.datetime]:
    """A few of the free times: of the day that was asked, spread over it; else of several days."""
    suiting = [start for start in free if part is None or Part.of(start.time()) is part] or list(free)
    if day is not None and suiting and suiting[0].date() == day:
        there = [start for start in suiting if start.date() == day]
        step = max(1, len(there) // OFFERED)
        return there[::step][:OFFERED]
    seen: set[tuple[dt.date, Part]] = set()
    spread = []
    for start in suiting:
        where = (start.date(), Part.of(start.time()))
        if where not in seen:
            seen.add(where)
            spread.append(start)
    return spread[:OFFERED]


def describe_day(day: dt.date) -> str:
    """ "dinsdag 24 november"."""
    return format_date(day, "EEEE d MMMM", locale="nl")


def describe_start(start: dt.datetime) -> str:
    """ "dinsdag 24 november om 9.00 uur"."""
    return f"{describe_day(start.date())} om {describe_time(start.time())} uur"


def describe_short(start: dt.datetime) -> str:
    """ "di 24 nov, 9.00 uur": for a button."""
    return f"{format_date(start.date(), 'EEE d MMM', locale='nl').replace('.', '')}, {describe_time(start.time())} uur"


def _chosen(choice: str) -> dt.datetime | None:
    if not choice.startswith(CHOSE_TIME):
        return None
    try:
        return dt.datetime.fromisoformat(choice.removeprefix(CHOSE_TIME))
    except ValueError:
        return None


def _not_free(wanted: dt.datetime) -> Reply:
    return Reply(f"{describe_start(wanted).capitalize()} kan niet (meer).", "form")
