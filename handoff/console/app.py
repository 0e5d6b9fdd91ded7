"""Puts the console together as one application, to be mounted at /medewerker."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from handoff import accountability as trail
from handoff import accounts, wall
from handoff import review as missed
from handoff.console import (
    accountability,
    actions,
    administration,
    canned,
    files,
    holidays,
    log_in,
    marking,
    municipality,
    on_call,
    overall,
    own_password,
    passing_on,
    paths,
    presence,
    report,
    review,
    special_days,
    spoken_code,
    stream,
    weekly_hours,
    words,
    work,
)
from handoff.console.attendance import Attendance
from handoff.console.dependencies import ConsoleDependencies, Deps, dependencies_of
from handoff.console.exceptions import ForgedRequest, NotLoggedIn, UnreadableForm
from handoff.console.lists import DrawnCards, Queues
from handoff.console.look import MunicipalityLook, NeutralLook, theme_css
from handoff.console.rendering import STATIC, Pages
from handoff.console.response import wants_part
from handoff.console.security import SecurityHeaders, session_of
from handoff.exceptions import NotAllowed, UnknownCase, UnknownConversation

log = structlog.get_logger(__name__)

_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_IN_PLACE = {"HX-Retarget": "#werkvlak", "HX-Reselect": "#hoofd", "HX-Reswap": "outerHTML", "HX-Push-Url": "false"}
"""For a page that takes the place of the working page."""
_GONE = "Deze zaak is er niet (meer), of u mag hem niet zien. Misschien heeft de inwoner het gesprek gewist."
_FORGED = "Dit formulier is verlopen. Ga terug naar de werkplek en probeer het opnieuw."
_BROKEN = "Er ging iets mis bij ons. Probeer het nog een keer. Blijft het misgaan? Meld het bij uw beheerder."


def create_console(deps: ConsoleDependencies) -> FastAPI:
    """The console of this installation, for all its municipalities."""
    app = FastAPI(title="Balie, console", docs_url=None, redoc_url=None, openapi_url=None)
    pages = Pages()
    pages.add_global("theme_address", lambda municipality: _theme_address(deps, municipality))
    pages.add_global("sees_overview", wall.may_see)
    pages.add_global("keeps_accounts", accounts.may_manage)
    pages.add_global("searches_audit", trail.may_search)
    pages.add_global("sees_review", missed.may_edit)
    pages.add_global("marks", words.MARKS)
    pages.add_global("shortcuts", words.SHORTCUTS)
    pages.add_global("reasons_to_open", words.REASONS_TO_OPEN)
    pages.add_global("presences", words.PRESENCES)
    pages.add_global("presence_means", words.PRESENCE_MEANS)
    drawn_cards = DrawnCards(pages)
    pages.add_global("draw", drawn_cards.draw)
    app.state.console = deps
    app.state.pages = pages
    app.state.drawn_cards = drawn_cards
    app.state.queues = Queues(deps)
    app.state.attendance = Attendance(deps.database, deps.clock)
    app.add_middleware(SecurityHeaders, secure=deps.secure_cookies)
    for part in (
        log_in,
        work,
        presence,
        spoken_code,
        canned,
        overall,
        report,
        review,
        administration,
        municipality,
        weekly_hours,
        special_days,
        holidays,
        accountability,
        own_password,
        marking,
        on_call,
        passing_on,
        files,
        actions,
        stream,
    ):
        app.include_router(part.router)
    app.add_api_route("/thema/{municipality}.css", _theme, include_in_schema=False)
    app.add_api_route("/static/onderdelen.css", _components, include_in_schema=False)
    app.mount("/static", _VersionedFiles(directory=STATIC))
    app.add_exception_handler(NotLoggedIn, _to_log_in)
    app.add_exception_handler(ForgedRequest, _forged)
    app.add_exception_handler(UnreadableForm, _unreadable)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _broken)
    for missing in (NotAllowed, UnknownCase, UnknownConversation):
        app.add_exception_handler(missing, _gone)
    return app


class _VersionedFiles(StaticFiles):
    """Files whose address changes with their content may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200 and scope["query_string"].startswith(b"v="):
            response.headers.update(_FOREVER)
        else:
            response.headers.setdefault("Cache-Control", "no-cache")
        return response


async def _components(request: Request) -> Response:
    return Response(work.pages_of(request).components_css, media_type="text/css", headers=_FOREVER)


async def _theme(deps: Deps, municipality: str) -> Response:
    """The colours of a municipality; "balie" before anybody has logged in."""
    try:
        css = theme_css(_look(deps, municipality))
    except LookupError:
        return PlainTextResponse("Deze gemeente is er niet.", status_code=404)
    return Response(css, media_type="text/css", headers=_FOREVER)


def _theme_address(deps: ConsoleDependencies, municipality: str) -> str:
    version = hashlib.sha256(theme_css(_look(deps, municipality)).encode()).hexdigest()[:12]
    return f"{paths.BASE}/thema/{quote(municipality, safe='')}.css?v={version}"


def _look(deps: ConsoleDependencies, municipality: str) -> MunicipalityLook:
    return NeutralLook() if municipality == "balie" else deps.municipality_look(municipality)


def _by_script(request: Request) -> bool:
    """Whether the page's script asked, which puts the answer into a part of the page and keeps what is typed."""
    return request.headers.get("hx-request") == "true"


async def _to_log_in(request: Request, error: Exception) -> Response:
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back_to = address if request.method == "GET" and paths.is_inside(address) else paths.CASES
    to = f"{paths.LOG_IN}?terug={quote(back_to, safe='/')}"
    typed = error.typed if isinstance(error, NotLoggedIn) else None
    if typed and not wants_part(request):  # a reply is kept by the page, and put back (conversation.js)
        text = "U bent uitgelogd. Log opnieuw in. Uw tekst is niet verstuurd en staat hieronder."
        return await _problem(request, 401, "U bent uitgelogd", text, typed=typed)
    if _by_script(request):
        if request.method != "GET":
            to = f"{paths.LOG_IN}?terug={quote(paths.page_of(request.url.path), safe='/')}"
        return Response(status_code=401, headers={"HX-Redirect": to})
    return RedirectResponse(to, status_code=303)


async def _forged(request: Request, error: Exception) -> Response:
    log.warning("console.forged_request", path=request.url.path, why=str(error))
    typed = error.typed if isinstance(error, ForgedRequest) else None
    if _by_script(request) and (typed is None or wants_part(request)):
        to = f"{paths.page_of(request.url.path)}?melding={work.EXPIRED}"
        return Response(status_code=403, headers={"HX-Redirect": to})
    return await _problem(request, 403, "Niet uitgevoerd", _FORGED, typed=typed)


async def _unreadable(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, UnreadableForm) else 400
    text = "Dit formulier is te groot." if status == 413 else "Dit formulier konden wij niet lezen."
    return await _problem(request, status, "Niet uitgevoerd", text)


async def _gone(request: Request, _error: Exception) -> Response:
    if _by_script(request):
        # A page to go to, for a part of a page has no room to say that the whole is gone.
        return Response(status_code=404, headers={"HX-Redirect": paths.page_of(request.url.path)})
    return await _problem(request, 404, "Deze zaak is er niet", _GONE)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    text = "Deze bladzijde is er niet." if status == 404 else "Dit kan hier niet."
    return await _problem(request, status, "Niet gevonden" if status == 404 else "Dit kan niet", text)


async def _broken(request: Request, error: Exception) -> Response:
    log.error("console.failed", path=request.url.path, error=type(error).__name__)
    return await _problem(request, 500, "Er ging iets mis", _BROKEN)


async def _problem(request: Request, status: int, title: str, text: str, *, typed: str | None = None) -> HTMLResponse:
    """A page of its own; the page's script keeps the one that it has, but where text would be lost with that."""
    if _by_script(request) and typed is None:
        return HTMLResponse("", status_code=status, headers={"HX-Reswap": "none", "HX-Push-Url": "false"})
    deps = dependencies_of(request)
    try:
        me = await session_of(request, deps)
        look = deps.municipality_look(me.employee.municipality) if me else NeutralLook()
    except Exception:  # noqa: BLE001 - the page that says something is wrong must not itself fail
        me, look = None, NeutralLook()
    html = work.pages_of(request).render(
        "problem.html",
        title=title,
        text=text,
        typed=typed,
        look=look,
        me=me.employee if me else None,
        csrf=me.csrf_token if me else "",
    )
    return HTMLResponse(html, status_code=status, headers=_IN_PLACE if _by_script(request) else None)
