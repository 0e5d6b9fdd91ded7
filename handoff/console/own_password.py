"""Everybody's own password: the one that an administrator made is for the first time only."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from handoff import employees
from handoff.console import paths
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.security import Form, Me, set_session_cookie
from handoff.console.work import Alert, pages_of
from handoff.employees import MIN_PASSWORD_CHARACTERS, LoggedIn
from handoff.exceptions import LogInRefused

router = APIRouter(include_in_schema=False)

_CHANGED = "Uw wachtwoord is gewijzigd. Op andere apparaten bent u uitgelogd."


@router.get("/wachtwoord")
async def show(request: Request, deps: Deps, me: Me, melding: str = "") -> HTMLResponse:
    notice = Alert(_CHANGED, is_error=False) if melding == "gewijzigd" else None
    return _page(request, deps, me, notice)


@router.post("/wachtwoord")
async def change(request: Request, deps: Deps, form: Form) -> Response:
    """Ends every session of hers but the one that she goes on in."""
    wanted = form.get("nieuw")
    if len(wanted) < MIN_PASSWORD_CHARACTERS:
        text = f"Uw nieuwe wachtwoord is te kort. Gebruik minstens {MIN_PASSWORD_CHARACTERS} tekens."
        return _page(request, deps, form.me, Alert(text), status=422)
    if wanted != form.get("nogmaals"):
        text = "De twee nieuwe wachtwoorden zijn niet gelijk."
        return _page(request, deps, form.me, Alert(text), status=422)
    try:
        token = await employees.change_own_password(
            deps.database,
            form.me.employee,
            form.get("nu"),
            wanted,
            clock=deps.clock,
            hours=deps.session_hours,
        )
    except LogInRefused as refused:
        text = str(refused) if refused.locked_seconds else "Uw huidige wachtwoord klopt niet."
        return _page(request, deps, form.me, Alert(text), status=422)
    response = RedirectResponse(f"{paths.OWN_PASSWORD}?melding=gewijzigd", status_code=303)
    set_session_cookie(response, deps, token)
    return response


def _page(
    request: Request, deps: ConsoleDependencies, me: LoggedIn, alert: Alert | None, *, status: int = 200
) -> HTMLResponse:
    html = pages_of(request).render(
        "own_password.html",
        me=me.employee,
        csrf=me.csrf_token,
        look=deps.municipality_look(me.employee.municipality),
        alert=alert,
        least=MIN_PASSWORD_CHARACTERS,
    )
    return HTMLResponse(html, status)
