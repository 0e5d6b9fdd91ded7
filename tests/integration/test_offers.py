"""Offering a case: the longest idle first, the next when she lets it pass, and never more than she can hold."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.offering import Offering
from handoff import cases, employees, offers, ownership
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Level
from handoff.exceptions import NotAllowed, OfferedToAnother
from handoff.tables import Employee
from handoff.vault import Vault
from handoff.vocabulary import CaseState, Outcome, Presence
from tests.counter import FakeRasa, make_desk, with_team
from tests.stage import Stage, StoppedClock, new_case, place_notice, writes

TEAM = "publieksbalie"
SECONDS = 30


@pytest.fixture
def offering(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Offering:
    return Offering(with_team(make_desk(database, bus, vault, clock, FakeRasa()), TEAM, offer_seconds=SECONDS))


async def present(stage: Stage, name: str, **more: object) -> str:
    """An employee with a console open, idle since now; the next one is idle for a second less."""
    employee_id = await stage.employee(name, **more)  # type: ignore[arg-type]
    await say(stage, employee_id, Presence.AVAILABLE)
    stage.clock.advance(1)
    return employee_id


async def say(stage: Stage, employee_id: str, presence: Presence) -> None:
    async with stage.database.write() as session:
        await employees.renew_lease(session, employee_id, now=stage.clock() + timedelta(hours=1))
        employee = await session.get(Employee, employee_id)
        assert employee is not None
        await employees.set_presence(session, employee, presence, now=stage.clock())


async def offered_to(stage: Stage, case_id: str) -> str | None:
    case = await stage.case(case_id)
    return case.offered_to if offers.is_offered(case, stage.clock()) else None


async def test_a_case_is_offered_to_who_has_waited_longest(stage: Stage, offering: Offering) -> None:
    anna, bea = await present(stage, "Anna"), await present(stage, "Bea")
    first, second = await stage.waiting_case(), await stage.waiting_case()
    assert await offering.offer() == 2
    assert {await offered_to(stage, first), await offered_to(stage, second)} == {anna, bea}
    await stage.claim(first, str(await offered_to(stage, first)))


async def test_an_offer_that_is_not_taken_goes_to_the_next_and_then_round_again(
    stage: Stage, offering: Offering, clock: StoppedClock
) -> None:
    anna, bea = await present(stage, "Anna"), await present(stage, "Bea")
    case_id = await stage.waiting_case()
    asked = []
    for _ in range(4):
        await offering.offer()
        asked.append(await offered_to(stage, case_id))
        clock.advance(SECONDS)
    assert asked[:2] == [anna, bea]
    assert set(asked[2:]) <= {anna, bea}
    lines = [line.action for line in await stage.audit((await stage.case(case_id)).conversation_id)]
    assert (lines.count("offer"), lines.count("offer_missed")) == (4, 3)


async def test_who_declines_is_passed_over_at_once(stage: Stage, offering: Offering) -> None:
    anna, bea = await present(stage, "Anna"), await present(stage, "Bea")
    case_id = await stage.waiting_case()
    await offering.offer()
    async with stage.database.write() as session:
        await offers.decline(session, case_id, anna, now=stage.clock())
    await offering.offer()
    assert await offered_to(stage, case_id) == bea
    with pytest.raises(NotAllowed):
        async with stage.database.write() as session:
            await offers.decline(session, case_id, anna, now=stage.clock())


async def test_while_it_stands_nobody_else_claims_it_and_afterwards_anybody_may(
    stage: Stage, offering: Offering, clock: StoppedClock
) -> None:
    await present(stage, "Anna")
    bea = await stage.employee("Bea")
    case_id = await stage.waiting_case()
    await offering.offer()
    with pytest.raises(OfferedToAnother) as refused:
        await stage.claim(case_id, bea)
    assert refused.value.name == "Anna"
    assert await stage.open_count(bea) == 0
    clock.advance(SECONDS)
    assert (await stage.claim(case_id, bea)).employee_id == bea


async def test_a_case_that_gets_worse_while_it_is_offered_is_anybodys(stage: Stage, offering: Offering) -> None:
    await present(stage, "Anna")
    bea = await stage.employee("Bea")
    case_id = await stage.waiting_case()
    await offering.offer()
    async with stage.database.write() as session:
        cases.raise_level(await cases.get(session, case_id), new_case(Level.URGENT).assessment)
    assert (await stage.claim(case_id, bea)).employee_id == bea


@pytest.mark.parametrize("level", [Level.URGENT, Level.CRISIS])
async def test_what_is_pressing_is_offered_to_nobody_for_it_is_everybodys(
    stage: Stage, offering: Offering, level: Level
) -> None:
    await present(stage, "Anna")
    await stage.waiting_case(new_case(level))
    assert await offering.offer() == 0


async def test_nothing_is_written_for_a_case_that_nobody_can_take(
    stage: Stage, offering: Offering, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await stage.waiting_case()
    assert await writes(stage.database, monkeypatch, offering.offer()) == 0
    await present(stage, "Anna")
    assert await writes(stage.database, monkeypatch, offering.offer()) == 1


async def test_an_offer_that_passes_when_nobody_is_left_is_written_down_once(
    stage: Stage, offering: Offering, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await present(stage, "Anna")
    case_id = await stage.waiting_case()
    await offering.offer()
    await say(stage, anna, Presence.AWAY)
    clock.advance(SECONDS)
    assert [await writes(stage.database, monkeypatch, offering.offer()) for _ in range(2)] == [1, 0]
    lines = [line.action for line in await stage.audit((await stage.case(case_id)).conversation_id)]
    assert lines.count("offer_missed") == 1


async def test_nobody_gets_two_offers_or_one_beside_a_full_load(stage: Stage, offering: Offering) -> None:
    anna = await present(stage, "Anna", limit=1)
    first, second = await stage.waiting_case(), await stage.waiting_case()
    assert await offering.offer() == 1
    offered = first if await offered_to(stage, first) else second
    await stage.claim(offered, anna)
    assert await offering.offer() == 0


@pytest.mark.parametrize("presence", [Presence.BUSY, Presence.WRAP_UP, Presence.AWAY])
async def test_who_is_not_available_gets_no_offer_and_loses_the_one_she_has(
    stage: Stage, offering: Offering, presence: Presence
) -> None:
    anna, bea = await present(stage, "Anna"), await present(stage, "Bea")
    case_id = await stage.waiting_case()
    await offering.offer()
    await say(stage, anna, presence)
    await offering.offer()
    assert await offered_to(stage, case_id) == bea


async def test_whose_account_was_stopped_gets_no_offer_although_her_console_is_open(
    stage: Stage, offering: Offering
) -> None:
    anna = await present(stage, "Anna")
    await stage.waiting_case()
    async with stage.database.write() as session:
        await session.execute(update(Employee).where(Employee.id == anna).values(active=False))
    assert await offering.offer() == 0


async def test_whose_account_is_stopped_while_she_is_chosen_gets_no_offer(
    stage: Stage, offering: Offering, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await present(stage, "Anna")
    case_id = await stage.waiting_case()
    find = offers.free

    async def found_and_stopped(session: AsyncSession, municipality: str, *, now: datetime) -> Sequence[Employee]:
        found = await find(session, municipality, now=now)
        await session.execute(update(Employee).where(Employee.id == anna).values(active=False))
        return found

    monkeypatch.setattr(offers, "free", found_and_stopped)
    async with stage.database.write() as session:
        offer_for = timedelta(seconds=SECONDS)
        assert await offers.make(session, case_id, offer_for=offer_for, now=stage.clock()) is None
    assert await offered_to(stage, case_id) is None


async def test_another_team_or_a_team_without_offers_is_left_alone(stage: Stage, offering: Offering) -> None:
    await present(stage, "Anna", teams=["wonen"])
    await stage.waiting_case()
    await stage.waiting_case(new_case(team="wonen"))
    assert await offering.offer() == 0


async def test_the_employee_whose_console_vanished_is_preferred_when_she_returns(
    stage: Stage, offering: Offering
) -> None:
    await present(stage, "Anna")
    bea = await present(stage, "Bea")
    case_id = await stage.held_case(bea)
    async with stage.database.write() as session:
        await ownership.release(session, case_id, bea, now=stage.clock(), notice=place_notice, actor="system")
    await offering.offer()
    assert await offered_to(stage, case_id) == bea


async def test_who_talked_with_her_last_is_preferred_when_the_citizen_comes_back(
    stage: Stage, offering: Offering
) -> None:
    await present(stage, "Anna")
    bea = await present(stage, "Bea")
    case_id = await stage.held_case(bea)
    conversation_id = (await stage.case(case_id)).conversation_id
    async with stage.database.write() as session:
        await ownership.hand_back(session, case_id, bea, now=stage.clock())
    again = await stage.enqueue(conversation_id)
    await offering.offer()
    assert await offered_to(stage, again) == bea


async def test_who_speaks_the_language_goes_before_who_has_waited_longer(stage: Stage, offering: Offering) -> None:
    await present(stage, "Anna")
    cato = await present(stage, "Cato", languages=["tr"])
    case_id = await stage.waiting_case(new_case(language="tr"))
    await offering.offer()
    assert await offered_to(stage, case_id) == cato


async def test_five_processes_that_offer_at_once_make_one_offer_a_case_and_one_an_employee(
    stage: Stage, offering: Offering
) -> None:
    people = [await present(stage, name) for name in ("Anna", "Bea", "Cato")]
    waiting = [await stage.waiting_case() for _ in range(6)]
    async with asyncio.timeout(30):
        await asyncio.gather(*(offering.offer() for _ in range(5)))
        await offering.offer()
    to = [one for case_id in waiting if (one := await offered_to(stage, case_id))]
    assert sorted(to) == sorted(people)


async def test_an_offer_and_a_claim_at_once_leave_one_holder(stage: Stage, offering: Offering) -> None:
    anna, bea = await present(stage, "Anna"), await present(stage, "Bea")
    for _ in range(5):
        case_id = await stage.waiting_case()
        results = await asyncio.gather(
            offering.offer(), stage.claim(case_id, anna), stage.claim(case_id, bea), return_exceptions=True
        )
        won = [one for one in results if isinstance(one, ownership.Claim)]
        assert len(won) <= 1
        if won:
            assert (await stage.case(case_id)).state == CaseState.HELD
            async with stage.database.write() as session:
                await ownership.close(session, case_id, won[0].employee_id, Outcome.RESOLVED, now=stage.clock())
