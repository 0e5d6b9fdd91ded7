"""The wall of a team lead: how it goes now."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from handoff import ratings, wall
from handoff.console import words
from handoff.console.dependencies import Deps
from handoff.console.security import Me
from handoff.console.work import pages_of
from handoff.exceptions import NotAllowed

router = APIRouter(include_in_schema=False)


@router.get("/overzicht")
async def show(request: Request, deps: Deps, me: Me) -> HTMLResponse:
    """Raises:
    NotAllowed: she leads no team.
    """
    employee, now = me.employee, deps.clock()
    if not wall.may_see(employee):
        raise NotAllowed("only a team lead or administrator sees the overview")
    async with deps.database.read() as session:
        found = await wall.read(session, employee, now=now, today=words.local_date(now))
    look = deps.municipality_look(employee.municipality)
    html = pages_of(request).render(
        "overall.html",
        me=employee,
        csrf=me.csrf_token,
        look=look,
        wall=found,
        team_names={one.team: look.team_name(one.team) for one in found.teams},
        longest={one.team: words.duration(one.longest) for one in found.teams if one.longest is not None},
        presence_words={str(key): word for key, word in words.PRESENCES.items()},
        at=words.clock_time(now),
        days=wall.ACCURACY_DAYS,
        enough=ratings.SMALLEST,
    )
    return HTMLResponse(html)
