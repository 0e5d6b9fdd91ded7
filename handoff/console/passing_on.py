"""Passing a case on with a note: to a colleague or to another team; and notes of their own."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import cases, dossier, messages, notes, ownership
from handoff.console import paths
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.response import back_to, changed, refused
from handoff.console.security import Form, PostedForm
from handoff.exceptions import InvalidText
from handoff.vocabulary import Team

router = APIRouter(include_in_schema=False)

KEY_CHARACTERS = 40


@router.post("/zaken/{case_id}/doorgeven")
async def to_colleague(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    me, to = form.me.employee, form.get("collega")
    if not to:
        return await refused(request, deps, form, case_id, "Kies eerst een collega.", status=422)
    try:
        note = _optional_note(form)
    except InvalidText as error:
        return await refused(request, deps, form, case_id, str(error), status=422)

    async def change(session: AsyncSession, now: datetime) -> None:
        await ownership.transfer(session, case_id, me.id, to, now=now)
        await _keep(session, deps, form, case_id, note, now)

    return await changed(request, deps, form, case_id, change, "doorgegeven")


@router.post("/zaken/{case_id}/naar-team")
async def to_team(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    me, wanted = form.me.employee, form.get("team")
    if wanted not in set(Team):
        return await refused(request, deps, form, case_id, "Kies eerst een team.", status=422)
    team = Team(wanted)
    try:
        note = _optional_note(form)
    except InvalidText as error:
        return await refused(request, deps, form, case_id, str(error), status=422)

    async def change(session: AsyncSession, now: datetime) -> None:
        notice = await deps.to_other_team(session, await cases.get(session, case_id), me, team)
        await ownership.to_team(session, case_id, me.id, team, now=now, notice=notice)
        await _keep(session, deps, form, case_id, note, now)

    return await changed(request, deps, form, case_id, change, "naar-team")


@router.post("/zaken/{case_id}/notitie")
async def write_note(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    """A note on a case that she may read, whoever holds it."""
    try:
        note = messages.clean(form.get("notitie"))
    except InvalidText:
        return await refused(request, deps, form, case_id, "Typ eerst uw notitie (hoogstens 4000 tekens).", status=422)
    async with deps.database.write() as session:
        await dossier.readable_case(session, case_id, form.me.employee)
        await _keep(session, deps, form, case_id, note, deps.clock())
    return back_to(f"{paths.case(case_id)}", "notitie", part="dossier")


def _optional_note(form: PostedForm) -> str | None:
    typed = form.get("notitie")
    return messages.clean(typed) if typed.strip() else None


async def _keep(
    session: AsyncSession, deps: ConsoleDependencies, form: PostedForm, case_id: str, note: str | None, now: datetime
) -> None:
    if note is None:
        return
    case, key = await cases.get(session, case_id), form.get("sleutel")[:KEY_CHARACTERS]
    await notes.add(session, deps.vault, case, form.me.employee, note, key=f"{case_id}:{key}", now=now)
