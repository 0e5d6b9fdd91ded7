"""A callback that is not answered: three attempts on two days, then a message; and none is ever forgotten."""

from __future__ import annotations

import datetime as dt

import pytest
from fastapi import FastAPI

from bot.desk import Desk, next_call_day
from bot.housekeeping import RollCall
from handoff import ownership
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.exceptions import NotAllowed
from handoff.ownership.calls import days_of
from handoff.vault import Vault
from handoff.vocabulary import CaseState, Outcome
from tests.console_room import Browser, add_employee, make_log_ins_quick, mounted
from tests.counter import FakeRasa, make_desk
from tests.stage import Stage, StoppedClock

DAY = 24 * 3600


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    return make_desk(database, bus, vault, clock, FakeRasa())


def tomorrow(now: dt.datetime) -> dt.date:
    return now.date() + dt.timedelta(days=1)


async def call_in_vain(stage: Stage, case_id: str, employee_id: str) -> bool:
    await stage.claim(case_id, employee_id)
    async with stage.database.write() as session:
        return await ownership.not_reached(session, case_id, employee_id, now=stage.clock(), next_day=tomorrow)


async def test_the_third_attempt_on_the_second_day_is_the_last_and_the_citizen_is_told(
    stage: Stage, clock: StoppedClock
) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    case_id = await stage.callback(conversation_id)
    assert await call_in_vain(stage, case_id, anna) is False
    assert (await stage.case(case_id)).due_on == "2026-11-23"  # once more the same day
    clock.advance(3600)
    assert await call_in_vain(stage, case_id, anna) is False
    case = await stage.case(case_id)
    assert (case.state, case.due_on, case.employee_id) == (CaseState.WAITING, "2026-11-24", None)
    clock.advance(DAY)
    assert await call_in_vain(stage, case_id, anna) is True
    case = await stage.case(case_id)
    assert (case.state, case.outcome, len(case.attempts)) == (CaseState.DONE, Outcome.NOT_REACHED, 3)
    assert await stage.open_count(anna) == 0
    told = await stage.last_text(conversation_id)
    assert "3 keer" in told
    assert case.reference in told


async def test_three_attempts_on_one_day_are_not_enough(stage: Stage, clock: StoppedClock) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.callback(await stage.conversation())
    for _ in range(3):
        assert await call_in_vain(stage, case_id, anna) is False
        clock.advance(60)
    assert (await stage.case(case_id)).state == CaseState.WAITING
    clock.advance(DAY)
    assert await call_in_vain(stage, case_id, anna) is True


def test_days_are_counted_in_the_netherlands() -> None:
    late = dt.datetime(2026, 11, 23, 22, 30, tzinfo=dt.UTC)  # 23.30 there
    early = dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC)  # 0.30 the next day
    assert days_of([{"at": late.isoformat()}, {"at": early.isoformat()}]) == 2


async def test_a_conversation_is_not_a_call_and_only_its_holder_counts_an_attempt(
    stage: Stage, clock: StoppedClock
) -> None:
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea")
    talk = await stage.held_case(anna)
    call = await stage.callback(await stage.conversation())
    await stage.claim(call, anna)
    for case_id, who in ((talk, anna), (call, bea)):
        with pytest.raises(NotAllowed):
            async with stage.database.write() as session:
                await ownership.not_reached(session, case_id, who, now=clock(), next_day=tomorrow)
    assert (await stage.case(call)).attempts == []


async def test_the_console_counts_attempts_and_ends_a_callback_only_with_its_own_outcomes(
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
    case_id = await stage.callback(await stage.conversation())
    await stage.claim(case_id, sam.id)
    path = f"/medewerker/zaken/{case_id}"
    refused = await browser.post(f"{path}/afsluiten", uitkomst="citizen_left")
    assert refused.status_code == 422
    assert "Niet bereikt" in (await browser.get(path)).text
    answer = await browser.post(f"{path}/niet-bereikt")
    assert answer.headers["location"] == "/medewerker/zaken?melding=niet-bereikt"
    assert "1 keer geprobeerd, niet bereikt" in (await browser.get("/medewerker/zaken")).text
    again = await browser.post(f"{path}/niet-bereikt")
    assert again.status_code == 409


async def test_a_call_on_a_screen_that_is_off_goes_back_after_an_hour(
    stage: Stage, desk: Desk, clock: StoppedClock
) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.callback(await stage.conversation())
    roll_call = RollCall(desk)
    await stage.claim(case_id, anna)
    for _ in range(13):
        clock.advance(10)
        await roll_call.call()
    assert (await stage.case(case_id)).state == CaseState.HELD  # her lease has ended; she may be on the telephone
    for _ in range(360):
        clock.advance(10)
        await roll_call.call()
    case = await stage.case(case_id)
    assert (case.state, case.employee_id) == (CaseState.WAITING, None)
    assert await stage.open_count(anna) == 0


def test_the_next_day_to_call_skips_the_weekend_and_holidays(desk: Desk) -> None:
    city = desk.rules("voorbeeldstad", "publieksbalie")
    friday = dt.datetime(2026, 11, 27, 10, tzinfo=dt.UTC)
    assert next_call_day(city, friday) == dt.date(2026, 11, 30)
    christmas_eve = dt.datetime(2026, 12, 24, 10, tzinfo=dt.UTC)
    assert next_call_day(city, christmas_eve) not in {dt.date(2026, 12, d) for d in (24, 25, 26, 27)}
