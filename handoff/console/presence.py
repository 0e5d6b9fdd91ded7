"""What an employee says of herself: available, busy, finishing up or away."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from handoff import employees
from handoff.console import paths
from handoff.console.dependencies import Deps
from handoff.console.security import Form
from handoff.vocabulary import Presence

router = APIRouter(include_in_schema=False)


@router.post("/aanwezigheid")
async def say(deps: Deps, form: Form) -> Response:
    wanted, back = form.get("stand"), form.get("terug")
    address = back if paths.is_inside(back) else paths.CASES
    if wanted in set(Presence):
        async with deps.database.write() as session:
            await employees.set_presence(session, form.me.employee, Presence(wanted), now=deps.clock())
    return RedirectResponse(address, status_code=303)


@router.post("/geluid")
async def with_sound(deps: Deps, form: Form) -> Response:
    """Whether what is pressing may be heard; it is seen in any case."""
    async with deps.database.write() as session:
        await employees.set_sound(session, form.me.employee.id, on=form.get("geluid") == "aan")
    back = form.get("terug")
    return RedirectResponse(back if paths.is_inside(back) else paths.CASES, status_code=303)
