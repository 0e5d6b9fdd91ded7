"""The page on which standard replies are written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import canned
from handoff.console import paths
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.response import back_to
from handoff.console.security import Form, Me
from handoff.console.work import Alert, pages_of
from handoff.employees import LoggedIn
from handoff.exceptions import InvalidText
from handoff.vocabulary import Team

router = APIRouter(include_in_schema=False)

_NOTICES = {"bewaard": "Het antwoord is bewaard.", "weg": "Het antwoord is weg."}


@router.get("/standaardantwoorden")
async def show(request: Request, deps: Deps, me: Me, melding: str = "") -> HTMLResponse:
    notice = Alert(_NOTICES[melding], is_error=False) if melding in _NOTICES else None
    return await _page(request, deps, me, notice)


@router.post("/standaardantwoorden")
async def save(request: Request, deps: Deps, form: Form) -> Response:
    async def change(session: AsyncSession, now: datetime) -> None:
        await canned.save(
            session,
            form.me.employee,
            title=form.get("titel"),
            text=form.get("tekst"),
            team=form.get("team"),
            reply_id=form.get("antwoord") or None,
            now=now,
        )

    typed = {"title": form.get("titel"), "text": form.get("tekst"), "team": form.get("team")}
    return await _carry_out(request, deps, form.me, change, "bewaard", typed, form.get("antwoord"))


@router.post("/standaardantwoorden/weg")
async def remove(request: Request, deps: Deps, form: Form) -> Response:
    async def change(session: AsyncSession, now: datetime) -> None:
        await canned.remove(session, form.me.employee, form.get("antwoord"), now=now)

    return await _carry_out(request, deps, form.me, change, "weg", {}, "")


async def _carry_out(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    change: Callable[[AsyncSession, datetime], Awaitable[None]],
    notice: str,
    typed: dict[str, str],
    reply_id: str,
) -> Response:
    try:
        async with deps.database.write() as session:
            await change(session, deps.clock())
    except InvalidText as error:
        return await _page(request, deps, me, Alert(str(error)), typed=typed, edited=reply_id, status=422)
    return back_to(paths.CANNED, notice)


async def _page(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    alert: Alert | None,
    *,
    typed: dict[str, str] | None = None,
    edited: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The list, with what was typed kept where it could not be saved.

    Args:
        edited: The id of the reply that was being changed; "" for a new one.
    """
    look = deps.municipality_look(me.employee.municipality)
    async with deps.database.read() as session:
        replies = await canned.of_municipality(session, me.employee.municipality)
    html = pages_of(request).render(
        "canned.html",
        me=me.employee,
        csrf=me.csrf_token,
        look=look,
        alert=alert,
        replies=replies,
        teams={str(team): look.team_name(team) for team in Team},
        may_edit=canned.may_edit(me.employee),
        typed=typed,
        edited=edited,
    )
    return HTMLResponse(html, status)
