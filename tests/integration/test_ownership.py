"""Every change of owner: what it does to the conversation, the case, the counter, the audit trail and the citizen."""

from __future__ import annotations

import pytest

from handoff import cases, dossier, messages, ownership, queue
from handoff.cases import NewCase
from handoff.detection import Level
from handoff.exceptions import (
    AlreadyClaimed,
    AtCapacity,
    NotAllowed,
    StaleOwner,
    UnknownCase,
    UnknownConversation,
)
from handoff.messages import Draft
from handoff.tables import Employee
from handoff.vocabulary import CaseKind, CaseState, Outcome, Owner, Sender
from tests.stage import Stage, new_case, place_notice


async def last_text(stage: Stage, conversation_id: str) -> str:
    return (await stage.texts(conversation_id))[-1]


async def test_enqueue_brings_the_conversation_to_the_queue_and_tells_the_place(stage: Stage) -> None:
    first = await stage.conversation()
    await stage.enqueue(first)
    stage.clock.advance(1)
    second = await stage.conversation()
    case_id = await stage.enqueue(second)

    conversation = await stage.read(second)
    assert (conversation.owner, conversation.epoch, conversation.employee_id) == (Owner.QUEUED, 1, None)
    assert (await stage.case(case_id)).state == CaseState.WAITING
    assert await last_text(stage, second) == "U bent nummer 2."
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
    assert "U praat nu met Anna" in await last_text(stage, claim.conversation_id)
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
    assert await last_text(stage, claim.conversation_id) == "U bent nummer 1."
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
    assert "U praat nu verder met Bea" in await last_text(stage, claim.conversation_id)
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
    text = await last_text(stage, case.conversation_id)
    assert text.startswith("Uw paspoort ligt klaar.\n\nU praat weer met de digitale assistent.")
    assert await stage.open_count(anna) == 0
    line = (await stage.audit(case.conversation_id))[-1]
    assert (line.action, line.from_owner, line.to_owner, line.epoch) == ("hand_back", "employee", "bot", 3)
    assert "paspoort" not in str(line.details)


async def test_close_ends_the_conversation_with_an_outcome(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna)
    async with stage.database.write() as session:
        await ownership.close(session, case_id, anna, Outcome.FORWARDED, now=stage.clock())

    case = await stage.case(case_id)
    assert (case.state, case.outcome) == (CaseState.DONE, Outcome.FORWARDED)
    conversation = await stage.read(case.conversation_id)
    assert (conversation.owner, conversation.epoch, conversation.closed_at) == (Owner.CLOSED, 3, stage.clock())
    assert "afgesloten" in await last_text(stage, case.conversation_id)
    line = (await stage.audit(case.conversation_id))[-1]
    assert (line.action, line.to_owner, line.details) == ("close", "closed", {"outcome": "forwarded"})


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


async def test_leaving_the_queue_gives_the_bot_back_and_ends_the_case(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    case_id = await stage.enqueue(conversation_id)
    async with stage.database.write() as session:
        await ownership.leave_queue(session, conversation_id, now=stage.clock())
    assert (await stage.read(conversation_id)).owner == Owner.BOT
    case = await stage.case(case_id)
    assert (case.state, case.outcome) == (CaseState.DONE, Outcome.CITIZEN_LEFT)
    assert "niet meer in de rij" in await last_text(stage, conversation_id)


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


async def callback_of(stage: Stage, conversation_id: str) -> str:
    new = new_case(kind=CaseKind.CALLBACK, details={"phone": "[telefoon-1]"}, due_on="2026-11-23")
    async with stage.database.write() as session:
        case = cases.open_case(
            session, new, conversation_id=conversation_id, municipality="voorbeeldstad", now=stage.clock()
        )
    return case.id


async def test_a_callback_is_claimed_and_done_without_touching_the_conversation(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation(first="bel mij")
    case_id = await callback_of(stage, conversation_id)
    await stage.claim(case_id, anna)
    assert await stage.open_count(anna) == 1
    async with stage.database.write() as session:
        await ownership.close(session, case_id, anna, Outcome.CALLBACK_AGREED, now=stage.clock())
    conversation = await stage.read(conversation_id)
    assert (conversation.owner, conversation.epoch, conversation.last_seq) == (Owner.BOT, 0, 1)
    assert await stage.open_count(anna) == 0
    assert (await stage.case(case_id)).state == CaseState.DONE


async def test_a_callback_stays_in_the_queue_when_the_citizen_closes(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    case_id = await callback_of(stage, conversation_id)
    async with stage.database.write() as session:
        await ownership.close_by_citizen(session, conversation_id, now=stage.clock())
    assert (await stage.case(case_id)).state == CaseState.WAITING
    await stage.claim(case_id, anna)
    assert (await stage.case(case_id)).employee_id == anna


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
    await callback_of(stage, await stage.conversation())
    stage.clock.advance(1)
    mine = await stage.waiting_case()
    async with stage.database.read() as session:
        assert await queue.place(session, (await stage.case(mine)).conversation_id) == 1


async def test_a_case_reference_can_be_said_over_the_phone(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    callback = await stage.case(await callback_of(stage, conversation_id))
    case = await stage.case(await stage.enqueue(conversation_id))
    assert callback.reference.startswith("TB-")
    assert case.reference.startswith("ZK-")
    assert isinstance(new_case(), NewCase)


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
