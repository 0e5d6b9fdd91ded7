"""Into the queue, the order in it, and back to its front."""

from __future__ import annotations

import pytest

from handoff import ownership, queue
from handoff.cases import NewCase
from handoff.detection import Level
from handoff.exceptions import (
    StaleOwner,
)
from handoff.vocabulary import CaseState, Owner
from tests.stage import Stage, new_case, place_notice


async def test_enqueue_brings_the_conversation_to_the_queue_and_tells_the_place(stage: Stage) -> None:
    first = await stage.conversation()
    await stage.enqueue(first)
    stage.clock.advance(1)
    second = await stage.conversation()
    case_id = await stage.enqueue(second)

    conversation = await stage.read(second)
    assert (conversation.owner, conversation.epoch, conversation.employee_id) == (Owner.QUEUED, 1, None)
    assert (await stage.case(case_id)).state == CaseState.WAITING
    assert await stage.last_text(second) == "U bent nummer 2."
    line = (await stage.audit(second))[-1]
    assert (line.action, line.actor, line.from_owner, line.to_owner, line.epoch) == (
        "enqueue", "bot", "bot", "queued", 1,
    )  # fmt: skip
    assert line.case_reference == (await stage.case(case_id)).reference


async def test_enqueue_under_a_stale_epoch_changes_nothing(stage: Stage) -> None:
    conversation_id = await stage.conversation(first="hallo")
    with pytest.raises(StaleOwner) as stale:
        async with stage.database.write() as session:
            await ownership.enqueue(
                session,
                conversation_id,
                new_case(),
                expected_epoch=7,
                now=stage.clock(),
                notice=place_notice,
            )
    assert (stale.value.owner, stale.value.epoch) == ("bot", 0)
    assert await stage.texts(conversation_id) == ["hallo"]
    assert await stage.cases_of(conversation_id) == []
    assert [line.action for line in await stage.audit(conversation_id)] == ["open"]


async def test_enqueue_of_a_conversation_that_waits_already_is_refused(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    await stage.enqueue(conversation_id)
    with pytest.raises(StaleOwner) as stale:
        await stage.enqueue(conversation_id)
    assert stale.value.owner == "queued"
    assert len(await stage.cases_of(conversation_id)) == 1


async def test_enqueue_keeps_why_which_words_and_what_the_citizen_was_told(stage: Stage) -> None:
    case = await stage.case(await stage.waiting_case(new_case(Level.URGENT, details={"topic": "bijstand"})))
    assert case.reasons == ["wants_human"]
    assert case.triggers == [{"turn": 1, "start": 0, "end": 5, "reason": "wants_human"}]
    assert (case.told, case.consent, case.level) == ("Wilt u een medewerker?", "asked_herself", "urgent")
    assert case.explanation == "Doorgezet: vraagt om een medewerker."
    assert case.detector_version == "test-1"
    assert case.details == {"topic": "bijstand"}


async def test_release_puts_the_citizen_before_those_who_came_after_her(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.waiting_case()
    later = []
    for _ in range(3):
        stage.clock.advance(60)
        later.append(await stage.waiting_case())
    claim = await stage.claim(case_id, anna)
    stage.clock.advance(600)
    await stage.release(case_id, anna)

    conversation = await stage.read(claim.conversation_id)
    assert (conversation.owner, conversation.employee_id, conversation.epoch) == (Owner.QUEUED, None, 3)
    assert await stage.open_count(anna) == 0
    assert await stage.last_text(claim.conversation_id) == "U bent nummer 1."
    async with stage.database.read() as session:
        assert await queue.place(session, claim.conversation_id) == 1
        waiting = await queue.waiting(session, "voorbeeldstad", ["publieksbalie"])
    assert [case.id for case in waiting] == [case_id, *later]
    line = (await stage.audit(claim.conversation_id))[-1]
    assert (line.action, line.from_owner, line.to_owner, line.epoch) == ("release", "employee", "queued", 3)


async def test_a_released_citizen_who_was_helped_first_though_she_came_last_is_put_in_front(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    earlier = await stage.waiting_case()
    stage.clock.advance(60)
    urgent_then = await stage.waiting_case()
    claim = await stage.claim(urgent_then, anna)
    stage.clock.advance(60)
    await stage.release(urgent_then, anna)
    async with stage.database.read() as session:
        waiting = await queue.waiting(session, "voorbeeldstad", ["publieksbalie"])
        assert [case.id for case in waiting] == [urgent_then, earlier]
        assert await queue.place(session, claim.conversation_id) == 1


async def test_the_queue_is_ordered_by_urgency_then_by_waiting_time(stage: Stage) -> None:
    ids: dict[str, str] = {}
    for name, level in (
        ("first", Level.ESCALATE),
        ("urgent", Level.URGENT),
        ("second", Level.OFFER),
        ("crisis", Level.CRISIS),
    ):
        ids[name] = await stage.waiting_case(new_case(level))
        stage.clock.advance(1)
    async with stage.database.read() as session:
        waiting = await queue.waiting(session, "voorbeeldstad", ["publieksbalie"])
        places = {
            name: await queue.place(session, (await stage.case(one)).conversation_id) for name, one in ids.items()
        }
    assert [case.id for case in waiting] == [ids[name] for name in ("crisis", "urgent", "first", "second")]
    assert places == {"crisis": 1, "urgent": 2, "first": 3, "second": 4}


async def test_a_place_counts_only_conversations_of_the_same_team_and_municipality(stage: Stage) -> None:
    await stage.waiting_case(new_case(team="wonen"))
    await stage.waiting_case(municipality="fictiedam")
    await stage.callback(await stage.conversation())
    stage.clock.advance(1)
    mine = await stage.waiting_case()
    async with stage.database.read() as session:
        assert await queue.place(session, (await stage.case(mine)).conversation_id) == 1


async def test_a_case_reference_can_be_said_over_the_phone(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    callback = await stage.case(await stage.callback(conversation_id))
    case = await stage.case(await stage.enqueue(conversation_id))
    assert callback.reference.startswith("TB-")
    assert case.reference.startswith("ZK-")
    assert isinstance(new_case(), NewCase)
