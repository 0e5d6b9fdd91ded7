"""The page on which whoever is on call says that she has seen an alert. Its address is its key: no log-in is asked."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from handoff import on_call
from handoff.cases import get
from handoff.console import paths, words
from handoff.console.dependencies import Deps
from handoff.console.look import NeutralLook
from handoff.console.work import pages_of
from handoff.tables import Case
from handoff.vocabulary import CaseState

router = APIRouter(include_in_schema=False)


@router.get("/piket/{case_id}/{token}")
async def show(request: Request, deps: Deps, case_id: str, token: str) -> Response:
    """Changes nothing: programs that look at links in messages open this too."""
    _check(deps, case_id, token)
    async with deps.database.read() as session:
        case = await get(session, case_id)
    return _page(request, case, token)


@router.post("/piket/{case_id}/{token}")
async def seen(request: Request, deps: Deps, case_id: str, token: str) -> Response:
    """No more alerts about this case."""
    _check(deps, case_id, token)
    async with deps.database.write() as session:
        case = await on_call.seen(session, case_id, now=deps.clock())
    return _page(request, case, token)


def _check(deps: Deps, case_id: str, token: str) -> None:
    if not on_call.is_token(deps.vault, case_id, token):
        raise HTTPException(404)


def _page(request: Request, case: Case, token: str) -> HTMLResponse:
    told = on_call.told(case)
    html = pages_of(request).render(
        "on_call.html",
        me=None,
        look=NeutralLook(),
        reference=case.reference,
        waits=case.state == CaseState.WAITING,
        since=words.clock_time(case.waiting_since),
        seen=words.clock_time(told.seen) if told.seen else "",
        seen_address=paths.on_call(case.id, token),
        case_address=paths.case(case.id),
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
