"""What changed without an event arriving is found at the next look."""

from __future__ import annotations

import pytest

from handoff import looking_again, messages, retention
from handoff.bus import InProcessBus, Subscription, conversation_subject
from handoff.database import Database
from handoff.looking_again import LookingAgain
from tests.stage import Stage, new_case


@pytest.fixture
def looking(database: Database, bus: InProcessBus) -> LookingAgain:
    return LookingAgain(database, bus)


async def heard(watching: Subscription) -> list[str]:
    kinds = []
    while (event := await watching.next(0)) is not None:
        kinds.append(event.kind)
    return kinds


async def test_a_change_of_which_nobody_was_told_is_told(
    stage: Stage, bus: InProcessBus, database: Database, looking: LookingAgain
) -> None:
    conversation_id = await stage.conversation()
    deaf = Stage(Database(database.url, InProcessBus()), stage.clock)
    async with bus.subscribe(conversation_subject(conversation_id)) as watching:
        await looking.look()
        await heard(watching)
        await deaf.citizen_says(conversation_id, "Hoort u mij?")
        assert await heard(watching) == []
        assert await looking.look() == 1
        assert await heard(watching) == [looking_again.LOOK]
    await deaf.database.close()


@pytest.mark.parametrize("change", ["claimed", "released", "said"])
async def test_each_change_is_told_once_and_nothing_is_when_nothing_changed(
    stage: Stage, bus: InProcessBus, looking: LookingAgain, change: str
) -> None:
    case_id, anna = await stage.waiting_case(), await stage.employee()
    conversation_id = (await stage.case(case_id)).conversation_id
    if change == "released":
        await stage.claim(case_id, anna)
    async with bus.subscribe(conversation_subject(conversation_id)) as watching:
        assert await looking.look() == 1
        assert await looking.look() == 0
        if change == "claimed":
            await stage.claim(case_id, anna)
        elif change == "released":
            await stage.release(case_id, anna)
        else:
            await stage.citizen_says(conversation_id, "Hallo")
        await heard(watching)
        assert (await looking.look(), await heard(watching)) == (1, [looking_again.LOOK])
        assert (await looking.look(), await heard(watching)) == (0, [])


async def test_a_case_that_got_graver_or_went_to_another_team_is_told(
    stage: Stage, bus: InProcessBus, database: Database, looking: LookingAgain
) -> None:
    case_id = await stage.waiting_case(new_case())
    conversation_id = (await stage.case(case_id)).conversation_id
    async with bus.subscribe(conversation_subject(conversation_id)) as watching:
        await looking.look()
        for column, value in (("level", "crisis"), ("team", "wonen")):
            async with database.write() as session:
                case = await session.get(type(await stage.case(case_id)), case_id)
                setattr(case, column, value)
            await heard(watching)
            assert (await looking.look(), await heard(watching)) == (1, [looking_again.LOOK])


async def test_a_conversation_that_is_gone_is_told_as_erased(
    stage: Stage, bus: InProcessBus, database: Database, looking: LookingAgain
) -> None:
    conversation_id = await stage.conversation()
    async with bus.subscribe(conversation_subject(conversation_id)) as watching:
        await looking.look()
        async with database.write() as session:
            await retention.erase(session, conversation_id, now=stage.clock(), actor="citizen")
        await heard(watching)
        await looking.look()
        assert await heard(watching) == [looking_again.ERASED]


async def test_only_what_is_watched_here_is_looked_at(
    stage: Stage, bus: InProcessBus, looking: LookingAgain, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.conversation(first="Wie luistert er?")
    async with bus.subscribe("queue:voorbeeldstad") as watching:
        assert await looking.look() == 0
        assert await heard(watching) == []


async def test_hundreds_are_looked_at_in_batches(
    stage: Stage, bus: InProcessBus, looking: LookingAgain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_again, "_AT_ONCE", 2)
    ids = [await stage.conversation() for _ in range(5)]
    async with bus.subscribe(*map(conversation_subject, ids)) as watching:
        assert await looking.look() == 5
        await heard(watching)
        await stage.citizen_says(ids[-1], "Hallo")
        assert await looking.look() == 1
        assert await heard(watching) == [messages.SAID, looking_again.LOOK]
