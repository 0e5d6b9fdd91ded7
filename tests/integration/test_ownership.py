"""What employees do with a case: the conversation, the counter, the audit trail and the citizen."""

from __future__ import annotations

import pytest

from handoff import dossier, messages, ownership, queue
from handoff.exceptions import (
    AlreadyClaimed,
    AtCapacity,
    NotAllowed,
    StaleOwner,
    UnknownCase,
)
from handoff.messages import Draft
from handoff.tables import Employee
from handoff.vocabulary import CaseState, Outcome, Owner, Sender
from tests.stage import Stage, place_notice


async def test_claim_gives_the_conversation_to_the_employee_and_tells_the_citizen_her_name(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.waiting_case()
    claim = await stage.claim(case_id, anna)

    conversation = await stage.read(claim.conversation_id)
    assert (conversation.owner, conversation.employee_id, conversation.epoch) == (Owner.EMPLOYEE, anna, 2)
    assert claim.epoch == 2
    case = await stage.case(case_id)
    assert (case.state, case.employee_id, case.claimed_at) == (CaseState.HELD, anna, stage.clock())
    assert await stage.open_count(anna) == 1
    assert "U praat nu met Anna" in await stage.last_text(claim.conversation_id)
    line = (await stage.audit(claim.conversation_id))[-1]
    assert (line.action, line.actor, line.from_owner, line.to_owner, line.epoch) == (
        "claim", f"employee:{anna}", "queued", "employee", 2,
    )  # fmt: skip


async def test_the_loser_of_a_case_is_told_who_won_and_loses_no_room(stage: Stage) -> None:
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea")
    case_id = await stage.held_case(anna)
    with pytest.raises(AlreadyClaimed) as lost:
        await stage.claim(case_id, bea)
    assert lost.value.holder == "Anna"
    assert await stage.open_count(bea) == 0
    assert (await stage.case(case_id)).employee_id == anna


async def test_a_claim_of_a_case_that_is_done_names_nobody(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    case_id = await stage.enqueue(conversation_id)
    async with stage.database.write() as session:
        await ownership.close_by_citizen(session, conversation_id, now=stage.clock())
    with pytest.raises(AlreadyClaimed) as lost:
        await stage.claim(case_id, anna)
    assert lost.value.holder is None
    assert await stage.open_count(anna) == 0


async def test_a_claim_above_the_limit_leaves_the_case_waiting(stage: Stage) -> None:
    anna = await stage.employee("Anna", limit=1)
    await stage.held_case(anna)
    waiting = await stage.waiting_case()
    with pytest.raises(AtCapacity) as full:
        await stage.claim(waiting, anna)
    assert full.value.maximum == 1
    assert (await stage.case(waiting)).state == CaseState.WAITING
    assert await stage.open_count(anna) == 1


@pytest.mark.parametrize(
    ("municipality", "teams", "active"),
    [
        ("fictiedam", ["publieksbalie"], True),
        ("voorbeeldstad", ["wonen"], True),
        ("voorbeeldstad", [], True),
        ("voorbeeldstad", ["publieksbalie"], False),
    ],
    ids=["other municipality", "other team", "no team", "inactive account"],
)
async def test_nobody_claims_or_reads_what_she_has_no_right_to(
    stage: Stage, municipality: str, teams: list[str], active: bool
) -> None:
    stranger = await stage.employee("Cato", municipality=municipality, teams=teams, active=active)
    case_id = await stage.waiting_case()
    with pytest.raises(NotAllowed):
        await stage.claim(case_id, stranger)
    case = await stage.case(case_id)
    assert (case.state, case.employee_id) == (CaseState.WAITING, None)
    async with stage.database.read() as session:
        employee = await session.get(Employee, stranger)
        assert employee is not None
        seen = await queue.waiting(session, employee.municipality, employee.teams)
        assert [one.id for one in seen] == ([case_id] if not active else [])
        if active:
            with pytest.raises(NotAllowed):
                await dossier.read(session, case_id, employee)


async def test_a_transfer_outside_municipality_or_team_is_refused(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna)
    for stranger in (
        await stage.employee("Cato", municipality="fictiedam"),
        await stage.employee("Dina", teams=["wonen"]),
        await stage.employee("Eva", active=False),
    ):
        with pytest.raises(NotAllowed):
            async with stage.database.write() as session:
                await ownership.transfer(session, case_id, anna, stranger, now=stage.clock())
        assert await stage.open_count(stranger) == 0
    assert (await stage.case(case_id)).employee_id == anna
    assert await stage.open_count(anna) == 1


async def test_a_claim_of_an_unknown_case_says_so(stage: Stage) -> None:
    with pytest.raises(UnknownCase):
        await stage.claim("no-such-case", await stage.employee())


async def test_a_lost_lease_releases_in_the_name_of_the_system(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna)
    await stage.release(case_id, anna, actor="system")
    case = await stage.case(case_id)
    assert [line.actor for line in await stage.audit(case.conversation_id)][-1] == "system"


async def test_transfer_moves_the_conversation_the_count_and_the_name(stage: Stage) -> None:
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea")
    case_id = await stage.held_case(anna)
    async with stage.database.write() as session:
        claim = await ownership.transfer(session, case_id, anna, bea, now=stage.clock())

    conversation = await stage.read(claim.conversation_id)
    assert (conversation.owner, conversation.employee_id, conversation.epoch) == (Owner.EMPLOYEE, bea, 3)
    assert (claim.employee_id, claim.epoch) == (bea, 3)
    case = await stage.case(case_id)
    assert (case.state, case.employee_id) == (CaseState.HELD, bea)
    assert (await stage.open_count(anna), await stage.open_count(bea)) == (0, 1)
    assert "U praat nu verder met Bea" in await stage.last_text(claim.conversation_id)
    line = (await stage.audit(claim.conversation_id))[-1]
    assert (line.action, line.from_owner, line.to_owner, line.epoch) == ("transfer", "employee", "employee", 3)


async def test_a_transfer_to_a_full_colleague_changes_nothing(stage: Stage) -> None:
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea", limit=1)
    await stage.held_case(bea)
    case_id = await stage.held_case(anna)
    with pytest.raises(AtCapacity):
        async with stage.database.write() as session:
            await ownership.transfer(session, case_id, anna, bea, now=stage.clock())
    assert (await stage.open_count(anna), await stage.open_count(bea)) == (1, 1)
    assert (await stage.case(case_id)).employee_id == anna


async def test_a_transfer_to_herself_is_refused(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna)
    with pytest.raises(NotAllowed):
        async with stage.database.write() as session:
            await ownership.transfer(session, case_id, anna, anna, now=stage.clock())
    assert await stage.open_count(anna) == 1


async def test_hand_back_gives_the_conversation_to_the_bot_with_a_note(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna)
    async with stage.database.write() as session:
        await ownership.hand_back(session, case_id, anna, now=stage.clock(), note="Uw paspoort ligt klaar.")

    case = await stage.case(case_id)
    assert (case.state, case.outcome, case.done_at) == (CaseState.DONE, Outcome.HANDED_BACK, stage.clock())
    conversation = await stage.read(case.conversation_id)
    assert (conversation.owner, conversation.employee_id, conversation.epoch) == (Owner.BOT, None, 3)
    text = await stage.last_text(case.conversation_id)
    assert text.startswith("Uw paspoort ligt klaar.\n\nU praat weer met de digitale assistent.")
    assert await stage.open_count(anna) == 0
    line = (await stage.audit(case.conversation_id))[-1]
    assert (line.action, line.from_owner, line.to_owner, line.epoch) == ("hand_back", "employee", "bot", 3)
    assert "paspoort" not in str(line.details)


@pytest.mark.parametrize("verb", ["release", "hand_back", "close", "transfer"])
async def test_only_the_holder_lets_go_of_a_case(stage: Stage, verb: str) -> None:
    anna, bea, cato = [await stage.employee(name) for name in ("Anna", "Bea", "Cato")]
    case_id = await stage.held_case(anna)
    before = await stage.read((await stage.case(case_id)).conversation_id)

    async def let_go() -> None:
        async with stage.database.write() as session:
            if verb == "close":
                await ownership.close(session, case_id, bea, Outcome.RESOLVED, now=stage.clock())
            elif verb == "transfer":
                await ownership.transfer(session, case_id, bea, cato, now=stage.clock())
            elif verb == "release":
                await ownership.release(session, case_id, bea, now=stage.clock(), notice=place_notice)
            else:
                await ownership.hand_back(session, case_id, bea, now=stage.clock())

    with pytest.raises(NotAllowed):
        await let_go()
    after = await stage.read(before.id)
    assert (after.owner, after.epoch, after.last_seq) == (before.owner, before.epoch, before.last_seq)
    assert await stage.open_count(anna) == 1


async def test_a_callback_is_claimed_and_done_without_touching_the_conversation(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation(first="bel mij")
    case_id = await stage.callback(conversation_id)
    await stage.claim(case_id, anna)
    assert await stage.open_count(anna) == 1
    async with stage.database.write() as session:
        await ownership.close(session, case_id, anna, Outcome.CALLBACK_AGREED, now=stage.clock())
    conversation = await stage.read(conversation_id)
    assert (conversation.owner, conversation.epoch, conversation.last_seq) == (Owner.BOT, 0, 1)
    assert await stage.open_count(anna) == 0
    assert (await stage.case(case_id)).state == CaseState.DONE


async def test_an_employee_writes_only_while_she_holds_the_conversation(stage: Stage) -> None:
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea")
    case_id = await stage.held_case(anna)
    conversation_id = (await stage.case(case_id)).conversation_id
    before = await stage.texts(conversation_id)
    with pytest.raises(StaleOwner):
        async with stage.database.write() as session:
            await messages.append(
                session,
                conversation_id,
                Draft("van Bea"),
                sender=Sender.EMPLOYEE,
                now=stage.clock(),
                expected_owner=Owner.EMPLOYEE,
                expected_employee=bea,
            )
    assert await stage.texts(conversation_id) == before
