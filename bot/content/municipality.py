"""One municipality: who it is and what it says differently."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.content import hours
from bot.content.drawing import Shape
from bot.content.help_lines import HelpLine
from bot.content.schema import (
    AnswerText,
    Appointments,
    Aspect,
    ClosedDay,
    Dated,
    Hours,
    SignalenSettings,
    Team,
    TeamSettings,
)
from bot.content.theme import Theme


@dataclass(frozen=True)
class Municipality:
    key: str
    name: str
    full_name: str
    assistant_name: str
    website: str
    phone: str
    address: str
    privacy_url: str
    leave_url: str
    retention_days: int
    opening_hours: Hours
    phone_hours: Hours
    closed_days: tuple[ClosedDay, ...]
    holidays_confirmed: tuple[int, ...]
    theme: Theme
    allowed_origins: tuple[str, ...]
    teams: Mapping[Team, TeamSettings]
    routing: Mapping[str, Team] = field(default_factory=dict)
    """Topics that go to another team here than the topic's file says."""
    appointments: Appointments | None = None
    handling_minutes: Mapping[str, float] = field(default_factory=dict)
    signalen: SignalenSettings | None = None
    logo: Shape | None = field(repr=False, default=None)
    values: Mapping[str, tuple[Dated, ...]] = field(repr=False, default_factory=dict)
    answers: Mapping[str, Mapping[Aspect, AnswerText]] = field(repr=False, default_factory=dict)
    help_lines: Mapping[str, HelpLine] = field(repr=False, default_factory=dict)
    """Who helps now, in the whole country and here."""

    def values_on(self, day: dt.date) -> dict[str, str]:
        """What each variable says on `day`. A value that no longer holds is absent, never stale."""
        found = {name: row.value for name, rows in self.values.items() for row in rows if row.holds_on(day)}
        today = hours.describe_day(day, self.opening_hours, self.closed_days)
        phone_today = hours.describe_day(day, self.phone_hours, self.closed_days)
        return found | {
            "gemeente": self.full_name,
            "website": self.website,
            "telefoon": self.phone,
            "adres_stadhuis": self.address,
            "bewaartermijn_dagen": str(self.retention_days),
            "openingstijden_kort": hours.describe_short(self.opening_hours),
            "openingstijden_vandaag": today,
            "openingstijden_week": hours.describe_week(self.opening_hours),
            "telefoontijden_kort": hours.describe_short(self.phone_hours),
            "telefoontijden_vandaag": phone_today,
        }
