"""Events: only after the commit, to every watcher, over Redis between processes, and without text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.channels.flood import FloodGate
from bot.channels.problems import Problem
from handoff.bus import SUBSCRIBER_BACKLOG, Bus, Event, InProcessBus, RedisBus, conversation_subject
from handoff.database import Database, emit
from tests.stage import Stage

CITY_QUEUE = "queue:voorbeeldstad"


async def test_an_event_goes_out_only_after_the_commit(database: Database, bus: InProcessBus) -> None:
    async with bus.subscribe(CITY_QUEUE) as watching:
        async with database.write() as session:
            emit(session, Event(CITY_QUEUE, "enqueued"))
            assert await watching.next(0) is None
        assert await watching.next(1) == Event(CITY_QUEUE, "enqueued")


async def test_a_rolled_back_transaction_tells_nobody(database: Database, bus: InProcessBus) -> None:
    async def fail() -> None:
        async with database.write() as session:
            emit(session, Event(CITY_QUEUE, "enqueued"))
            raise RuntimeError

    async with bus.subscribe(CITY_QUEUE) as watching:
        with pytest.raises(RuntimeError):
            await fail()
        assert await watching.next(0) is None


async def test_events_of_one_transaction_keep_their_order(stage: Stage, bus: InProcessBus) -> None:
    conversation_id = await stage.conversation()
    async with bus.subscribe(conversation_subject(conversation_id), CITY_QUEUE) as watching:
        await stage.enqueue(conversation_id)
        heard = [await watching.next(1) for _ in range(3)]
    assert [event.kind for event in heard if event] == ["message", "owner", "enqueued"]


async def test_an_event_carries_no_text_of_the_message(stage: Stage, bus: InProcessBus) -> None:
    conversation_id = await stage.conversation()
    async with bus.subscribe(conversation_subject(conversation_id)) as watching:
        await stage.citizen_says(conversation_id, "mijn geheim")
        heard = await watching.next(1)
    assert heard == Event(conversation_subject(conversation_id), "message", {"seq": 1})


async def test_a_slow_watcher_loses_the_oldest_events_and_stops_nobody() -> None:
    bus = InProcessBus()
    async with bus.subscribe("a") as slow, bus.subscribe("a") as quick:
        for number in range(SUBSCRIBER_BACKLOG + 5):
            await bus.publish(Event("a", "n", {"number": number}))
            assert await quick.next(1) == Event("a", "n", {"number": number})
        first = await slow.next(0.1)
    assert first == Event("a", "n", {"number": 5})


async def test_a_watcher_hears_only_its_subjects_and_nothing_after_leaving() -> None:
    bus = InProcessBus()
    async with bus.subscribe("a", "b") as watching:
        await bus.publish(Event("c", "other"))
        await bus.publish(Event("b", "mine"))
        assert await watching.next(1) == Event("b", "mine")
    await bus.publish(Event("a", "late"))
    assert await watching.next(0) is None
    assert bus._subscriptions == {}, "a watcher that left must not stay in memory"


@pytest.fixture
async def replicas(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[RedisBus, RedisBus]]:
    monkeypatch.setattr(RedisBus, "CHANNEL", f"balie:test:{id(monkeypatch)}")
    monkeypatch.setattr(RedisBus, "RECONNECT_SECONDS", 0.01)
    first, second = RedisBus(redis_url), RedisBus(redis_url)
    await first.start()
    await second.start()
    yield first, second
    await first.close()
    await second.close()


async def test_redis_carries_an_event_to_every_replica(replicas: tuple[RedisBus, RedisBus]) -> None:
    first, second = replicas
    event = Event("conversation:1", "message", {"seq": 3})
    async with first.subscribe("conversation:1") as here, second.subscribe("conversation:1") as there:
        await first.publish(event)
        assert await here.next(5) == event
        assert await there.next(5) == event
        assert await here.next(0) is None, "the publisher's own watchers hear it once"


async def test_redis_brings_events_to_the_database_of_another_replica_after_commit(
    replicas: tuple[RedisBus, RedisBus], sqlite_url: str
) -> None:
    first, second = replicas
    database = Database(sqlite_url, first)
    async with second.subscribe(CITY_QUEUE) as watching:
        async with database.write() as session:
            emit(session, Event(CITY_QUEUE, "claimed", {"conversation_id": "x"}))
        assert await watching.next(5) == Event(CITY_QUEUE, "claimed", {"conversation_id": "x"})
    await database.close()


async def test_the_bus_listens_again_after_redis_cut_its_connection(
    replicas: tuple[RedisBus, RedisBus], redis_url: str
) -> None:
    first, second = replicas
    killer = Redis.from_url(redis_url)
    async with second.subscribe("a") as watching:
        for client in await killer.client_list(_type="pubsub"):
            if client["name"] == RedisBus.NAME:  # others may use this server
                await killer.client_kill_filter(_id=client["id"])
        async with asyncio.timeout(10):
            heard = None
            while heard is None:
                await first.publish(Event("a", "again"))
                heard = await watching.next(0.05)
    await killer.aclose()
    assert heard == Event("a", "again")


async def test_without_redis_the_own_watchers_still_hear_of_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    bus: Bus = RedisBus("redis://127.0.0.1:1/0")
    async with bus.subscribe("a") as watching:
        await bus.publish(Event("a", "local"))
        assert await watching.next(1) == Event("a", "local")
    await bus.close()


async def test_a_bus_without_redis_says_so_at_the_start() -> None:
    bus = RedisBus("redis://127.0.0.1:1/0")
    with pytest.raises(RedisError):
        await bus.start()
    await bus.close()


async def test_a_silent_redis_is_listened_to_for_longer_than_it_may_take_to_answer(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.bus.REDIS_SECONDS", 0.2)
    monkeypatch.setattr(RedisBus, "CHANNEL", f"balie:test:{id(monkeypatch)}")
    bus = RedisBus(redis_url)
    await bus.start()
    with structlog.testing.capture_logs() as lines:
        async with bus.subscribe("a") as watching:
            await asyncio.sleep(0.7)
            await bus.publish(Event("a", "after the silence"))
            assert await watching.next(5) == Event("a", "after the silence")
    await bus.close()
    assert lines == []


async def test_a_redis_that_hangs_holds_up_nothing_for_long() -> None:
    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hung.append(writer)

    hung: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    bus, gate = RedisBus(url), FloodGate(url)
    async with asyncio.timeout(15):
        async with bus.subscribe("a") as watching:
            await bus.publish(Event("a", "local"))
            assert await watching.next(1) == Event("a", "local")
        await gate.pass_message("a-conversation")
        assert hung, "the server was asked"
    await bus.close()
    for writer in hung:
        writer.close()
    server.close()


async def test_without_redis_nobody_is_refused_for_writing_fast() -> None:
    gate = FloodGate("redis://127.0.0.1:1/0")
    with structlog.testing.capture_logs() as lines:
        async with asyncio.timeout(15):
            await gate.pass_message("a-conversation")
            await gate.pass_conversation("192.0.2.1")
            assert await gate.log_in_wait("192.0.2.1") == 0
    assert {line["event"] for line in lines} == {"flood.not_counted"}


async def test_with_redis_a_flood_is_counted(redis_url: str) -> None:
    gate = FloodGate(redis_url)
    for _ in range(20):
        await gate.pass_message("a-flood")
    with pytest.raises(Problem):
        await gate.pass_message("a-flood")
