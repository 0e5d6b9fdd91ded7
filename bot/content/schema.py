"""What an editor may write in the YAML files, checked strictly."""

import datetime as dt
import itertools
import re
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from bot.content.strict import Line, Strict
from bot.content.theme import Theme

VARIABLE = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")

BUILT_IN = frozenset(
    {
        "gemeente",
        "website",
        "telefoon",
        "adres_stadhuis",
        "bewaartermijn_dagen",
        "openingstijden_kort",
        "openingstijden_vandaag",
        "openingstijden_week",
        "telefoontijden_kort",
        "telefoontijden_vandaag",
    }
)
"""Variables that every municipality has, from its gemeente.yml."""
ABOUT_LINES = ("lijn_", "uren_", "chat_")
"""Variables about a help line begin like this; help_lines.yml has them, and `balie content check` sees to it."""


class Aspect(StrEnum):
    """What a citizen wants to know about a topic."""

    AANVRAGEN = "aanvragen"
    KOSTEN = "kosten"
    TERMIJN = "termijn"
    BENODIGDHEDEN = "benodigdheden"
    VOORWAARDEN = "voorwaarden"
    KWIJT = "kwijt"
    WIJZIGEN = "wijzigen"
    STATUS = "status"
    ALGEMEEN = "algemeen"


class Team(StrEnum):
    """Who takes over at the municipality."""

    PUBLIEKSBALIE = "publieksbalie"
    LEEFOMGEVING = "leefomgeving"
    PARKEREN = "parkeren"
    BELASTINGEN = "belastingen"
    WONEN = "wonen"
    SOCIAAL_WIJKTEAM = "sociaal-wijkteam"


class Weekday(StrEnum):
    """Days as an editor writes them, in the order of `date.weekday()`."""

    MAANDAG = "maandag"
    DINSDAG = "dinsdag"
    WOENSDAG = "woensdag"
    DONDERDAG = "donderdag"
    VRIJDAG = "vrijdag"
    ZATERDAG = "zaterdag"
    ZONDAG = "zondag"


def variables(text: str) -> set[str]:
    """Names between braces."""
    return set(VARIABLE.findall(text))


def may_be_missing(text: str) -> set[str]:
    """Names between braces that a municipality may have no value for."""
    return {name for name in variables(text) - BUILT_IN if not name.startswith(ABOUT_LINES)}


def _known_names(text: str) -> str:
    for name in VARIABLE.findall(text):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{{{name}}} is no variable: use small letters, digits and _")
    if "{" in VARIABLE.sub("", text) or "}" in VARIABLE.sub("", text):
        raise ValueError("a brace without its other half")
    return text


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    BeforeValidator(_known_names),
]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class LinkText(Strict):
    title: Line
    url: Annotated[Text, Field(pattern=r"^(https://|\{website\})")]


class Reference(Strict):
    title: Line
    url: Annotated[str, Field(pattern=r"^https://")]


class AnswerText(Strict):
    """One answer as written, with its variables still in it."""

    text: Text
    more: Text | None = None
    simple: Text | None = None
    without_values: Text | None = None
    links: tuple[LinkText, ...] = ()

    @model_validator(mode="after")
    def _says_something_without_values(self) -> Self:
        own = may_be_missing(self.text)
        if own and self.without_values is None:
            names = ", ".join(sorted(own))
            raise ValueError(f"add without_values: what to say when a municipality has no value for {names}")
        if self.without_values and (own := may_be_missing(self.without_values)):
            raise ValueError(f"without_values can't use {', '.join(sorted(own))}: that value may be missing too")
        return self


class TopicFile(Strict):
    topic: Name
    title: Title
    team: Team | None = None
    sensitive: bool = False
    sources: tuple[Reference, ...] = ()
    checked: dt.date
    answers: dict[Aspect, AnswerText]

    @field_validator("answers")
    @classmethod
    def _has_fallback(cls, answers: dict[Aspect, AnswerText]) -> dict[Aspect, AnswerText]:
        if Aspect.ALGEMEEN not in answers:
            raise ValueError("add `algemeen`: it is what is said when an aspect has no answer of its own")
        return answers


class Dated(Strict):
    """A value from one day until another, both included."""

    value: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
    valid_from: dt.date
    valid_to: dt.date | None = None

    @field_validator("value", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    def holds_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class LocalFile(Strict):
    """What one municipality says about one domain: values, and whole answers that replace the shared ones."""

    values: dict[Name, tuple[Dated, ...]] = Field(default_factory=dict)
    answers: dict[Name, dict[Aspect, AnswerText]] = Field(default_factory=dict)

    @field_validator("values")
    @classmethod
    def _no_overlap(cls, values: dict[str, tuple[Dated, ...]]) -> dict[str, tuple[Dated, ...]]:
        for name, rows in values.items():
            if name in BUILT_IN:
                raise ValueError(f"{name} comes from gemeente.yml")
            ordered = sorted(rows, key=lambda row: row.valid_from)
            for earlier, later in itertools.pairwise(ordered):
                if earlier.valid_to is None or later.valid_from <= earlier.valid_to:
                    raise ValueError(f"{name} has two values on {later.valid_from}: give the earlier one a valid_to")
        return values


class Period(Strict):
    """From opening to closing, on one day."""

    start: dt.time
    end: dt.time

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = re.fullmatch(r"(\d{1,2})[.:](\d{2})\s*-\s*(\d{1,2})[.:](\d{2})", value.strip())
        if match is None:
            raise ValueError(f"{value!r} is no period: write for example 9.00-17.00")
        hours = [int(part) for part in match.groups()]
        return {"start": dt.time(hours[0], hours[1]), "end": dt.time(hours[2], hours[3])}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError("closes before it opens")
        return self


Hours = dict[Weekday, tuple[Period, ...]]


class ClosedDay(Strict):
    """A day that is not as the calendar has it: a bridge day, other hours, or a holiday on which it is open."""

    date: dt.date
    reason: Line
    open: bool = False
    """Open after all, though the holidays library takes it for a day off."""
    hours: tuple[Period, ...] = ()
    """Other hours than usual on that day."""

    @model_validator(mode="after")
    def _one_exception(self) -> Self:
        if self.open and self.hours:
            raise ValueError("leave out `open`: a day with hours is open")
        return self


class PickUpWithin(Strict):
    """Minutes of open time in which a case should be picked up (handoff/team_rules.py has the defaults)."""

    crisis: Annotated[int, Field(ge=1, le=60)] = 2
    urgent: Annotated[int, Field(ge=1, le=240)] = 5
    normal: Annotated[int, Field(ge=1, le=1440)] = 15


class TeamSettings(Strict):
    """How one team of one municipality can be reached, and how it works."""

    name: Line
    phone: Line | None = None
    hours: Hours | None = None
    """When its employees answer; the municipality's telephone hours where this is not given."""
    closed_days: tuple[ClosedDay, ...] = ()
    """Days of this team that are not as the municipality's; they go before these."""
    most_waiting: Annotated[int, Field(ge=1, le=1000)] | None = None
    """From this place in the queue on a citizen is told that it is full; not given: never."""
    longest_wait_minutes: Annotated[int, Field(ge=1, le=480)] = 20
    """Open time after which who waits is told that it takes long."""
    offer_seconds: Annotated[int, Field(ge=5, le=300)] | None = None
    """How long a case is offered to one employee; not given: everybody claims from the queue."""
    pick_up_within: PickUpWithin = PickUpWithin()

    @field_validator("hours", mode="before")
    @classmethod
    def _closed_when_empty(cls, value: Any) -> Any:
        return {day: hours or () for day, hours in value.items()} if isinstance(value, dict) else value


class AppointmentProduct(Strict):
    """Something that people make an appointment for."""

    title: Title
    minutes: Annotated[int, Field(ge=5, le=240, multiple_of=5)]
    topics: tuple[Name, ...] = ()
    """Topics whose answers offer to make this appointment."""
    words: tuple[Annotated[str, StringConstraints(to_lower=True, min_length=3)], ...] = ()
    """Words that name it in a message, or their beginnings."""


class Appointments(Strict):
    """The counter's own calendar: how many people can be helped at once, and with what."""

    desks: Annotated[int, Field(ge=1, le=100)]
    products: Annotated[dict[Name, AppointmentProduct], Field(min_length=1, max_length=8)]


class ReportCategory(StrEnum):
    """Kinds of report on public space, as the form asks them."""

    STRAATVERLICHTING = "straatverlichting"
    WEG = "weg"
    AFVAL = "afval"
    GROEN = "groen"
    WATER = "water"
    VERKEER = "verkeer"
    VOERTUIG = "voertuig"
    SPEELPLEK = "speelplek"
    DIEREN = "dieren"
    ANDERS = "anders"


class SignalenSettings(Strict):
    """How reports are put in the municipality's own Signalen; used where BALIE_SIGNALEN_URLS names it."""

    point: tuple[Annotated[float, Field(ge=3.2, le=7.3)], Annotated[float, Field(ge=50.7, le=53.7)]]
    """Longitude and latitude (WGS 84) of a report whose place is not found: Signalen takes none without a point."""
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)] = "online"
    """Must be an active, public source in Signalen; "online" always is."""
    sub_categories: dict[ReportCategory, Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$")]]
    """Slugs in Signalen of the main and the sub category; `anders` is for what has none of its own."""

    @field_validator("sub_categories")
    @classmethod
    def _has_a_rest(cls, given: dict[ReportCategory, str]) -> dict[ReportCategory, str]:
        if ReportCategory.ANDERS not in given:
            raise ValueError("add `anders`: where a report goes whose category has no sub category of its own")
        return given


class MunicipalityFile(Strict):
    """gemeente.yml."""

    name: Line
    full_name: Line
    assistant_name: Line
    website: Annotated[str, Field(pattern=r"^https://[^/]+$")]
    phone: Line
    address: Line
    privacy_url: Annotated[str, Field(pattern=r"^https://")]
    leave_url: Annotated[str, Field(pattern=r"^https://")] = "https://www.knmi.nl/nederland-nu/weer/verwachtingen"
    """Where a citizen goes who has to leave the chat quickly: a page that anybody could be reading."""
    retention_days: Annotated[int, Field(ge=1, le=3650)] = 28
    opening_hours: Hours
    phone_hours: Hours
    closed_days: tuple[ClosedDay, ...] = ()
    holidays_confirmed: tuple[Annotated[int, Field(ge=2020, le=2100)], ...] = ()
    """Years of which somebody looked whether the library's holidays are the municipality's own."""
    theme: Theme
    allowed_origins: tuple[Annotated[str, Field(pattern=r"^https?://[^/]+$")], ...] = ()
    teams: dict[Team, TeamSettings]
    routing: dict[Name, Team] = Field(default_factory=dict)
    """Topics that go to another team here than the topic's file says."""
    appointments: Appointments | None = None
    """None: no appointments are made here."""
    handling_minutes: dict[Name, Annotated[float, Field(gt=0, le=240)]] = Field(default_factory=dict)
    """How long an employee takes for a question about a topic, as the municipality measured it; for the report."""
    signalen: SignalenSettings | None = None

    @field_validator("opening_hours", "phone_hours", mode="before")
    @classmethod
    def _closed_when_empty(cls, value: Any) -> Any:
        return {day: hours or () for day, hours in value.items()} if isinstance(value, dict) else value


class Phrases(Strict):
    """phrases.yml: what the assistant says around the answers."""

    clarify_one: Text
    clarify_many: Text
    ask_topic: Text
    rephrase: Text
    rephrase_after_no: Text
    yes_without_question: Text
    no_without_question: Text
    no_answer: Text
    no_simple: Text
    no_more: Text
    something_else_button: Title
    or_meant_button: Title
    all_hours_button: Title
    simple_button: Title
    more_button: Title
