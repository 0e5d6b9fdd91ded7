"""What an employee does with a case: take it over, answer, give it back, end it, look at a masked value."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import date, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import cases, conversations, dossier, employees, follow_up, messages, offers, ownership
from handoff.console import opened, paths, words
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.response import NOT_HERS, back_to, changed, refused, wants_part
from handoff.console.security import Form, PostedForm
from handoff.console.work import Unsent, page, pages_of
from handoff.detection import Level
from handoff.employees import LoggedIn
from handoff.exceptions import (
    AlreadyClaimed,
    AtCapacity,
    InvalidQuickReply,
    InvalidText,
    NeedsSkill,
    NotAllowed,
    OfferedToAnother,
    StaleOwner,
)
from handoff.messages import Draft
from handoff.tables import Employee
from handoff.vault import WrongKey
from handoff.vocabulary import CaseKind, CaseState, Outcome, Owner, Presence, Sender

router = APIRouter(include_in_schema=False)

KEY_CHARACTERS = 40
_STAY = {"HX-Push-Url": "false"}
"""For answers to a POST that redirect nowhere: its address must not become the page's."""


@router.post("/zaken/{case_id}/overnemen")
async def take_over(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    try:
        async with deps.database.write() as session:
            await ownership.claim(session, case_id, form.me.employee.id, now=deps.clock())
            case = await cases.get(session, case_id)
    except AlreadyClaimed as error:
        return await refused(request, deps, form, case_id, _lost_race(error, form.me.employee))
    except AtCapacity as error:
        return await refused(request, deps, form, case_id, _full(error))
    except OfferedToAnother as error:
        text = f"Deze zaak is nu aangeboden aan {error.name}. Kies een andere zaak, of wacht even."
        return await refused(request, deps, form, case_id, text)
    except NeedsSkill as error:
        return await refused(request, deps, form, case_id, _trained_first(error.names))
    notice = "overgenomen" if case.kind == CaseKind.CONVERSATION else "bel-overgenomen"
    return back_to(paths.case(case_id), notice)


@router.post("/zaken/{case_id}/overslaan")
async def decline(deps: Deps, form: Form, case_id: str) -> Response:
    """She lets an offer pass; when it had passed already nothing changes."""
    async with deps.database.write() as session:
        with contextlib.suppress(NotAllowed):
            await offers.decline(session, case_id, form.me.employee.id, now=deps.clock())
    return back_to(paths.CASES, "overgeslagen")


@router.post("/zaken/{case_id}/teruggeven")
async def hand_back(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    typed = form.get("toelichting")
    try:
        note = messages.clean(typed) if typed.strip() else None
    except InvalidText as error:
        return await refused(request, deps, form, case_id, str(error), status=422)
    me = form.me.employee.id

    async def change(session: AsyncSession, now: datetime) -> None:
        await _check_is_conversation(session, case_id)
        await ownership.hand_back(session, case_id, me, now=now, note=note)
        await deps.back_with_bot(session, (await cases.get(session, case_id)).conversation_id, now)

    return await changed(request, deps, form, case_id, change, "teruggegeven")


@router.post("/zaken/{case_id}/loslaten")
async def release(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    me = form.me.employee

    async def change(session: AsyncSession, now: datetime) -> None:
        notice = await deps.back_in_queue(session, await cases.get(session, case_id), me)
        await ownership.release(session, case_id, me.id, now=now, notice=notice)

    return await changed(request, deps, form, case_id, change, "losgelaten")


@router.post("/zaken/{case_id}/afsluiten")
async def close(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    me, outcome = form.me.employee.id, form.get("uitkomst")
    async with deps.database.read() as session:
        case = await dossier.readable_case(session, case_id, form.me.employee)
    if outcome not in words.closing_outcomes(case.kind):
        return await refused(request, deps, form, case_id, "Kies eerst hoe de zaak afloopt.", status=422)
    try:
        promised = _promised(form, deps.clock())
    except InvalidText as error:
        return await refused(request, deps, form, case_id, str(error), status=422)

    was_crisis = case.level == Level.CRISIS

    async def change(session: AsyncSession, now: datetime) -> None:
        await ownership.close(session, case_id, me, Outcome(outcome), now=now)
        if promised is not None:
            await follow_up.plan(session, deps.vault, case, form.me.employee, *promised, now=now)
        if was_crisis:  # nothing new comes to her until she says so
            await employees.set_presence(session, form.me.employee, Presence.WRAP_UP, now=now)

    return await changed(request, deps, form, case_id, change, "afgesloten-crisis" if was_crisis else "afgesloten")


def _promised(form: PostedForm, now: datetime) -> tuple[str, date] | None:
    """What still has to be done, and before the end of which day; None when nothing was asked.

    Raises:
        InvalidText: one of the two is missing or makes no sense.
    """
    if not form.get("opvolgen").strip() and not form.get("opvolgdag"):
        return None
    return follow_up.task(form.get("opvolgen")), follow_up.due_day(form.get("opvolgdag"), now)


@router.post("/zaken/{case_id}/niet-bereikt")
async def not_reached(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    me = form.me.employee
    try:
        async with deps.database.write() as session:
            case = await cases.get(session, case_id)
            team, in_chat = case.team, case.kind == CaseKind.CONVERSATION
            is_last = await ownership.not_reached(
                session,
                case_id,
                me.id,
                now=deps.clock(),
                next_day=lambda now: deps.next_call_day(me.municipality, team, now),
            )
            if in_chat and not is_last:
                await deps.back_with_bot(session, case.conversation_id, deps.clock())
    except (AlreadyClaimed, NotAllowed):
        return await refused(request, deps, form, case_id, NOT_HERS)
    return back_to(paths.CASES, "niet-bereikt-laatste" if is_last else "niet-bereikt")


@router.post("/zaken/{case_id}/tonen")
async def reveal(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    """Show what stands behind one placeholder, in this answer only."""
    placeholder = form.get("gegeven")
    try:
        async with deps.database.write() as session:
            value = await dossier.reveal(session, deps.vault, case_id, form.me.employee, placeholder, now=deps.clock())
    except WrongKey:
        text = "Dit gegeven is niet te lezen. Vraag uw beheerder om de juiste sleutel."
        return await refused(request, deps, form, case_id, text)
    if value is None:
        return await refused(request, deps, form, case_id, "Dit gegeven is er niet meer.", status=404)
    if wants_part(request):
        html = pages_of(request).render(
            "_value.html", placeholder=placeholder, value=value, case_id=case_id, csrf=form.me.csrf_token
        )
        return HTMLResponse(html, headers=_STAY)
    return await page(
        request, deps, form.me, case_id, revealed={placeholder: value}, part="dossier", in_reply_to_post=True
    )


@router.post("/zaken/{case_id}/andere")
async def open_other(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    """Go to another open case of the same citizen, for a reason."""
    reason = form.get("reden")
    if reason not in words.REASONS_TO_OPEN:
        return await refused(request, deps, form, case_id, "Kies eerst waarom u die zaak wilt zien.", status=422)
    async with deps.database.write() as session:
        other = await dossier.open_other(
            session, case_id, form.get("andere"), form.me.employee, reason, now=deps.clock()
        )
    return RedirectResponse(paths.case(other.id), status_code=303)


@router.post("/zaken/{case_id}/antwoorden")
async def reply(request: Request, deps: Deps, form: Form, case_id: str) -> Response:
    typed, key, stand = form.get("tekst"), form.get("sleutel")[:KEY_CHARACTERS], form.get("stand")
    buttons = form.get("knoppen")
    epoch = int(stand) if stand.isascii() and stand.isdigit() and len(stand) < 10 else None
    try:
        await send_reply(deps, form.me, case_id, typed, key, buttons=buttons, epoch=epoch)
    except InvalidText as error:
        return await _unsent(request, deps, form, case_id, Unsent(typed, _employee_words(error), buttons), status=422)
    except (StaleOwner, NotAllowed):
        why = await _what_changed(deps, form.me.employee, case_id)
        return await _unsent(request, deps, form, case_id, Unsent(typed, why, buttons), status=409)
    if wants_part(request):
        return _key_for_next(request, case_id)
    return RedirectResponse(f"{paths.case(case_id)}#onderaan", status_code=303)


@router.get("/zaken/{case_id}/{_verb}")
async def reloaded(case_id: str, _verb: str) -> RedirectResponse:
    """Somebody loads the address of a form again: show the case."""
    return RedirectResponse(paths.case(case_id), status_code=303)


async def send_reply(
    deps: ConsoleDependencies,
    me: LoggedIn,
    case_id: str,
    typed: str,
    key: str,
    *,
    buttons: str = "",
    epoch: int | None = None,
) -> None:
    """Store what the employee says to the citizen, once for each key.

    Args:
        buttons: Quick replies for the citizen, as typed (`messages.quick_replies`).
        epoch: Of the conversation as she saw it when she wrote; None when her page did not say.

    Raises:
        InvalidText: empty or too long, or buttons that cannot be sent.
        StaleOwner, NotAllowed: she does not own the conversation (any more), or it went from hand to hand since she saw
            it, so that she would answer over a colleague; nothing was stored.
        UnknownCase, UnknownConversation: it does not exist (any more).
    """
    draft = Draft(messages.clean(typed), buttons=messages.quick_replies(buttons))
    employee, now = me.employee, deps.clock()
    async with deps.database.write() as session:
        case = await cases.get(session, case_id)
        if case.state != CaseState.HELD or case.employee_id != employee.id:
            raise NotAllowed("she does not hold this case (any more)")
        own_id = f"console:{employee.id}:{key}" if key else None
        if own_id is not None:
            await conversations.lock(session, case.conversation_id)  # the same form twice at once: one after the other
            stored = await messages.by_channel_id(session, case.conversation_id, own_id)
            if stored is not None:
                if stored.text == draft.text:
                    return
                own_id = None  # the key was used for another text: nothing typed is lost to a stale page
        await messages.append(
            session,
            case.conversation_id,
            draft,
            sender=Sender.EMPLOYEE,
            now=now,
            expected_owner=Owner.EMPLOYEE,
            expected_epoch=epoch,
            expected_employee=employee.id,
            channel_message_id=own_id,
            employee_id=employee.id,
            sender_name=employee.display_name,
        )


async def _what_changed(deps: ConsoleDependencies, me: Employee, case_id: str) -> str:
    """Why a reply was refused, in words: who has the conversation now, or what became of it."""
    async with deps.database.read() as session:
        case = await cases.get(session, case_id)
        holder = await session.get(Employee, case.employee_id) if case.employee_id else None
    if case.state == CaseState.HELD and case.employee_id == me.id:
        return (
            "Niet verstuurd: het gesprek is intussen bij een ander geweest. Lees eerst wat er is gezegd. "
            "Uw tekst staat er nog: verstuur hem dan opnieuw."
        )
    kept = "Uw tekst staat hieronder, zodat u hem kunt kopiëren."
    if case.state == CaseState.HELD and holder is not None:
        return f"Niet verstuurd: {holder.display_name} voert dit gesprek nu. {kept}"
    if case.state == CaseState.WAITING:
        return f"Niet verstuurd: het gesprek staat weer in de rij. {kept}"
    outcome = words.OUTCOMES.get(case.outcome or "", "klaar").lower()
    return f"Niet verstuurd: het gesprek is afgerond ({outcome}). {kept}"


async def _check_is_conversation(session: AsyncSession, case_id: str) -> None:
    case = await cases.get(session, case_id)
    if case.kind != CaseKind.CONVERSATION:
        raise NotAllowed("only a conversation can go back to the bot")


def _key_for_next(request: Request, case_id: str) -> HTMLResponse:
    """The field that tells one reply from the next: nothing else of the composer changed (conversation.js)."""
    html = pages_of(request).render("_reply_key.html", case_id=case_id, reply_key=opened.new_reply_key())
    return HTMLResponse(html, headers={**_STAY, "HX-Retarget": f"#sleutel-{case_id}", "HX-Reswap": "outerHTML"})


async def _unsent(
    request: Request,
    deps: ConsoleDependencies,
    form: PostedForm,
    case_id: str,
    unsent: Unsent,
    *,
    status: int,
) -> Response:
    if wants_part(request):
        return await composer(request, deps, form.me, case_id, unsent=unsent, status=status)
    return await page(request, deps, form.me, case_id, unsent=unsent, status=status, in_reply_to_post=True)


async def composer(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    case_id: str,
    *,
    unsent: Unsent | None = None,
    file_refused: str = "",
    status: int = 200,
) -> Response:
    """The reply field as it is now, with what was not sent and why."""
    async with deps.database.read() as session:
        found = await opened.read(session, case_id, me.employee, deps, now=deps.clock())
    html = pages_of(request).render(
        "_composer.html", opened=found, unsent=unsent, file_refused=file_refused, csrf=me.csrf_token
    )
    return HTMLResponse(html, status_code=status, headers=_STAY)


def _lost_race(error: AlreadyClaimed, me: Employee) -> str:
    if error.holder is None:
        return "Deze zaak wacht niet meer. Kies een andere zaak uit de rij."
    if error.holder == me.display_name:
        return "U heeft deze zaak al."
    return f"{error.holder} was u voor en heeft deze zaak nu. Kies een andere zaak uit de rij."


def _trained_first(names: Sequence[str]) -> str:
    *others, last = names
    who = f"{', '.join(others)} en {last} zijn" if others else f"{last} is"
    may = "mogen" if others else "mag"
    return (
        f"{who} opgeleid voor een crisis en {may} deze zaak eerst nemen. "
        "Pakt niemand de zaak op? Dan mag u na een minuut."
    )


def _full(error: AtCapacity) -> str:
    if error.in_crisis:
        return "U helpt iemand in crisis. Daarnaast neemt u geen andere zaken aan."
    count = "1 zaak" if error.maximum == 1 else f"{error.maximum} zaken"
    return f"U heeft al {count}. Dat is uw maximum. Rond er eerst een af of geef er een terug."


def _employee_words(error: InvalidText) -> str:
    if isinstance(error, InvalidQuickReply):
        return str(error)
    if "leeg" in str(error):
        return "Typ eerst een bericht."
    return f"Niet verstuurd: uw bericht is te lang. Het mag {messages.MAX_CHARACTERS} tekens hebben."
