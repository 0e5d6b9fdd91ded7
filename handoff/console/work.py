"""The one page that an employee works on, and the parts of it that are refreshed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import cases, conversations, dossier
from handoff.console import opened, overview, paths, transcript
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.lists import Queues
from handoff.console.rendering import Pages
from handoff.console.security import Me, session_of
from handoff.console.transcript import Narrator
from handoff.employees import LoggedIn
from handoff.looking_again import Standing, standing_of
from handoff.tables import Employee
from handoff.vocabulary import Presence

router = APIRouter(include_in_schema=False)

NOTICES: Mapping[str, str] = {
    "overgenomen": "U heeft dit gesprek overgenomen.",
    "bel-overgenomen": "U heeft dit verzoek overgenomen.",
    "teruggegeven": "Het gesprek is terug bij de digitale assistent.",
    "losgelaten": "De zaak staat weer vooraan in de rij.",
    "naar-team": "Het andere team heeft de zaak nu, vooraan in de rij.",
    "niet-bereikt": "De poging is genoteerd. Het verzoek staat weer in de lijst.",
    "niet-bereikt-laatste": "Dit was de laatste poging. De inwoner kreeg bericht en de zaak is afgesloten.",
    "code": "De code klopt. Hieronder leest u het gesprek. De inwoner hoeft niets opnieuw te vertellen.",
    "code-vol": "De code klopt. U kunt het gesprek lezen. Overnemen kan als u een andere zaak heeft afgerond.",
    "gemist": "Dank u. De redactie bekijkt deze zin.",
    "oordeel": "Dank u. Uw oordeel is bewaard.",
    "notitie": "Uw notitie is bewaard.",
    "doorgegeven": "Uw collega heeft de zaak nu.",
    "overgeslagen": "De zaak gaat naar een collega.",
    "afgesloten": "De zaak is afgesloten.",
    "afgesloten-crisis": "De zaak is afgesloten. Dit was een zwaar gesprek. U staat op nawerk. Neem even pauze.",
}
"""What went well, by the key that a redirect carries."""
_AFTERWARDS: Mapping[str, Mapping[Presence, str]] = {
    "afgesloten": {Presence.WRAP_UP: "Nawerk"},
    "afgesloten-crisis": {Presence.AWAY: "Neem pauze", Presence.AVAILABLE: "Ik ben weer beschikbaar"},
}
EXPIRED = "verlopen"
_WENT_WRONG: Mapping[str, str] = {
    EXPIRED: "Dat is niet uitgevoerd: de bladzijde was verlopen. Probeer het nog een keer.",
}

DELIVERIES_SHOWN = 30
"""How many messages back a change from sent to seen is still told to an open page."""

PARTS = ("wachtrij", "gesprek", "dossier")


@dataclass(frozen=True)
class Alert:
    """What the page says on top: what went wrong and what to do, or what went well."""

    text: str
    is_error: bool = True
    presences: Mapping[Presence, str] = field(default_factory=dict)
    """What she may want to be now, with the words on each button."""


@dataclass(frozen=True)
class Unsent:
    """What an employee typed that was not sent, and why."""

    text: str
    why: str
    buttons: str = ""
    """What stood in the field for buttons."""


@dataclass(frozen=True)
class Fresh:
    """What an open page of a case may not have yet.

    Args:
        lines: Messages as HTML, by number.
        deliveries: How the employees' messages of late arrived, in words, by number.
        standing: See `transcript.standing`.
        told: How it stands, as a later look tells it (`handoff.looking_again`).
    """

    conversation_id: str
    lines: Mapping[int, str]
    deliveries: Mapping[int, str]
    standing: str
    told: Standing


def pages_of(request: Request) -> Pages:
    """The templates of this console."""
    pages: Pages = request.app.state.pages
    return pages


def queues_of(request: Request) -> Queues:
    """What waits in this installation."""
    queues: Queues = request.app.state.queues
    return queues


async def page(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    case_id: str | None = None,
    *,
    alert: Alert | None = None,
    unsent: Unsent | None = None,
    revealed: Mapping[str, str] | None = None,
    part: str | None = None,
    status: int = 200,
    in_reply_to_post: bool = False,
) -> HTMLResponse:
    """The working page, with a case opened or none.

    Args:
        in_reply_to_post: The address belongs to a form and must not become the page's.

    Raises:
        UnknownCase, UnknownConversation, NotAllowed: there is no such case for her.
    """
    look, now = deps.municipality_look(me.employee.municipality), deps.clock()
    for_teams = await queues_of(request).for_teams_of(me.employee)
    async with deps.database.read() as session:
        chosen = None if case_id is None else await opened.read(session, case_id, me.employee, deps, now=now)
        lists = await overview.read(session, me.employee, for_teams, look)
    html = pages_of(request).render(
        "work.html",
        me=me.employee,
        csrf=me.csrf_token,
        look=look,
        lists=lists,
        opened=chosen,
        alert=alert,
        unsent=unsent,
        file_refused="",
        revealed=revealed or {},
        part=part if part in PARTS else ("wachtrij" if chosen is None else "gesprek"),
    )
    return HTMLResponse(html, status, {"HX-Push-Url": "false"} if in_reply_to_post else None)


@router.get("/")
async def start(request: Request, deps: Deps) -> RedirectResponse:
    me = await session_of(request, deps)
    return RedirectResponse(paths.home(me.employee.role) if me else paths.CASES, status_code=303)


@router.get("/zaken")
async def without_case(request: Request, deps: Deps, me: Me, melding: str = "") -> HTMLResponse:
    return await page(request, deps, me, alert=_notice(melding))


@router.get("/zaken/{case_id}")
async def with_case(
    request: Request, deps: Deps, me: Me, case_id: str, melding: str = "", deel: str = ""
) -> HTMLResponse:
    async with deps.database.read() as session:
        case = await cases.get(session, case_id)
    if dossier.reads_for_regie(me.employee, case):
        async with deps.database.write() as session:
            await dossier.record_regie_read(session, case, me.employee, now=deps.clock())
    return await page(request, deps, me, case_id, alert=_notice(melding), part=deel)


@router.get("/wachtrij")
async def lists(request: Request, deps: Deps, me: Me, zaak: str = "") -> HTMLResponse:
    """The left column alone."""
    look = deps.municipality_look(me.employee.municipality)
    for_teams = await queues_of(request).for_teams_of(me.employee)
    async with deps.database.read() as session:
        found = await overview.read(session, me.employee, for_teams, look)
    html = pages_of(request).render("_lists.html", csrf=me.csrf_token, lists=found, chosen_id=zaak)
    return HTMLResponse(html)


@router.get("/zaken/{case_id}/berichten")
async def messages_after(
    request: Request, deps: Deps, me: Me, case_id: str, na: int = Query(default=0, ge=0)
) -> HTMLResponse:
    """The messages of a case after number `na`."""
    async with deps.database.read() as session:
        fresh = await render_fresh(session, pages_of(request), deps, me.employee, case_id, na)
    return HTMLResponse("".join(fresh.lines.values()))


async def render_fresh(
    session: AsyncSession,
    pages: Pages,
    deps: ConsoleDependencies,
    me: Employee,
    case_id: str,
    seq: int,
) -> Fresh:
    """What an open page of a case does not have yet: messages after number `seq`, and what changed about the rest.

    Raises:
        UnknownCase, UnknownConversation, NotAllowed: there is no such case for her.
    """
    case = await dossier.readable_case(session, case_id, me, regie=True)
    at = await conversations.whereabouts(session, case.conversation_id)
    known = await transcript.known(session, case, max(0, seq - DELIVERIES_SHOWN), seq)
    fresh = await dossier.messages_after(session, case, seq)
    deliveries = await transcript.deliveries_of(session, at, (*known, *fresh))
    before = known[-1].created_at if known else None
    narrator = Narrator(me, deps.municipality_look(me.municipality), deps.clock())
    changed = await transcript.corrected_by(session, fresh)
    lines = narrator.lines(fresh, case=case, deliveries=deliveries, previous=before, changed=changed)
    return Fresh(
        conversation_id=case.conversation_id,
        lines={line.seq: pages.render("_line.html", line=line, prefix="bericht", case_id=case_id) for line in lines},
        deliveries=deliveries,
        standing=transcript.standing(case, at),
        told=Standing(at.epoch, at.last_seq, at.seen_seq, {case.id: standing_of(case)}),
    )


def _notice(key: str) -> Alert | None:
    if key in _WENT_WRONG:
        return Alert(_WENT_WRONG[key])
    return Alert(NOTICES[key], is_error=False, presences=_AFTERWARDS.get(key, {})) if key in NOTICES else None
