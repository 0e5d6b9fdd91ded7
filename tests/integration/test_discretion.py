"""When a conversation may not be seen at home, so that the citizen is offered a quick way out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import discretion
from handoff.detection import Reason
from handoff.vocabulary import Sender
from tests.stage import Stage, new_case


async def is_discreet(stage: Stage, conversation_id: str) -> bool:
    async with stage.database.read() as session:
        return await discretion.wanted(session, await stage.read(conversation_id))


async def asked_about(stage: Stage, topic: str | None) -> str:
    """A conversation whose first message was understood as a question about this topic."""
    conversation_id = await stage.conversation()
    said = await stage.citizen_says(conversation_id, "Een vraag")
    async with stage.database.write() as session:
        (await session.merge(said)).understood = {"topic": topic, "failed": topic is None}
    return conversation_id


@pytest.mark.parametrize("topic", sorted(discretion.TOPICS))
async def test_a_question_that_a_housemate_should_not_see_makes_it_discreet_for_good(stage: Stage, topic: str) -> None:
    conversation_id = await asked_about(stage, topic)
    assert await is_discreet(stage, conversation_id)
    await stage.citizen_says(conversation_id, "En wat kost een paspoort?")
    assert await is_discreet(stage, conversation_id)


@pytest.mark.parametrize("topic", ["paspoort", None])
async def test_other_questions_do_not(stage: Stage, topic: str | None) -> None:
    assert not await is_discreet(stage, await asked_about(stage, topic))


@pytest.mark.parametrize(("reason", "discreet"), [(Reason.ABUSE, True), (Reason.ANGER, False)])
async def test_a_case_because_of_abuse_makes_it_discreet(stage: Stage, reason: Reason, discreet: bool) -> None:
    new = new_case()
    case_id = await stage.waiting_case(replace(new, assessment=replace(new.assessment, reasons=(reason,))))
    assert await is_discreet(stage, (await stage.case(case_id)).conversation_id) is discreet


async def test_a_person_offered_because_of_abuse_makes_it_discreet(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    async with stage.database.write() as session:
        conversation = await session.merge(await stage.read(conversation_id))
        conversation.pending_offer = {"stage": "asked", "assessment": {"reasons": [Reason.ABUSE]}}
    assert await is_discreet(stage, conversation_id)


async def test_nobody_elses_question_counts(stage: Stage) -> None:
    await asked_about(stage, "vrouwenopvang")
    own = await stage.conversation(first="Wat kost een paspoort?")
    assert not await is_discreet(stage, own)
    assert {said.sender for said in await stage.said(own)} == {Sender.CITIZEN}
