"""Turns run once each, in order, by one process at a time, and again after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.desk import Desk
from bot.engine import EngineTurn
from bot.turn_runner import CRASHES_BEFORE_GIVING_UP, TurnRunner
from handoff import conversations
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.vault import Vault
from handoff.vocabulary import Owner
from tests.counter import Asked, Citizen, FakeRasa, answered, make_desk, make_runner
from tests.stage import Stage, StoppedClock

LEASE = 10.0


@pytest.fixture
def rasa() -> FakeRasa:
    return FakeRasa()


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock, rasa: FakeRasa) -> Desk:
    return make_desk(database, bus, vault, clock, rasa)


@pytest.fixture
async def citizen(desk: Desk) -> Citizen:
    return await Citizen.starts(desk)


@pytest.fixture
async def runner(desk: Desk) -> AsyncIterator[TurnRunner]:
    runner = make_runner(desk, lease_seconds=LEASE)
    yield runner
    await runner.stop()


async def at_rest(*runners: TurnRunner) -> None:
    """Return once no turn runs any more."""
    async with asyncio.timeout(30):
        while running := [task for one in runners for task in one._running.values()]:
            await asyncio.gather(*running, return_exceptions=True)


async def texts_after_welcome(citizen: Citizen) -> list[str]:
    return [message.text for message in await citizen.heard(1)]


async def test_messages_that_arrive_during_a_turn_are_answered_after_it_in_order(
    citizen: Citizen, rasa: FakeRasa, runner: TurnRunner
) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def slow(asked: Asked) -> EngineTurn:
        started.set()
        await go_on.wait()
        return answered(f"Antwoord op: {asked.text}")

    rasa.reply = slow
    await citizen.sends("een")
    runner.wake(citizen.id)
    await started.wait()
    for text in ("twee", "drie"):
        await citizen.sends(text)
        runner.wake(citizen.id)
    go_on.set()
    await at_rest(runner)
    assert await texts_after_welcome(citizen) == [f"Antwoord op: {text}" for text in ("een", "twee", "drie")]


async def test_two_processes_answer_each_message_once(
    stage: Stage, desk: Desk, rasa: FakeRasa, runner: TurnRunner
) -> None:
    other = make_runner(desk, lease_seconds=LEASE)
    people = [await Citizen.starts(desk) for _ in range(3)]
    for person in people:
        for text in ("een", "twee"):
            await person.sends(text)
            runner.wake(person.id)
            other.wake(person.id)
    await at_rest(runner, other)
    for _ in range(2):  # what one left while the other held the lease, the sweep finds
        for person in people:
            runner.wake(person.id)
            other.wake(person.id)
        await at_rest(runner, other)
    for person in people:
        assert await texts_after_welcome(person) == ["Antwoord op: een", "Antwoord op: twee"]
    assert len(rasa.asked) == 6
    await other.stop()


async def test_while_one_process_answers_another_keeps_off(
    citizen: Citizen, desk: Desk, rasa: FakeRasa, runner: TurnRunner
) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def slow(asked: Asked) -> EngineTurn:
        started.set()
        await go_on.wait()
        return answered("klaar")

    rasa.reply = slow
    other = make_runner(desk, lease_seconds=LEASE)
    await citizen.sends("een")
    runner.wake(citizen.id)
    await started.wait()
    other.wake(citizen.id)
    await at_rest(other)
    assert len(rasa.asked) == 1
    go_on.set()
    await at_rest(runner)
    assert await texts_after_welcome(citizen) == ["klaar"]


async def test_the_lease_of_a_dead_process_runs_out_and_another_answers(
    stage: Stage, citizen: Citizen, runner: TurnRunner, clock: StoppedClock
) -> None:
    await citizen.sends("een")
    async with stage.database.write() as session:
        assert await conversations.take_turn_lease(session, citizen.id, holder="dead", now=clock(), seconds=LEASE)
    runner.wake(citizen.id)
    await at_rest(runner)
    assert await texts_after_welcome(citizen) == []
    async with stage.database.read() as session:
        assert await conversations.awaiting_turn(session, now=clock()) == []
        assert await conversations.awaiting_turn(session, now=clock.advance(LEASE)) == [citizen.id]
    runner.wake(citizen.id)
    await at_rest(runner)
    assert await texts_after_welcome(citizen) == ["Antwoord op: een"]


async def test_a_finished_turn_gives_its_lease_back(stage: Stage, citizen: Citizen, runner: TurnRunner) -> None:
    await citizen.sends("een")
    runner.wake(citizen.id)
    await at_rest(runner)
    conversation = await stage.read(citizen.id)
    assert (conversation.turn_holder, conversation.turn_until) == (None, None)


async def test_a_poisoned_message_is_given_up_after_three_crashes_and_the_next_is_answered(
    stage: Stage, citizen: Citizen, rasa: FakeRasa, runner: TurnRunner
) -> None:
    async def poisoned(asked: Asked) -> EngineTurn:
        if asked.text == "gif":
            raise RuntimeError("this message breaks the turn")
        return answered(f"Antwoord op: {asked.text}")

    rasa.reply = poisoned
    await citizen.sends("gif")
    await citizen.sends("gewone vraag")
    for _ in range(CRASHES_BEFORE_GIVING_UP):
        assert await texts_after_welcome(citizen) == []
        runner.wake(citizen.id)
        await at_rest(runner)
    (sorry,) = await texts_after_welcome(citizen)
    assert sorry.startswith("Sorry, er ging iets mis bij mij. Uw bericht is bewaard.")
    runner.wake(citizen.id)
    await at_rest(runner)
    assert (await texts_after_welcome(citizen))[-1] == "Antwoord op: gewone vraag"
    assert (await stage.read(citizen.id)).owner == Owner.BOT


async def test_a_crash_loses_no_message(stage: Stage, citizen: Citizen, rasa: FakeRasa, runner: TurnRunner) -> None:
    rasa.reply = RuntimeError("once")
    await citizen.sends("een")
    runner.wake(citizen.id)
    await at_rest(runner)
    rasa.reply = None
    runner.wake(citizen.id)
    await at_rest(runner)
    assert await texts_after_welcome(citizen) == ["Antwoord op: een"]


async def test_what_an_earlier_process_left_is_answered_at_the_start(
    citizen: Citizen, runner: TurnRunner, bus: InProcessBus
) -> None:
    await citizen.sends("een")
    async with bus.subscribe(f"conversation:{citizen.id}") as watching:
        await runner.start()
        async with asyncio.timeout(30):
            while True:
                heard = await watching.next()
                if heard is not None and heard.kind == "message":
                    break
    await at_rest(runner)
    assert await texts_after_welcome(citizen) == ["Antwoord op: een"]


async def test_a_restart_on_sqlite_does_not_wait_for_its_own_former_lease(
    stage: Stage, citizen: Citizen, runner: TurnRunner, clock: StoppedClock
) -> None:
    async with stage.database.write() as session:
        await conversations.take_turn_lease(session, citizen.id, holder="former", now=clock(), seconds=LEASE)
    await runner.start()
    holder = (await stage.read(citizen.id)).turn_holder
    assert holder == (None if stage.database.is_sqlite else "former")


async def test_stopping_ends_every_turn_and_starts_no_other(
    citizen: Citizen, rasa: FakeRasa, runner: TurnRunner
) -> None:
    started = asyncio.Event()

    async def never(_: Asked) -> EngineTurn:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    rasa.reply = never
    await citizen.sends("een")
    runner.wake(citizen.id)
    await started.wait()
    runner.wake(citizen.id)
    await runner.stop()
    assert runner._running == {}
    runner.wake(citizen.id)
    assert runner._running == {}, "after stopping nothing starts, the database may be closed"
