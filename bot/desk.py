"""What a turn needs from outside: one object, made in `bot/app.py` and passed along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date

from bot.content import Content, ContentStore, Municipality, hours
from bot.content.crisis_texts import CrisisTexts
from bot.content.spoken import Languages
from bot.engine import Engine
from handoff.appointments import Calendar
from handoff.bus import Bus
from handoff.clock import Clock
from handoff.database import Database
from handoff.detection import Detector
from handoff.vault import Vault


@dataclass(frozen=True)
class Desk:
    """The digital counter's parts."""

    database: Database
    bus: Bus
    vault: Vault
    detector: Detector
    engine: Engine
    answers: ContentStore
    crisis_texts: CrisisTexts
    languages: Languages
    clock: Clock
    wake: Callable[[str], None]
    """Tells the turn runner that a conversation has a message to answer."""
    calendar: Calendar
    public_url: str
    """Where citizens find balie, for links that it sends."""

    @property
    def content(self) -> Content:
        """The answers as they are now."""
        return self.answers.current()

    def municipality(self, key: str) -> Municipality:
        """Raises:
        UnknownMunicipality: no such municipality.
        """
        return self.content.municipality(key)


def is_staffed(municipality: Municipality, moment: datetime) -> bool:
    """Whether employees can be expected now: the hours of the telephone are the hours of the chat."""
    return hours.is_open(moment, municipality.phone_hours, municipality.closed_days)


def opens_again(municipality: Municipality, moment: datetime) -> str | None:
    """When employees are there again, as "vandaag om 13.00 uur" or "op maandag 30 november om 8.30 uur".

    None when no opening is known within a year.
    """
    opening = hours.next_opening(moment, municipality.phone_hours, municipality.closed_days)
    if opening is None:
        return None
    time = f"om {hours.describe_time(opening.time())} uur"
    days = (opening.date() - moment.astimezone(hours.AMSTERDAM).date()).days
    if days == 0:
        return f"vandaag {time}"
    return f"morgen {time}" if days == 1 else f"op {describe_day(opening)} {time}"


def callback_day(municipality: Municipality, moment: datetime) -> date | None:
    """The first day on which employees can call: today while they are there, else when they are there again.

    None when no opening is known within a year: then nobody may be promised a day.
    """
    if is_staffed(municipality, moment):
        return moment.astimezone(hours.AMSTERDAM).date()
    opening = hours.next_opening(moment, municipality.phone_hours, municipality.closed_days)
    return opening.date() if opening else None


def next_call_day(municipality: Municipality, moment: datetime) -> date | None:
    """The first day after that of `moment` on which employees call; None when none is known within a year."""
    midnight = moment.astimezone(hours.AMSTERDAM).replace(hour=23, minute=59, second=59, microsecond=0)
    opening = hours.next_opening(midnight, municipality.phone_hours, municipality.closed_days)
    return opening.date() if opening else None


def describe_day(day: date) -> str:
    """A day in words: "maandag 30 november"."""
    return format_date(day, "EEEE d MMMM", locale="nl")
