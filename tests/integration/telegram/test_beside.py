"""Files are fetched beside the reading: a slow one holds up nobody else, and a crash in the middle loses nothing."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from telegram import Update

from bot import files
from bot.channels.telegram import keeping
from bot.channels.telegram.api import make_bot
from bot.channels.telegram.parked import Parked
from bot.channels.telegram.receiving import Receiver
from bot.channels.telegram.seen import Seen
from bot.housekeeping import round_once
from handoff import ownership
from handoff.retention import PARKED_FOR
from handoff.tables import Attachment, Employee, Message, ParkedUpdate
from handoff.vocabulary import MessageKind, Outcome, Sender
from tests.files import photo
from tests.integration.telegram.conftest import SANNE
from tests.telegram_desk import ON_BOTH, STAD, STAD_TOKEN, Stage
from tests.telegram_process import balie_process
from tests.telegram_server import FakeTelegram, Fault, Json

PIET = 4102
ASKED = "Praat met een medewerker"
KEPT = "Bestand: foto.jpg"


def sends_photo(telegram: FakeTelegram, file_id: str = "p1", **more: Any) -> Json:
    """Sanne sends a photo; returns the message."""
    telegram.bot(STAD_TOKEN).files[file_id] = photo()
    sizes = [{"file_id": file_id, "file_unique_id": file_id, "width": 64, "height": 48, "file_size": len(photo())}]
    message = telegram.message(SANNE, photo=sizes, **more)
    telegram.push(STAD_TOKEN, {"message": message})
    return message


async def until_asked_for(telegram: FakeTelegram, count: int = 1) -> None:
    """Wait until the bot asks for a file, and has confirmed all that was sent to it."""
    bot = telegram.bot(STAD_TOKEN)
    await telegram.until(lambda: len(bot.called("getFile")) >= count)
    await telegram.until(lambda: not bot.updates)


async def until_nothing_is_parked(stage: Stage) -> None:
    async def none() -> bool:
        return await stage.all(ParkedUpdate) == []

    await stage.until(none)


async def hers(stage: Stage) -> list[str]:
    """What Sanne said, who was first, in the order of her conversation."""
    first = (await stage.conversations())[0].id
    said = await stage.all(Message, Message.conversation_id == first, Message.sender == Sender.CITIZEN)
    return [one.text for one in sorted(said, key=lambda one: one.seq)]


async def kept(stage: Stage) -> int:
    assert len(await stage.all(Attachment)) == len(await stage.all(Message, Message.kind == MessageKind.FILE))
    return len(await stage.all(Attachment))


@ON_BOTH
async def test_slow_file_holds_up_nobody_else_and_in_its_chat_the_order_holds(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    telegram.fail(STAD_TOKEN, "getFile", Fault(hold=True))
    sends_photo(telegram, caption="deze tegel")
    telegram.say(STAD_TOKEN, SANNE, "hebt u hem?")
    telegram.say(STAD_TOKEN, PIET, "Wat kost een paspoort?")
    await telegram.until_text(STAD_TOKEN, PIET, "Antwoord op: Wat kost een paspoort?")
    await until_asked_for(telegram)
    assert await hers(stage) == [ASKED, "deze tegel"], "the words under it do not wait for it"
    telegram.say(STAD_TOKEN, SANNE, "hallo?")
    telegram.say(STAD_TOKEN, PIET, "en een rijbewijs?")
    await telegram.until_text(STAD_TOKEN, PIET, "Antwoord op: en een rijbewijs?")
    telegram.release()
    await until_nothing_is_parked(stage)
    assert await hers(stage) == [ASKED, "deze tegel", KEPT, "hebt u hem?", "hallo?"]
    assert await kept(stage) == 1


async def test_files_of_several_chats_are_fetched_at_the_same_time(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    telegram.say(STAD_TOKEN, PIET, "/medewerker")
    await telegram.until_text(STAD_TOKEN, PIET, "aan de beurt")
    await stage.claim(samira)
    await telegram.until_text(STAD_TOKEN, PIET, "U praat nu met Samira")
    telegram.fail(STAD_TOKEN, "getFile", Fault(hold=True), times=2)
    message = sends_photo(telegram)
    other = {**message, "chat": {**message["chat"], "id": PIET}, "message_id": message["message_id"] + 1000}
    telegram.push(STAD_TOKEN, {"message": other})
    await until_asked_for(telegram, 2)
    telegram.release()
    await until_nothing_is_parked(stage)
    assert await kept(stage) == 2


async def test_killed_in_the_middle_of_a_fetch_the_file_is_fetched_again(
    tmp_path: Path, stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    await stage.close_telegram()
    telegram.fail(STAD_TOKEN, "getFile", Fault(hold=True))
    sends_photo(telegram, caption="deze tegel")
    telegram.say(STAD_TOKEN, SANNE, "hebt u hem?")
    with balie_process(tmp_path / "balie.db", telegram.url, "nowhere"):
        await until_asked_for(telegram)
        assert len(telegram.bot(STAD_TOKEN).called("getFile")) == 1
    telegram.release()
    assert len(await stage.all(ParkedUpdate)) == 2
    assert await kept(stage) == 0
    await stage.open_telegram()
    await stage.until_said(ASKED, "deze tegel", KEPT, "hebt u hem?")
    assert len(telegram.bot(STAD_TOKEN).called("getFile")) == 2
    await until_nothing_is_parked(stage)
    assert await kept(stage) == 1


async def test_killed_in_the_middle_of_a_fetch_and_nobody_there_any_more_she_hears_that_it_is_not_kept(
    tmp_path: Path, stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    await stage.close_telegram()
    telegram.fail(STAD_TOKEN, "getFile", Fault(hold=True))
    sends_photo(telegram)
    with balie_process(tmp_path / "balie.db", telegram.url, "nowhere"):
        await until_asked_for(telegram)
    telegram.release()
    case = await stage.open_case()
    async with stage.desk.database.write() as session:
        await ownership.close(session, case.id, samira.id, Outcome.RESOLVED, now=stage.clock())
    await stage.open_telegram()
    await telegram.until_text(STAD_TOKEN, SANNE, "Wij hebben uw foto niet bewaard.")
    await stage.until_said(ASKED, "(foto, niet bewaard)")
    await until_nothing_is_parked(stage)


@ON_BOTH
async def test_stopped_in_the_middle_of_a_fetch_it_is_done_after_the_next_start(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    await stage.close_telegram()
    stage.pace = replace(stage.pace, stop_seconds=0.1)
    telegram.fail(STAD_TOKEN, "getFile", Fault(hold=True))
    sends_photo(telegram)
    await stage.open_telegram()
    await until_asked_for(telegram)
    await stage.close_telegram()
    telegram.release()
    [parked] = await stage.all(ParkedUpdate)
    assert parked.until is None, "nobody has to wait for it"
    await stage.open_telegram()
    await stage.until_said(ASKED, KEPT)
    await until_nothing_is_parked(stage)


async def test_fetch_that_takes_too_long_is_said_and_what_came_after_it_goes_on(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    await stage.close_telegram()
    stage.pace = replace(stage.pace, file_seconds=0.3)
    telegram.fail(STAD_TOKEN, "getFile", Fault(hold=True))
    sends_photo(telegram)
    telegram.say(STAD_TOKEN, SANNE, "hebt u hem?")
    await stage.open_telegram()
    await telegram.until_text(STAD_TOKEN, SANNE, "Wij konden uw bestand niet ophalen")
    await stage.until_said(ASKED, "(foto, niet bewaard)", "hebt u hem?")
    telegram.release()
    await until_nothing_is_parked(stage)


async def test_what_is_told_again_while_it_is_parked_is_kept_once(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    telegram.fail(STAD_TOKEN, "getFile", Fault(hold=True))
    message = sends_photo(telegram, caption="deze tegel")
    await until_asked_for(telegram)
    telegram.push(STAD_TOKEN, {"message": message})
    telegram.push(STAD_TOKEN, {"message": message}, update_id=999)
    words = telegram.say(STAD_TOKEN, SANNE, "klaar")
    telegram.push(STAD_TOKEN, {"message": words})
    await telegram.until(lambda: not telegram.bot(STAD_TOKEN).updates)
    telegram.release()
    await stage.until_said(ASKED, "deze tegel", KEPT, "klaar")
    await until_nothing_is_parked(stage)
    assert await stage.said() == [ASKED, "deze tegel", KEPT, "klaar"]
    assert await kept(stage) == 1


async def test_erasure_that_was_asked_for_behind_a_file_erases_the_file_too(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    telegram.say(STAD_TOKEN, SANNE, "/wis")
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Wilt u alles wissen")
    telegram.fail(STAD_TOKEN, "getFile", Fault(hold=True))
    sends_photo(telegram)
    await until_asked_for(telegram)
    telegram.press(STAD_TOKEN, question, "Ja, wis alles")
    await telegram.until(lambda: not telegram.bot(STAD_TOKEN).updates)
    telegram.release()
    await telegram.until_text(STAD_TOKEN, SANNE, "Uw gesprek is bij de gemeente gewist.")
    await until_nothing_is_parked(stage)
    assert await stage.conversations() == []
    assert await kept(stage) == 0


async def test_database_that_fails_loses_no_file(
    stage: Stage, telegram: FakeTelegram, samira: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, failures = files.receive, iter(range(5))

    async def failing(*arguments: Any) -> Any:
        if next(failures, None) is not None:
            raise OperationalError("INSERT", {}, Exception("disk I/O error"))
        return await receive(*arguments)

    monkeypatch.setattr(files, "receive", failing)
    sends_photo(telegram)
    telegram.say(STAD_TOKEN, SANNE, "hebt u hem?")
    await stage.until_said(ASKED, KEPT, "hebt u hem?")
    await until_nothing_is_parked(stage)


async def test_update_that_always_fails_beside_the_reading_is_apologised_for_and_the_next_goes_on(
    stage: Stage, telegram: FakeTelegram, samira: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = keeping.receive

    async def poisoned(desk: Any, conversation_id: str, inbound: Any) -> Any:
        if inbound.text == "vergif":
            raise ValueError("the test poisons this")
        return await receive(desk, conversation_id, inbound)

    monkeypatch.setattr(keeping, "receive", poisoned)
    telegram.fail(STAD_TOKEN, "getFile", Fault(hold=True))
    sends_photo(telegram)
    telegram.say(STAD_TOKEN, SANNE, "vergif")
    telegram.say(STAD_TOKEN, SANNE, "hallo")
    await until_asked_for(telegram)
    telegram.release()
    await stage.until_said(ASKED, KEPT, "hallo")
    await telegram.until_text(STAD_TOKEN, SANNE, "ging iets mis met uw bericht")
    await until_nothing_is_parked(stage)


@pytest.fixture
async def parked(stage: Stage, telegram: FakeTelegram) -> Parked:
    """What the bot of one municipality has parked, without anybody who deals with it."""
    return parked_of(stage, telegram)


def parked_of(stage: Stage, telegram: FakeTelegram) -> Parked:
    bot = make_bot(SecretStr(STAD_TOKEN), telegram.url, stage.pace)
    return Parked(stage.desk, STAD, "111", bot, Seen(stage.desk, "111"))


def says(telegram: FakeTelegram, number: int, text: str, chat: int = SANNE) -> Update:
    message = telegram.message(chat, text=text)
    message["from"] |= {"last_name": "de Vries", "username": "sannedv", "language_code": "nl"}
    update_read = Update.de_json({"update_id": number, "message": message}, None)
    assert update_read is not None
    return update_read


@ON_BOTH
async def test_of_several_processes_one_deals_with_a_chat_and_the_first_comes_first(
    stage: Stage, telegram: FakeTelegram, parked: Parked
) -> None:
    for number, text in ((7, "een"), (8, "twee")):
        await parked.park(says(telegram, number, text), SANNE)
    others = [parked_of(stage, telegram) for _ in range(4)]
    [chat] = await parked.chats(besides=())
    taken = [one for one in await asyncio.gather(*(other.take(chat, 60) for other in others)) if one is not None]
    assert [one.update.update_id for one in taken] == [7]
    assert await parked.chats(besides=()) == [], "somebody deals with it"
    await parked.done(taken[0].key)
    second = await parked.take(chat, 60)
    assert second is not None
    assert second.update.message is not None
    assert second.update.message.text == "twee"
    assert await parked.has(SANNE)
    await parked.done(second.key)
    assert not await parked.has(SANNE)


@ON_BOTH
async def test_what_a_dead_process_dealt_with_is_free_after_a_while(
    stage: Stage, telegram: FakeTelegram, parked: Parked
) -> None:
    await parked.park(says(telegram, 7, "een"), SANNE)
    [chat] = await parked.chats(besides=())
    assert await parked.take(chat, 60) is not None
    stage.clock.ahead += timedelta(seconds=61)
    assert await parked.chats(besides=()) == [chat]
    assert await parked.take(chat, 60) is not None


async def test_what_is_parked_is_unreadable_in_the_database_and_names_no_account(
    stage: Stage, telegram: FakeTelegram, parked: Parked
) -> None:
    await parked.park(says(telegram, 7, "mijn verhaal"), SANNE)
    [row] = await stage.all(ParkedUpdate)
    assert b"verhaal" not in row.content_encrypted
    assert str(SANNE) not in row.key + row.bot + row.peer_hash
    content = stage.desk.vault.decrypt(row.content_encrypted)
    assert json.loads(content)["message"]["text"] == "mijn verhaal"
    for name in ("Sanne", "de Vries", "sannedv"):
        assert name not in content
    [chat] = await parked.chats(besides=())
    taken = await parked.take(chat, 60)
    assert taken is not None
    assert taken.update.effective_chat is not None
    assert taken.update.effective_chat.id == SANNE


async def test_what_was_parked_under_another_secret_key_holds_up_nobody(
    stage: Stage, telegram: FakeTelegram, parked: Parked
) -> None:
    await parked.park(says(telegram, 7, "een"), SANNE)
    async with stage.desk.database.write() as session:
        await session.execute(update(ParkedUpdate).values(content_encrypted=b"something else", peer_hash="x"))
    assert await parked.take("x", 60) is None
    assert await parked.chats(besides=()) == []
    assert not await parked.has(SANNE)


@ON_BOTH
async def test_what_nobody_can_deal_with_any_more_is_deleted_after_a_week(
    stage: Stage, telegram: FakeTelegram, parked: Parked
) -> None:
    await parked.park(says(telegram, 7, "een"), SANNE)
    stage.clock.ahead += PARKED_FOR - timedelta(minutes=1)
    await round_once(stage.desk)
    assert len(await stage.all(ParkedUpdate)) == 1
    stage.clock.ahead += timedelta(minutes=2)
    await round_once(stage.desk)
    assert await stage.all(ParkedUpdate) == []


async def test_chat_without_a_file_is_dealt_with_at_once(
    stage: Stage, telegram: FakeTelegram, samira: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried_out: list[int] = []
    carry_out = Receiver.carry_out

    async def watched(self: Receiver, update_read: Update) -> None:
        carried_out.append(update_read.update_id)
        await carry_out(self, update_read)

    monkeypatch.setattr(Receiver, "carry_out", watched)
    telegram.say(STAD_TOKEN, SANNE, "hallo")
    sizes = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]
    telegram.push(STAD_TOKEN, {"message": telegram.message(PIET, photo=sizes)})  # nobody is there for Piet
    await telegram.until_text(STAD_TOKEN, PIET, "Ik kan hier alleen tekst lezen.")
    assert carried_out == []
