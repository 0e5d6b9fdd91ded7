"""The field in which an employee types the code that a citizen says."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from handoff import ownership, spoken_code
from handoff.console import paths
from handoff.console.dependencies import Deps
from handoff.console.response import back_to
from handoff.console.security import Form
from handoff.console.work import Alert, page
from handoff.exceptions import AtCapacity

router = APIRouter(include_in_schema=False)

_WRONG = "Deze code klopt niet, of is al gebruikt of verlopen. Vraag de inwoner om een nieuwe code."
_TOO_MANY = "U typte te vaak een verkeerde code. Wacht een kwartier en probeer het opnieuw."


@router.post("/code")
async def use(request: Request, deps: Deps, form: Form) -> Response:
    me, now = form.me.employee, deps.clock()
    try:
        async with deps.database.write() as session:
            case_id = (await spoken_code.use(session, deps.vault, form.get("code"), me, now=now)).id
    except spoken_code.UnknownCode:
        async with deps.database.write() as session:
            spoken_code.count_wrong(session, me, now=now)
        return await page(request, deps, form.me, alert=Alert(_WRONG), status=422, in_reply_to_post=True)
    except spoken_code.TooManyCodes:
        return await page(request, deps, form.me, alert=Alert(_TOO_MANY), status=429, in_reply_to_post=True)
    try:
        async with deps.database.write() as session:
            await ownership.claim(session, case_id, me.id, now=now)
    except AtCapacity:
        return back_to(paths.case(case_id), "code-vol")  # the citizen stands before her: reading goes on
    return back_to(paths.case(case_id), "code")
