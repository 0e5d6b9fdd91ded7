"""Accounts of employees: adding, logging in with lock-out, sessions, and the lease that says who is present."""

from __future__ import annotations

import asyncio
import math
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, offers
from handoff import skills as abilities
from handoff.bus import Event, queue_subject
from handoff.clock import Clock
from handoff.database import Database, emit
from handoff.exceptions import InvalidEmployee, LogInRefused
from handoff.tables import Case, Employee, EmployeeSession
from handoff.vault import new_token, token_hash
from handoff.vocabulary import CaseKind, CaseState, Presence, Role, Team

MIN_PASSWORD_CHARACTERS = 12
"""NCSC advice for log-ins without a second factor: length over composition rules."""
MAX_NAME_CHARACTERS = 128
FAILURES_BEFORE_LOCK = 5
LOCK_MINUTES = 15
LEASE_SECONDS = 30
"""Three renewals of a console: two may get lost."""
WITHOUT_TEAM = (Role.EDITOR, Role.ADMINISTRATOR, Role.PRIVACY_OFFICER)
"""Roles that need no conversation to do their work. A team gives the right to read; no role does."""
_WRONG = "E-mailadres of wachtwoord klopt niet."

_hasher = PasswordHasher()
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_NOBODY_HASH = _hasher.hash(secrets.token_urlsafe(16))
"""Verified when the account is unknown, so that an unknown name takes as long as a wrong password."""


@dataclass(frozen=True)
class LoggedIn:
    """An employee whose session is valid, and what her pages need to prove it."""

    employee: Employee
    csrf_token: str


@dataclass(frozen=True)
class HashedPassword:
    """A password that may be an employee's, as it is stored; made by `hash_password`."""

    value: str


@dataclass(frozen=True)
class _Verified:
    """A password held against one stored hash; it says nothing about a hash that took its place since."""

    password_hash: str
    right: bool
    new_hash: str | None = None
    """To store instead, when the old one was made with weaker settings."""


async def hash_password(password: str) -> HashedPassword:
    """What is stored of a password; to be made before a transaction, for it is slow on purpose.

    Raises:
        InvalidEmployee: the password is too short.
    """
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise InvalidEmployee(f"the password is too short; use at least {MIN_PASSWORD_CHARACTERS} characters")
    return HashedPassword(await asyncio.to_thread(_hasher.hash, password))


async def add_employee(
    session: AsyncSession,
    *,
    email: str,
    display_name: str,
    password: HashedPassword,
    municipality: str,
    teams: Sequence[str],
    now: datetime,
    role: Role = Role.EMPLOYEE,
    max_conversations: int = 4,
    skills: Sequence[str] = (),
    languages: Sequence[str] = (),
    demo: bool = False,
    actor: str = "operator",
) -> Employee:
    """Add an account.

    Args:
        actor: Who adds it, as in the audit trail.

    Raises:
        InvalidEmployee: an e-mail, name, team or limit that cannot be used, or an e-mail that exists.
    """
    email = email.strip().casefold()
    if not _EMAIL.fullmatch(email):
        raise InvalidEmployee(f"{email!r} is not an e-mail address; give one like name@municipality.nl")
    check_details(display_name, role, teams, max_conversations)
    if await session.scalar(select(Employee.id).where(Employee.email == email)):
        raise InvalidEmployee(f"{email} has an account already; choose another address")
    employee = Employee(
        municipality=municipality,
        email=email,
        display_name=display_name.strip(),
        password_hash=password.value,
        role=role,
        teams=[str(team) for team in dict.fromkeys(teams)],
        demo=demo,
        active=True,
        max_conversations=max_conversations,
        open_conversations=0,
        failed_log_ins=0,
        created_at=now,
    )
    session.add(employee)
    await session.flush()
    audit.record(
        session,
        "employee_added",
        at=now,
        municipality=municipality,
        actor=actor,
        employee=employee.id,
        role=role,
    )
    if skills or languages:
        await abilities.give(session, employee, skills=skills, languages=languages, now=now, actor=actor)
    return employee


def check_details(display_name: str, role: str, teams: Sequence[str], max_conversations: int) -> None:
    """Raises:
    InvalidEmployee: a name, team or limit that cannot be used.
    """
    if not display_name.strip():
        raise InvalidEmployee("the display name is empty; give the name that citizens may see")
    if len(display_name.strip()) > MAX_NAME_CHARACTERS:
        raise InvalidEmployee(f"the display name is too long; use at most {MAX_NAME_CHARACTERS} characters")
    unknown = sorted(set(teams) - set(Team))
    if unknown or (not teams and role not in WITHOUT_TEAM):
        raise InvalidEmployee(f"unknown or missing team {', '.join(unknown)}; choose from {', '.join(Team)}")
    if not 1 <= max_conversations <= 50:
        raise InvalidEmployee("the maximum of open conversations must be from 1 to 50")


async def by_email(session: AsyncSession, email: str) -> Employee:
    """The account with this address.

    Raises:
        InvalidEmployee: there is none.
    """
    found = await session.scalar(select(Employee).where(Employee.email == email.strip().casefold()))
    if found is None:
        raise InvalidEmployee(f"{email} has no account; add one with `balie employee add`")
    return found


async def set_password(session: AsyncSession, employee_id: str, password: HashedPassword) -> None:
    """Replace a password and end every session of the account."""
    changed = {"password_hash": password.value, "failed_log_ins": 0, "locked_until": None}
    await session.execute(update(Employee).where(Employee.id == employee_id).values(**changed))
    await session.execute(delete(EmployeeSession).where(EmployeeSession.employee_id == employee_id))


async def change_own_password(
    database: Database, employee: Employee, password: str, wanted: str, *, clock: Clock, hours: float
) -> str:
    """Replace her password, at her own wish, and end her sessions; returns the token of the one that she goes on in.

    Her old password is held against the account as at a log-in, so that guessing at a console that was left open locks
    it too. It is no log-in: whether she takes new cases stays as it is.

    Raises:
        InvalidEmployee: the new password is too short.
        LogInRefused: the old one is wrong, or the account is locked or inactive.
    """
    account_id, verified = await _held_against_account(database, employee.email, password, clock)
    hashed = await hash_password(wanted)
    async with database.write() as session:
        now = clock()
        account = await _settle(session, account_id, verified, now=now)
        token = None
        if account is not None:
            await set_password(session, account.id, hashed)
            token = open_session(session, account, now=now, hours=hours)
            audit.record(
                session,
                "password_changed",
                at=now,
                municipality=account.municipality,
                actor=f"employee:{account.id}",
                employee=account.id,
            )
    if token is None:
        raise LogInRefused(_WRONG)
    return token


async def log_in(database: Database, email: str, password: str, *, clock: Clock, hours: float) -> str:
    """Open a session for who has this e-mail and password, and return its token; counts failures, locks after five.

    Raises:
        LogInRefused: unknown, wrong, locked or inactive; the text is the same for all but the lock.
    """
    account_id, verified = await _held_against_account(database, email, password, clock)
    async with database.write() as session:
        now = clock()
        employee = await _settle(session, account_id, verified, now=now)
        token = None
        if employee is not None:
            employee.presence = Presence.AVAILABLE
            token = open_session(session, employee, now=now, hours=hours)
            actor = f"employee:{employee.id}"
            audit.record(session, "log_in", at=now, municipality=employee.municipality, actor=actor)
    if token is None:
        raise LogInRefused(_WRONG)
    return token


async def _held_against_account(database: Database, email: str, password: str, clock: Clock) -> tuple[str, _Verified]:
    """The account with this e-mail, and its password verified.

    Outside any transaction, for that is slow on purpose and would keep others from writing.

    Raises:
        LogInRefused: unknown or locked.
    """
    wanted = select(Employee.id, Employee.password_hash, Employee.locked_until).where(
        Employee.email == email.strip().casefold()
    )
    async with database.read() as session:
        account = (await session.execute(wanted)).one_or_none()
    if account is None:
        await asyncio.to_thread(_verify, _NOBODY_HASH, password)
        raise LogInRefused(_WRONG)
    _refuse_locked(account.locked_until, clock())
    return account.id, await asyncio.to_thread(_verify, account.password_hash, password)


async def _settle(session: AsyncSession, employee_id: str, verified: _Verified, *, now: datetime) -> Employee | None:
    """The account if it is still as it was verified; counts the failure, and is None, when the password was wrong."""
    wanted = select(Employee).where(Employee.id == employee_id).with_for_update()
    employee = (await session.scalars(wanted)).one_or_none()
    if employee is None or not employee.active or employee.password_hash != verified.password_hash:
        return None
    _refuse_locked(employee.locked_until, now)
    if not verified.right:
        _count_failure(session, employee, now)
        return None
    employee.failed_log_ins = 0
    employee.locked_until = None
    if verified.new_hash is not None:
        employee.password_hash = verified.new_hash
    return employee


def _count_failure(session: AsyncSession, employee: Employee, now: datetime) -> None:
    employee.failed_log_ins += 1
    if employee.failed_log_ins < FAILURES_BEFORE_LOCK:
        return
    employee.locked_until = now + timedelta(minutes=LOCK_MINUTES)
    employee.failed_log_ins = 0
    audit.record(session, "log_in_locked", at=now, municipality=employee.municipality, actor=f"employee:{employee.id}")


def _refuse_locked(locked_until: datetime | None, now: datetime) -> None:
    if locked_until is None or locked_until <= now:
        return
    seconds = math.ceil((locked_until - now).total_seconds())
    minutes = math.ceil(seconds / 60)
    raise LogInRefused(
        f"Te vaak een verkeerd wachtwoord. Probeer het over {minutes} minuten opnieuw.",
        locked_seconds=seconds,
    )


def open_session(session: AsyncSession, employee: Employee, *, now: datetime, hours: float) -> str:
    """Start a session and return the token for its cookie, the only place where it exists in the clear."""
    token = new_token()
    session.add(
        EmployeeSession(
            employee_id=employee.id,
            token_hash=token_hash(token),
            csrf_token=secrets.token_urlsafe(24),
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    return token


async def by_session(session: AsyncSession, token: str, *, now: datetime) -> LoggedIn | None:
    """Who this session token belongs to; None when it is unknown, expired, or the account is not active."""
    return (await by_sessions(session, (token,), now=now)).get(token)


async def by_sessions(session: AsyncSession, tokens: Collection[str], *, now: datetime) -> dict[str, LoggedIn]:
    """The same for several tokens; without those that belong to nobody."""
    token_of = {token_hash(token): token for token in tokens}
    rows = await session.execute(
        select(EmployeeSession.token_hash, Employee, EmployeeSession.csrf_token)
        .join(EmployeeSession, EmployeeSession.employee_id == Employee.id)
        .where(
            EmployeeSession.token_hash.in_(token_of),
            EmployeeSession.expires_at > now,
            Employee.active.is_(True),
        )
    )
    return {token_of[hashed]: LoggedIn(employee, csrf_token) for hashed, employee, csrf_token in rows}


async def close_session(session: AsyncSession, token: str) -> None:
    """Log out."""
    await session.execute(delete(EmployeeSession).where(EmployeeSession.token_hash == token_hash(token)))


async def renew_lease(session: AsyncSession, employee_id: str, *, now: datetime) -> None:
    """Her console is open: she counts as present for the next 30 seconds."""
    until = now + timedelta(seconds=LEASE_SECONDS)
    await session.execute(update(Employee).where(Employee.id == employee_id).values(lease_until=until))


async def renew_leases(session: AsyncSession, employee_ids: Collection[str], *, now: datetime) -> None:
    """Their consoles are open: they count as present for the next 30 seconds.

    Whose row is held at this moment is passed over, and is in time with the next renewal: who waits for several rows
    while others do the same could wait for ever.
    """
    until = now + timedelta(seconds=LEASE_SECONDS)
    free = select(Employee.id).where(Employee.id.in_(employee_ids)).with_for_update(skip_locked=True)
    await session.execute(update(Employee).where(Employee.id.in_(free)).values(lease_until=until))


async def end_lease(session: AsyncSession, employee_id: str) -> None:
    """She logged out."""
    await session.execute(update(Employee).where(Employee.id == employee_id).values(lease_until=None))


async def set_presence(session: AsyncSession, employee: Employee, presence: Presence, *, now: datetime) -> None:
    """She says whether she takes new cases; her colleagues and who waits may notice."""
    values: dict[str, object] = {"presence": presence}
    if presence is Presence.AVAILABLE:
        values["idle_since"] = now  # she stands at the end of who is offered the next case
    await session.execute(update(Employee).where(Employee.id == employee.id).values(**values))
    if presence is not Presence.AVAILABLE:
        await offers.end_of(session, employee.id, now=now)
    audit.record(
        session,
        "presence",
        at=now,
        municipality=employee.municipality,
        actor=f"employee:{employee.id}",
        presence=presence,
    )
    emit(session, Event(queue_subject(employee.municipality), "presence"))


async def set_sound(session: AsyncSession, employee_id: str, *, on: bool) -> None:
    """Whether her console may make itself heard."""
    await session.execute(update(Employee).where(Employee.id == employee_id).values(with_sound=on))


async def absent_with_citizens(session: AsyncSession, *, now: datetime) -> Sequence[str]:
    """Ids of employees who hold a conversation although their console is gone."""
    talks = select(Case.id).where(
        Case.employee_id == Employee.id, Case.state == CaseState.HELD, Case.kind == CaseKind.CONVERSATION
    )
    wanted = select(Employee.id).where(Employee.open_conversations > 0, _is_absent(now), talks.exists())
    return (await session.scalars(wanted.order_by(Employee.id))).all()


async def absent_with_calls(session: AsyncSession, *, now: datetime, claimed_before: datetime) -> Sequence[str]:
    """Ids of employees whose console is gone and who hold anything but a conversation since before that moment."""
    calls = select(Case.id).where(
        Case.employee_id == Employee.id,
        Case.state == CaseState.HELD,
        Case.kind != CaseKind.CONVERSATION,
        Case.claimed_at <= claimed_before,
    )
    wanted = select(Employee.id).where(Employee.open_conversations > 0, _is_absent(now), calls.exists())
    return (await session.scalars(wanted.order_by(Employee.id))).all()


async def end_lapsed_lease(session: AsyncSession, employee_id: str, *, now: datetime) -> Employee | None:
    """Hold an employee whose console is gone until the transaction ends; None when she is back."""
    wanted = update(Employee).where(Employee.id == employee_id, _is_absent(now)).values(lease_until=None)
    found = await session.scalars(wanted.returning(Employee), execution_options={"populate_existing": True})
    return found.one_or_none()


def _is_absent(now: datetime) -> ColumnElement[bool]:
    return or_(Employee.lease_until.is_(None), Employee.lease_until <= now)


async def colleagues(session: AsyncSession, employee: Employee, team: str) -> Sequence[Employee]:
    """Other active employees of the same municipality in `team`, by name."""
    wanted = (
        select(Employee)
        .where(
            Employee.municipality == employee.municipality,
            Employee.id != employee.id,
            Employee.active.is_(True),
        )
        .order_by(Employee.display_name)
    )
    return [one for one in await session.scalars(wanted) if team in one.teams]


async def demo_accounts(session: AsyncSession) -> Sequence[Employee]:
    """The accounts that `balie run --demo` made; a real start refuses to run with them."""
    return (await session.scalars(select(Employee).where(Employee.demo.is_(True)))).all()


def _verify(password_hash: str, password: str) -> _Verified:
    """To be called in a thread: argon2 takes tens of milliseconds, in which every conversation would stand still."""
    try:
        _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return _Verified(password_hash, right=False)
    new_hash = _hasher.hash(password) if _hasher.check_needs_rehash(password_hash) else None
    return _Verified(password_hash, right=True, new_hash=new_hash)
