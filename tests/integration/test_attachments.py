"""Files of a conversation: kept encrypted with their message, given back, and erased with it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from handoff import attachments, retention
from handoff.attachments import Attachments, ClamdScanner
from handoff.exceptions import FileMissing, RefusedFile, ScannerAway, StaleOwner
from handoff.tables import Attachment, AuditLine, Message
from handoff.vault import Vault
from handoff.vocabulary import FileKind, Sender
from tests.counter import make_attachments
from tests.files import PDF, VIRUS, clamd, photo
from tests.servers import free_port
from tests.stage import Stage

WORDS = b"vertrouwelijk-over-zorgtoeslag"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "attachments"


@pytest.fixture
def store(vault: Vault, folder: Path) -> Attachments:
    """Without a virus scanner: photos only."""
    return make_attachments(vault, folder)


async def held(stage: Stage) -> str:
    """A conversation that an employee has; returns its id."""
    case_id = await stage.held_case(await stage.employee("Anna", limit=50))
    return (await stage.case(case_id)).conversation_id


async def send(stage: Stage, store: Attachments, conversation_id: str, name: str, data: bytes) -> Message:
    async with store.prepared(name, data) as prepared, stage.database.write() as session:
        return await store.keep(session, prepared, conversation_id, sender=Sender.CITIZEN, now=stage.clock())


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_file_comes_back_as_it_was_kept(stage: Stage, vault: Vault, folder: Path) -> None:
    conversation_id = await held(stage)
    async with clamd() as scanner:
        store = make_attachments(vault, folder, ClamdScanner(scanner.address))
        sent = await send(stage, store, conversation_id, "brief.pdf", PDF)
    async with stage.database.read() as session:
        opened = await store.open(session, sent)
    assert (opened.name, opened.kind, opened.data) == ("brief.pdf", FileKind.PDF, PDF)


async def test_it_is_a_message_with_a_number_of_its_own(stage: Stage, store: Attachments) -> None:
    conversation_id = await held(stage)
    sent = await send(stage, store, conversation_id, "stoep.jpg", photo())
    said = await stage.said(conversation_id)
    assert [one.seq for one in said] == list(range(1, len(said) + 1))
    assert (said[-1].text, said[-1].kind) == ("Bestand: stoep.jpg", "file")
    assert sent.attachment is not None
    assert {key: sent.attachment[key] for key in ("name", "kind")} == {"name": "stoep.jpg", "kind": "jpg"}


async def test_on_the_disk_nobody_can_read_it(stage: Stage, vault: Vault, folder: Path) -> None:
    conversation_id = await held(stage)
    async with clamd() as scanner:
        store = make_attachments(vault, folder, ClamdScanner(scanner.address))
        await send(stage, store, conversation_id, "zorgtoeslag-van-noor.pdf", PDF.replace(b"1 0 obj", WORDS))
    (path,) = files_in(folder)
    assert WORDS not in path.read_bytes()
    assert b"%PDF" not in path.read_bytes()
    assert "zorgtoeslag" not in str(path)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


async def test_only_while_an_employee_has_the_conversation(stage: Stage, store: Attachments, folder: Path) -> None:
    with_bot = await stage.conversation()
    with pytest.raises(StaleOwner):
        await send(stage, store, with_bot, "stoep.jpg", photo())
    assert files_in(folder) == []
    assert await stage.count(Attachment) == 0


async def test_an_employee_who_lost_the_conversation_sends_nothing_into_it(stage: Stage, store: Attachments) -> None:
    conversation_id = await held(stage)
    other = await stage.employee("Bas")
    with pytest.raises(StaleOwner):
        async with store.prepared("stoep.jpg", photo()) as prepared, stage.database.write() as session:
            await store.keep(
                session, prepared, conversation_id, sender=Sender.EMPLOYEE, now=stage.clock(), employee_id=other
            )


async def test_personal_data_in_a_name_is_replaced(stage: Stage, store: Attachments) -> None:
    conversation_id = await held(stage)
    sent = await send(stage, store, conversation_id, "aanvraag 123456782.png", photo(form="PNG"))
    assert sent.text == "Bestand: aanvraag [bsn-1].png"
    assert "123456782" not in str(sent.attachment)


async def test_what_was_sent_is_in_the_audit_trail_without_its_name(stage: Stage, store: Attachments) -> None:
    conversation_id = await held(stage)
    await send(stage, store, conversation_id, "stoep.jpg", photo())
    async with stage.database.read() as session:
        line = (await session.scalars(select(AuditLine).where(AuditLine.action == "attachment"))).one()
    assert (line.actor, line.conversation_id, line.details["kind"]) == ("citizen", conversation_id, "jpg")
    assert "stoep" not in str(line.details)


async def test_without_a_virus_scanner_only_photos_come_in(stage: Stage, store: Attachments, folder: Path) -> None:
    conversation_id = await held(stage)
    with pytest.raises(RefusedFile, match="JPG, PNG of WebP"):
        await send(stage, store, conversation_id, "brief.pdf", PDF)
    assert files_in(folder) == []


async def test_what_the_scanner_finds_is_kept_nowhere(stage: Stage, vault: Vault, folder: Path) -> None:
    conversation_id = await held(stage)
    async with clamd() as scanner:
        store = make_attachments(vault, folder, ClamdScanner(scanner.address))
        with pytest.raises(RefusedFile, match="virus"):
            await send(stage, store, conversation_id, "brief.pdf", PDF + VIRUS + b"%%EOF")
    assert files_in(folder) == []
    assert await stage.count(Attachment) == 0


async def test_while_the_scanner_is_away_photos_too_wait_outside(stage: Stage, vault: Vault, folder: Path) -> None:
    conversation_id = await held(stage)
    store = make_attachments(vault, folder, ClamdScanner(f"tcp://127.0.0.1:{free_port()}"))
    with pytest.raises(ScannerAway):
        await send(stage, store, conversation_id, "stoep.jpg", photo())
    assert files_in(folder) == []


async def test_a_conversation_holds_so_many_files_and_no_more(
    stage: Stage, store: Attachments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.attachments.store.MAX_IN_CONVERSATION", 2)
    conversation_id = await held(stage)
    for _ in range(2):
        await send(stage, store, conversation_id, "stoep.jpg", photo())
    with pytest.raises(RefusedFile, match="al 2 bestanden"):
        await send(stage, store, conversation_id, "stoep.jpg", photo())
    assert await stage.count(Attachment) == 2


async def test_erasing_a_conversation_takes_key_and_file_away(stage: Stage, store: Attachments, folder: Path) -> None:
    conversation_id, other = await held(stage), await held(stage)
    await send(stage, store, conversation_id, "stoep.jpg", photo())
    kept = await send(stage, store, other, "lantaarn.jpg", photo())
    async with stage.database.write() as session:
        files = await retention.erase(session, conversation_id, now=stage.clock(), actor="citizen")
    assert len(files) == 1
    assert await stage.count(Attachment) == 1
    await store.remove(files)
    assert len(files_in(folder)) == 1
    async with stage.database.read() as session:
        assert Image.open(io.BytesIO((await store.open(session, kept)).data)).size == (64, 48)


async def test_a_file_whose_row_is_gone_is_swept_away_and_no_other(
    stage: Stage, store: Attachments, folder: Path
) -> None:
    conversation_id, other = await held(stage), await held(stage)
    await send(stage, store, conversation_id, "stoep.jpg", photo())
    kept = await send(stage, store, other, "lantaarn.jpg", photo())
    async with stage.database.write() as session:
        await retention.erase(session, conversation_id, now=stage.clock(), actor="system")  # and then the power fails
    for path in files_in(folder):
        os.utime(path, (stage.clock().timestamp(), stage.clock().timestamp()))
    assert await store.sweep(stage.database, now=stage.clock.advance(3_599)) == 0
    assert await store.sweep(stage.database, now=stage.clock.advance(2)) == 1
    async with stage.database.read() as session:
        assert (await store.open(session, kept)).kind is FileKind.JPG


async def test_a_file_that_was_put_in_anothers_place_is_noticed(stage: Stage, store: Attachments, folder: Path) -> None:
    conversation_id = await held(stage)
    sent = await send(stage, store, conversation_id, "stoep.jpg", photo())
    (path,) = files_in(folder)
    await send(stage, store, conversation_id, "lantaarn.jpg", photo())
    (other,) = set(files_in(folder)) - {path}
    path.write_bytes(other.read_bytes())
    async with stage.database.read() as session:
        with pytest.raises(FileMissing):
            await store.open(session, sent)


async def test_a_file_is_found_in_its_own_conversation_only(stage: Stage, store: Attachments) -> None:
    conversation_id, other = await held(stage), await held(stage)
    sent = await send(stage, store, conversation_id, "stoep.jpg", photo())
    assert sent.attachment is not None
    async with stage.database.read() as session:
        found = await attachments.find(session, conversation_id, sent.attachment["id"])
        assert found is not None
        assert found.id == sent.id
        assert await attachments.find(session, other, sent.attachment["id"]) is None


async def test_a_file_whose_commit_broke_off_stays_for_its_row(stage: Stage, store: Attachments, folder: Path) -> None:
    conversation_id = await held(stage)
    kept: list[Message] = []

    async def broken_off() -> None:
        async with store.prepared("foto.jpg", photo()) as prepared:
            async with stage.database.write() as session:
                kept.append(
                    await store.keep(session, prepared, conversation_id, sender=Sender.CITIZEN, now=stage.clock())
                )
            raise ConnectionResetError("the answer to the commit was lost")

    with pytest.raises(ConnectionResetError):
        await broken_off()
    async with stage.database.read() as session:
        assert (await store.open(session, kept[0])).kind is FileKind.JPG


async def test_a_file_that_is_refused_after_it_was_written_is_taken_away(
    stage: Stage, store: Attachments, folder: Path
) -> None:
    conversation_id = await stage.conversation()
    with pytest.raises(StaleOwner):
        await send(stage, store, conversation_id, "foto.jpg", photo())
    assert files_in(folder) == []
