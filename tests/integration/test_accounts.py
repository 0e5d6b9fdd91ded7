"""Accounts: who keeps them, that nobody locks herself out, and that no role alone reads a conversation."""

from __future__ import annotations

import asyncio
import re
import threading

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import select

from handoff import accounts, dossier, employees
from handoff.accounts import Details
from handoff.database import Database
from handoff.exceptions import InvalidEmployee, LastAdministrator, LogInRefused, NotAllowed, OwnRights
from handoff.tables import AuditLine, Employee
from handoff.vocabulary import Presence, Role
from tests.console_room import PASSWORD, Browser, add_employee
from tests.stage import CITY, Stage, StoppedClock

EMPLOYEE = Details("Kim", Role.EMPLOYEE, ["publieksbalie"], 4)


async def made(database: Database, clock: StoppedClock, name: str, role: Role, municipality: str = CITY) -> Employee:
    await add_employee(database, clock, name, municipality=municipality)
    async with database.write() as session:
        account = await employees.by_email(session, f"{name.casefold()}@{municipality}.example")
        account.role = role
        if role is Role.ADMINISTRATOR:
            account.teams = []
    return account


@pytest.fixture
async def bea(database: Database, clock: StoppedClock, quick_log_ins: None) -> Employee:
    """An administrator."""
    return await made(database, clock, "Bea", Role.ADMINISTRATOR)


async def changed(stage: Stage, by: Employee | None, account: Employee, details: Details) -> Employee:
    async with stage.database.write() as session:
        one = await session.get_one(Employee, account.id)
        await accounts.change(session, by, one, details, now=stage.clock())
    return one


async def activity(stage: Stage, by: Employee | None, account: Employee, *, active: bool) -> Employee:
    async with stage.database.write() as session:
        one = await session.get_one(Employee, account.id)
        await accounts.set_active(session, by, one, active=active, now=stage.clock())
    return one


async def actions(stage: Stage) -> list[tuple[str, str]]:
    """What was done to accounts, and by whom."""
    async with stage.database.read() as session:
        lines = await session.scalars(select(AuditLine).order_by(AuditLine.at))
        return [(line.action, line.actor) for line in lines if "employee" in line.details]


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.ADMINISTRATOR])
async def test_only_an_administrator_keeps_accounts(
    stage: Stage, clock: StoppedClock, quick_log_ins: None, role: Role
) -> None:
    somebody = await made(stage.database, clock, "Tom", role)
    password = await accounts.new_password()
    async with stage.database.write() as session:
        for refused in (
            accounts.of_municipality(session, somebody),
            accounts.one(session, somebody, somebody.id),
            accounts.add(session, somebody, "kim@x.example", EMPLOYEE, password.hashed, now=clock()),
        ):
            with pytest.raises(NotAllowed):
                await refused


async def test_accounts_of_another_municipality_are_not_hers(stage: Stage, clock: StoppedClock, bea: Employee) -> None:
    other = await made(stage.database, clock, "Femke", Role.EMPLOYEE, "fictiedam")
    async with stage.database.read() as session:
        assert [one.display_name for one in await accounts.of_municipality(session, bea)] == ["Bea"]
        with pytest.raises(NotAllowed):
            await accounts.one(session, bea, other.id)


async def test_a_new_account_logs_in_with_the_password_that_was_shown(
    stage: Stage, clock: StoppedClock, bea: Employee
) -> None:
    details = Details("Kim", Role.TEAM_LEAD, ["wonen", "wonen"], 6, ["crisis"], ["en"])
    password = await accounts.new_password()
    async with stage.database.write() as session:
        account = await accounts.add(session, bea, "Kim@Voorbeeldstad.example", details, password.hashed, now=clock())
    assert (account.municipality, account.role, account.teams, account.skills) == (
        CITY,
        "team_lead",
        ["wonen"],
        ["crisis"],
    )
    assert await employees.log_in(stage.database, "kim@voorbeeldstad.example", password.clear, clock=clock, hours=9)
    assert ("employee_added", f"employee:{bea.id}") in await actions(stage)


async def test_a_change_is_recorded_with_what_changed(stage: Stage, clock: StoppedClock, bea: Employee) -> None:
    tom = await made(stage.database, clock, "Tom", Role.EMPLOYEE)
    clock.advance(1)
    await changed(stage, bea, tom, Details("Tom", Role.TEAM_LEAD, ["wonen"], 4))
    async with stage.database.read() as session:
        [line] = await session.scalars(select(AuditLine).where(AuditLine.action == "employee_changed"))
    assert line.details == {"employee": tom.id, "role": "team_lead", "teams": ["wonen"]}


async def test_who_gave_a_skill_stands_beside_it(stage: Stage, clock: StoppedClock, bea: Employee) -> None:
    details = Details("Kim", Role.EMPLOYEE, ["wonen"], 4, ["crisis"])
    password = await accounts.new_password()
    async with stage.database.write() as session:
        kim = await accounts.add(session, bea, "kim@voorbeeldstad.example", details, password.hashed, now=clock())
    await changed(stage, bea, kim, EMPLOYEE)
    await changed(stage, None, kim, details)
    given = [actor for action, actor in await actions(stage) if action == "employee_abilities"]
    assert sorted(given) == sorted([f"employee:{bea.id}", f"employee:{bea.id}", "operator"])


@pytest.mark.parametrize(
    "details",
    [
        Details("", Role.EMPLOYEE, ["wonen"], 4),
        Details("Tom", Role.EMPLOYEE, [], 4),
        Details("Tom", Role.EMPLOYEE, ["bestaat-niet"], 4),
        Details("Tom", Role.EMPLOYEE, ["wonen"], 0),
        Details("Tom", Role.EMPLOYEE, ["wonen"], 51),
    ],
)
async def test_details_that_cannot_be_are_refused(
    stage: Stage, clock: StoppedClock, bea: Employee, details: Details
) -> None:
    tom = await made(stage.database, clock, "Tom", Role.EMPLOYEE)
    with pytest.raises(InvalidEmployee):
        await changed(stage, bea, tom, details)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMINISTRATOR, Role.PRIVACY_OFFICER])
async def test_who_needs_no_conversations_needs_no_team(
    stage: Stage, clock: StoppedClock, bea: Employee, role: Role
) -> None:
    tom = await made(stage.database, clock, "Tom", Role.EMPLOYEE)
    assert (await changed(stage, bea, tom, Details("Tom", role, [], 4))).teams == []


async def test_no_role_alone_reads_a_conversation(stage: Stage, clock: StoppedClock, quick_log_ins: None) -> None:
    case_id = await stage.waiting_case()
    for number, role in enumerate(Role):
        somebody = await made(stage.database, clock, f"Tom{number}", role)
        async with stage.database.write() as session:
            (await session.get_one(Employee, somebody.id)).teams = []
        async with stage.database.read() as session:
            with pytest.raises(NotAllowed):
                await dossier.read(session, case_id, await session.get_one(Employee, somebody.id))


# Nobody locks herself out


async def test_nobody_gives_herself_a_team_or_another_role(stage: Stage, clock: StoppedClock, bea: Employee) -> None:
    await made(stage.database, clock, "Ada", Role.ADMINISTRATOR)
    for details in (
        Details("Bea", Role.ADMINISTRATOR, ["wonen"], 4),
        Details("Bea", Role.EDITOR, [], 4),
        Details("Bea", Role.ADMINISTRATOR, [], 4, ["crisis"]),
    ):
        with pytest.raises(OwnRights):
            await changed(stage, bea, bea, details)
    with pytest.raises(OwnRights):
        await activity(stage, bea, bea, active=False)
    assert (await changed(stage, bea, bea, Details("Bea B.", Role.ADMINISTRATOR, [], 4))).display_name == "Bea B."


async def test_the_last_administrator_stays(stage: Stage, clock: StoppedClock, bea: Employee) -> None:
    ada = await made(stage.database, clock, "Ada", Role.ADMINISTRATOR)
    await made(stage.database, clock, "Femke", Role.ADMINISTRATOR, "fictiedam")
    await activity(stage, bea, ada, active=False)
    with pytest.raises(LastAdministrator):
        await changed(stage, ada, bea, Details("Bea", Role.EDITOR, [], 4))
    with pytest.raises(LastAdministrator):
        await activity(stage, ada, bea, active=False)
    assert (await activity(stage, None, bea, active=False)).active is False  # the operator may


async def test_two_administrators_cannot_take_the_right_from_each_other(
    stage: Stage, clock: StoppedClock, bea: Employee
) -> None:
    ada = await made(stage.database, clock, "Ada", Role.ADMINISTRATOR)
    ended = await asyncio.gather(
        activity(stage, bea, ada, active=False), activity(stage, ada, bea, active=False), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in ended) == ["Employee", "LastAdministrator"]


# Passwords and stopping


async def test_a_new_password_ends_what_was_logged_in(stage: Stage, clock: StoppedClock, bea: Employee) -> None:
    tom = await made(stage.database, clock, "Tom", Role.EMPLOYEE)
    token = await employees.log_in(stage.database, tom.email, PASSWORD, clock=clock, hours=9)
    password = await accounts.new_password()
    async with stage.database.write() as session:
        await accounts.reset_password(session, bea, tom, password.hashed, now=clock())
    async with stage.database.read() as session:
        assert await employees.by_session(session, token, now=clock()) is None
    with pytest.raises(LogInRefused):
        await employees.log_in(stage.database, tom.email, PASSWORD, clock=clock, hours=9)
    assert await employees.log_in(stage.database, tom.email, password.clear, clock=clock, hours=9)
    assert ("password_reset", f"employee:{bea.id}") in await actions(stage)


async def test_a_stopped_account_is_logged_out_and_its_citizens_are_missed_at_once(
    stage: Stage, clock: StoppedClock, bea: Employee
) -> None:
    tom = await made(stage.database, clock, "Tom", Role.EMPLOYEE)
    token = await employees.log_in(stage.database, tom.email, PASSWORD, clock=clock, hours=9)
    await stage.renew(tom.id)
    await stage.held_case(tom.id)
    await activity(stage, bea, tom, active=False)
    async with stage.database.read() as session:
        assert await employees.by_session(session, token, now=clock()) is None
        assert await employees.absent_with_citizens(session, now=clock()) == [tom.id]
    with pytest.raises(LogInRefused):
        await employees.log_in(stage.database, tom.email, PASSWORD, clock=clock, hours=9)
    await activity(stage, bea, tom, active=True)
    assert await employees.log_in(stage.database, tom.email, PASSWORD, clock=clock, hours=9)


# The pages


@pytest.fixture
async def admin(app: FastAPI, bea: Employee) -> Browser:
    browser = Browser(app)
    assert (await browser.log_in(bea.email)).headers["location"] == "/medewerker/beheer/medewerkers"
    return browser


async def test_an_administrator_makes_and_changes_an_account_on_the_page(admin: Browser, stage: Stage) -> None:
    assert ">Bea</a>" in (await admin.get("/medewerker/beheer/medewerkers")).text
    fields = {
        "email": "kim@voorbeeldstad.example",
        "naam": "Kim",
        "rol": "employee",
        "hoogste": "3",
        "team-wonen": "ja",
    }
    page = await admin.post("/medewerker/beheer/medewerkers", **fields, crisis="ja", **{"taal-en": "ja"})
    assert page.status_code == 200
    password = re.search(r'<code class="geheim">([^<]{20})</code>', page.text)
    assert password is not None
    address = re.search(r'action="(/medewerker/beheer/medewerkers/[0-9a-f-]{36})"', page.text)
    assert address is not None
    assert password.group(1) not in (await admin.get(address.group(1))).text
    answer = await admin.post(address.group(1), naam="Kim K.", rol="editor", hoogste="2")
    assert answer.headers["location"].endswith("?melding=bewaard")
    async with stage.database.read() as session:
        kim = await employees.by_email(session, "kim@voorbeeldstad.example")
    assert (kim.display_name, kim.role, kim.teams, kim.max_conversations) == ("Kim K.", "editor", [], 2)
    assert (kim.skills, kim.languages) == ([], [])


async def test_what_is_refused_is_said_in_words_and_keeps_what_was_typed(admin: Browser, bea: Employee) -> None:
    page = await admin.post(
        "/medewerker/beheer/medewerkers", email=bea.email, naam="Kim <b>", rol="employee", hoogste="4"
    )
    assert page.status_code == 422
    assert "Is er een team" in page.text
    assert 'value="Kim &lt;b&gt;"' in page.text
    mine = f"/medewerker/beheer/medewerkers/{bea.id}"
    page = await admin.post(mine, naam="Bea", rol="employee", hoogste="4", **{"team-wonen": "ja"})
    assert page.status_code == 422
    assert "wijzigt een andere beheerder" in page.text
    assert (await admin.post(f"{mine}/actief", stand="uit")).status_code == 422


async def test_others_are_turned_away_from_every_page(browser: Browser, sam: Employee) -> None:
    for address in ("medewerkers", f"medewerkers/{sam.id}", "gemeente"):
        assert (await browser.get(f"/medewerker/beheer/{address}")).status_code == 404
    mine = f"/medewerker/beheer/medewerkers/{sam.id}"
    for form in ("", "/wachtwoord", "/actief"):
        assert (await browser.post(f"{mine}{form}", rol="administrator")).status_code == 404
    page = (await browser.get("/medewerker/zaken")).text
    assert "Accounts" not in page
    assert "Verantwoording" not in page


# One's own password


NEW = "nog een lang wachtwoord"


async def test_who_changes_her_password_goes_on_and_is_logged_out_elsewhere(
    app: FastAPI, browser: Browser, sam: Employee, database: Database, clock: StoppedClock
) -> None:
    elsewhere = Browser(app)
    await elsewhere.log_in(sam.email)
    answer = await browser.post("/medewerker/wachtwoord", nu=PASSWORD, nieuw=NEW, nogmaals=NEW)
    assert answer.headers["location"] == "/medewerker/wachtwoord?melding=gewijzigd"
    assert "Uw wachtwoord is gewijzigd." in (await browser.get(answer.headers["location"])).text
    assert (await elsewhere.get("/medewerker/zaken")).status_code == 303
    with pytest.raises(LogInRefused):
        await employees.log_in(database, sam.email, PASSWORD, clock=clock, hours=9)


async def test_who_changes_her_password_stays_as_available_as_she_was(
    browser: Browser, sam: Employee, database: Database, clock: StoppedClock
) -> None:
    async with database.write() as session:
        await employees.set_presence(session, sam, Presence.AWAY, now=clock())
    await browser.post("/medewerker/wachtwoord", nu=PASSWORD, nieuw=NEW, nogmaals=NEW)
    async with database.read() as session:
        assert (await session.get_one(Employee, sam.id)).presence == Presence.AWAY
        lines = await session.scalars(select(AuditLine.action).where(AuditLine.actor == f"employee:{sam.id}"))
        assert sorted(lines) == ["log_in", "password_changed", "presence"]


async def test_no_password_is_hashed_while_others_wait_to_write(
    admin: Browser, sam: Employee, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed_in = []

    class Watched(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            hashed_in.append(threading.current_thread())
            assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
            return super().hash(password, salt=salt)

    monkeypatch.setattr(employees, "_hasher", Watched(time_cost=1, memory_cost=8, parallelism=1))
    await admin.post("/medewerker/wachtwoord", nu=PASSWORD, nieuw=NEW, nogmaals=NEW)
    accounts_page = "/medewerker/beheer/medewerkers"
    page = await admin.post(f"{accounts_page}/{sam.id}/wachtwoord")
    assert page.status_code == 200
    page = await admin.post(accounts_page, email="kim@x.example", naam="Kim", rol="editor", hoogste="2")
    assert page.status_code == 200
    assert len(hashed_in) == 3
    assert threading.main_thread() not in hashed_in


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"nu": "fout", "nieuw": NEW, "nogmaals": NEW}, "Uw huidige wachtwoord klopt niet."),
        ({"nu": PASSWORD, "nieuw": "kort", "nogmaals": "kort"}, "minstens 12 tekens"),
        ({"nu": PASSWORD, "nieuw": NEW, "nogmaals": "x"}, "niet gelijk"),
    ],
)
async def test_a_refused_password_changes_nothing(
    browser: Browser, sam: Employee, database: Database, clock: StoppedClock, fields: dict[str, str], says: str
) -> None:
    page = await browser.post("/medewerker/wachtwoord", **fields)
    assert page.status_code == 422
    assert says in page.text
    assert await employees.log_in(database, sam.email, PASSWORD, clock=clock, hours=9)


async def test_guessing_at_a_console_that_was_left_open_locks_the_account(browser: Browser) -> None:
    for _ in range(5):
        page = await browser.post("/medewerker/wachtwoord", nu="fout", nieuw=NEW, nogmaals=NEW)
    page = await browser.post("/medewerker/wachtwoord", nu=PASSWORD, nieuw=NEW, nogmaals=NEW)
    assert "Te vaak een verkeerd wachtwoord" in page.text
