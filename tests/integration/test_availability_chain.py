"""Closed, holiday, nobody, full, too long: each in words of its own, always with three ways on (invariant 7)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import texts
from bot.desk import Desk
from bot.handover import CHOSE_CALL, CHOSE_LEAVE_QUEUE, CHOSE_WAIT
from bot.long_waits import LongWaits
from handoff import cases, outbox, ownership
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Level, Reason
from handoff.vault import Vault
from handoff.vocabulary import ChannelName, Owner
from tests.counter import Citizen, FakeRasa, make_desk, with_team
from tests.stage import Stage, StoppedClock, new_case

TEAM = "publieksbalie"
WAYS_ON = [CHOSE_WAIT, CHOSE_CALL, CHOSE_LEAVE_QUEUE]
SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FRIDAY_BEFORE_CLOSING = datetime(2026, 11, 27, 16, 20, tzinfo=UTC)
"""17.20 in Amsterdam, ten minutes before the telephone closes for the weekend."""


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    return with_team(make_desk(database, bus, vault, clock, FakeRasa()), TEAM, most_waiting=2, longest_wait_minutes=10)


async def joins(desk: Desk) -> Citizen:
    """A second after the one before her: places follow the clock."""
    assert isinstance(desk.clock, StoppedClock)
    desk.clock.advance(1)
    citizen = await Citizen.starts(desk)
    await citizen.asks("Ik wil een medewerker spreken")
    return citizen


async def last(stage: Stage, citizen: Citizen) -> tuple[str, list[str]]:
    said = (await stage.said(citizen.id))[-1]
    return said.text, [button["value"] for button in said.buttons]


async def test_a_full_queue_says_so_and_lets_her_wait_be_called_or_go_back(stage: Stage, desk: Desk) -> None:
    await stage.renew(await stage.employee("Anna"))
    for _ in range(2):
        text, ways = await last(stage, await joins(desk))
        assert text.startswith("Een medewerker neemt het gesprek over.")
        assert ways == [CHOSE_CALL, CHOSE_LEAVE_QUEUE]
    text, ways = await last(stage, await joins(desk))
    assert text.startswith("Het is nu erg druk. U bent nummer 3 in de rij.")
    assert ways == WAYS_ON


async def test_a_full_queue_loses_nobody_and_who_waits_on_is_told_her_place(stage: Stage, desk: Desk) -> None:
    await stage.renew(await stage.employee("Anna"))
    citizens = [await joins(desk) for _ in range(4)]
    (said,) = await citizens[3].asks("Ik wacht", CHOSE_WAIT)
    assert said.startswith("Goed, u blijft in de rij. U bent nummer 4 in de rij.")
    assert [(await stage.read(one.id)).owner for one in citizens] == [Owner.QUEUED] * 4


async def test_a_crisis_is_never_told_that_it_is_full(stage: Stage, desk: Desk) -> None:
    for _ in range(3):
        await stage.waiting_case(new_case(Level.CRISIS))
    citizen = await Citizen.starts(desk)
    await citizen.asks("ik wil niet meer leven")
    assert "druk" not in (await last(stage, citizen))[0]


async def test_a_team_that_is_closed_says_its_own_hours(stage: Stage, desk: Desk, clock: StoppedClock) -> None:
    clock.now = SUNDAY
    own = with_team(desk, TEAM, hours={"woensdag": ["9.00-12.00"]})
    text, ways = await last(stage, await joins(own))
    assert "Zij zijn er weer op woensdag 25 november om 9 uur." in text.replace("9.00", "9")
    assert ways == WAYS_ON


async def test_waiting_on_after_going_back_offers_a_person_again(stage: Stage, desk: Desk) -> None:
    citizen = await joins(desk)
    await citizen.asks("Terug naar de assistent", CHOSE_LEAVE_QUEUE)
    assert await citizen.asks("Ik wacht", CHOSE_WAIT) == [texts.OFFER]


# Waiting too long


async def test_who_waits_longer_than_the_team_wants_is_told_once_with_every_way_on(
    stage: Stage, desk: Desk, clock: StoppedClock
) -> None:
    await stage.renew(await stage.employee("Anna"))
    citizen = await joins(desk)
    clock.advance(9 * 60)
    assert await LongWaits(desk).tell() == 0
    clock.advance(60)
    assert await LongWaits(desk).tell() == 1
    text, ways = await last(stage, citizen)
    assert text == (
        "Sorry, het duurt langer dan wij willen. U wacht nu 10 minuten. U bent als eerste aan de beurt. "
        "Hoe lang het duurt, weten wij nu niet. U kunt wachten. Of laat uw nummer achter, dan bellen wij u."
    )
    assert ways == WAYS_ON
    clock.advance(3600)
    assert await LongWaits(desk).tell() == 0


async def test_a_long_wait_is_pushed_to_telegram_without_her_asking(
    stage: Stage, desk: Desk, clock: StoppedClock
) -> None:
    conversation_id = await stage.conversation(channel=ChannelName.TELEGRAM)
    await stage.enqueue(conversation_id)
    clock.advance(11 * 60)
    await LongWaits(desk).tell()
    async with stage.database.read() as session:
        rows = await outbox.due(session, ChannelName.TELEGRAM, now=clock(), limit=50)
        first = rows[0]
    last_seq = (await stage.read(conversation_id)).last_seq
    async with stage.database.write() as session:
        await outbox.sent(session, first.id, now=clock())
    async with stage.database.read() as session:
        rows = await outbox.due(session, ChannelName.TELEGRAM, now=clock(), limit=50)
    assert [row.seq for row in rows] == [last_seq]


async def test_closed_hours_are_no_waiting_time_and_nobody_is_woken(
    stage: Stage, desk: Desk, clock: StoppedClock
) -> None:
    clock.now = FRIDAY_BEFORE_CLOSING
    await joins(desk)
    clock.advance(11 * 60)
    assert await LongWaits(desk).tell() == 0, "it closed a minute ago"
    clock.now = datetime(2026, 11, 30, 7, 31, tzinfo=UTC)
    assert await LongWaits(desk).tell() == 1, "ten open minutes on Friday and Monday together"


@pytest.mark.parametrize("reason", [Reason.ABUSE, Reason.SUICIDE])
async def test_nothing_is_pushed_to_who_may_be_in_danger(
    stage: Stage, desk: Desk, clock: StoppedClock, reason: Reason
) -> None:
    case_id = await stage.waiting_case(new_case(Level.URGENT if reason is Reason.ABUSE else Level.CRISIS))
    async with stage.database.write() as session:
        (await cases.get(session, case_id)).reasons = [str(reason)]
    clock.advance(3600)
    assert await LongWaits(desk).tell() == 0


async def test_who_was_claimed_or_left_meanwhile_is_not_told(stage: Stage, desk: Desk, clock: StoppedClock) -> None:
    claimed, left = await joins(desk), await joins(desk)
    anna = await stage.employee("Anna")
    await stage.claim((await stage.cases_of(claimed.id))[0].id, anna)
    async with stage.database.write() as session:
        await ownership.leave_queue(session, left.id, now=clock())
    clock.advance(3600)
    assert await LongWaits(desk).tell() == 0
