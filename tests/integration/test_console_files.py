"""Files in the console: sent to the citizen, fetched by who may read the case, each look in the audit."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from handoff.attachments import Attachments, ClamdScanner
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.tables import Attachment, AuditLine, Employee, Message
from handoff.vault import Vault
from handoff.vocabulary import Sender
from tests.console_room import ORIGIN, Browser, add_employee, mounted, token_in
from tests.counter import make_attachments
from tests.files import PDF, VIRUS, clamd, photo
from tests.servers import free_port
from tests.stage import Stage, StoppedClock


@pytest.fixture
def store(vault: Vault, tmp_path: Path) -> Attachments:
    return make_attachments(vault, tmp_path / "attachments")


@pytest.fixture
def app(
    database: Database, bus: InProcessBus, clock: StoppedClock, vault: Vault, store: Attachments, quick_log_ins: None
) -> FastAPI:
    return mounted(database, bus, clock, vault, attachments=store)


@pytest.fixture
async def case_id(stage: Stage, sam: Employee) -> str:
    """A conversation that Sam has."""
    return await stage.held_case(sam.id)


async def upload(
    browser: Browser, case_id: str, data: bytes, name: str = "formulier.jpg", *, key: str = "k1", **headers: str
) -> httpx.Response:
    page = await browser.get("/medewerker/uitloggen")
    return await browser.client.post(
        f"/medewerker/zaken/{case_id}/bijlagen",
        data={"csrf": token_in(page), "sleutel": key},
        files={"bestand": (name, data, "application/octet-stream")},
        headers={"Origin": ORIGIN, **headers},
    )


async def from_citizen(stage: Stage, store: Attachments, case_id: str, name: str = "stoep.jpg") -> Message:
    conversation_id = (await stage.case(case_id)).conversation_id
    async with store.prepared(name, photo()) as prepared, stage.database.write() as session:
        return await store.keep(session, prepared, conversation_id, sender=Sender.CITIZEN, now=stage.clock())


async def looks(stage: Stage) -> list[AuditLine]:
    async with stage.database.read() as session:
        return list(await session.scalars(select(AuditLine).where(AuditLine.action == "attachment_read")))


async def test_an_employee_sends_a_file_to_the_citizen(browser: Browser, stage: Stage, case_id: str) -> None:
    sent = await upload(browser, case_id, photo())
    assert sent.status_code == 303
    assert sent.headers["Location"].endswith("#onderaan")
    last = (await stage.said((await stage.case(case_id)).conversation_id))[-1]
    assert (last.sender, last.kind, last.text, last.sender_name) == (
        "employee",
        "file",
        "Bestand: formulier.jpg",
        "Sam",
    )


async def test_the_same_form_twice_is_one_file(browser: Browser, stage: Stage, case_id: str) -> None:
    for _ in range(2):
        assert (await upload(browser, case_id, photo())).status_code == 303
    assert await stage.count(Attachment) == 1


async def test_a_refused_file_says_why_beside_the_field(browser: Browser, stage: Stage, case_id: str) -> None:
    answer = await upload(browser, case_id, PDF, "brief.pdf", **{"HX-Request": "true"})
    assert answer.status_code == 422
    assert "Niet verstuurd. Dit soort bestand kunnen wij niet ontvangen." in answer.text
    assert 'id="opsteller"' in answer.text
    assert await stage.count(Attachment) == 0


async def test_a_virus_is_refused_and_a_scanner_that_is_away_too(
    database: Database, bus: InProcessBus, clock: StoppedClock, vault: Vault, sam: Employee, stage: Stage, case_id: str
) -> None:
    async with clamd() as scanner:
        for address, data, said in (
            (scanner.address, PDF + VIRUS + b"%%EOF", "misschien een virus"),
            (f"tcp://127.0.0.1:{free_port()}", PDF, "kunnen nu niet worden gecontroleerd"),
        ):
            store = make_attachments(vault, None, ClamdScanner(address))
            browser = Browser(mounted(database, bus, clock, vault, attachments=store))
            await browser.log_in(sam.email)
            assert said in (await upload(browser, case_id, data, "brief.pdf")).text
    assert await stage.count(Attachment) == 0


async def test_without_the_conversation_she_sends_nothing(
    browser: Browser, stage: Stage, clock: StoppedClock, sam: Employee, case_id: str
) -> None:
    await stage.release(case_id, sam.id)
    assert "u voert dit gesprek niet meer" in (await upload(browser, case_id, photo())).text
    assert await stage.count(Attachment) == 0


async def test_a_form_of_another_site_is_refused(browser: Browser, stage: Stage, case_id: str) -> None:
    assert (await upload(browser, case_id, photo(), Origin="https://elders.example")).status_code == 403
    page = await browser.client.post(
        f"/medewerker/zaken/{case_id}/bijlagen",
        data={"csrf": "geraden"},
        files={"bestand": ("a.jpg", photo())},
        headers={"Origin": ORIGIN},
    )
    assert page.status_code == 403
    assert await stage.count(Attachment) == 0


async def test_conversation_and_dossier_link_to_the_file(
    browser: Browser, stage: Stage, store: Attachments, case_id: str
) -> None:
    message = await from_citizen(stage, store, case_id)
    assert message.attachment is not None
    page = (await browser.get(f"/medewerker/zaken/{case_id}")).text
    assert page.count(f"/medewerker/zaken/{case_id}/bijlagen/{message.attachment['id']}") == 2
    assert "JPG, 1 kB" in page


async def test_opening_a_file_saves_it_and_stands_in_the_audit(
    browser: Browser, stage: Stage, store: Attachments, sam: Employee, case_id: str
) -> None:
    message = await from_citizen(stage, store, case_id)
    assert message.attachment is not None
    answer = await browser.get(f"/medewerker/zaken/{case_id}/bijlagen/{message.attachment['id']}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="stoep.jpg"')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (line,) = await looks(stage)
    assert (line.actor, line.case_reference) == (f"employee:{sam.id}", (await stage.case(case_id)).reference)
    assert line.details == {"attachment": message.attachment["id"]}


async def test_another_teams_employee_cannot_open_it(
    app: FastAPI, database: Database, clock: StoppedClock, stage: Stage, store: Attachments, case_id: str
) -> None:
    message = await from_citizen(stage, store, case_id)
    assert message.attachment is not None
    other = await add_employee(database, clock, "Lot", teams=("belastingen",))
    browser = Browser(app)
    await browser.log_in(other.email)
    answer = await browser.get(f"/medewerker/zaken/{case_id}/bijlagen/{message.attachment['id']}")
    assert answer.status_code == 404
    assert await looks(stage) == []


async def test_a_file_of_another_conversation_is_not_in_this_case(
    browser: Browser, stage: Stage, store: Attachments, sam: Employee, case_id: str
) -> None:
    other = await stage.held_case(sam.id)
    message = await from_citizen(stage, store, other)
    assert message.attachment is not None
    answer = await browser.get(f"/medewerker/zaken/{case_id}/bijlagen/{message.attachment['id']}")
    assert answer.status_code == 404
    assert await looks(stage) == []


async def test_what_was_sent_after_a_callback_was_asked_for_does_not_belong_to_it(
    browser: Browser, stage: Stage, store: Attachments, clock: StoppedClock, case_id: str
) -> None:
    conversation_id = (await stage.case(case_id)).conversation_id
    callback = await stage.callback(conversation_id)
    clock.advance(60)
    message = await from_citizen(stage, store, case_id)
    assert message.attachment is not None
    answer = await browser.get(f"/medewerker/zaken/{callback}/bijlagen/{message.attachment['id']}")
    assert answer.status_code == 404


async def test_a_file_whose_folder_was_not_put_back_is_said_in_words(
    browser: Browser, stage: Stage, store: Attachments, tmp_path: Path, case_id: str
) -> None:
    message = await from_citizen(stage, store, case_id)
    for path in (tmp_path / "attachments").rglob("*"):
        if path.is_file():
            path.unlink()
    assert message.attachment is not None
    answer = await browser.get(f"/medewerker/zaken/{case_id}/bijlagen/{message.attachment['id']}")
    assert answer.status_code == 404
    assert "Dit bestand is niet te lezen" in answer.text
