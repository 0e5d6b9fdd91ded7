"""An employee who vanishes loses her waiting citizens to the front of the queue, and they are told (invariant 6)."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from bot.desk import Desk
from bot.handover import CHOSE_CALL, CHOSE_LEAVE_QUEUE, CHOSE_WAIT
from bot.housekeeping import CALLS_STAY, COMING_BACK_SECONDS, ROLL_CALL_SECONDS, RollCall
from handoff import cases, dossier, employees, ownership, queue
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Level
from handoff.employees import LEASE_SECONDS
from handoff.tables import Employee
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, CaseState, Owner
from tests.counter import FakeRasa, make_desk
from tests.integration.test_ownership_races import waits_for_a_lock
from tests.stage import CITY, Stage, StoppedClock, new_case


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    return make_desk(database, bus, vault, clock, FakeRasa())


async def pass_time(clock: StoppedClock, seconds: float, *calls: RollCall) -> int:
    """Let time pass with the roll calls in it; returns how many cases went back."""
    released = 0
    for _ in range(round(seconds / ROLL_CALL_SECONDS)):
        clock.advance(ROLL_CALL_SECONDS)
        for one in calls:
            released += await one.call()
    return released


@pytest.fixture
async def roll_call(desk: Desk, clock: StoppedClock) -> RollCall:
    """Of a process that runs for a while."""
    started = RollCall(desk)
    await pass_time(clock, COMING_BACK_SECONDS, started)
    return started


async def test_after_half_a_minute_without_a_sign_her_citizen_stands_in_front_and_is_told(
    stage: Stage, roll_call: RollCall, clock: StoppedClock
) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.waiting_case()
    await stage.claim(case_id, anna)
    await stage.waiting_case()
    assert await pass_time(clock, LEASE_SECONDS - ROLL_CALL_SECONDS, roll_call) == 0
    assert (await stage.case(case_id)).employee_id == anna
    assert await pass_time(clock, ROLL_CALL_SECONDS, roll_call) == 1

    case = await stage.case(case_id)
    assert (case.state, case.employee_id) == (CaseState.WAITING, None)
    conversation = await stage.read(case.conversation_id)
    assert (conversation.owner, conversation.employee_id) == (Owner.QUEUED, None)
    assert await stage.open_count(anna) == 0
    async with stage.database.read() as session:
        assert await queue.place(session, case.conversation_id) == 1
    told = (await stage.said(case.conversation_id))[-1]
    assert told.text.startswith("De verbinding met Anna is weggevallen. U hoeft niets opnieuw te vertellen.")
    assert "U bent als eerste aan de beurt." in told.text
    assert "laat uw nummer achter" in told.text
    assert [button["value"] for button in told.buttons] == [CHOSE_WAIT, CHOSE_CALL, CHOSE_LEAVE_QUEUE]
    line = (await stage.audit(case.conversation_id))[-1]
    assert (line.action, line.actor, line.details) == ("release", "system", {"why": "lease_lost"})
    assert (line.from_owner, line.to_owner) == ("employee", "queued")


async def test_the_dossier_goes_along_to_who_claims_next(
    stage: Stage, roll_call: RollCall, clock: StoppedClock
) -> None:
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea")
    case_id = await stage.held_case(anna)
    await stage.citizen_says((await stage.case(case_id)).conversation_id, "Aan Anna verteld")
    await pass_time(clock, LEASE_SECONDS, roll_call)
    await stage.claim(case_id, bea)
    async with stage.database.read() as session:
        employee = (await session.scalars(select(Employee).where(Employee.id == bea))).one()
        found = await dossier.read(session, case_id, employee)
    assert "Aan Anna verteld" in [message.text for message in found.messages]
    assert found.case.reasons == ["wants_human"]


async def test_who_comes_back_within_the_lease_keeps_everything(
    stage: Stage, roll_call: RollCall, clock: StoppedClock
) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna)
    before = await stage.texts((await stage.case(case_id)).conversation_id)
    for _ in range(10):
        assert await pass_time(clock, LEASE_SECONDS - ROLL_CALL_SECONDS, roll_call) == 0
        await stage.renew(anna)
    case = await stage.case(case_id)
    assert (case.state, case.employee_id) == (CaseState.HELD, anna)
    assert await stage.texts(case.conversation_id) == before


async def test_several_processes_miss_her_once(stage: Stage, desk: Desk, clock: StoppedClock) -> None:
    processes = [RollCall(desk) for _ in range(3)]
    await pass_time(clock, COMING_BACK_SECONDS, *processes)
    anna = await stage.employee("Anna")
    held = [await stage.held_case(anna) for _ in range(3)]
    assert await pass_time(clock, LEASE_SECONDS - ROLL_CALL_SECONDS, *processes) == 0
    clock.advance(ROLL_CALL_SECONDS)
    assert sum(await asyncio.gather(*(one.call() for one in processes))) == 3
    for case_id in held:
        said = await stage.texts((await stage.case(case_id)).conversation_id)
        assert sum("weggevallen" in text for text in said) == 1
    assert await stage.open_count(anna) == 0


async def test_who_comes_back_while_she_is_being_missed_keeps_her_citizen(
    stage: Stage, roll_call: RollCall, clock: StoppedClock
) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna)
    await pass_time(clock, LEASE_SECONDS - ROLL_CALL_SECONDS, roll_call)
    clock.advance(ROLL_CALL_SECONDS)
    async with stage.database.write() as session:
        await employees.renew_lease(session, anna, now=clock())
        calling = asyncio.create_task(roll_call.call())
        await waits_for_a_lock(stage, calling)
    assert await calling == 0
    assert (await stage.case(case_id)).employee_id == anna


async def test_a_restart_gives_every_console_time_to_come_back(stage: Stage, desk: Desk, clock: StoppedClock) -> None:
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea")
    of_anna, of_bea = await stage.held_case(anna), await stage.held_case(bea)
    clock.advance(600)
    restarted = RollCall(desk)
    assert await restarted.call() == 0
    assert await pass_time(clock, COMING_BACK_SECONDS - ROLL_CALL_SECONDS, restarted) == 0
    await stage.renew(anna)
    assert await pass_time(clock, ROLL_CALL_SECONDS, restarted) == 1
    assert (await stage.case(of_anna)).employee_id == anna
    assert (await stage.case(of_bea)).state == CaseState.WAITING


async def test_after_a_silence_of_balie_itself_nobody_is_missed_at_once(
    stage: Stage, roll_call: RollCall, clock: StoppedClock
) -> None:
    case_id = await stage.held_case(await stage.employee("Anna"))
    clock.advance(300)
    assert await roll_call.call() == 0
    assert await pass_time(clock, COMING_BACK_SECONDS - ROLL_CALL_SECONDS, roll_call) == 0
    assert (await stage.case(case_id)).state == CaseState.HELD
    assert await pass_time(clock, ROLL_CALL_SECONDS, roll_call) == 1


async def test_a_callback_stays_with_her_who_may_be_on_the_telephone(
    stage: Stage, roll_call: RollCall, clock: StoppedClock
) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    call = await stage.callback(conversation_id)
    await stage.claim(call, anna)
    talk = await stage.held_case(anna)
    assert await pass_time(clock, LEASE_SECONDS, roll_call) == 1
    assert (await stage.case(talk)).state == CaseState.WAITING
    assert (await stage.case(call)).employee_id == anna
    assert await stage.open_count(anna) == 1


@pytest.mark.parametrize("kind", [kind for kind in CaseKind if kind is not CaseKind.CONVERSATION])
async def test_an_hour_after_she_vanished_whatever_she_holds_goes_back(
    stage: Stage, roll_call: RollCall, clock: StoppedClock, kind: CaseKind
) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    async with stage.database.write() as session:
        new = new_case(kind=kind)
        held = await cases.open_case(session, new, conversation_id=conversation_id, municipality=CITY, now=clock())
    await stage.claim(held.id, anna)
    clock.advance(CALLS_STAY.total_seconds() - LEASE_SECONDS)
    await pass_time(clock, COMING_BACK_SECONDS + ROLL_CALL_SECONDS, roll_call)
    case = await stage.case(held.id)
    assert (case.state, case.employee_id) == (CaseState.WAITING, None)
    assert await stage.open_count(anna) == 0


async def test_in_a_crisis_no_number_is_asked_for_a_call_may_be_a_danger(
    stage: Stage, roll_call: RollCall, clock: StoppedClock
) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna, new_case(Level.CRISIS))
    await pass_time(clock, LEASE_SECONDS, roll_call)
    told = (await stage.said((await stage.case(case_id)).conversation_id))[-1]
    assert [button["value"] for button in told.buttons] == [CHOSE_LEAVE_QUEUE]
    assert "nummer achter" not in told.text


async def test_what_was_passed_on_to_an_absent_colleague_comes_back(
    stage: Stage, roll_call: RollCall, clock: StoppedClock
) -> None:
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea")
    case_id = await stage.held_case(anna)
    async with stage.database.write() as session:
        await ownership.transfer(session, case_id, anna, bea, now=clock())
    assert await pass_time(clock, ROLL_CALL_SECONDS, roll_call) == 1
    assert (await stage.case(case_id)).state == CaseState.WAITING
