"""Photos, files and spoken words on Telegram: with an employee they reach the dossier, both ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram.files import FETCH_ATTEMPTS
from handoff.attachments import ClamdScanner, find
from handoff.tables import Attachment, Employee, Message
from handoff.vocabulary import FileKind, MessageKind, Sender
from tests.files import PDF, PLACE, VIRUS, VOICE, FakeClamd, clamd, photo
from tests.integration.telegram.conftest import SANNE
from tests.telegram_desk import STAD_TOKEN, Stage, staged
from tests.telegram_server import FakeTelegram, Fault


@pytest.fixture
async def scanner() -> AsyncIterator[FakeClamd]:
    async with clamd() as fake:
        yield fake


@pytest.fixture
async def stage(tmp_path: Path, telegram: FakeTelegram, scanner: FakeClamd) -> AsyncIterator[Stage]:
    async with staged(tmp_path / "balie.db", telegram.url, ClamdScanner(scanner.address)) as made:
        yield made


def sends(telegram: FakeTelegram, kind: str, data: bytes, *, file_id: str = "f1", **more: Any) -> None:
    """The citizen sends a file."""
    telegram.bot(STAD_TOKEN).files[file_id] = data
    about: dict[str, Any] = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(data)}
    extra = {name: more.pop(name) for name in ("caption", "media_group_id") if name in more}
    about |= more
    if kind == "photo":
        small = {**about, "file_id": "small", "width": 1, "height": 1}
        content: Any = [small, {**about, "width": 64, "height": 48}]
    else:
        content = about | ({"duration": 3} if kind == "voice" else {})
    telegram.push(STAD_TOKEN, {"message": telegram.message(SANNE, **{kind: content}, **extra)})


async def kept(stage: Stage) -> list[Message]:
    return sorted(await stage.all(Message, Message.kind == MessageKind.FILE), key=lambda one: one.seq)


async def until_kept(stage: Stage, count: int) -> list[Message]:
    async def enough() -> bool:
        return len(await kept(stage)) >= count

    await stage.until(enough)
    return await kept(stage)


async def content(stage: Stage, message: Message) -> tuple[FileKind, bytes]:
    async with stage.desk.database.read() as session:
        assert message.attachment is not None
        found = await find(session, message.conversation_id, message.attachment["id"])
        assert found is not None
        opened = await stage.desk.attachments.open(session, found)
    return opened.kind, opened.data


async def test_photos_a_file_and_spoken_words_reach_the_dossier(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    sends(telegram, "photo", photo(), file_id="p1", caption="deze tegel", media_group_id="a")
    sends(telegram, "photo", photo((32, 32)), file_id="p2", media_group_id="a")
    sends(telegram, "document", PDF, file_id="d", file_name="brief 06 12345678.pdf", mime_type="application/pdf")
    sends(telegram, "voice", VOICE, file_id="v")
    first, second, letter, spoken = await until_kept(stage, 4)
    for message, kind in (
        (first, FileKind.JPG),
        (second, FileKind.JPG),
        (letter, FileKind.PDF),
        (spoken, FileKind.OGG),
    ):
        assert (await content(stage, message))[0] is kind
    assert PLACE not in (await content(stage, first))[1], "where it was taken stays behind"
    assert (await content(stage, letter))[1] == PDF
    assert letter.attachment is not None
    assert letter.attachment["name"] == "brief [telefoon-1].pdf"
    await stage.until_said(
        "Praat met een medewerker",
        "deze tegel",
        "Bestand: foto.jpg",
        "Bestand: foto.jpg",
        "Bestand: brief [telefoon-1].pdf",
        "Bestand: spraakbericht.ogg",
    )
    assert not any("niet bewaard" in text for text in telegram.bot(STAD_TOKEN).texts(SANNE))


async def test_what_is_told_twice_is_kept_once(stage: Stage, telegram: FakeTelegram, samira: Employee) -> None:
    telegram.bot(STAD_TOKEN).files["f"] = PDF
    document = {"file_id": "f", "file_unique_id": "u", "file_name": "brief.pdf", "file_size": len(PDF)}
    message = telegram.message(SANNE, document=document)
    for _ in range(3):
        telegram.push(STAD_TOKEN, {"message": message})
    telegram.say(STAD_TOKEN, SANNE, "dat was het")
    await stage.until_said("Praat met een medewerker", "Bestand: brief.pdf", "dat was het")
    assert len(await stage.all(Attachment)) == 1


@pytest.mark.parametrize(
    ("data", "size", "words"),
    [
        (b"MZ\x90\x00" + bytes(300), None, "Dit soort bestand kunnen wij niet ontvangen."),
        (PDF + VIRUS + b"\n%%EOF\n", None, "misschien een virus"),
        (PDF, 2_000_000, "te groot"),
    ],
    ids=["a program", "a virus", "too large"],
)
async def test_what_may_not_come_in_is_said_and_not_kept(
    stage: Stage, telegram: FakeTelegram, samira: Employee, data: bytes, size: int | None, words: str
) -> None:
    sends(telegram, "document", data, file_name="brief.pdf", **({"file_size": size} if size else {}))
    await telegram.until_text(STAD_TOKEN, SANNE, words)
    assert await kept(stage) == []
    assert (await stage.said())[-1] == "(bestand, niet bewaard)"


async def test_file_that_cannot_be_fetched_now_comes_when_it_can(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    telegram.fail(STAD_TOKEN, "getFile", Fault(status=502, description="Bad Gateway"), times=2)
    sends(telegram, "document", PDF, file_name="brief.pdf")
    await until_kept(stage, 1)


async def test_file_that_never_comes_costs_no_words_and_holds_up_nobody(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    telegram.fail(STAD_TOKEN, "getFile", Fault(status=502, description="Bad Gateway"), times=FETCH_ATTEMPTS)
    sends(telegram, "document", PDF, file_name="brief.pdf", caption="dit is de brief")
    telegram.say(STAD_TOKEN, SANNE, "hebt u hem?")
    await telegram.until_text(STAD_TOKEN, SANNE, "Wij konden uw bestand niet ophalen")
    await stage.until_said("Praat met een medewerker", "dit is de brief", "(bestand, niet bewaard)", "hebt u hem?")
    assert not any("er ging iets mis" in text for text in telegram.bot(STAD_TOKEN).texts(SANNE))


async def test_file_that_telegram_lost_does_not_look_like_a_refused_token(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    telegram.bot(STAD_TOKEN).lost.add(PDF)
    sends(telegram, "document", PDF, file_name="brief.pdf")
    await telegram.until_text(STAD_TOKEN, SANNE, "Wij konden uw bestand niet ophalen")
    telegram.say(STAD_TOKEN, SANNE, "en nu?")
    await stage.until_said("Praat met een medewerker", "(bestand, niet bewaard)", "en nu?")


async def test_file_that_takes_too_long_is_let_go(stage: Stage, telegram: FakeTelegram, samira: Employee) -> None:
    await stage.close_telegram()
    stage.pace = replace(stage.pace, file_seconds=0.2)
    telegram.fail(STAD_TOKEN, "getFile", Fault(hold=True))
    sends(telegram, "document", PDF, file_name="brief.pdf", caption="dit is de brief")
    await stage.open_telegram()
    await telegram.until_text(STAD_TOKEN, SANNE, "Wij konden uw bestand niet ophalen")
    telegram.release()
    assert "dit is de brief" in await stage.said()
    assert await kept(stage) == []


async def test_one_file_too_many_is_not_even_fetched(
    stage: Stage, telegram: FakeTelegram, samira: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.attachments.store.MAX_IN_CONVERSATION", 0)
    sends(telegram, "document", PDF, file_name="brief.pdf")
    await telegram.until_text(STAD_TOKEN, SANNE, "Er zijn al 0 bestanden")
    assert telegram.bot(STAD_TOKEN).called("getFile") == []


async def test_file_that_a_bot_may_not_fetch_is_told(stage: Stage, telegram: FakeTelegram, samira: Employee) -> None:
    gone = {"file_id": "gone", "file_unique_id": "u", "file_name": "film.pdf"}
    telegram.push(STAD_TOKEN, {"message": telegram.message(SANNE, document=gone)})
    await telegram.until_text(STAD_TOKEN, SANNE, "te groot")


async def test_without_an_employee_nothing_is_fetched_and_a_sentence_says_when_it_can(
    stage: Stage, telegram: FakeTelegram
) -> None:
    await stage.open_telegram()
    sends(telegram, "photo", photo(), file_id="p1")
    answer = await telegram.until_text(STAD_TOKEN, SANNE, "Ik kan hier alleen tekst lezen.")
    assert "Die kan ook bestanden van u krijgen." in answer.text
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    await telegram.until_text(STAD_TOKEN, SANNE, "aan de beurt")
    sends(telegram, "voice", VOICE, file_id="v")
    await telegram.until_text(STAD_TOKEN, SANNE, "Stuur uw spraakbericht nog een keer als de medewerker er is.")
    assert telegram.bot(STAD_TOKEN).called("getFile") == []


async def test_file_of_an_employee_arrives_as_a_file_with_her_name(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    conversation = (await stage.conversations())[-1]
    async with (
        stage.desk.attachments.prepared("formulier.pdf", PDF) as prepared,
        stage.desk.database.write() as session,
    ):
        await stage.desk.attachments.keep(
            session,
            prepared,
            conversation.id,
            sender=Sender.EMPLOYEE,
            now=stage.clock(),
            employee_id=samira.id,
            employee_name="Samira",
        )
    await telegram.until(lambda: telegram.bot(STAD_TOKEN).documents)
    [(chat_id, name, data, words)] = telegram.bot(STAD_TOKEN).documents
    assert (chat_id, name, data) == (SANNE, "formulier.pdf", PDF)
    assert words == "Samira\nBestand: formulier.pdf"
    await stage.until_delivered()
    assert (await stage.outbox())[-1].state == "sent"
