"""How a conversation ends, or leaves the queue: by the citizen, by the employee, or left alone."""

from __future__ import annotations

import pytest

from handoff import ownership
from handoff.exceptions import (
    StaleOwner,
    UnknownConversation,
)
from handoff.vocabulary import CaseState, Outcome, Owner
from tests.stage import Stage


async def test_close_ends_the_conversation_with_an_outcome(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna)
    async with stage.database.write() as session:
        await ownership.close(session, case_id, anna, Outcome.FORWARDED, now=stage.clock())

    case = await stage.case(case_id)
    assert (case.state, case.outcome) == (CaseState.DONE, Outcome.FORWARDED)
    conversation = await stage.read(case.conversation_id)
    assert (conversation.owner, conversation.epoch, conversation.closed_at) == (Owner.CLOSED, 3, stage.clock())
    assert "afgesloten" in await stage.last_text(case.conversation_id)
    line = (await stage.audit(case.conversation_id))[-1]
    assert (line.action, line.to_owner, line.details) == ("close", "closed", {"outcome": "forwarded"})


async def test_leaving_the_queue_gives_the_bot_back_and_ends_the_case(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    case_id = await stage.enqueue(conversation_id)
    async with stage.database.write() as session:
        await ownership.leave_queue(session, conversation_id, now=stage.clock())
    assert (await stage.read(conversation_id)).owner == Owner.BOT
    case = await stage.case(case_id)
    assert (case.state, case.outcome) == (CaseState.DONE, Outcome.CITIZEN_LEFT)
    assert "niet meer in de rij" in await stage.last_text(conversation_id)


async def test_nobody_leaves_a_queue_after_an_employee_has_claimed(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna)
    conversation_id = (await stage.case(case_id)).conversation_id
    with pytest.raises(StaleOwner) as stale:
        async with stage.database.write() as session:
            await ownership.leave_queue(session, conversation_id, now=stage.clock())
    assert stale.value.owner == "employee"
    assert (await stage.case(case_id)).state == CaseState.HELD


@pytest.mark.parametrize("owner", [Owner.BOT, Owner.QUEUED, Owner.EMPLOYEE])
async def test_the_citizen_can_close_whoever_owns_the_conversation(stage: Stage, owner: Owner) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    if owner is not Owner.BOT:
        case_id = await stage.enqueue(conversation_id)
        if owner is Owner.EMPLOYEE:
            await stage.claim(case_id, anna)
    before = await stage.read(conversation_id)
    async with stage.database.write() as session:
        await ownership.close_by_citizen(session, conversation_id, now=stage.clock())
    after = await stage.read(conversation_id)
    assert (after.owner, after.epoch, after.closed_at) == (Owner.CLOSED, before.epoch + 1, stage.clock())
    assert await stage.open_count(anna) == 0
    assert all(case.state == CaseState.DONE for case in await stage.cases_of(conversation_id))
    line = (await stage.audit(conversation_id))[-1]
    assert (line.action, line.actor, line.from_owner) == ("close", "citizen", owner)


async def test_closing_twice_is_the_same_as_once(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    for _ in range(2):
        async with stage.database.write() as session:
            await ownership.close_by_citizen(session, conversation_id, now=stage.clock())
    conversation = await stage.read(conversation_id)
    assert (conversation.epoch, conversation.last_seq) == (1, 1)


async def test_closing_an_unknown_conversation_says_so(stage: Stage) -> None:
    with pytest.raises(UnknownConversation):
        async with stage.database.write() as session:
            await ownership.close_by_citizen(session, "no-such-conversation", now=stage.clock())


async def test_a_callback_stays_in_the_queue_when_the_citizen_closes(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    case_id = await stage.callback(conversation_id)
    async with stage.database.write() as session:
        await ownership.close_by_citizen(session, conversation_id, now=stage.clock())
    assert (await stage.case(case_id)).state == CaseState.WAITING
    await stage.claim(case_id, anna)
    assert (await stage.case(case_id)).employee_id == anna


async def test_a_conversation_left_alone_is_closed_but_not_when_somebody_wrote_meanwhile(stage: Stage) -> None:
    quiet, lively = await stage.conversation(first="hallo"), await stage.conversation(first="hallo")
    quiet_since = stage.clock()
    stage.clock.advance(10)
    await stage.citizen_says(lively, "ben ik er nog?")
    async with stage.database.write() as session:
        await ownership.close_left_alone(session, quiet, now=stage.clock(), quiet_since=quiet_since)
    with pytest.raises(StaleOwner):
        async with stage.database.write() as session:
            await ownership.close_left_alone(session, lively, now=stage.clock(), quiet_since=quiet_since)
    assert (await stage.read(quiet)).owner == Owner.CLOSED
    assert (await stage.audit(quiet))[-1].actor == "system"
    assert (await stage.read(lively)).owner == Owner.BOT


async def test_a_conversation_that_waits_for_a_person_is_never_closed_for_being_quiet(stage: Stage) -> None:
    case = await stage.case(await stage.waiting_case())
    with pytest.raises(StaleOwner):
        async with stage.database.write() as session:
            await ownership.close_left_alone(
                session, case.conversation_id, now=stage.clock(), quiet_since=stage.clock()
            )
    assert (await stage.read(case.conversation_id)).owner == Owner.QUEUED
