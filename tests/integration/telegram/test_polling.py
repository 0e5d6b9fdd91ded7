"""Reading updates: nothing is confirmed to Telegram before it is stored, and nothing is stored twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from bot.channels.telegram import TelegramChannel, incoming, keeping
from bot.content.exceptions import UnknownMunicipality
from bot.conversation import end
from handoff.tables import ChannelOffset
from handoff.vocabulary import Sender
from tests.telegram_desk import QUICK, STAD_TOKEN, Stage, staged
from tests.telegram_process import balie_process, until_halted
from tests.telegram_server import FakeTelegram, Fault

SANNE, PIET = 4101, 4102


@pytest.mark.parametrize("halt_at", ["before the commit", "after the commit"])
async def test_killed_between_fetch_and_confirmation_loses_nothing_and_doubles_nothing(
    tmp_path: Path, telegram: FakeTelegram, halt_at: str
) -> None:
    telegram.say(STAD_TOKEN, SANNE, "Wat kost een paspoort?")
    with balie_process(tmp_path / "balie.db", telegram.url, halt_at) as process:
        await asyncio.to_thread(until_halted, process)
    assert len(telegram.bot(STAD_TOKEN).updates) == 1, "it was not confirmed"

    async with staged(tmp_path / "balie.db", telegram.url) as stage:
        await stage.open_telegram()
        await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: Wat kost een paspoort?")
        await telegram.until(lambda: not telegram.bot(STAD_TOKEN).updates)
        await stage.until_delivered()
        assert await stage.said() == ["Wat kost een paspoort?"]
        assert len(await stage.conversations()) == 1
        texts = telegram.bot(STAD_TOKEN).texts(SANNE)
        assert texts.count("Antwoord op: Wat kost een paspoort?") == 1
        assert sum("digitale assistent" in text for text in texts) == 1


async def test_offset_survives_a_restart(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "een")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: een")
    bot = telegram.bot(STAD_TOKEN)
    await telegram.until(lambda: not bot.updates)
    await stage.close_telegram()
    asked = len(bot.offsets)
    await stage.open_telegram()
    await telegram.until(lambda: len(bot.offsets) > asked)
    assert bot.offsets[asked] == bot.offsets[asked - 1] is not None


async def test_same_message_under_several_update_ids_is_stored_once(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    message = telegram.say(STAD_TOKEN, SANNE, "een keer")
    for _ in range(4):
        telegram.push(STAD_TOKEN, {"message": message})
    telegram.say(STAD_TOKEN, SANNE, "klaar")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: klaar")
    assert await stage.said() == ["een keer", "klaar"]


async def test_updates_that_come_out_of_order_are_stored_in_order(stage: Stage, telegram: FakeTelegram) -> None:
    telegram.bot(STAD_TOKEN).out_of_order = True
    for number in range(10):
        telegram.say(STAD_TOKEN, SANNE, f"bericht {number}")
    await stage.open_telegram()
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: bericht 9")
    assert await stage.said() == [f"bericht {number}" for number in range(10)]


async def test_update_that_comes_late_is_still_stored(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    early = telegram.message(SANNE, text="eerder")
    number = telegram.push(STAD_TOKEN, {"message": telegram.message(SANNE, text="later")})
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: later")
    telegram.push(STAD_TOKEN, {"message": early}, update_id=number - 1)
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: eerder")
    assert await stage.said() == ["later", "eerder"]


async def test_repeat_after_its_conversation_was_closed_stays_a_repeat(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    message = telegram.say(STAD_TOKEN, SANNE, "een keer")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: een keer")
    (conversation,) = await stage.conversations()
    await end(stage.desk, conversation.id)
    telegram.push(STAD_TOKEN, {"message": message})
    telegram.say(STAD_TOKEN, PIET, "klaar")
    await telegram.until_text(STAD_TOKEN, PIET, "Antwoord op: klaar")
    assert await stage.said() == ["een keer", "klaar"]
    assert len(await stage.conversations()) == 2


async def test_conversation_that_closes_while_a_message_comes_in_loses_nothing(
    stage: Stage, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "een")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: een")
    (conversation,) = await stage.conversations()
    receive = keeping.receive
    closed = False

    async def close_first(*arguments: Any) -> Any:
        nonlocal closed
        if not closed:
            closed = True
            await end(stage.desk, conversation.id)
        return await receive(*arguments)

    monkeypatch.setattr(keeping, "receive", close_first)
    telegram.say(STAD_TOKEN, SANNE, "twee")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: twee")
    assert await stage.said() == ["een", "twee"]
    assert (await stage.conversations())[-1].previous_id == conversation.id


async def test_lower_update_id_after_a_quiet_week_is_not_confirmed_unread(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.push(STAD_TOKEN, {"message": telegram.message(SANNE, text="een")}, update_id=900_000)
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: een")
    await telegram.until(lambda: not telegram.bot(STAD_TOKEN).updates)
    await stage.close_telegram()
    stage.clock.ahead = timedelta(days=8)
    telegram.push(STAD_TOKEN, {"message": telegram.message(SANNE, text="twee")}, update_id=17)
    await stage.open_telegram()
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: twee")
    await telegram.until(lambda: not telegram.bot(STAD_TOKEN).updates)
    assert {row.value for row in await stage.all(ChannelOffset, ChannelOffset.key == "telegram:111")} == {18}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500),
        Fault(status=502, description="Bad Gateway"),
        Fault(status=504, description="Gateway Timeout"),
        Fault(retry_after=1),
        Fault(drop=True),
        Fault(drop_after=True),
        Fault(status=409, description="Conflict: terminated by other getUpdates request"),
        Fault(status=401, description="Unauthorized"),
    ],
    ids=["500", "502", "504", "429", "drop", "drop-after", "conflict", "unauthorised"],
)
async def test_polling_goes_on_after_a_failure(stage: Stage, telegram: FakeTelegram, fault: Fault) -> None:
    telegram.fail(STAD_TOKEN, "getupdates", fault, times=2)
    telegram.fail(STAD_TOKEN, "getUpdates", fault, times=2)
    telegram.say(STAD_TOKEN, SANNE, "hallo")
    await stage.open_telegram()
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: hallo")
    assert await stage.said() == ["hallo"]


async def test_second_reader_of_the_same_token_is_named_in_the_log(stage: Stage, telegram: FakeTelegram) -> None:
    conflict = Fault(status=409, description="Conflict: terminated by other getUpdates request")
    telegram.fail(STAD_TOKEN, "getUpdates", conflict)
    with structlog.testing.capture_logs() as logged:
        await stage.open_telegram()
        telegram.say(STAD_TOKEN, SANNE, "hallo")
        await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: hallo")
    (line,) = [line for line in logged if line["event"] == "telegram.poll_failed"]
    assert "another program reads this bot's messages with the same token" in line["advice"]


async def test_telegram_out_of_reach_at_the_start_is_waited_for(stage: Stage, telegram: FakeTelegram) -> None:
    telegram.stop()
    with structlog.testing.capture_logs() as logged:
        await stage.open_telegram()

        async def failed_twice() -> bool:
            return sum(line["event"] == "telegram.poll_failed" for line in logged) >= 2

        await stage.until(failed_twice)
    telegram.start()
    telegram.say(STAD_TOKEN, SANNE, "hallo")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: hallo")


async def test_connection_lost_in_the_middle_is_found_again(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "een")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: een")
    await asyncio.to_thread(telegram.stop)
    telegram.start()
    telegram.say(STAD_TOKEN, SANNE, "twee")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: twee")
    assert await stage.said() == ["een", "twee"]


async def test_database_that_fails_keeps_the_update_with_telegram(
    stage: Stage, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = keeping.receive
    failures = iter(range(5))

    async def failing(*arguments: Any) -> Any:
        if next(failures, None) is not None:
            raise OperationalError("INSERT", {}, Exception("disk I/O error"))
        return await receive(*arguments)

    monkeypatch.setattr(keeping, "receive", failing)
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "geduld")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: geduld")
    assert await stage.said() == ["geduld"]
    assert len({offset for offset in telegram.bot(STAD_TOKEN).offsets if offset}) <= 1


async def test_update_that_always_fails_is_apologised_for_and_holds_up_nobody(
    stage: Stage, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: Callable[[Any], Any] = incoming.read

    def poisoned(update: Any) -> Any:
        if update.message and update.message.text == "vergif":
            raise ValueError("the test poisons this")
        return read(update)

    monkeypatch.setattr(incoming, "read", poisoned)
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "vergif")
    telegram.say(STAD_TOKEN, PIET, "hallo")
    await telegram.until_text(STAD_TOKEN, PIET, "Antwoord op: hallo")
    sorry = await telegram.until_text(STAD_TOKEN, SANNE, "ging iets mis met uw bericht")
    assert "14 099" in sorry.text


async def test_update_that_the_library_cannot_read_is_left_behind(stage: Stage, telegram: FakeTelegram) -> None:
    telegram.push(STAD_TOKEN, {"message": {"message_id": "x", "text": "geheim 111222333"}})
    telegram.say(STAD_TOKEN, SANNE, "hallo")
    await stage.open_telegram()
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: hallo")
    await telegram.until(lambda: not telegram.bot(STAD_TOKEN).updates)


async def test_logs_hold_neither_token_nor_text_nor_chat(
    stage: Stage, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.push(STAD_TOKEN, {"message": {"message_id": "x", "text": "mijn geheim"}})
    telegram.fail(STAD_TOKEN, "sendMessage", Fault(status=400, description="Bad Request: can't parse entities"))
    with structlog.testing.capture_logs() as logged:
        await stage.open_telegram()
        telegram.say(STAD_TOKEN, SANNE, "mijn geheim")
        await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: mijn geheim")
        await stage.close_telegram()
    theirs = [one for one in caplog.records if one.name.partition(".")[0] in ("httpx", "httpcore", "telegram")]
    lines = "\n".join([*(record.getMessage() for record in theirs), *map(str, logged)])
    assert "telegram.markup_refused" in lines
    for secret in (STAD_TOKEN, "mijn geheim", str(SANNE)):
        assert secret not in lines


async def test_stopping_keeps_what_came_in(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    for number in range(20):
        telegram.say(STAD_TOKEN, SANNE + number, "hallo")
    await telegram.until_text(STAD_TOKEN, SANNE, "digitale assistent")
    await stage.close_telegram()
    kept = len(await stage.said())
    assert kept >= 1
    await stage.open_telegram()
    for number in range(20):  # each in its own turn: the last to write need not be the last answered
        await telegram.until_text(STAD_TOKEN, SANNE + number, "Antwoord op: hallo")
    assert len(await stage.said()) == 20
    assert len(await stage.said(Sender.BOT)) == 60


async def test_without_tokens_there_is_no_telegram(stage: Stage, telegram: FakeTelegram) -> None:
    channel = TelegramChannel(stage.desk, {}, api_base=telegram.url, pace=QUICK)
    await channel.start()
    await channel.stop()
    assert telegram.bots == {}


async def test_token_for_an_unknown_municipality_is_refused(stage: Stage, telegram: FakeTelegram) -> None:
    with pytest.raises(UnknownMunicipality):
        TelegramChannel(stage.desk, {"nergenshuizen": SecretStr("1:x")}, api_base=telegram.url)
