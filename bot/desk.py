"""What a turn needs from outside: one object, made in `bot/app.py` and passed along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from babel.dates import format_date

from bot import teams
from bot.content import Content, ContentStore, Municipality
from bot.content.crisis_texts import CrisisTexts
from bot.content.hours import describe_time
from bot.content.spoken import Languages
from bot.engine import Engine
from handoff import hours
from handoff.appointments import Calendar
from handoff.attachments import Attachments
from handoff.bus import Bus
from handoff.clock import Clock
from handoff.database import Database
from handoff.detection import Detector
from handoff.reports import PublicSpace
from handoff.team_rules import TeamRules
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
    attachments: Attachments
    public_url: str
    """Where citizens find balie, for links that it sends."""
    public_space: Mapping[str, PublicSpace] = field(default_factory=dict)
    """Where a municipality handles reports on public space; one that is not in it has them in its queue."""

    @property
    def content(self) -> Content:
        """The answers as they are now."""
        return self.answers.current()

    def municipality(self, key: str) -> Municipality:
        """Raises:
        UnknownMunicipality: no such municipality.
        """
        return self.content.municipality(key)

    def rules(self, municipality: str, team: str) -> TeamRules:
        """How a team works, as the files say it now.

        Raises:
            UnknownMunicipality: no such municipality.
        """
        return teams.rules_of(self.municipality(municipality), team)


def is_staffed(rules: TeamRules, moment: datetime) -> bool:
    """Whether employees of a team can be expected now."""
    return hours.is_open(moment, rules.open_on)


def opens_again(rules: TeamRules, moment: datetime) -> str | None:
    """When employees are there again, as "vandaag om 13.00 uur" or "op maandag 30 november om 8.30 uur".

    None when no opening is known within a year.
    """
    opening = hours.next_opening(moment, rules.open_on)
    if opening is None:
        return None
    local = opening.astimezone(hours.AMSTERDAM)
    time = f"om {describe_time(local.time())} uur"
    days = (local.date() - hours.local_date(moment)).days
    if days == 0:
        return f"vandaag {time}"
    return f"morgen {time}" if days == 1 else f"op {describe_day(local)} {time}"


def callback_day(rules: TeamRules, moment: datetime) -> date | None:
    """The first day on which employees can call: today while they are there, else when they are there again.

    None when no opening is known within a year: then nobody may be promised a day.
    """
    if is_staffed(rules, moment):
        return hours.local_date(moment)
    opening = hours.next_opening(moment, rules.open_on)
    return hours.local_date(opening) if opening else None


def next_call_day(rules: TeamRules, moment: datetime) -> date | None:
    """The first day after that of `moment` on which employees call; None when none is known within a year."""
    tomorrow = hours.midnight(hours.local_date(moment) + timedelta(days=1))
    opening = hours.next_opening(tomorrow - timedelta(seconds=1), rules.open_on)
    return hours.local_date(opening) if opening else None


def describe_moment(moment: datetime) -> str:
    """A day and time in words: "maandag 30 november om 9.05 uur"."""
    local = moment.astimezone(hours.AMSTERDAM)
    return f"{describe_day(local.date())} om {local.hour}.{local.minute:02d} uur"


def describe_day(day: date) -> str:
    """A day in words: "maandag 30 november"."""
    return format_date(day, "EEEE d MMMM", locale="nl")
