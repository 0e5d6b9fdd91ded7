"""Files in the console: sent with the reply field, fetched from the conversation or the dossier."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from handoff import attachments, conversations, dossier, messages
from handoff.console import paths
from handoff.console.actions import KEY_CHARACTERS, composer
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.response import refused, wants_part
from handoff.console.security import Me, PostedForm, PostedUpload, posted_upload
from handoff.exceptions import FileMissing, NotAllowed, RefusedFile, ScannerAway, StaleOwner
from handoff.vault import WrongKey
from handoff.vocabulary import Sender

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)

SCANNER_AWAY = (
    "Niet verstuurd: bestanden kunnen nu niet worden gecontroleerd. Probeer het over een paar minuten opnieuw."
)
LOST = "Niet verstuurd: u voert dit gesprek niet meer."

UploadForm = Annotated[PostedUpload, Depends(posted_upload)]


@router.post("/zaken/{case_id}/bijlagen")
async def send(request: Request, deps: Deps, form: UploadForm, case_id: str) -> Response:
    """Send a file to the citizen with whom she talks; once for each form."""
    status, why = 200, ""
    if form.refusal is not None:
        status, why = 422, f"Niet verstuurd. {form.refusal}"
    else:
        try:
            await _send(deps, form, case_id)
        except RefusedFile as error:
            status, why = 422, f"Niet verstuurd. {error}"
        except ScannerAway:
            status, why = 503, SCANNER_AWAY
        except (StaleOwner, NotAllowed):
            status, why = 409, LOST
    if wants_part(request):
        # 5xx would leave the page as it is, and she would not learn why
        return await composer(request, deps, form.me, case_id, file_refused=why, status=422 if why else 200)
    if why:
        return await refused(request, deps, PostedForm(form.me, {}), case_id, why, status=status)
    return RedirectResponse(f"{paths.case(case_id)}#onderaan", status_code=303)


async def _send(deps: ConsoleDependencies, form: PostedUpload, case_id: str) -> None:
    employee, key = form.me.employee, form.get("sleutel")[:KEY_CHARACTERS]
    async with deps.database.read() as session:
        case = await dossier.readable_case(session, case_id, employee)
    if case.employee_id != employee.id:
        raise NotAllowed("she does not hold this case (any more)")
    own_id = f"console:{employee.id}:{key}" if key else None
    async with deps.attachments.prepared(form.name, form.data) as prepared:
        async with deps.database.write() as session:
            await conversations.lock(session, case.conversation_id)
            if own_id is None or await messages.by_channel_id(session, case.conversation_id, own_id) is None:
                await deps.attachments.keep(
                    session,
                    prepared,
                    case.conversation_id,
                    sender=Sender.EMPLOYEE,
                    now=deps.clock(),
                    channel_message_id=own_id,
                    employee_id=employee.id,
                    employee_name=employee.display_name,
                )
                return
        await deps.attachments.discard(prepared)


@router.get("/zaken/{case_id}/bijlagen/{attachment_id}")
async def fetch(request: Request, deps: Deps, me: Me, case_id: str, attachment_id: str) -> Response:
    """Give a file of a case that she may read, with an audit line."""
    try:
        async with deps.database.write() as session:
            message = await dossier.message_with_file(session, case_id, me.employee, attachment_id, now=deps.clock())
        async with deps.database.read() as session:
            opened = await deps.attachments.open(session, message)
    except (FileMissing, WrongKey) as error:
        log.error("console.file_missing", error=type(error).__name__)
        form = PostedForm(me, {})
        text = "Dit bestand is niet te lezen. Vraag de inwoner om het nog eens te sturen, of vraag uw beheerder."
        return await refused(request, deps, form, case_id, text, status=404)
    return attachments.as_response(opened)
