"""Logging in and out."""

from __future__ import annotations

import math

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from handoff import employees, ownership, queue
from handoff.console import paths
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.look import NeutralLook
from handoff.console.security import (
    Form,
    Me,
    check_log_in_token,
    check_origin,
    drop_session_cookie,
    log_in_token,
    read_form,
    session_of,
    session_token,
    set_log_in_cookie,
    set_session_cookie,
)
from handoff.console.work import pages_of
from handoff.exceptions import LogInRefused
from handoff.tables import Employee

router = APIRouter(include_in_schema=False)


@router.get("/inloggen")
async def show_log_in(request: Request, deps: Deps, terug: str = "", uitgelogd: str = "") -> Response:
    me = await session_of(request, deps)
    if me is not None:
        return RedirectResponse(_first_page(terug, me.employee), status_code=303)
    notice = "U bent uitgelogd." if uitgelogd else ""
    return _log_in_page(request, deps, back_to=terug, notice=notice)


@router.post("/inloggen")
async def log_in(request: Request, deps: Deps) -> Response:
    fields = await read_form(request)
    check_origin(request, deps)
    check_log_in_token(request, fields)
    email, password = fields.get("email", ""), fields.get("wachtwoord", "")
    back_to = fields.get("terug", "")
    address = request.client.host if request.client else "unknown"
    wait_seconds = await deps.log_in_limit(address)
    if wait_seconds > 0:
        text = f"Te veel pogingen vanaf dit netwerk. Probeer het over {math.ceil(wait_seconds / 60)} minuten opnieuw."
        response = _log_in_page(request, deps, back_to=back_to, email=email, error=text, status=429)
        response.headers["Retry-After"] = str(math.ceil(wait_seconds))
        return response
    try:
        token = await employees.log_in(deps.database, email, password, clock=deps.clock, hours=deps.session_hours)
    except LogInRefused as refused:
        status = 429 if refused.locked_seconds else 401
        return _log_in_page(request, deps, back_to=back_to, email=email, error=str(refused), status=status)
    async with deps.database.read() as session:
        me = await employees.by_session(session, token, now=deps.clock())
    welcome = RedirectResponse(_first_page(back_to, me.employee if me else None), status_code=303)
    set_session_cookie(welcome, deps, token)
    return welcome


@router.get("/uitloggen")
async def show_log_out(request: Request, deps: Deps, me: Me) -> Response:
    """Ask first when citizens are still with her."""
    async with deps.database.read() as session:
        held = len(await queue.held_by(session, me.employee.id))
    html = pages_of(request).render(
        "log_out.html",
        held=held,
        csrf=me.csrf_token,
        look=deps.municipality_look(me.employee.municipality),
        me=me.employee,
    )
    return HTMLResponse(html)


@router.post("/uitloggen")
async def log_out(request: Request, deps: Deps, form: Form) -> Response:
    """End the session; what she still holds goes back to the front of the queue, if she confirmed that."""
    me = form.me.employee
    async with deps.database.read() as session:
        holds_any = bool(await queue.held_by(session, me.id))
    if holds_any and form.get("bevestigd") != "ja":
        return RedirectResponse(paths.LOG_OUT, status_code=303)
    async with deps.database.write() as session:
        await employees.end_lease(session, me.id)
        await ownership.release_all(session, me, now=deps.clock(), notice_for=deps.back_in_queue)
        await employees.close_session(session, session_token(request, deps) or "")
    response = RedirectResponse(f"{paths.LOG_IN}?uitgelogd=ja", status_code=303)
    drop_session_cookie(response, deps)
    return response


def _first_page(back_to: str, employee: Employee | None) -> str:
    """What she wanted to see; without that, what her role begins with."""
    if paths.is_inside(back_to) and back_to != paths.CASES:
        return back_to
    return paths.home(employee.role) if employee else paths.CASES


def _log_in_page(
    request: Request,
    deps: ConsoleDependencies,
    *,
    back_to: str,
    email: str = "",
    error: str = "",
    notice: str = "",
    status: int = 200,
) -> HTMLResponse:
    token = log_in_token(request)
    html = pages_of(request).render(
        "log_in.html",
        me=None,
        look=NeutralLook(),
        csrf=token,
        back_to=back_to if paths.is_inside(back_to) else "",
        email=email,
        error=error,
        notice=notice,
    )
    response = HTMLResponse(html, status_code=status)
    set_log_in_cookie(response, deps, token)
    return response
