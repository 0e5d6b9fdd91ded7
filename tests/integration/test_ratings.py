"""When citizens are asked what they thought of it, and what is kept of the answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from handoff import messages, ownership, ratings, retention
from handoff.detection import Level, Reason
from handoff.figures import SMALLEST
from handoff.messages import Draft
from handoff.tables import Rating
from handoff.vocabulary import Outcome, Sender
from tests.stage import CITY, Stage, new_case, wish


@pytest.mark.parametrize(
    ("level", "reason"),
    [
        (Level.CRISIS, Reason.SUICIDE),
        (Level.URGENT, Reason.HOMELESSNESS),
        (Level.ESCALATE, Reason.GRIEF),
        (Level.ESCALATE, Reason.ABUSE),
        (Level.ESCALATE, Reason.THREAT),
        (Level.ESCALATE, Reason.ANGER),
    ],
)
async def test_nothing_is_asked_after_grave_things(stage: Stage, level: Level, reason: Reason) -> None:
    about = replace(wish(level), reasons=(reason,))
    found = await closed(stage, replace(new_case(level), assessment=about))
    assert (found is not None) == (reason is Reason.ANGER)


async def test_nothing_is_asked_of_who_misbehaved(stage: Stage) -> None:
    assert await closed(stage, new_case(), Outcome.MISCONDUCT) is None


async def test_whoever_spoke_with_an_employee_is_asked_whether_she_told_it_twice(stage: Stage) -> None:
    found = await closed(stage, new_case())
    assert found is not None
    assert found.by_person


async def closed(stage: Stage, new: Any, outcome: Outcome = Outcome.RESOLVED) -> ratings.Asked | None:
    """What is asked after an employee closed it."""
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna, new)
    case = await stage.case(case_id)
    await stage.citizen_says(case.conversation_id, "Het gaat om mijn uitkering.")
    async with stage.database.write() as session:
        reply = Draft("Dat is geregeld.")
        await messages.append(
            session, case.conversation_id, reply, sender=Sender.EMPLOYEE, now=stage.clock(), employee_id=anna
        )
    async with stage.database.write() as session:
        await ownership.close(session, case_id, anna, outcome, now=stage.clock())
    conversation = await stage.read(case.conversation_id)
    async with stage.database.read() as session:
        return await ratings.asked(session, conversation, now=stage.clock())


async def test_erasing_keeps_the_figure_without_what_was_typed(stage: Stage) -> None:
    conversation_id = await rated(stage, ratings.Given(ratings.Answered.PARTLY, 3, comment="Te lang"))
    async with stage.database.write() as session:
        await retention.erase(session, conversation_id, now=stage.clock(), actor="citizen")
    async with stage.database.read() as session:
        [rating] = await session.scalars(select(Rating))
    assert (rating.conversation_id, rating.comment, rating.score) == (None, None, 3)


async def test_figures_are_shown_from_ten_on(stage: Stage) -> None:
    start = stage.clock()
    for number in range(SMALLEST - 1):
        await rated(stage, ratings.Given(ratings.Answered.YES if number % 3 else ratings.Answered.NO, 1 + number % 5))
    async with stage.database.read() as session:
        few = await ratings.figures(session, CITY, since=start)
    assert (few.count, few.answered, few.mean_score) == (9, None, None)
    await rated(stage, ratings.Given(ratings.Answered.YES, 5))
    async with stage.database.read() as session:
        enough = await ratings.figures(session, CITY, since=start)
        other = await ratings.figures(session, "fictiedam", since=start)
    assert (enough.count, enough.answered, enough.mean_score) == (10, 7, 3.0)
    assert other.count == 0


async def rated(stage: Stage, given: ratings.Given) -> str:
    """A closed conversation with the bot about which she said this."""
    conversation_id = await stage.conversation()
    await stage.citizen_says(conversation_id, "Hallo")
    async with stage.database.write() as session:
        await ownership.close_by_citizen(session, conversation_id, now=stage.clock())
    async with stage.database.write() as session:
        await ratings.give(session, await stage.read(conversation_id), given, now=stage.clock())
    return conversation_id
