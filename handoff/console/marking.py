"""What an employee says of the assessment that brought a case to her."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from handoff import dossier, marks
from handoff.console import paths
from handoff.console.dependencies import Deps
from handoff.console.response import back_to, refused
from handoff.console.security import Form
from handoff.detection import Level

router = APIRouter(include_in_schema=False)


@router.post("/zaken/{case_id}/oordeel")
async def mark(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    wanted = form.get("niveau")
    if wanted not in set(marks.LEVELS):
        return await refused(request, deps, form, case_id, "Kies eerst wat het had moeten zijn.", status=422)
    async with deps.database.write() as session:
        case = await dossier.readable_case(session, case_id, form.me.employee)
        await marks.mark(session, case, form.me.employee, Level(wanted), now=deps.clock())
    return back_to(paths.case(case_id), "oordeel", part="dossier")
