"""The outbox: in order, by one worker, again later, and never blindly twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from handoff import messages, outbox
from handoff.bus import InProcessBus
from handoff.messages import Draft
from handoff.outbox import OutboxState
from handoff.tables import OutboxRow
from handoff.vocabulary import ChannelName, Sender
from tests.stage import Stage

TELEGRAM = ChannelName.TELEGRAM


async def owe(stage: Stage, conversation_id: str, *texts: str, sender: Sender = Sender.BOT) -> None:
    async with stage.database.write() as session:
        for text in texts:
            await messages.append(session, conversation_id, Draft(text), sender=sender, now=stage.clock())


async def due(stage: Stage) -> list[OutboxRow]:
    async with stage.database.read() as session:
        return list(await outbox.due(session, TELEGRAM, now=stage.clock()))


async def take(stage: Stage, row: OutboxRow, holder: str = "worker") -> bool:
    async with stage.database.write() as session:
        return await outbox.take(session, row.id, holder=holder, now=stage.clock())


async def read(stage: Stage, row: OutboxRow) -> OutboxRow:
    async with stage.database.read() as session:
        found = await session.get(OutboxRow, row.id)
        assert found is not None
        return found


async def retry(stage: Stage, row: OutboxRow, after_seconds: float | None = None) -> OutboxState:
    """As a channel does: with the row as it was read before it was taken."""
    async with stage.database.write() as session:
        return await outbox.retry(session, row, "HTTP 502", now=stage.clock(), after_seconds=after_seconds)


@pytest.fixture
async def chat(stage: Stage) -> str:
    return await stage.conversation(channel=TELEGRAM)


async def test_only_pushed_channels_and_only_what_the_citizen_did_not_write_is_owed(stage: Stage, chat: str) -> None:
    web = await stage.conversation(channel=ChannelName.WEB)
    await owe(stage, web, "via het web")
    await owe(stage, chat, "van de burger", sender=Sender.CITIZEN)
    await owe(stage, chat, "van de bot")
    await owe(stage, chat, "van Anna", sender=Sender.EMPLOYEE)
    await owe(stage, chat, "melding", sender=Sender.SYSTEM)
    assert await stage.count(OutboxRow) == 3


async def test_of_each_conversation_only_the_first_undelivered_message_is_due(stage: Stage, chat: str) -> None:
    other = await stage.conversation(channel=TELEGRAM)
    await owe(stage, chat, "een", "twee")
    await owe(stage, other, "eerste")
    assert {(row.conversation_id, row.seq) for row in await due(stage)} == {(chat, 1), (other, 1)}


async def test_the_next_message_waits_for_the_one_that_is_being_sent_or_tried_again(stage: Stage, chat: str) -> None:
    await owe(stage, chat, "een", "twee")
    (first,) = await due(stage)
    assert await take(stage, first)
    assert await due(stage) == []
    await retry(stage, first)
    assert await due(stage) == []
    stage.clock.advance(1)
    assert [row.seq for row in await due(stage)] == [1]


@pytest.mark.parametrize("how", ["sent", "uncertain", "fail"])
async def test_the_next_message_is_due_once_the_first_is_settled(stage: Stage, chat: str, how: str) -> None:
    await owe(stage, chat, "een", "twee")
    (first,) = await due(stage)
    await take(stage, first)
    async with stage.database.write() as session:
        if how == "sent":
            await outbox.sent(session, first.id, now=stage.clock())
        else:
            await getattr(outbox, how)(session, first.id, "time-out")
    assert [row.seq for row in await due(stage)] == [2]


async def test_one_worker_of_many_takes_a_row(stage: Stage, chat: str) -> None:
    await owe(stage, chat, "een")
    (row,) = await due(stage)
    taken = await asyncio.gather(*(take(stage, row, f"worker-{number}") for number in range(8)))
    assert sorted(taken) == [False] * 7 + [True]
    now = await read(stage, row)
    assert (now.state, now.attempts) == (OutboxState.SENDING, 1)


async def test_a_sent_row_says_when_and_has_no_holder(stage: Stage, chat: str) -> None:
    await owe(stage, chat, "een")
    (row,) = await due(stage)
    await take(stage, row)
    async with stage.database.write() as session:
        await outbox.sent(session, row.id, now=stage.clock())
    now = await read(stage, row)
    assert (now.state, now.sent_at, now.holder) == (OutboxState.SENT, stage.clock(), None)
    assert not await take(stage, row)


async def test_the_delay_doubles_from_one_second_to_five_minutes_and_then_gives_up(stage: Stage, chat: str) -> None:
    await owe(stage, chat, "een")
    (row,) = await due(stage)
    delays = []
    for _ in range(outbox.MAX_ATTEMPTS - 1):
        assert await take(stage, row)
        assert await retry(stage, row) is OutboxState.PENDING
        next_at = (await read(stage, row)).next_attempt_at
        delays.append((next_at - stage.clock()).total_seconds())
        stage.clock.now = next_at
    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert await take(stage, row)
    assert await retry(stage, row) is OutboxState.FAILED
    now = await read(stage, row)
    assert (now.state, now.last_error) == (OutboxState.FAILED, "HTTP 502")


async def test_waiting_as_long_as_the_provider_asks_does_not_use_up_attempts(stage: Stage, chat: str) -> None:
    await owe(stage, chat, "een")
    (row,) = await due(stage)
    for _ in range(outbox.MAX_ATTEMPTS + 3):
        assert await take(stage, row)
        assert await retry(stage, row, after_seconds=30) is OutboxState.PENDING
        assert (await read(stage, row)).next_attempt_at == stage.clock() + timedelta(seconds=30)
        stage.clock.advance(30)
    await take(stage, row)
    assert await retry(stage, row) is OutboxState.PENDING, "one real failure is not the twelfth"
    assert (await read(stage, row)).next_attempt_at == stage.clock() + timedelta(seconds=1)


async def test_what_was_being_sent_when_its_process_died_is_uncertain_and_not_sent_again(
    stage: Stage, chat: str
) -> None:
    await owe(stage, chat, "een", "twee")
    (first,) = await due(stage)
    await take(stage, first, "dead-process")
    stage.clock.advance(120)
    async with stage.database.write() as session:
        limit = stage.clock() - timedelta(seconds=60)
        assert await outbox.release_interrupted(session, TELEGRAM, older_than=limit) == 1
    assert (await read(stage, first)).state == OutboxState.UNCERTAIN
    assert [row.seq for row in await due(stage)] == [2]


async def test_what_is_being_sent_right_now_is_left_to_its_worker(stage: Stage, chat: str) -> None:
    await owe(stage, chat, "een")
    (row,) = await due(stage)
    stage.clock.advance(600)
    await take(stage, row)
    async with stage.database.write() as session:
        limit = stage.clock() - timedelta(seconds=60)
        assert await outbox.release_interrupted(session, TELEGRAM, older_than=limit) == 0
    assert (await read(stage, row)).state == OutboxState.SENDING


async def test_a_very_long_error_is_cut_and_stored(stage: Stage, chat: str) -> None:
    await owe(stage, chat, "een")
    (row,) = await due(stage)
    async with stage.database.write() as session:
        await outbox.fail(session, row.id, "x" * 5_000)
    assert len((await read(stage, row)).last_error or "") == 256


async def test_the_sender_is_woken_only_after_the_commit(stage: Stage, chat: str, bus: InProcessBus) -> None:
    async with bus.subscribe(outbox.OUTBOX_SUBJECT) as watching:
        async with stage.database.write() as session:
            await messages.append(session, chat, Draft("een"), sender=Sender.BOT, now=stage.clock())
            assert await watching.next(0) is None
        woken = await watching.next(1)
    assert woken is not None
    assert (woken.kind, woken.data) == ("due", {})
