"""The team lead's overview, on cases whose counts are known by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from fastapi import FastAPI

from handoff import employees, wall
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Level
from handoff.tables import Employee
from handoff.vault import Vault
from handoff.vocabulary import Presence, Role
from tests.console_room import Browser, add_employee, make_log_ins_quick, mounted
from tests.stage import Stage, StoppedClock, new_case

TODAY = dt.date(2026, 11, 24)


async def test_the_wall_counts_who_waits_who_is_there_and_what_is_late(stage: Stage, clock: StoppedClock) -> None:
    anna = await stage.employee("Anna", teams=["publieksbalie", "wonen"])
    bea = await stage.employee("Bea", teams=["publieksbalie"])
    await stage.employee("Cor", teams=["belastingen"])
    await stage.employee("Femke", municipality="fictiedam")
    await stage.waiting_case()
    clock.advance(240)
    await stage.waiting_case(new_case(Level.CRISIS))
    await stage.waiting_case(new_case(team="belastingen"))
    await stage.waiting_case(municipality="fictiedam")
    await stage.held_case(bea)
    await stage.callback(await stage.conversation())
    clock.advance(10)
    async with stage.database.write() as session:
        await employees.set_presence(session, await session.get_one(Employee, bea), Presence.AWAY, now=clock())
    async with stage.database.read() as session:
        me = await session.get_one(Employee, anna)
        found = await wall.read(session, me, now=clock(), today=TODAY)
    balie, wonen = found.teams
    assert (balie.waiting, balie.pressing, balie.in_conversation, balie.callbacks, balie.overdue) == (2, 1, 1, 1, 1)
    assert balie.late == 0
    assert balie.longest == dt.timedelta(seconds=250)
    assert (wonen.waiting, wonen.longest) == (0, None)
    assert [(one.name, one.presence, one.open_conversations) for one in found.people] == [
        ("Bea", "away", 1),
        ("Anna", None, 0),
    ]


async def test_only_a_lead_sees_the_overview(
    database: Database,
    bus: InProcessBus,
    clock: StoppedClock,
    vault: Vault,
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_log_ins_quick(monkeypatch)
    sam = await add_employee(database, clock, "Sam")
    app: FastAPI = mounted(database, bus, clock, vault)
    browser = Browser(app)
    await browser.log_in(sam.email)
    assert (await browser.get("/medewerker/overzicht")).status_code == 404
    assert ">Overzicht</a>" not in (await browser.get("/medewerker/zaken")).text
    async with database.write() as session:
        (await session.get_one(Employee, sam.id)).role = Role.TEAM_LEAD
    await stage.waiting_case()
    clock.advance(300)
    page = (await browser.get("/medewerker/overzicht")).text
    assert "5 minuten" in page
    assert "te weinig om iets over te zeggen" in page
    assert ">Overzicht</a>" in (await browser.get("/medewerker/zaken")).text
