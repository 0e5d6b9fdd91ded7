"""The console's Dutch words for what is stored: levels, reasons, people, moments and lengths of time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from babel.dates import format_date

from handoff import hours
from handoff.detection import Level, Reason
from handoff.on_call import Told
from handoff.outbox import OutboxState
from handoff.tables import Case
from handoff.vocabulary import CaseKind, ChannelName, Consent, Contact, Outcome, Owner, Presence

local_date, midnight = hours.local_date, hours.midnight
"""The day that the console's words are about is that in the Netherlands."""

LEVELS: Mapping[str, str] = {
    Level.NONE: "Gewoon",
    Level.OFFER: "Gewoon",
    Level.ESCALATE: "Gewoon",
    Level.URGENT: "Spoed",
    Level.CRISIS: "Crisis",
}
REASONS: Mapping[str, str] = {
    Reason.WANTS_HUMAN: "Vraagt om een medewerker",
    Reason.ANGER: "Is boos",
    Reason.DISTRESS: "Is overstuur",
    Reason.FEAR: "Is bang",
    Reason.GRIEF: "Heeft verdriet of rouw",
    Reason.CONFUSION: "Loopt vast",
    Reason.BOT_FAILURE: "Assistent begreep het niet",
    Reason.COMPLEXITY: "Ingewikkelde situatie",
    Reason.LEGAL: "Juridische vraag",
    Reason.LANGUAGE: "Heeft moeite met de taal",
    Reason.VULNERABILITY: "Gevoelig onderwerp",
    Reason.DEBT: "Heeft schulden",
    Reason.HOMELESSNESS: "Heeft geen slaapplek",
    Reason.CUTOFF: "Ontruiming of afsluiting",
    Reason.SUICIDE: "Mogelijk zelfdoding",
    Reason.ABUSE: "Mogelijk geweld",
    Reason.ACUTE_DANGER: "Direct gevaar",
    Reason.THREAT: "Bedreiging",
}
MARKS: Mapping[Level, str] = {
    Level.NONE: "Hier was geen medewerker nodig",
    Level.ESCALATE: "Gewoon: een medewerker, zonder spoed",
    Level.URGENT: "Spoed",
    Level.CRISIS: "Crisis",
}
"""What an employee can say that an assessment should have been."""
CONSENTS: Mapping[str, str] = {
    Consent.ASKED_HERSELF: "De inwoner vroeg zelf om een medewerker.",
    Consent.ACCEPTED: "De inwoner koos voor een medewerker.",
    Consent.CALLBACK: "De inwoner wil worden teruggebeld.",
    Consent.REFUSED: "De inwoner wilde geen medewerker.",
    Consent.CODE: "De inwoner gaf u zelf de code van dit gesprek.",
    Consent.NOT_ASKED: "Er is niets gevraagd. De zaak is meteen doorgezet.",
}
KINDS: Mapping[str, str] = {
    CaseKind.CONVERSATION: "Gesprek",
    CaseKind.CALLBACK: "Terugbellen",
    CaseKind.REPORT: "Melding",
    CaseKind.VISIT: "Aan de balie of telefoon",
    CaseKind.FOLLOW_UP: "Opvolgen",
}
CHANNELS: Mapping[str, str] = {ChannelName.WEB: "Website", ChannelName.TELEGRAM: "Telegram"}
OWNERS: Mapping[str, str] = {
    Owner.BOT: "De digitale assistent voert het gesprek",
    Owner.QUEUED: "De inwoner wacht in de rij",
    Owner.EMPLOYEE: "Een medewerker voert het gesprek",
    Owner.CLOSED: "Het gesprek is afgesloten",
}
OUTCOMES: Mapping[str, str] = {
    Outcome.RESOLVED: "Opgelost",
    Outcome.REFERRED: "Doorverwezen",
    Outcome.FORWARDED: "Doorgezonden naar een andere overheid",
    Outcome.CALLBACK_AGREED: "Terugbelafspraak gemaakt",
    Outcome.CITIZEN_LEFT: "Inwoner vertrokken",
    Outcome.MISCONDUCT: "Ongewenst gedrag",
    Outcome.HANDED_BACK: "Teruggegeven aan de assistent",
    Outcome.NOT_REACHED: "Inwoner niet bereikt",
}
CLOSING_OUTCOMES = (
    Outcome.RESOLVED,
    Outcome.REFERRED,
    Outcome.FORWARDED,
    Outcome.CALLBACK_AGREED,
    Outcome.CITIZEN_LEFT,
    Outcome.MISCONDUCT,
)
CALLBACK_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.RESOLVED: "Gebeld en opgelost",
    Outcome.REFERRED: "Gebeld en doorverwezen",
    Outcome.FORWARDED: "Doorgezonden naar een andere overheid",
    Outcome.MISCONDUCT: "Ongewenst gedrag",
}
DETAILS: Mapping[str, str] = {
    "contact": "Manier",
    "phone": "Telefoonnummer",
    "email": "E-mailadres",
    "name": "Vragen naar",
    "voicemail": "Bericht inspreken",
    "preference": "Voorkeur",
    "place": "Plaats",
    "description": "Omschrijving",
    "category": "Soort melding",
    "danger": "Gevaarlijk",
    "elsewhere": "Let op",
    "task": "Wat er moet gebeuren",
}
CONTACTS: Mapping[str, str] = {Contact.PHONE: "Bellen", Contact.EMAIL: "Mailen", Contact.CHAT: "Chatten"}
DETAIL_VALUES: Mapping[str, Mapping[str, str]] = {
    "contact": CONTACTS,
    "voicemail": {"ja": "Mag", "nee": "Mag niet"},
}
"""What is stored as a key, in words."""
DELIVERIES: Mapping[str, str] = {
    OutboxState.PENDING: "wordt verstuurd",
    OutboxState.SENDING: "wordt verstuurd",
    OutboxState.SENT: "bezorgd",
    OutboxState.HELD: "wacht tot de inwoner weer typt, want iemand leest misschien mee. Bel of mail niet zelf.",
    OutboxState.UNCERTAIN: "let op: niet zeker bezorgd, vraag de inwoner of dit aankwam",
    OutboxState.FAILED: "let op: niet bezorgd",
}
NOT_ARRIVED = (OutboxState.HELD, OutboxState.UNCERTAIN, OutboxState.FAILED)
"""What an employee has to know of any message, also of the assistant's."""
PRESENCES: Mapping[Presence, str] = {
    Presence.AVAILABLE: "Beschikbaar",
    Presence.BUSY: "Bezig",
    Presence.WRAP_UP: "Nawerk",
    Presence.AWAY: "Pauze",
}
PRESENCE_MEANS: Mapping[Presence, str] = {
    Presence.AVAILABLE: "U neemt nieuwe zaken aan.",
    Presence.BUSY: "U werkt aan uw zaken.",
    Presence.WRAP_UP: "U werkt een zaak af.",
    Presence.AWAY: "U bent er even niet. Wachtende inwoners rekenen niet op u.",
}
REASONS_TO_OPEN: Mapping[str, str] = {
    "same_question": "Het gaat over dezelfde vraag",
    "citizen_asked": "De inwoner vraagt ernaar",
    "handing_over": "Overleg of overdracht",
}
"""Why an employee opens another case of the same citizen."""
SHORTCUTS = (
    ("?", "Deze lijst"),
    ("J", "Volgende zaak in de lijst"),
    ("K", "Vorige zaak in de lijst"),
    ("Enter", "Open de zaak waar u op staat"),
    ("O", "Neem de open zaak over"),
    ("R", "Naar het antwoordveld"),
    ("G", "Naar het gesprek"),
    ("D", "Naar het dossier"),
    ("S", "Zoek een standaardantwoord"),
    ("B", "Stuur een bestand"),
    ("N", "Schrijf een notitie"),
    ("P", "Geef de zaak door"),
    ("A", "Sluit de zaak af"),
    ("C", "Code van een inwoner invullen"),
)
"""What `static/shortcuts.js` does at which key."""
STORED = "verstuurd"
SEEN = "gezien"


def closing_outcomes(kind: str) -> dict[str, str]:
    """How an employee can end a case of this kind, in words."""
    if kind == CaseKind.CALLBACK:
        return {str(outcome): word for outcome, word in CALLBACK_OUTCOMES.items()}
    return {str(outcome): OUTCOMES[outcome] for outcome in CLOSING_OUTCOMES}


def service(case: Case, now: dt.datetime) -> str:
    """Until when a waiting case should be picked up; "" until that is known."""
    if case.pick_up_by is None:
        return ""
    is_today = local_date(case.pick_up_by) == local_date(now)
    when = f"{clock_time(case.pick_up_by)} uur" if is_today else moment_in_words(case.pick_up_by, now)
    if case.pick_up_by <= now:
        return f"Te laat: oppakken kon tot {when}"
    left = case.pick_up_by - now
    nearly = left <= min((case.pick_up_by - case.opened_at) / 4, dt.timedelta(minutes=5))
    return f"Bijna te laat: oppakken vóór {when}" if nearly else f"Oppakken vóór {when}"


def due(case: Case, now: dt.datetime) -> str | None:
    """When a callback or report is due: "vandaag tussen 12.00 en 17.30 uur"; None when it has no day."""
    if not case.due_on:
        return None
    return day(dt.date.fromisoformat(case.due_on), local_date(now)) + half_day(case.due_from, case.due_until)


def half_day(starts: dt.datetime | None, ends: dt.datetime | None) -> str:
    """From when until when a callback suits: " tussen 8.30 en 12.00 uur"; "" when it does not matter."""
    if starts is None or ends is None:
        return ""
    local = (one.astimezone(hours.AMSTERDAM) for one in (starts, ends))
    first, last = (f"{one.hour}.{one.minute:02d}" for one in local)
    return f" tussen {first} en {last} uur"


def duration(length: dt.timedelta) -> str:
    """A length of time as people say it: "12 minuten", "1 uur en 5 minuten", "2 dagen"."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes == 0:
        return "minder dan 1 minuut"
    if minutes < 60:
        return "1 minuut" if minutes == 1 else f"{minutes} minuten"
    whole, rest = divmod(minutes, 60)
    if whole < 24:
        tail = "" if rest == 0 else " en 1 minuut" if rest == 1 else f" en {rest} minuten"
        return f"{whole} uur{tail}"
    days = whole // 24
    return "1 dag" if days == 1 else f"{days} dagen"


def size(count: int) -> str:
    """How large a file is: "840 kB", "1,2 MB"."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1_000))} kB"
    return f"{count / 1_000_000:.1f} MB".replace(".", ",")


def on_call(told: Told) -> str | None:
    """What whoever is on call was told of a case, and whether she has seen it."""
    if told.last is None:
        return None
    if not told.times:
        return "nog niet bereikt. Bel zelf wie dienst heeft."
    times = "1 keer gewaarschuwd" if told.times == 1 else f"{told.times} keer gewaarschuwd"
    seen = f"gezien om {clock_time(told.seen)} uur" if told.seen else "nog niet gezien"
    return f"{times}, het laatst om {clock_time(told.last)} uur; {seen}."


def clock_time(moment: dt.datetime) -> str:
    """The time of day: "14.05"."""
    return moment.astimezone(hours.AMSTERDAM).strftime("%H.%M")


def day(date: dt.date, today: dt.date) -> str:
    """A day as people say it: "vandaag", "morgen", "vrijdag 27 november"."""
    near = {0: "vandaag", 1: "morgen", -1: "gisteren"}.get((date - today).days)
    return near or format_date(date, "EEEE d MMMM", locale="nl")


def full_moment(moment: dt.datetime) -> str:
    """A moment that can be looked up: "24 november 2026, 14.05 uur"."""
    return f"{long_day(local_date(moment))}, {clock_time(moment)} uur"


def long_day(date: dt.date) -> str:
    """A date in full: "1 november 2026"."""
    return format_date(date, "d MMMM y", locale="nl")


def short_day(date: str) -> str:
    """An ISO date as short as can be: "23 nov"."""
    return format_date(dt.date.fromisoformat(date), "d MMM", locale="nl")


def moment_in_words(moment: dt.datetime, now: dt.datetime) -> str:
    """A day and time: "vandaag om 14.05 uur"."""
    return f"{day(local_date(moment), local_date(now))} om {clock_time(moment)} uur"


def first_capital(text: str) -> str:
    """`text` as the beginning of a line."""
    return text[:1].upper() + text[1:]
