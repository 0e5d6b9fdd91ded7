"""A crisis: first for who has the skill, a full load for who has it, and never for nobody."""

from __future__ import annotations

import asyncio

import pytest

from handoff import ownership, skills
from handoff.detection import Level
from handoff.exceptions import AtCapacity, InvalidEmployee, NeedsSkill
from handoff.tables import Employee
from tests.stage import Stage, StoppedClock, new_case

CRISIS = new_case(Level.CRISIS)


async def present(stage: Stage, name: str, **more: object) -> str:
    employee_id = await stage.employee(name, **more)  # type: ignore[arg-type]
    await stage.renew(employee_id)
    return employee_id


async def test_a_crisis_is_first_for_who_has_the_skill(stage: Stage, clock: StoppedClock) -> None:
    await present(stage, "Anna", skills=["crisis"])
    bea = await present(stage, "Bea")
    case_id = await stage.waiting_case(CRISIS)
    with pytest.raises(NeedsSkill) as refused:
        await stage.claim(case_id, bea)
    assert refused.value.names == ("Anna",)
    clock.advance(skills.CRISIS_FIRST.total_seconds())
    assert (await stage.claim(case_id, bea)).employee_id == bea, "after a minute anybody is better than nobody"


async def test_without_anybody_who_has_the_skill_everybody_may_help(stage: Stage) -> None:
    await stage.employee("Anna", skills=["crisis"])
    bea = await present(stage, "Bea")
    assert (await stage.claim(await stage.waiting_case(CRISIS), bea)).employee_id == bea


async def test_who_has_the_skill_but_helps_in_a_crisis_already_keeps_nobody_waiting(stage: Stage) -> None:
    anna, bea = await present(stage, "Anna", skills=["crisis"]), await present(stage, "Bea")
    await stage.claim(await stage.waiting_case(CRISIS), anna)
    assert (await stage.claim(await stage.waiting_case(CRISIS), bea)).employee_id == bea


async def test_a_crisis_is_a_full_load(stage: Stage) -> None:
    anna = await stage.employee("Anna", limit=4)
    case_id = await stage.held_case(anna, CRISIS)
    with pytest.raises(AtCapacity) as full:
        await stage.claim(await stage.waiting_case(), anna)
    assert full.value.in_crisis
    async with stage.database.write() as session:
        await ownership.hand_back(session, case_id, anna, now=stage.clock())
    await stage.held_case(anna)
    assert await stage.open_count(anna) == 1


async def test_nobody_passes_a_case_on_to_who_helps_in_a_crisis(stage: Stage) -> None:
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea")
    await stage.held_case(anna, CRISIS)
    of_bea = await stage.held_case(bea)
    with pytest.raises(AtCapacity):
        async with stage.database.write() as session:
            await ownership.transfer(session, of_bea, bea, anna, now=stage.clock())


async def test_a_crisis_and_other_claims_at_once_never_add_to_the_crisis(stage: Stage) -> None:
    """Whatever was claimed before the crisis stays; nothing is claimed after it."""
    anna = await stage.employee("Anna", limit=10)
    crisis = await stage.waiting_case(CRISIS)
    others = [await stage.waiting_case() for _ in range(5)]
    async with asyncio.timeout(30):
        await asyncio.gather(*(stage.claim(one, anna) for one in [*others, crisis]), return_exceptions=True)
    conversation_id = (await stage.case(crisis)).conversation_id
    if not [line for line in await stage.audit(conversation_id) if line.action == "claim"]:
        await stage.claim(crisis, anna)
    before = await stage.open_count(anna)
    more = [await stage.waiting_case() for _ in range(3)]
    results = await asyncio.gather(*(stage.claim(one, anna) for one in more), return_exceptions=True)
    assert all(isinstance(one, AtCapacity) for one in results), results
    assert await stage.open_count(anna) == before


async def test_skills_and_languages_are_checked_and_replace_what_was_said(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    async with stage.database.write() as session:
        account = await session.get(Employee, anna)
        assert account is not None
        await skills.give(session, account, skills=["crisis"], languages=["tr", "en"], now=stage.clock())
        assert (account.skills, account.languages) == (["crisis"], ["tr", "en"])
        for wrong in ({"skills": ["Crisis!"], "languages": []}, {"skills": [], "languages": ["klingon"]}):
            with pytest.raises(InvalidEmployee):
                await skills.give(session, account, **wrong, now=stage.clock())
        assert account.skills == ["crisis"]
