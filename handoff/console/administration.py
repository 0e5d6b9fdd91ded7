"""The pages on which an administrator keeps the accounts: who may log in, and what she may do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import accounts
from handoff.accounts import Details
from handoff.console import paths
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.response import back_to
from handoff.console.security import Form, Me, PostedForm
from handoff.console.work import Alert, pages_of
from handoff.detection.languages import NAMES
from handoff.employees import LoggedIn
from handoff.exceptions import InvalidEmployee, LastAdministrator, OwnRights
from handoff.skills import CRISIS
from handoff.tables import Employee
from handoff.vocabulary import Role, Team

router = APIRouter(include_in_schema=False)

ROLES: Mapping[str, str] = {
    Role.EMPLOYEE: "Medewerker: voert gesprekken van de eigen teams",
    Role.TEAM_LEAD: "Teamleider: ook overzicht, rapport en standaardantwoorden",
    Role.EDITOR: "Redacteur: wat Balie miste en standaardantwoorden",
    Role.ADMINISTRATOR: "Beheerder: accounts, overzicht en rapport",
    Role.PRIVACY_OFFICER: "Privacy officer: wie deed wat, en is het gewist",
}
_INVALID = (
    "Dit is niet bewaard. Klopt het e-mailadres, en heeft het nog geen account? Is er een naam? Is er een team "
    "gekozen, of een rol die geen team nodig heeft? Ligt het hoogste aantal gesprekken van 1 tot en met 50?"
)
_LAST = "Dit is niet uitgevoerd: dit is de laatste beheerder. Maak eerst iemand anders beheerder."
_OWN = "Dit is niet uitgevoerd: uw eigen rol, teams, vaardigheden en account wijzigt een andere beheerder."
_NOTICES = {
    "bewaard": "De wijziging is bewaard.",
    "uit": "Met dit account kan niemand meer inloggen. Gesprekken gaan terug naar de rij.",
    "aan": "Met dit account kan weer iemand inloggen.",
}

Change = Callable[[AsyncSession, Employee, dt.datetime], Awaitable[object]]


@router.get("/beheer/medewerkers")
async def show(request: Request, deps: Deps, me: Me, melding: str = "") -> HTMLResponse:
    """Raises:
    NotAllowed: she is no administrator.
    """
    return await _list(request, deps, me, _notice(melding))


@router.post("/beheer/medewerkers")
async def add(request: Request, deps: Deps, form: Form) -> Response:
    """Shows the new password, the only time that it exists in the clear."""
    details, password = _details(form), await accounts.new_password()
    try:
        async with deps.database.write() as session:
            account = await accounts.add(
                session, form.me.employee, form.get("email"), details, password.hashed, now=deps.clock()
            )
    except InvalidEmployee:
        typed = (form.get("email"), details)
        return await _list(request, deps, form.me, Alert(_INVALID), typed=typed, status=422)
    done = Alert("Het account is gemaakt.", is_error=False)
    return await _one(request, deps, form.me, account.id, done, password.clear)


@router.get("/beheer/medewerkers/{account_id}")
async def show_one(request: Request, deps: Deps, me: Me, account_id: str, melding: str = "") -> HTMLResponse:
    """Raises:
    NotAllowed: she is no administrator, or it is another municipality's account.
    """
    return await _one(request, deps, me, account_id, _notice(melding))


@router.post("/beheer/medewerkers/{account_id}")
async def change(request: Request, deps: Deps, form: Form, account_id: str) -> Response:
    async def changed(session: AsyncSession, account: Employee, now: dt.datetime) -> None:
        await accounts.change(session, form.me.employee, account, _details(form), now=now)

    return await _carry_out(request, deps, form, account_id, changed, "bewaard")


@router.post("/beheer/medewerkers/{account_id}/wachtwoord")
async def reset_password(request: Request, deps: Deps, form: Form, account_id: str) -> Response:
    password = await accounts.new_password()
    async with deps.database.write() as session:
        account = await accounts.one(session, form.me.employee, account_id)
        await accounts.reset_password(session, form.me.employee, account, password.hashed, now=deps.clock())
    done = Alert("Er is een nieuw wachtwoord. Het oude werkt niet meer.", is_error=False)
    if account_id == form.me.employee.id:
        done = Alert("Er is een nieuw wachtwoord. Log hiermee opnieuw in.", is_error=False)
    return await _one(request, deps, form.me, account_id, done, password.clear)


@router.post("/beheer/medewerkers/{account_id}/actief")
async def set_active(request: Request, deps: Deps, form: Form, account_id: str) -> Response:
    active = form.get("stand") == "aan"

    async def changed(session: AsyncSession, account: Employee, now: dt.datetime) -> None:
        await accounts.set_active(session, form.me.employee, account, active=active, now=now)

    return await _carry_out(request, deps, form, account_id, changed, "aan" if active else "uit")


async def _carry_out(
    request: Request, deps: ConsoleDependencies, form: PostedForm, account_id: str, change: Change, notice: str
) -> Response:
    try:
        async with deps.database.write() as session:
            await change(session, await accounts.one(session, form.me.employee, account_id), deps.clock())
    except InvalidEmployee:
        why = _INVALID
    except LastAdministrator:
        why = _LAST
    except OwnRights:
        why = _OWN
    else:
        return back_to(paths.account(account_id), notice)
    return await _one(request, deps, form.me, account_id, Alert(why), status=422)


async def _list(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    alert: Alert | None,
    *,
    typed: tuple[str, Details] | None = None,
    status: int = 200,
) -> HTMLResponse:
    async with deps.database.read() as session:
        found = await accounts.of_municipality(session, me.employee)
    look = deps.municipality_look(me.employee.municipality)
    email, details = typed or ("", Details("", Role.EMPLOYEE, (), 4))
    html = pages_of(request).render(
        "admin_employees.html",
        me=me.employee,
        csrf=me.csrf_token,
        look=look,
        alert=alert,
        accounts=found,
        email=email,
        details=details,
        **_choices(deps, me),
    )
    return HTMLResponse(html, status)


async def _one(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    account_id: str,
    alert: Alert | None,
    password: str | None = None,
    *,
    status: int = 200,
) -> HTMLResponse:
    async with deps.database.read() as session:
        account = await accounts.one(session, me.employee, account_id)
    html = pages_of(request).render(
        "admin_employee.html",
        me=me.employee,
        csrf=me.csrf_token,
        look=deps.municipality_look(me.employee.municipality),
        alert=alert,
        account=account,
        is_me=account.id == me.employee.id,
        details=account,
        password=password,
        **_choices(deps, me),
    )
    return HTMLResponse(html, status)


def _choices(deps: ConsoleDependencies, me: LoggedIn) -> dict[str, object]:
    look = deps.municipality_look(me.employee.municipality)
    return {
        "teams": {str(team): look.team_name(team) for team in Team},
        "roles": ROLES,
        "role_names": {role: word.partition(":")[0] for role, word in ROLES.items()},
        "languages": NAMES,
        "crisis": CRISIS,
    }


def _details(form: PostedForm) -> Details:
    """What the form says; of skills that are not on the page those stay that the account has."""
    limit = form.get("hoogste")
    kept = [one for one in form.get("vaardigheden").split() if one != CRISIS]
    return Details(
        display_name=form.get("naam"),
        role=Role(form.get("rol")) if form.get("rol") in set(Role) else Role.EMPLOYEE,
        teams=[team for team in Team if form.get(f"team-{team}")],
        max_conversations=int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 4 else 0,
        skills=[*kept, CRISIS] if form.get("crisis") else kept,
        languages=[code for code in NAMES if form.get(f"taal-{code}")],
    )


def _notice(key: str) -> Alert | None:
    return Alert(_NOTICES[key], is_error=False) if key in _NOTICES else None
