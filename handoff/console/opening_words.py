"""When a municipality is open, in the words of its administrators and its privacy officer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from babel.dates import format_date

from handoff.console.look import MunicipalityLook
from handoff.openings import COUNTER, PHONE, USUAL, WEEKDAYS, Holiday, Openings, SpecialDay, Standing, Timetable
from handoff.openings.written import in_words

NEW = "nieuw"
"""Stands in an address for a day that is still to be chosen."""
NAMES: Mapping[str, str] = {COUNTER: "Balie", PHONE: "Telefoon en chat"}
INVALID = "Dit is nog niet bewaard. Kijk naar:"
OVERTAKEN = (
    "Iemand anders heeft deze gegevens gewijzigd terwijl u bezig was. Uw wijziging is nog niet bewaard. Wat u invulde, "
    "staat er nog. Lees wat er nu geldt. Bewaar dan opnieuw."
)
AS_PHONE = "dezelfde tijden als telefoon en chat"
STANDINGS: Mapping[str, str] = {
    Standing.CLOSED: "Dicht",
    Standing.HOURS: "Open op andere tijden",
    Standing.OPEN: "Toch open, op de gewone tijden",
}
_NOT_SAVED = "Dit is niet bewaard. Wat u invulde, staat er nog."
_FAULT = "Vraag wie de bestanden beheert om de fout weg te halen."
_AUDITED: Mapping[str, str] = {"": "gesloten", USUAL: "gewone tijden", Standing.CLOSED: "dicht", Standing.OPEN: "open"}


def full_day(date: dt.date) -> str:
    """ "donderdag 24 december 2026"."""
    return format_date(date, "EEEE d MMMM y", locale="nl")


def short_day(date: dt.date) -> str:
    """ "donderdag 24 december", where the year stands above it."""
    return format_date(date, "EEEE d MMMM", locale="nl")


def standing(day: SpecialDay | Holiday, known: Openings) -> str:
    """How the counter is on a day that is not as usual: "dicht", "open", "open 9.00-15.00 uur"."""
    if day.standing is Standing.HOURS:
        return f"open {in_words(day.periods)}"
    is_open = day.standing is Standing.OPEN and known.week_of(COUNTER).get(WEEKDAYS[day.date.weekday()])
    return "open" if is_open else "dicht"


def now_said(known: Openings, date: dt.date) -> str:
    """What holds for a date, for somebody who was about to say something else."""
    day = known.day(date)
    return "de gewone tijden" if day is None else f"{standing(day, known)} ({day.reason})"


def title_of(table: Timetable) -> str:
    """What the page about these hours is called."""
    titles = {COUNTER: "Openingstijden van de balie", PHONE: "Tijden van telefoon en chat"}
    return titles.get(table.key) or f"Tijden van team {table.name}"


def choices(holiday: Holiday, known: Openings) -> Mapping[str, str]:
    """How the municipality can be on a holiday; other hours are made on the page of the day itself."""
    said = {Standing.CLOSED: "Dicht", Standing.HOURS: f"Open {in_words(holiday.periods)}", Standing.OPEN: "Open"}
    return {one: said[one] for one in known.choices(holiday)}


def settled(holiday: Holiday, known: Openings, today: dt.date) -> str:
    """How a holiday is on which there is nothing to choose, and why; "" where there is."""
    if holiday.date < today:
        return "voorbij"
    if known.choices(holiday) == (Standing.CLOSED,):
        return f"dicht, zoals elke {WEEKDAYS[holiday.date.weekday()]}"
    return ""


def obstacle(known: Openings) -> str:
    """Why nothing can be changed now; "" when it can."""
    if known.fault:
        return (
            f"U kunt nu niets wijzigen. Er staat een fout in {known.fault}. Hieronder leest u wat vóór die fout gold. "
            f"Dat geldt nog. {_FAULT}"
        )
    if not known.can_be_written:
        return (
            f"U kunt nu niets wijzigen. Balie mag {known.file} niet schrijven. Vraag uw technisch beheer om dat recht "
            "op de map van dit bestand."
        )
    return ""


def faulty(where: str) -> str:
    """Why nothing was saved: a mistake in this file or another one."""
    why = f"Er staat een fout in {where}. Zolang die er staat, werkt geen enkele wijziging."
    return f"{_NOT_SAVED} {why} {_FAULT}"


def unusual(file: str) -> str:
    """Why nothing was saved: the file has parts that stand for each other."""
    why = f"{file} is zo geschreven dat Balie dit niet apart kan wijzigen."
    return f"{_NOT_SAVED} {why} Vraag uw technisch beheer om het in het bestand te doen."


def unwritable(folder: str) -> str:
    """Why nothing was saved: no right to write."""
    return f"{_NOT_SAVED} Balie mag niet schrijven in de map {folder}. Vraag uw technisch beheer om dat recht."


def change_in_audit(details: Mapping[str, Any], look: MunicipalityLook) -> str:
    """What an audit line says of a change: "Balie, maandag: van 9.00-17.00 naar gesloten"."""
    if "year" in details:
        return str(details["year"])
    if "date" in details:
        what = full_day(dt.date.fromisoformat(details["date"]))
    else:
        key = details["of"]
        what = ", ".join(filter(None, (NAMES.get(key) or look.team_name(key), details.get("day"))))
    before, after = details["before"], details["after"]
    if before == after:
        return f"{what}: andere reden"
    return f"{what}: van {_audited(before)} naar {_audited(after)}"


def _audited(value: str) -> str:
    return AS_PHONE if value == PHONE else _AUDITED.get(value, value)
