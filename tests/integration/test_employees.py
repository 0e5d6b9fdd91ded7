"""Accounts: who gets in, who is locked out, how long a log-in lasts, and who is present."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from handoff import employees, queue
from handoff.exceptions import InvalidEmployee, LogInRefused
from handoff.tables import AuditLine, Employee, EmployeeSession
from tests.stage import CITY, Stage

PASSWORD = "paard-batterij-nietje"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 is slow on purpose; the tests need its rules, not its slowness."""
    monkeypatch.setattr(employees, "_hasher", QUICK)
    monkeypatch.setattr(employees, "_NOBODY_HASH", QUICK.hash("nobody"))


OTHER = "een-ander-lang-wachtwoord"


async def add(
    stage: Stage, email: str = "anna@voorbeeldstad.example", *, password: str = PASSWORD, **given: object
) -> Employee:
    wanted: dict[str, object] = {
        "display_name": "Anna",
        "password": await employees.hash_password(password),
        "municipality": CITY,
        "teams": ["publieksbalie"],
        **given,
    }
    async with stage.database.write() as session:
        return await employees.add_employee(session, email=email, now=stage.clock(), **wanted)  # type: ignore[arg-type]


async def log_in(
    stage: Stage, password: str = PASSWORD, email: str = "anna@voorbeeldstad.example"
) -> Employee | LogInRefused:
    try:
        token = await employees.log_in(stage.database, email, password, clock=stage.clock, hours=9)
    except LogInRefused as refused:
        return refused
    async with stage.database.read() as session:
        found = await employees.by_session(session, token, now=stage.clock())
    assert found is not None
    return found.employee


async def test_an_account_is_stored_without_its_password_and_on_the_record(stage: Stage) -> None:
    anna = await add(stage, email="  Anna@Voorbeeldstad.example ")
    assert anna.email == "anna@voorbeeldstad.example"
    assert PASSWORD not in anna.password_hash
    async with stage.database.read() as session:
        (line,) = (await session.scalars(select(AuditLine))).all()
    assert (line.action, line.actor, line.details) == (
        "employee_added",
        "operator",
        {"employee": anna.id, "role": "employee"},
    )


@pytest.mark.parametrize(
    "given",
    [
        {"email": "geen-adres"},
        {"email": "twee@@post.example"},
        {"display_name": "  "},
        {"display_name": "A" * 200},
        {"password": "elf-tekens!"},
        {"teams": []},
        {"teams": ["toverbalie"]},
        {"max_conversations": 0},
        {"max_conversations": 51},
    ],
    ids=str,
)
async def test_details_that_cannot_be_used_are_refused_and_leave_nothing(
    stage: Stage, given: dict[str, object]
) -> None:
    with pytest.raises(InvalidEmployee):
        await add(stage, **given)  # type: ignore[arg-type]
    assert await stage.count(Employee) == 0


async def test_one_address_has_one_account(stage: Stage) -> None:
    await add(stage)
    with pytest.raises(InvalidEmployee, match="has an account already"):
        await add(stage, email="ANNA@voorbeeldstad.example")


async def test_the_right_password_lets_her_in(stage: Stage) -> None:
    anna = await add(stage)
    found = await log_in(stage, email="Anna@Voorbeeldstad.example ")
    assert isinstance(found, Employee)
    assert found.id == anna.id


async def test_unknown_wrong_and_inactive_get_the_same_words(stage: Stage) -> None:
    anna = await add(stage)
    wrong = await log_in(stage, "verkeerd-wachtwoord")
    unknown = await log_in(stage, email="niemand@voorbeeldstad.example")
    async with stage.database.write() as session:
        await session.execute(update(Employee).where(Employee.id == anna.id).values(active=False))
    inactive = await log_in(stage)
    assert isinstance(wrong, LogInRefused)
    assert str(wrong) == str(unknown) == str(inactive)


async def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(stage: Stage) -> None:
    await add(stage)
    for _ in range(5):
        refused = await log_in(stage, "verkeerd-wachtwoord")
        assert isinstance(refused, LogInRefused)
        assert refused.locked_seconds == 0
    locked = await log_in(stage)
    assert isinstance(locked, LogInRefused)
    assert locked.locked_seconds == 15 * 60
    assert "over 15 minuten" in str(locked)
    stage.clock.advance(15 * 60 - 1)
    assert isinstance(await log_in(stage), LogInRefused)
    stage.clock.advance(1)
    assert isinstance(await log_in(stage), Employee)
    async with stage.database.read() as session:
        actions = [line.action for line in await session.scalars(select(AuditLine))]
    assert actions.count("log_in_locked") == 1


async def test_a_good_log_in_starts_the_count_again(stage: Stage) -> None:
    await add(stage)
    for _ in range(3):
        for _ in range(4):
            await log_in(stage, "verkeerd-wachtwoord")
        assert isinstance(await log_in(stage), Employee)


async def test_a_password_hashed_with_old_settings_is_hashed_again_at_log_in(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await add(stage)
    monkeypatch.setattr(employees, "_hasher", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    found = await log_in(stage)
    assert isinstance(found, Employee)
    assert found.password_hash != old.password_hash
    assert "t=2" in found.password_hash
    assert isinstance(await log_in(stage), Employee)


class SlowHasher(PasswordHasher):
    """Verifies only when it is told to go on."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - its name upstream
        self.begun.set()
        assert self.go_on.wait(10)
        return super().verify(hash, password)


@pytest.mark.parametrize("meanwhile", ["new password", "locked", "deactivated", "nothing"])
async def test_while_a_password_is_verified_others_write_and_what_they_changed_counts(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    anna = await add(stage)
    other = await employees.hash_password(OTHER)
    slow = SlowHasher()
    monkeypatch.setattr(employees, "_hasher", slow)
    logging_in = asyncio.create_task(log_in(stage))
    try:
        assert await asyncio.to_thread(slow.begun.wait, 10)
        async with asyncio.timeout(5), stage.database.write() as session:  # no transaction stands in the way
            if meanwhile == "new password":
                await employees.set_password(session, anna.id, other)
            elif meanwhile != "nothing":
                changed: dict[str, object] = {"active": False}
                if meanwhile == "locked":
                    changed = {"locked_until": stage.clock() + timedelta(minutes=15)}
                await session.execute(update(Employee).where(Employee.id == anna.id).values(**changed))
    finally:
        slow.go_on.set()
    outcome = await logging_in
    assert isinstance(outcome, Employee if meanwhile == "nothing" else LogInRefused)
    assert await stage.count(EmployeeSession) == (1 if meanwhile == "nothing" else 0)


async def test_wrong_passwords_at_the_same_time_are_all_counted(stage: Stage) -> None:
    await add(stage)
    await asyncio.gather(*(log_in(stage, "verkeerd-wachtwoord") for _ in range(5)))
    locked = await log_in(stage)
    assert isinstance(locked, LogInRefused)
    assert locked.locked_seconds > 0


async def test_a_stored_hash_that_is_none_lets_nobody_in(stage: Stage) -> None:
    await stage.employee("Bea")
    assert isinstance(await log_in(stage, "!", "bea1@voorbeeldstad.example"), LogInRefused)


async def test_a_session_is_known_by_its_token_until_it_ends(stage: Stage) -> None:
    anna = await add(stage)
    async with stage.database.write() as session:
        token = employees.open_session(session, anna, now=stage.clock(), hours=9)

    async def who(given: str) -> employees.LoggedIn | None:
        async with stage.database.read() as session:
            return await employees.by_session(session, given, now=stage.clock())

    found = await who(token)
    assert found is not None
    assert found.employee.id == anna.id
    assert await who(token + "x") is None
    stage.clock.advance(9 * 3600 - 1)
    assert await who(token) is not None
    stage.clock.advance(1)
    assert await who(token) is None


async def test_the_token_of_a_session_is_nowhere_in_the_database(stage: Stage) -> None:
    anna = await add(stage)
    async with stage.database.write() as session:
        token = employees.open_session(session, anna, now=stage.clock(), hours=9)
    async with stage.database.read() as session:
        (row,) = (await session.scalars(select(EmployeeSession))).all()
    assert token not in repr(vars(row))


@pytest.mark.parametrize("how", ["log out", "new password", "deactivated"])
async def test_a_session_ends_when_it_must(stage: Stage, how: str) -> None:
    anna = await add(stage)
    async with stage.database.write() as session:
        token = employees.open_session(session, anna, now=stage.clock(), hours=9)
    async with stage.database.write() as session:
        if how == "log out":
            await employees.close_session(session, token)
        elif how == "new password":
            await employees.set_password(session, anna.id, await employees.hash_password(OTHER))
        else:
            await session.execute(update(Employee).where(Employee.id == anna.id).values(active=False))
    async with stage.database.read() as session:
        assert await employees.by_session(session, token, now=stage.clock()) is None


async def test_a_new_password_opens_a_locked_account_and_the_old_one_opens_nothing(stage: Stage) -> None:
    anna = await add(stage)
    for _ in range(5):
        await log_in(stage, "verkeerd-wachtwoord")
    async with stage.database.write() as session:
        await employees.set_password(session, anna.id, await employees.hash_password(OTHER))
    assert isinstance(await log_in(stage, OTHER), Employee)
    assert isinstance(await log_in(stage), LogInRefused)


async def test_an_employee_is_present_for_her_own_team_while_her_lease_runs(stage: Stage) -> None:
    anna = await add(stage, teams=["wonen"])

    async def present(team: str, municipality: str = CITY) -> bool:
        async with stage.database.read() as session:
            return await queue.anybody_present(session, municipality, team, now=stage.clock())

    assert not await present("wonen")
    async with stage.database.write() as session:
        await employees.renew_lease(session, anna.id, now=stage.clock())
    assert await present("wonen")
    assert not await present("publieksbalie")
    assert not await present("wonen", "fictiedam")
    stage.clock.advance(employees.LEASE_SECONDS)
    assert not await present("wonen")


async def test_colleagues_are_active_of_the_same_team_and_municipality_and_not_herself(stage: Stage) -> None:
    anna = await add(stage, teams=["wonen", "parkeren"])
    bea = await stage.employee("Bea", teams=["wonen"])
    await stage.employee("Cato", teams=["parkeren"])
    await stage.employee("Dina", teams=["wonen"], municipality="fictiedam")
    await stage.employee("Eva", teams=["wonen"], active=False)
    async with stage.database.read() as session:
        assert [one.id for one in await employees.colleagues(session, anna, "wonen")] == [bea]
