"""Many consoles at once: the database decides, and everybody who loses is told so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from sqlalchemy import text

from handoff import ownership
from handoff.exceptions import AlreadyClaimed, AtCapacity, HandoffError, NotAllowed, StaleOwner
from handoff.vocabulary import CaseState, Outcome, Owner
from tests.stage import Stage, new_case, place_notice

_WAITING_FOR_A_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def together(*racers: Awaitable[Any]) -> list[Any]:
    """Run all at once; errors are results."""
    return await asyncio.gather(*racers, return_exceptions=True)


async def waits_for_a_lock(stage: Stage, racer: asyncio.Task[Any]) -> None:
    """Return once `racer` waits for the transaction that the test holds open (SQLite: once it has begun)."""
    async with asyncio.timeout(10):
        while not racer.done():
            await asyncio.sleep(0)
            if stage.database.is_sqlite:
                return
            async with stage.database.read() as session:
                locked = text(_WAITING_FOR_A_LOCK)
                if await session.scalar(locked):
                    return


async def test_the_citizen_closes_while_an_employees_claim_is_being_written(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.waiting_case()
    conversation_id = (await stage.case(case_id)).conversation_id

    async def close() -> None:
        async with stage.database.write() as session:
            await ownership.close_by_citizen(session, conversation_id, now=stage.clock())

    async with stage.database.write() as session:
        await ownership.claim(session, case_id, anna, now=stage.clock())
        closing = asyncio.create_task(close())
        await waits_for_a_lock(stage, closing)
    await closing
    assert (await stage.read(conversation_id)).owner == Owner.CLOSED
    assert (await stage.case(case_id)).state == CaseState.DONE
    assert await stage.open_count(anna) == 0
    said = await stage.texts(conversation_id)
    assert sum("beëindigd" in line for line in said) == 1


async def test_leaving_the_queue_while_a_claim_is_being_written_is_told_that_she_was_claimed(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.waiting_case()
    conversation_id = (await stage.case(case_id)).conversation_id

    async def leave() -> None:
        async with stage.database.write() as session:
            await ownership.leave_queue(session, conversation_id, now=stage.clock())

    async with stage.database.write() as session:
        await ownership.claim(session, case_id, anna, now=stage.clock())
        leaving = asyncio.create_task(leave())
        await waits_for_a_lock(stage, leaving)
    with pytest.raises(StaleOwner) as stale:
        await leaving
    assert stale.value.owner == "employee"


async def test_twenty_consoles_race_for_one_case_and_one_wins(stage: Stage) -> None:
    racers = {await stage.employee(f"Medewerker{number}"): f"Medewerker{number}" for number in range(20)}
    case_id = await stage.waiting_case()
    results = await together(*(stage.claim(case_id, employee) for employee in racers))

    won = [result for result in results if isinstance(result, ownership.Claim)]
    lost = [result for result in results if isinstance(result, AlreadyClaimed)]
    assert (len(won), len(lost)) == (1, 19)
    winner = racers[won[0].employee_id]
    assert {one.holder for one in lost} == {winner}
    assert (await stage.case(case_id)).employee_id == won[0].employee_id
    assert sum([await stage.open_count(employee) for employee in racers]) == 1
    said = await stage.texts(won[0].conversation_id)
    assert [text for text in said if text.startswith("U praat nu met")] == [
        f"U praat nu met {winner}, medewerker van de gemeente. {winner} kan het hele gesprek lezen."
    ]


async def test_one_employee_with_many_consoles_never_exceeds_her_limit(stage: Stage) -> None:
    anna = await stage.employee("Anna", limit=3)
    waiting = [await stage.waiting_case() for _ in range(12)]
    results = await together(*(stage.claim(case_id, anna) for case_id in waiting))

    assert sum(isinstance(result, ownership.Claim) for result in results) == 3
    assert sum(isinstance(result, AtCapacity) for result in results) == 9
    assert await stage.open_count(anna) == 3
    states = [(await stage.case(case_id)).state for case_id in waiting]
    assert states.count(CaseState.HELD) == 3


async def test_opposite_transfers_at_once_do_not_wait_for_each_other(stage: Stage) -> None:
    anna, bea = await stage.employee("Anna", limit=20), await stage.employee("Bea", limit=20)
    of_anna = [await stage.held_case(anna) for _ in range(4)]
    of_bea = [await stage.held_case(bea) for _ in range(4)]

    async def transfer(case_id: str, giver: str, taker: str) -> ownership.Claim:
        async with stage.database.write() as session:
            return await ownership.transfer(session, case_id, giver, taker, now=stage.clock())

    async with asyncio.timeout(30):
        results = await together(
            *(transfer(case_id, anna, bea) for case_id in of_anna),
            *(transfer(case_id, bea, anna) for case_id in of_bea),
        )
    assert all(isinstance(result, ownership.Claim) for result in results), results
    assert (await stage.open_count(anna), await stage.open_count(bea)) == (4, 4)
    assert {(await stage.case(one)).employee_id for one in of_anna} == {bea}


async def test_a_double_click_on_release_counts_once(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    await stage.held_case(anna)
    case_id = await stage.held_case(anna)

    async def release() -> None:
        await stage.release(case_id, anna)

    results = await together(*(release() for _ in range(4)))
    assert results.count(None) == 1
    assert all(isinstance(result, NotAllowed | AlreadyClaimed) for result in results if result is not None)
    assert await stage.open_count(anna) == 1


@pytest.mark.parametrize("attempt", range(5))
async def test_the_citizen_closes_while_an_employee_claims(stage: Stage, attempt: int) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    case_id = await stage.enqueue(conversation_id)

    async def close() -> None:
        async with stage.database.write() as session:
            await ownership.close_by_citizen(session, conversation_id, now=stage.clock())

    closed, claimed = await together(close(), stage.claim(case_id, anna))
    assert closed is None, "closing is the citizen's right, whoever was claiming"
    assert isinstance(claimed, ownership.Claim | AlreadyClaimed)
    assert (await stage.read(conversation_id)).owner == Owner.CLOSED
    case = await stage.case(case_id)
    assert (case.state, case.outcome) == (CaseState.DONE, Outcome.CITIZEN_LEFT)
    assert await stage.open_count(anna) == 0


@pytest.mark.parametrize("attempt", range(5))
async def test_the_citizen_leaves_the_queue_while_an_employee_claims(stage: Stage, attempt: int) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    case_id = await stage.enqueue(conversation_id)

    async def leave() -> None:
        async with stage.database.write() as session:
            await ownership.leave_queue(session, conversation_id, now=stage.clock())

    left, claimed = await together(leave(), stage.claim(case_id, anna))
    conversation = await stage.read(conversation_id)
    if left is None:
        assert isinstance(claimed, AlreadyClaimed)
        assert (conversation.owner, await stage.open_count(anna)) == (Owner.BOT, 0)
    else:
        assert isinstance(left, StaleOwner), left
        assert isinstance(claimed, ownership.Claim)
        assert (conversation.owner, await stage.open_count(anna)) == (Owner.EMPLOYEE, 1)


async def test_two_handovers_of_one_conversation_at_once_open_one_case(stage: Stage) -> None:
    conversation_id = await stage.conversation()

    async def enqueue() -> str:
        async with stage.database.write() as session:
            case = await ownership.enqueue(
                session, conversation_id, new_case(), expected_epoch=0, now=stage.clock(), notice=place_notice
            )
            return case.id

    results = await together(*(enqueue() for _ in range(5)))
    assert sum(isinstance(result, str) for result in results) == 1
    assert all(isinstance(result, StaleOwner) for result in results if not isinstance(result, str))
    assert len(await stage.cases_of(conversation_id)) == 1


async def test_a_crowd_that_claims_transfers_releases_and_closes_leaves_the_counters_right(stage: Stage) -> None:
    people = [await stage.employee(f"Medewerker{number}", limit=2) for number in range(4)]
    waiting = [await stage.waiting_case() for _ in range(6)]

    async def shift(number: int) -> None:
        me, colleague = people[number % 4], people[(number + 1) % 4]
        for case_id in waiting[number % 3 :]:
            for verb in ("claim", "transfer", "release"):
                try:
                    async with stage.database.write() as session:
                        if verb == "claim":
                            await ownership.claim(session, case_id, me, now=stage.clock())
                        elif verb == "transfer":
                            await ownership.transfer(session, case_id, me, colleague, now=stage.clock())
                        else:
                            await ownership.release(session, case_id, colleague, now=stage.clock(), notice=place_notice)
                except HandoffError:
                    continue

    async with asyncio.timeout(60):
        failures = [result for result in await together(*(shift(number) for number in range(6))) if result]
    assert failures == []
    held = [(await stage.case(case_id)).employee_id for case_id in waiting]
    for person in people:
        assert await stage.open_count(person) == held.count(person)
        assert held.count(person) <= 2
