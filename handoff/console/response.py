"""How the console answers a form: carried out, or refused with the page as it is now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.console import paths
from handoff.console.dependencies import ConsoleDependencies
from handoff.console.security import PostedForm, typed_in
from handoff.console.work import Alert, Unsent, page
from handoff.exceptions import (
    AlreadyClaimed,
    AtCapacity,
    NotAllowed,
    StaleOwner,
    UnknownCase,
    UnknownConversation,
)

NOT_HERS = "Deze zaak is niet (meer) van u. Hieronder ziet u hoe het nu is."

Change = Callable[[AsyncSession, datetime], Awaitable[object]]


async def changed(
    request: Request,
    deps: ConsoleDependencies,
    form: PostedForm,
    case_id: str,
    change: Change,
    notice: str,
) -> Response:
    """Carry out one change of owner in one transaction, and say how it went."""
    try:
        async with deps.database.write() as session:
            await change(session, deps.clock())
    except AtCapacity:
        text = "Uw collega heeft al het hoogste aantal gesprekken. Kies een andere collega."
        return await refused(request, deps, form, case_id, text)
    except (AlreadyClaimed, NotAllowed, StaleOwner):
        return await refused(request, deps, form, case_id, NOT_HERS)
    return back_to(paths.CASES, notice)


async def refused(
    request: Request,
    deps: ConsoleDependencies,
    form: PostedForm,
    case_id: str,
    text: str,
    *,
    status: int = 409,
) -> Response:
    """The page as it is now with what went wrong on top; what was typed stays with it."""
    typed = typed_in(form.fields)
    unsent = Unsent(typed, "Uw tekst is niet verstuurd.") if typed else None
    try:
        return await page(
            request,
            deps,
            form.me,
            case_id,
            alert=Alert(text),
            unsent=unsent,
            status=status,
            in_reply_to_post=True,
        )
    except (NotAllowed, UnknownCase, UnknownConversation):
        return await page(
            request, deps, form.me, alert=Alert(text), unsent=unsent, status=status, in_reply_to_post=True
        )


def wants_part(request: Request) -> bool:
    """Whether the page's script asked, for a part of the page."""
    return request.headers.get("hx-request") == "true" and "hx-boosted" not in request.headers


def back_to(address: str, notice: str, *, part: str = "") -> RedirectResponse:
    """Show a page, with what went well on top and one part of it in front on a narrow screen."""
    shown = f"&deel={part}" if part else ""
    return RedirectResponse(f"{address}?melding={notice}{shown}", status_code=303)
