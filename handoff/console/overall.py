"""The wall of a team lead: how it goes now."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from handoff import figures, wall
from handoff.console import words
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.security import Me
from handoff.console.work import pages_of
from handoff.employees import LoggedIn
from handoff.exceptions import NotAllowed

router = APIRouter(include_in_schema=False)


@router.get("/overzicht")
async def show(request: Request, deps: Deps, me: Me) -> HTMLResponse:
    """Raises:
    NotAllowed: she leads no team.
    """
    return await _page(request, deps, me, "overall.html")


@router.get("/overzicht/nu")
async def now_alone(request: Request, deps: Deps, me: Me) -> HTMLResponse:
    """What changes from moment to moment, for a page that is open.

    Raises:
        NotAllowed: she leads no team.
    """
    return await _page(request, deps, me, "_overall_now.html")


async def _page(request: Request, deps: ConsoleDependencies, me: LoggedIn, template: str) -> HTMLResponse:
    employee, now = me.employee, deps.clock()
    if not wall.may_see(employee):
        raise NotAllowed("only a team lead or administrator sees the overview")
    more: dict[str, object] = {}
    async with deps.database.read() as session:
        found = await wall.read(session, employee, now=now, today=words.local_date(now))
        if template == "overall.html":
            more = {"lately": await wall.lately(session, employee, now=now)}
    look = deps.municipality_look(employee.municipality)
    html = pages_of(request).render(
        template,
        me=employee,
        csrf=me.csrf_token,
        look=look,
        wall=found,
        team_names={one.team: look.team_name(one.team) for one in found.teams},
        longest={one.team: words.duration(one.longest) for one in found.teams if one.longest is not None},
        presence_words={str(key): word for key, word in words.PRESENCES.items()},
        at=words.clock_time(now),
        days=wall.ACCURACY_DAYS,
        enough=figures.SMALLEST,
        **more,
    )
    return HTMLResponse(html)
