"""The waiting range on a real database: told to who waits, kept with the case, and held against what happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import place
from bot.channels import representation
from bot.desk import Desk
from handoff import conversations, employees, waiting_time
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Level
from handoff.tables import Case, Conversation
from handoff.vault import Vault
from handoff.vocabulary import Owner
from tests.counter import FakeRasa, make_desk
from tests.stage import CITY, Stage, StoppedClock, new_case

TEAM = "publieksbalie"


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    return make_desk(database, bus, vault, clock, FakeRasa())


async def pick_ups(stage: Stage, clock: StoppedClock, *minutes: float, team: str = TEAM) -> str:
    """Citizens who waited so long, one after the other; returns who picked them up."""
    anna = await stage.employee("Anna", limit=50, teams=[team])
    for one in minutes:
        case_id = await stage.waiting_case(new_case(team=team))
        clock.advance(one * 60)
        await stage.claim(case_id, anna)
    return anna


async def shown(stage: Stage, desk: Desk, case_id: str) -> representation.Gesprek:
    conversation = await stage.read((await stage.case(case_id)).conversation_id)
    async with stage.database.read() as session:
        return await representation.conversation(desk, session, conversation)


async def test_who_waits_sees_her_place_and_a_range(stage: Stage, desk: Desk, clock: StoppedClock) -> None:
    await pick_ups(stage, clock, 4, 4, 4, 4, 4)
    first = await stage.waiting_case()
    clock.advance(1)
    second = await stage.waiting_case()
    assert (await shown(stage, desk, first)).wachttijd == "ongeveer 4 tot 5 minuten"
    assert (await shown(stage, desk, second)).wachttijd == "ongeveer 8 tot 9 minuten"


async def test_no_range_when_nobody_is_there_or_another_teams_pick_ups_are_all_there_is(
    stage: Stage, desk: Desk, clock: StoppedClock
) -> None:
    anna = await pick_ups(stage, clock, 4, 4, 4, 4, 4)
    async with stage.database.write() as session:
        await employees.end_lease(session, anna)
    case_id = await stage.waiting_case()
    assert (await shown(stage, desk, case_id)).wachttijd is None
    bea = await stage.employee("Bea", teams=["wonen"])
    async with stage.database.write() as session:
        await employees.renew_lease(session, bea, now=clock())
    other = await stage.waiting_case(new_case(team="wonen"))
    assert (await shown(stage, desk, other)).wachttijd is None


async def test_places_of_many_at_once_are_those_of_each(stage: Stage, desk: Desk, clock: StoppedClock) -> None:
    await pick_ups(stage, clock, 4, 4, 4, 4, 4)
    for level, team in (
        (Level.ESCALATE, TEAM),
        (Level.ESCALATE, "wonen"),
        (Level.CRISIS, TEAM),
        (Level.ESCALATE, TEAM),
    ):
        await stage.waiting_case(new_case(level, team=team))
        clock.advance(1)
    await stage.waiting_case(municipality="fictiedam")
    async with stage.database.read() as session:
        waiting = (await session.scalars(select(Conversation).where(Conversation.owner == Owner.QUEUED))).all()
        ids = [one.id for one in waiting]
        each = {one.id: await place.place_of(desk, session, one) for one in waiting if one.municipality == CITY}
        found = await place.places(desk, session, CITY, ids)
        some = await place.places(desk, session, CITY, ids[:1])
    assert found == each
    assert sorted(one.place for one in found.values()) == [1, 1, 2, 3]
    assert some == {one: told for one, told in found.items() if one == ids[0]}


async def test_the_notice_on_joining_says_it_or_says_that_nobody_knows(
    stage: Stage, desk: Desk, clock: StoppedClock
) -> None:
    anna = await stage.employee("Anna", limit=50)
    joins = await stage.conversation()
    async with stage.database.write() as session:
        await employees.renew_lease(session, anna, now=clock())
        conversation = await conversations.get(session, joins)
        notice = await place.joined(desk, session, conversation, TEAM, Level.ESCALATE)
    assert "Hoe lang het duurt, weten wij nu niet." in notice(1).text
    await pick_ups(stage, clock, 3, 3, 3, 3, 3)
    async with stage.database.read() as session:
        notice = await place.joined(desk, session, conversation, TEAM, Level.ESCALATE)
    assert "De wachttijd is ongeveer 3 tot 4 minuten." in notice(1).text


async def test_how_often_the_range_was_right_is_counted(stage: Stage, clock: StoppedClock) -> None:
    anna = await stage.employee("Anna", limit=50)
    start = clock()
    for minutes, told in ((3, True), (5, True), (9, True), (2, False)):
        case_id = await stage.waiting_case()
        if told:
            async with stage.database.write() as session:
                waiting_time.remember(await session.get_one(Case, case_id), waiting_time.Wait(3, 5))
        clock.advance(minutes * 60)
        await stage.claim(case_id, anna)
    async with stage.database.read() as session:
        found = await waiting_time.accuracy(session, CITY, [TEAM], since=start)
        later = await waiting_time.accuracy(session, CITY, [TEAM], since=clock() + timedelta(seconds=1))
    assert (found.told, found.within) == (3, 2)
    assert later.told == 0
