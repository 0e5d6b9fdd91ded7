"""What an employee says of the bot's work: of the assessment that brought her a case, and of what it missed in it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from handoff import dossier, marks, review
from handoff.console import paths
from handoff.console.dependencies import Deps
from handoff.console.response import back_to, refused
from handoff.console.security import Form
from handoff.detection import Level

router = APIRouter(include_in_schema=False)


@router.post("/zaken/{case_id}/oordeel")
async def mark_assessment(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    wanted = form.get("niveau")
    if wanted not in set(marks.LEVELS):
        return await refused(request, deps, form, case_id, "Kies eerst wat het had moeten zijn.", status=422)
    async with deps.database.write() as session:
        case = await dossier.readable_case(session, case_id, form.me.employee)
        await marks.mark(session, case, form.me.employee, Level(wanted), now=deps.clock())
    return back_to(paths.case(case_id), "oordeel", part="dossier")


@router.post("/zaken/{case_id}/gemist")
async def mark_missed(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    """ "De bot had dit moeten weten"."""
    me = form.me.employee
    async with deps.database.write() as session:
        case = await dossier.readable_case(session, case_id, me)
        said = await dossier.messages_after(session, case, 0)
        message = next((one for one in said if str(one.seq) == form.get("bericht")), None)
        if message is not None:
            await review.mark(session, case, message, me, now=deps.clock())
    if message is None:
        return await refused(request, deps, form, case_id, "Dit bericht is er niet (meer).", status=422)
    return back_to(paths.case(case_id), "gemist", part="dossier")
