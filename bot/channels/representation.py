"""How conversations, messages and municipalities look in the citizen API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from bot import callback_wishes, discretion, files, handover, place, texts
from bot.channels import dutch
from bot.content import Municipality, hours
from bot.content.drawing import Shape
from bot.desk import Desk, describe_day
from handoff import cases, own_words, ratings
from handoff.tables import Conversation, Employee, Message
from handoff.vocabulary import CaseKind, FileKind, Owner, Sender
from handoff.waiting_time import QueuePlace

HIGHEST_NUMBER = 2**31 - 1
"""What a number of a message can be: it is stored in four bytes."""
MOMENTS_TO_CHOOSE = 8
"""Half-days in a form: a working week, for most."""


class Knop(BaseModel):
    """A quick reply: show `titel`, send `waarde` back as `keuze`."""

    titel: str
    waarde: str


class Koppeling(BaseModel):
    """A link to show as a button."""

    titel: str
    url: str


class Bijlage(BaseModel):
    """A file that a message brought."""

    id: str
    naam: str
    soort: FileKind
    bytes: int


class Bestanden(BaseModel):
    """Which files can be sent now."""

    soorten: list[FileKind]
    max_bytes: int


class Bericht(BaseModel):
    """One message. `tekst` is plain text with only "- " list lines and **bold**."""

    volgnummer: int
    id: str
    afzender: Literal["burger", "bot", "medewerker", "systeem"]
    naam: str | None = None
    soort: Literal["tekst", "welkom", "antwoord", "vraag", "overdracht", "crisis", "systeem", "bel", "bestand"]
    tekst: str
    knoppen: list[Knop] = Field(default_factory=list)
    links: list[Koppeling] = Field(default_factory=list)
    tijdstip: datetime
    bijlage: Bijlage | None = Field(None, description="Het bestand dat bij dit bericht hoort.")
    taal: str | None = Field(None, description="Code van de taal, als het geen Nederlands is.", examples=["ar"])


class OordeelGevraagd(BaseModel):
    """What she may be asked, now that it is over."""

    gegeven: bool
    medewerker: bool = Field(description="Een medewerker had het gesprek: vraag ook of zij opnieuw moest vertellen.")


class Oordeel(BaseModel):
    """What she thinks of it."""

    model_config = ConfigDict(extra="forbid")

    beantwoord: Literal["ja", "deels", "nee"]
    cijfer: int | None = Field(None, ge=1, le=5)
    opnieuw_verteld: bool | None = None
    toelichting: str = Field("", max_length=1000)


class Gesprek(BaseModel):
    """A conversation as it is now."""

    id: str
    gemeente: str
    eigenaar: Literal["bot", "wachtrij", "medewerker", "gesloten"]
    medewerker: str | None = Field(None, description="Naam van de medewerker die het gesprek voert.")
    plaats: int | None = Field(None, description="Plaats in de rij; 1 is als eerste aan de beurt.")
    wachttijd: str | None = Field(
        None, description='Hoe lang het wachten ongeveer duurt, als dat te zeggen is: "ongeveer 4 tot 9 minuten".'
    )
    laatste_volgnummer: int
    geopend_op: datetime
    gesloten_op: datetime | None = None
    zaak: str | None = Field(None, description="Referentie van de lopende zaak.")
    snel_verlaten: bool = Field(
        False,
        description="Het gesprek gaat over iets dat huisgenoten misschien niet mogen zien: bied aan om de pagina snel "
        "te verlaten.",
    )
    bestanden: Bestanden | None = Field(
        None, description="Wat de burger nu kan sturen. Leeg: geen bestanden, want er is geen medewerker."
    )
    oordeel: OordeelGevraagd | None = Field(None, description="Vraag na afloop wat zij ervan vond. Leeg: vraag niets.")


class Berichten(BaseModel):
    """Messages after a number, in order."""

    berichten: list[Bericht]
    laatste_volgnummer: int


class NieuwGesprek(BaseModel):
    """What opening a conversation takes."""

    model_config = ConfigDict(extra="forbid")

    gemeente: str = Field(max_length=64, examples=["voorbeeldstad"])
    vervolg_op: str | None = Field(
        None,
        max_length=36,
        description="Id van het gesloten gesprek waarop dit volgt; stuur het token daarvan mee.",
    )


class GeopendGesprek(BaseModel):
    """A new conversation; the token is given only here."""

    id: str
    token: str
    gesprek: Gesprek
    berichten: list[Bericht]


EIGEN_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
EigenId = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
"""An id that the client makes, so that what it sends again is done once."""


class NieuwBericht(BaseModel):
    """What a citizen sends. The id is the client's own: the same id is stored once."""

    model_config = ConfigDict(extra="forbid")

    id: EigenId
    tekst: str
    keuze: str | None = Field(None, max_length=60, pattern=r"^[a-z_]+:[a-zA-Z0-9_/:.-]+$")


class OntvangenBericht(BaseModel):
    """The acknowledgement: the message is stored."""

    id: str
    volgnummer: int
    tijdstip: datetime
    herhaald: bool
    tekst: str


class GesprekWijziging(BaseModel):
    """The one thing a citizen can change."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["gesloten"]


class NieuwTerugbelverzoek(BaseModel):
    """Who to call, and when it suits."""

    model_config = ConfigDict(extra="forbid")

    id: EigenId
    manier: Literal["telefoon", "e-mail", "chat"] = Field(
        "telefoon", description="Hoe de medewerker contact opneemt. Met `chat` komt hij in dit gesprek terug."
    )
    telefoonnummer: str | None = Field(None, min_length=6, max_length=32, description="Nodig bij `telefoon`.")
    email: str | None = Field(None, min_length=6, max_length=254, description="Nodig bij `e-mail`.")
    naam: str | None = Field(None, max_length=120, description="Naar wie de medewerker vraagt.")
    voorkeur: str | None = Field(None, max_length=200)
    moment: str | None = Field(
        None, max_length=20, description="`waarde` van een terugbelmoment. Leeg: de eerste dag die kan."
    )
    inspreken: bool | None = Field(None, description="Of de medewerker een bericht mag inspreken.")


class Terugbelmoment(BaseModel):
    """A part of a day on which the municipality calls."""

    waarde: str = Field(description='Sleutel: "2026-11-30-ochtend".')
    dag: str
    dagdeel: Literal["ochtend", "middag", "avond"]
    tijden: str = Field(description='Van wanneer tot wanneer: "8.30 tot 12.00 uur".')


class Terugbelmomenten(BaseModel):
    """The next half-days, in order."""

    momenten: list[Terugbelmoment]


class Terugbelverzoek(BaseModel):
    """The callback stands in the queue."""

    referentie: str
    dag: str | None


class Spreekcode(BaseModel):
    """What she says at the counter or on the telephone, good once."""

    code: str = Field(description='Zes cijfers in groepjes van twee: "48 21 07".')
    geldig_tot: datetime


class Gewist(BaseModel):
    """The conversation is gone; what is kept, and why."""

    gewist: Literal[True] = True
    bewaard: str


class Dag(BaseModel):
    """One day of the week."""

    dag: str
    tijden: str


class Openingstijden(BaseModel):
    """When the counter is open."""

    vandaag: str
    nu_open: bool
    week: list[Dag]


class Telefoontijden(BaseModel):
    """When the telephone is answered."""

    vandaag: str


class Vorm(BaseModel):
    """One element of a drawing in SVG, to draw as it is."""

    naam: str
    kenmerken: dict[str, str]
    delen: list[Vorm] = Field(default_factory=list)


class Logo(BaseModel):
    """A logo as plain shapes, and what to say instead of it."""

    alt: str
    tekening: Vorm


class Teksten(BaseModel):
    """What the municipality says differently around the conversation; null where the widget has its own words."""

    knop: str | None = Field(None, description="Op de knop die de chat opent.")
    titel: str | None = Field(None, description="Boven de chat, in plaats van de naam van de assistent.")
    welkom: str | None = Field(None, description="Kop boven het eerste bericht.")
    veld: str | None = Field(None, description="In het lege invoerveld.")


class Thema(BaseModel):
    """Design tokens of the municipality."""

    primair: str
    op_primair: str
    accent: str
    lettertype: str
    logo_tekst: str
    logo: Logo | None = None
    teksten: Teksten = Field(default_factory=Teksten)


class Gemeente(BaseModel):
    """What the widget shows of a municipality."""

    sleutel: str
    naam: str
    assistent: str
    telefoon: str
    website: str
    adres: str
    privacy_url: str
    verlaat_url: str = Field(description="Onschuldige pagina voor wie de chat snel moet verlaten.")
    openingstijden: Openingstijden
    telefoontijden: Telefoontijden
    thema: Thema
    bewaartermijn_dagen: int


async def messages(desk: Desk, session: AsyncSession, said: Sequence[Message]) -> list[Bericht]:
    """Stored messages as the citizen of these conversations may read them, her own words for a place included."""
    texts_of = await own_words.texts(session, desk.vault, said)
    return [message(one, texts_of[one.id]) for one in said]


def message(stored: Message, text: str) -> Bericht:
    """A stored message as a channel shows it."""
    own = stored.sender == Sender.CITIZEN and stored.channel_message_id
    return Bericht.model_validate(
        {
            "volgnummer": stored.seq,
            "id": stored.channel_message_id if own else stored.id,
            "afzender": dutch.SENDERS[stored.sender],
            "naam": stored.sender_name,
            "soort": dutch.KINDS[stored.kind],
            "tekst": text,
            "knoppen": [{"titel": one["title"], "waarde": one["value"]} for one in stored.buttons],
            "links": [{"titel": one["title"], "url": one["url"]} for one in stored.links],
            "tijdstip": stored.created_at.astimezone(UTC),
            "bijlage": _attachment(stored),
            "taal": (stored.understood or {}).get("language"),
        }
    )


def _attachment(stored: Message) -> dict[str, Any] | None:
    told = stored.attachment
    return {"id": told["id"], "naam": told["name"], "soort": told["kind"], "bytes": told["bytes"]} if told else None


async def conversation(desk: Desk, session: AsyncSession, stored: Conversation) -> Gesprek:
    """A conversation with its place in the queue and who is on the other side."""
    where = await place.place_of(desk, session, stored) if stored.owner == Owner.QUEUED else None
    employee = await session.get(Employee, stored.employee_id) if stored.employee_id else None
    case = None if stored.owner == Owner.BOT else await cases.open_case_of(session, stored.id, CaseKind.CONVERSATION)
    return Gesprek.model_validate(
        {
            "id": stored.id,
            "gemeente": stored.municipality,
            "eigenaar": dutch.OWNERS[stored.owner],
            "medewerker": employee.display_name if employee and stored.owner == Owner.EMPLOYEE else None,
            **in_queue(where),
            "laatste_volgnummer": stored.last_seq,
            "geopend_op": stored.opened_at,
            "gesloten_op": stored.closed_at,
            "zaak": case.reference if case else None,
            "snel_verlaten": await discretion.wanted(session, stored),
            "bestanden": _files(desk, stored),
            "oordeel": await _asked(desk, session, stored),
        }
    )


def in_queue(where: QueuePlace | None) -> dict[str, Any]:
    """Of a conversation, where its citizen stands in the queue."""
    return {"plaats": where.place if where else None, "wachttijd": texts.wait_in_words(where.wait) if where else None}


def _files(desk: Desk, stored: Conversation) -> dict[str, Any] | None:
    limits = desk.attachments.limits
    if not files.may_send(desk, stored):
        return None
    return {"soorten": [kind for kind in FileKind if kind in limits.kinds], "max_bytes": limits.max_bytes}


async def callback_moments(desk: Desk, session: AsyncSession, stored: Conversation) -> Terugbelmomenten:
    """The half-days of the team that has the conversation's case; of the counter where there is none."""
    case = await cases.open_case_of(session, stored.id, CaseKind.CONVERSATION)
    team = case.team if case else handover.remembered(stored.pending_offer).team
    found = callback_wishes.moments(desk, stored.municipality, team, desk.clock(), MOMENTS_TO_CHOOSE)
    return Terugbelmomenten(
        momenten=[
            Terugbelmoment(
                waarde=half.key,
                dag=describe_day(half.day),
                dagdeel=half.part.value,
                tijden=f"{_time(half.starts)} tot {_time(half.ends)} uur",
            )
            for half in found
        ]
    )


def _time(moment: datetime) -> str:
    return hours.describe_time(moment.astimezone(hours.AMSTERDAM).time())


async def _asked(desk: Desk, session: AsyncSession, stored: Conversation) -> OordeelGevraagd | None:
    if stored.owner != Owner.CLOSED:
        return None
    found = await ratings.asked(session, stored, now=desk.clock())
    return OordeelGevraagd(gegeven=found.given, medewerker=found.by_person) if found else None


def municipality(where: Municipality, moment: datetime) -> Gemeente:
    """A municipality with today's hours."""
    today = moment.astimezone(hours.AMSTERDAM).date()
    counter = hours.describe_day(today, where.opening_hours, where.closed_days)
    telephone = hours.describe_day(today, where.phone_hours, where.closed_days)
    week = [Dag(dag=day, tijden=hours.describe_periods(where.opening_hours.get(day, ()))) for day in hours.WEEKDAYS]
    return Gemeente(
        sleutel=where.key,
        naam=where.full_name,
        assistent=where.assistant_name,
        telefoon=where.phone,
        website=where.website,
        adres=where.address,
        privacy_url=where.privacy_url,
        verlaat_url=where.leave_url,
        openingstijden=Openingstijden(
            vandaag=f"Vandaag {counter}.",
            nu_open=hours.is_open(moment, where.opening_hours, where.closed_days),
            week=week,
        ),
        telefoontijden=Telefoontijden(vandaag=f"Vandaag {telephone}."),
        thema=_theme(where),
        bewaartermijn_dagen=where.retention_days,
    )


def _theme(where: Municipality) -> Thema:
    theme = where.theme
    own = theme.texts
    return Thema(
        primair=theme.primary,
        op_primair=theme.on_primary,
        accent=theme.accent,
        lettertype=theme.font,
        logo_tekst=theme.logo_text,
        logo=Logo(alt=theme.logo.alt, tekening=_shape(where.logo)) if theme.logo and where.logo else None,
        teksten=Teksten(knop=own.launcher, titel=own.title, welkom=own.welcome, veld=own.placeholder),
    )


def _shape(shape: Shape) -> Vorm:
    return Vorm(naam=shape.name, kenmerken=dict(shape.attributes), delen=[_shape(part) for part in shape.parts])
