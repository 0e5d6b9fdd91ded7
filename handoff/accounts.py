"""Accounts as an administrator keeps them: who may log in, with which role, for which teams.

Nobody changes her own rights, and one administrator always remains: nobody is locked out, and nobody gives herself what
a colleague should decide on. The operator of the installation (`balie employee`) is bound to neither.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, employees, skills
from handoff.employees import HashedPassword
from handoff.exceptions import LastAdministrator, NotAllowed, OwnRights
from handoff.tables import Employee, EmployeeSession
from handoff.vocabulary import Role

PASSWORD_BYTES = 15
"""20 characters of 64 kinds."""


@dataclass(frozen=True)
class Details:
    """What an account is."""

    display_name: str
    role: Role
    teams: Sequence[str]
    max_conversations: int
    skills: Sequence[str] = ()
    languages: Sequence[str] = ()


def may_manage(employee: Employee) -> bool:
    """Whether she keeps the accounts of her municipality."""
    return employee.role == Role.ADMINISTRATOR


async def of_municipality(session: AsyncSession, by: Employee) -> Sequence[Employee]:
    """All accounts of her municipality, those in use first, by name.

    Raises:
        NotAllowed: she is no administrator.
    """
    _check_right(by)
    return await all_of(session, by.municipality)


async def all_of(session: AsyncSession, municipality: str) -> Sequence[Employee]:
    """All accounts of a municipality, those in use first, by name."""
    wanted = (
        select(Employee)
        .where(Employee.municipality == municipality)
        .order_by(Employee.active.desc(), Employee.display_name, Employee.email)
    )
    return (await session.scalars(wanted)).all()


async def one(session: AsyncSession, by: Employee, account_id: str) -> Employee:
    """An account of her municipality.

    Raises:
        NotAllowed: she is no administrator, or it is not her municipality's.
    """
    _check_right(by)
    account = await session.get(Employee, account_id, populate_existing=True)
    if account is None or account.municipality != by.municipality:
        raise NotAllowed("there is no such account")
    return account


@dataclass(frozen=True)
class NewPassword:
    """A password that was made for somebody; it exists in the clear only here."""

    clear: str
    hashed: HashedPassword


async def new_password() -> NewPassword:
    """Make one, before the transaction in which it is given: hashing is slow on purpose."""
    clear = secrets.token_urlsafe(PASSWORD_BYTES)
    return NewPassword(clear, await employees.hash_password(clear))


async def add(
    session: AsyncSession, by: Employee, email: str, details: Details, password: HashedPassword, *, now: datetime
) -> Employee:
    """Add an account to her municipality.

    Raises:
        InvalidEmployee: something about it cannot be accepted; the message says what.
        NotAllowed: she is no administrator.
    """
    _check_right(by)
    return await employees.add_employee(
        session,
        email=email,
        display_name=details.display_name,
        password=password,
        municipality=by.municipality,
        teams=details.teams,
        now=now,
        role=details.role,
        max_conversations=details.max_conversations,
        skills=details.skills,
        languages=details.languages,
        actor=_actor(by),
    )


async def change(
    session: AsyncSession, by: Employee | None, account: Employee, details: Details, *, now: datetime
) -> None:
    """Give an account other details; None for `by` is the operator.

    Raises:
        InvalidEmployee: something about it cannot be accepted; the message says what.
        LastAdministrator: nobody would be left who keeps the accounts.
        OwnRights: she would change her own role, teams or skills.
    """
    employees.check_details(details.display_name, details.role, details.teams, details.max_conversations)
    teams = [str(team) for team in dict.fromkeys(details.teams)]
    if by is not None:
        if by.id == account.id and _has_other_rights(account, details):
            raise OwnRights
        if details.role != Role.ADMINISTRATOR:
            await _check_not_last(session, account)
    before = {"role": account.role, "teams": list(account.teams), "max": account.max_conversations}
    account.display_name = details.display_name.strip()
    account.role, account.teams, account.max_conversations = details.role, teams, details.max_conversations
    await session.flush()
    after = {"role": str(account.role), "teams": teams, "max": account.max_conversations}
    changed = {key: value for key, value in after.items() if before[key] != value}
    _record(session, "employee_changed", by, account, now, **changed)
    if set(account.skills) != set(details.skills) or set(account.languages) != set(details.languages):
        abilities = {"skills": details.skills, "languages": details.languages}
        await skills.give(session, account, **abilities, now=now, actor=_actor(by))


async def reset_password(
    session: AsyncSession, by: Employee | None, account: Employee, password: HashedPassword, *, now: datetime
) -> None:
    """Give an account a new password and end its sessions."""
    await employees.set_password(session, account.id, password)
    _record(session, "password_reset", by, account, now)


async def set_active(
    session: AsyncSession, by: Employee | None, account: Employee, *, active: bool, now: datetime
) -> None:
    """Let somebody log in, or not any more.

    Her console counts as gone at once, so that who talks with her goes back to the front of the queue within seconds
    (`bot/housekeeping.py`), and callbacks that she holds within the hour.

    Raises:
        LastAdministrator: nobody would be left who keeps the accounts.
        OwnRights: it is her own account.
    """
    if by is not None and not active:
        if by.id == account.id:
            raise OwnRights
        await _check_not_last(session, account)
    if account.active == active:
        return
    account.active = active
    if not active:
        account.lease_until = None
        await session.execute(delete(EmployeeSession).where(EmployeeSession.employee_id == account.id))
    await session.flush()
    _record(session, "employee_activated" if active else "employee_deactivated", by, account, now)


async def _check_not_last(session: AsyncSession, account: Employee) -> None:
    """All administrators are held, in the order of their ids: two who take the right from each other wait."""
    if account.role != Role.ADMINISTRATOR or not account.active:
        return
    wanted = (
        select(Employee.id)
        .where(
            Employee.municipality == account.municipality,
            Employee.role == Role.ADMINISTRATOR,
            Employee.active.is_(True),
        )
        .order_by(Employee.id)
        .with_for_update()
    )
    if set(await session.scalars(wanted)) <= {account.id}:
        raise LastAdministrator


def _has_other_rights(account: Employee, details: Details) -> bool:
    """Languages are no right: nothing more can be read or taken with them."""
    return (
        account.role != details.role
        or set(account.teams) != set(details.teams)
        or set(account.skills) != set(details.skills)
    )


def _actor(by: Employee | None) -> str:
    return "operator" if by is None else f"employee:{by.id}"


def _check_right(by: Employee) -> None:
    if not may_manage(by):
        raise NotAllowed("only an administrator keeps the accounts")


def _record(
    session: AsyncSession, action: str, by: Employee | None, account: Employee, now: datetime, **details: object
) -> None:
    audit.record(
        session,
        action,
        at=now,
        municipality=account.municipality,
        actor=_actor(by),
        **{"employee": account.id, **details},  # type: ignore[arg-type]
    )
