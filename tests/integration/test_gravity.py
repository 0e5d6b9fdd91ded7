"""What is grave is the same to the code and to the database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import ColumnElement, select

from handoff import cases, gravity
from handoff.detection import Level, Reason
from handoff.tables import Case
from tests.stage import CITY, Stage, new_case, wish


@pytest.fixture
async def every_case(stage: Stage) -> Stage:
    """One of each level for each reason, and of each level without any."""
    conversation_id = await stage.conversation()
    async with stage.database.write() as session:
        for level in Level:
            for reasons in ((), *((reason,) for reason in Reason), (Reason.ANGER, Reason.GRIEF)):
                new = replace(new_case(), assessment=replace(wish(level), reasons=reasons))
                await cases.open_case(
                    session, new, conversation_id=conversation_id, municipality=CITY, now=stage.clock()
                )
    return stage


async def found(stage: Stage, condition: ColumnElement[bool]) -> list[bool]:
    async with stage.database.read() as session:
        return list(await session.scalars(select(condition).select_from(Case).order_by(Case.id)))


async def all_of(stage: Stage) -> list[Case]:
    async with stage.database.read() as session:
        return list(await session.scalars(select(Case).order_by(Case.id)))


async def test_what_presses_is_crisis_and_urgent(every_case: Stage) -> None:
    told = [gravity.is_pressing(case.level) for case in await all_of(every_case)]
    assert await found(every_case, cases.PRESSES) == told
    assert 0 < sum(told) < len(told)


async def test_what_is_grave_is_pressing_or_about_something_heavy(every_case: Stage) -> None:
    told = [gravity.is_grave(case.level, case.reasons) for case in await all_of(every_case)]
    assert await found(every_case, cases.GRAVE) == told
    assert gravity.is_grave(Level.NONE, [Reason.ANGER, Reason.GRIEF])
    assert not gravity.is_grave(Level.ESCALATE, [Reason.DEBT])
