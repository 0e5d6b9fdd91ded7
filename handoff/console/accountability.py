"""The page of the privacy officer: who did what, and proof that what was erased is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from handoff import accountability
from handoff.accountability import Wanted
from handoff.console import opening_words, words
from handoff.console.dependencies import Deps
from handoff.console.look import MunicipalityLook
from handoff.console.security import Me
from handoff.console.work import pages_of
from handoff.exceptions import NotAllowed
from handoff.tables import AuditLine

router = APIRouter(include_in_schema=False)

_ACTORS = {"citizen": "Inwoner", "bot": "Assistent", "system": "Balie zelf", "operator": "Technisch beheer"}
ACTIONS: Mapping[str, str] = {
    "open": "Gesprek begonnen",
    "enqueue": "In de rij gekomen",
    "claim": "Overgenomen",
    "release": "Teruggezet in de rij",
    "transfer": "Doorgegeven aan een collega",
    "to_team": "Doorgegeven aan een team",
    "hand_back": "Teruggegeven aan de assistent",
    "leave_queue": "Uit de rij gegaan",
    "close": "Afgesloten",
    "erase": "Gewist",
    "callback": "Terugbelverzoek gemaakt",
    "callback_wish": "Wens voor terugbellen",
    "not_reached": "Niet bereikt",
    "unreachable": "Inwoner niet meer te bereiken op dit kanaal",
    "follow_up": "Vervolg afgesproken",
    "offer": "Zaak aangeboden",
    "offer_declined": "Aangeboden zaak overgeslagen",
    "offer_missed": "Op aangeboden zaak niet gereageerd",
    "on_call_told": "Piket gewaarschuwd",
    "on_call_unreachable": "Piket niet bereikt",
    "on_call_seen": "Gezien door het piket",
    "appointment_booked": "Afspraak gemaakt",
    "appointment_moved": "Afspraak verzet",
    "appointment_cancelled": "Afspraak afgezegd",
    "report": "Melding gedaan",
    "report_sent": "Melding aangekomen in het meldingensysteem",
    "report_failed": "Melding niet aangekomen in het meldingensysteem",
    "report_uncertain": "Melding misschien aangekomen in het meldingensysteem",
    "reads_along": "Gezegd of er bij de inwoner iemand meeleest",
    "regie_read": "Gelezen door een team dat meeleest (regie)",
    "open_other": "Andere zaak van de inwoner geopend",
    "reveal": "Persoonlijk gegeven bekeken",
    "attachment": "Bestand ontvangen of verstuurd",
    "attachment_read": "Bestand geopend",
    "note": "Notitie geschreven",
    "assessment_marked": "Inschatting beoordeeld",
    "bot_should_know": "Zin gemeld aan de redactie",
    "code_given": "Code gegeven",
    "code_used": "Code gebruikt",
    "code_wrong": "Verkeerde code",
    "reply_discarded": "Antwoord van de assistent weggegooid",
    "log_in": "Ingelogd",
    "log_in_locked": "Account tijdelijk op slot",
    "presence": "Stand gewijzigd",
    "employee_added": "Account gemaakt",
    "employee_changed": "Account gewijzigd",
    "employee_abilities": "Vaardigheden gewijzigd",
    "employee_activated": "Account weer in gebruik",
    "employee_deactivated": "Account gestopt",
    "password_reset": "Nieuw wachtwoord",
    "password_changed": "Eigen wachtwoord gewijzigd",
    "hours_changed": "Openingstijden gewijzigd",
    "special_day": "Dag met andere tijden gewijzigd",
    "holidays_confirmed": "Feestdagen nagekeken",
    "canned_saved": "Standaardantwoord bewaard",
    "canned_removed": "Standaardantwoord weggehaald",
    "review_taught": "Voorbeeld voorgesteld",
    "review_withdrawn": "Voorstel ingetrokken",
    "review_missing": "Ontbrekend antwoord genoteerd",
    "review_answer_written": "Antwoord geschreven",
    "review_dismissed": "Gemiste zin van de lijst",
    "report_exported": "Rapport gedownload",
    "audit_searched": "In dit logboek gezocht",
}
"""What was done, in words; an action that is not here is shown by its key."""
OPENING_ACTIONS = frozenset({"hours_changed", "special_day", "holidays_confirmed"})
"""Of which what changed is told in a sentence."""
TABLES: Mapping[str, str] = {
    "conversation": "gesprekken",
    "message": "berichten",
    "attachment": "bestanden",
    "personal_value": "persoonlijke gegevens",
    "handoff_case": "zaken",
    "case_note": "notities",
    "spoken_code": "codes",
    "assessment_mark": "beoordelingen van inschattingen",
    "rating": "oordelen van inwoners",
    "outbox": "te versturen berichten",
    "place_notice": "plaatsen in de rij",
    "report": "meldingen",
    "appointment": "afspraken",
    "review_item": "gemiste zinnen",
    "conversation_fact": "cijfers over gesprekken",
    "case_fact": "cijfers over zaken",
}
"""Where something of a conversation may stand, in words; a table that is not here is shown by its name."""


@dataclass(frozen=True)
class Row:
    """One line as the page shows it."""

    at: str
    who: str
    action: str
    about: str
    details: str


@router.get("/verantwoording")
async def show(
    request: Request,
    deps: Deps,
    me: Me,
    gesprek: str = "",
    kenmerk: str = "",
    wie: str = "",
    handeling: str = "",
    van: str = "",
    tot: str = "",
) -> HTMLResponse:
    """Raises:
    NotAllowed: she is no privacy officer.
    """
    officer = me.employee
    if not accountability.may_search(officer):
        raise NotAllowed("only a privacy officer searches the audit trail")
    since, until = _day(van), _day(tot)
    wanted = Wanted(
        gesprek.strip()[:36],
        kenmerk.strip()[:32],
        wie.strip()[:64],
        handeling.strip()[:32],
        words.midnight(since) if since else None,
        words.midnight(until + dt.timedelta(days=1)) if until else None,
    )
    asked = any(vars(wanted).values())
    async with deps.database.write() as session:
        lines = await accountability.search(session, officer, wanted, now=deps.clock()) if asked else ()
        proof = (
            await accountability.proof(session, officer.municipality, wanted.conversation_id)
            if wanted.conversation_id
            else None
        )
        names = await accountability.names(session, officer.municipality)
    look = deps.municipality_look(officer.municipality)
    html = pages_of(request).render(
        "accountability.html",
        me=officer,
        csrf=me.csrf_token,
        look=look,
        rows=[_row(line, names, look) for line in lines],
        asked=asked,
        wanted=wanted,
        first=since.isoformat() if since else "",
        last=until.isoformat() if until else "",
        proof=proof,
        left={TABLES.get(name, name): count for name, count in proof.left.items()} if proof else {},
        began=words.full_moment(proof.opened_at) if proof and proof.opened_at else None,
        erased=words.full_moment(proof.erased_at) if proof and proof.erased_at else None,
        erased_by=_who(proof.erased_by, names) if proof and proof.erased_by else None,
        people={**_ACTORS, **names},
        actions=dict(sorted(ACTIONS.items(), key=lambda one: one[1])),
        most=accountability.MOST,
    )
    return HTMLResponse(html)


def _row(line: AuditLine, names: Mapping[str, str], look: MunicipalityLook) -> Row:
    details = {**line.details}
    if line.from_owner or line.to_owner:
        details = {"van": line.from_owner, "naar": line.to_owner, **details}
    if line.action in OPENING_ACTIONS:
        told = opening_words.change_in_audit(line.details, look)
    else:
        told = ", ".join(f"{key}: {value}" for key, value in details.items() if value not in (None, "", [], {}))
    about = " ".join(filter(None, (line.case_reference, line.conversation_id)))
    return Row(words.full_moment(line.at), _who(line.actor, names), ACTIONS.get(line.action, line.action), about, told)


def _who(actor: str, names: Mapping[str, str]) -> str:
    return names.get(actor) or _ACTORS.get(actor, actor)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
