"""Standard replies and the bot's own answers beside the reply field, and what employees say of assessments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot import suggestions
from bot.desk import Desk
from bot.evaluation.conversations import read
from handoff import canned, conversations, marks, messages
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Level
from handoff.exceptions import InvalidText, NotAllowed
from handoff.messages import Draft
from handoff.tables import AssessmentMark, CannedReply, Case, Employee
from handoff.vault import Vault
from handoff.vocabulary import Role, Sender
from tests.console_room import Browser, add_employee
from tests.counter import FakeRasa, make_desk
from tests.stage import CITY, Stage, StoppedClock

pytestmark = pytest.mark.usefixtures("quick_log_ins")

PAGE = "/medewerker/standaardantwoorden"


async def make_lead(database: Database, employee: Employee) -> None:
    async with database.write() as session:
        (await session.get_one(Employee, employee.id)).role = Role.TEAM_LEAD


async def test_a_team_lead_writes_changes_and_removes_a_reply(
    browser: Browser, sam: Employee, database: Database, stage: Stage
) -> None:
    await make_lead(database, sam)
    added = await browser.post(PAGE, titel="  Welkom  ", tekst="Dag, u spreekt met {medewerker}. <b>", team="")
    assert added.headers["location"] == f"{PAGE}?melding=bewaard"
    page = (await browser.get(PAGE)).text
    assert "Dag, u spreekt met {medewerker}. &lt;b&gt;" in page
    async with database.read() as session:
        (reply,) = await canned.of_municipality(session, CITY)
    assert reply.title == "Welkom"
    await browser.post(PAGE, antwoord=reply.id, titel="Welkom", tekst="Anders", team="wonen")
    async with database.read() as session:
        assert await canned.of_team(session, CITY, "publieksbalie") == []
        assert [one.text for one in await canned.of_team(session, CITY, "wonen")] == ["Anders"]
    await browser.post(f"{PAGE}/weg", antwoord=reply.id)
    assert await stage.count(CannedReply) == 0


async def test_what_cannot_be_saved_keeps_what_was_typed(browser: Browser, sam: Employee, database: Database) -> None:
    await make_lead(database, sam)
    for title, text, says in (
        ("", "Tekst", "Geef het antwoord een titel"),
        ("T", " ", "leeg"),
        ("x" * 81, "T", "te lang"),
    ):
        answer = await browser.post(PAGE, titel=title, tekst=text, team="")
        assert answer.status_code == 422
        assert says in answer.text
        assert f">{text}</textarea>" in answer.text


async def test_an_employee_reads_but_does_not_write_and_nobody_writes_elsewhere(
    browser: Browser, sam: Employee, database: Database, clock: StoppedClock, stage: Stage
) -> None:
    assert "Wilt u een antwoord toevoegen" in (await browser.get(PAGE)).text
    refused = await browser.post(PAGE, titel="T", tekst="Tekst", team="")
    assert refused.status_code == 404
    assert await stage.count(CannedReply) == 0
    femke = await add_employee(database, clock, "Femke", municipality="fictiedam")
    await make_lead(database, sam)
    await make_lead(database, femke)
    async with database.write() as session:
        lead = await session.get_one(Employee, sam.id)
        reply = await canned.save(session, lead, title="T", text="Tekst", team="", now=clock())
    async with database.read() as session:
        other = await session.get_one(Employee, femke.id)
    with pytest.raises(NotAllowed):
        async with database.write() as session:
            await canned.save(session, other, title="T", text="Weg", team="", now=clock(), reply_id=reply.id)
    with pytest.raises(NotAllowed):
        async with database.write() as session:
            await canned.save(session, lead, title="T", text="Tekst", team="geen-team", now=clock())
    with pytest.raises(InvalidText):
        async with database.write() as session:
            await canned.save(session, lead, title="T", text="x" * 5000, team="", now=clock())


async def test_ready_texts_stand_beside_the_reply_with_their_values_filled_in(
    browser: Browser, sam: Employee, database: Database, clock: StoppedClock, stage: Stage
) -> None:
    await make_lead(database, sam)
    await browser.post(PAGE, titel="Groet", tekst="Groet van {medewerker}, {gemeente}. Kenmerk {kenmerk}.", team="")
    conversation_id = await stage.conversation()
    said = await stage.citizen_says(conversation_id, "Wat kost een paspoort?", owed_a_turn=True)
    async with database.write() as session:
        await conversations.mark_handled(session, said.id, now=clock(), understood={"topic": "paspoort"})
    case_id = await stage.enqueue(conversation_id)
    path = f"/medewerker/zaken/{case_id}"
    assert "Standaardantwoorden en antwoorden van Balie" not in (await browser.get(path)).text
    await stage.claim(case_id, sam.id)
    page = (await browser.get(path)).text
    reference = (await stage.case(case_id)).reference
    assert "Standaardantwoorden en antwoorden van Balie (2)" in page
    assert f"Groet van Sam, gemeente Voorbeeldstad. Kenmerk {reference}." in page
    assert "Een paspoort kost **€ 80**." in page


def test_the_bots_answers_come_without_empty_values(
    database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock
) -> None:
    desk: Desk = make_desk(database, bus, vault, clock, FakeRasa())
    found = suggestions.of_topic(desk, CITY, "paspoort", clock())
    assert len({one.title for one in found}) == len(found) > 3
    assert not any("{" in one.text for one in found)
    assert suggestions.of_topic(desk, CITY, "bestaat_niet", clock()) == ()


async def test_a_mark_is_kept_changed_and_exported_as_evaluation_data(
    browser: Browser, sam: Employee, database: Database, stage: Stage, clock: StoppedClock, tmp_path: Path
) -> None:
    conversation_id = await stage.conversation(first="Ik wil iemand spreken over [telefoon-1]")
    async with database.write() as session:
        await messages.append(session, conversation_id, Draft("Dat kan"), sender=Sender.BOT, now=clock())
    case_id = await stage.enqueue(conversation_id)
    clock.advance(60)
    await stage.claim(case_id, sam.id)
    await stage.citizen_says(conversation_id, "Dit zei zij pas daarna")
    path = f"/medewerker/zaken/{case_id}"
    for level in ("crisis", "urgent"):
        answer = await browser.post(f"{path}/oordeel", niveau=level)
        assert answer.status_code == 303
    assert "U vond: spoed" in (await browser.get(path)).text
    assert (await browser.post(f"{path}/oordeel", niveau="offer")).status_code == 422
    assert await stage.count(AssessmentMark) == 1
    async with database.read() as session:
        lines = [one async for one in marks.export(session, CITY)]
        assert [one async for one in marks.export(session, "fictiedam")] == []
    file = tmp_path / "marks.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in lines))
    (labelled,) = read(file)
    assert labelled.level is Level.URGENT
    assert [turn.text for turn in labelled.turns] == ["Ik wil iemand spreken over [telefoon-1]", "Dat kan"]
    assert lines[0]["was"] == "escalate"


async def test_a_right_mark_keeps_reasons_and_team(stage: Stage, database: Database, clock: StoppedClock) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.waiting_case()
    async with database.write() as session:
        case = await session.get_one(Case, case_id)
        await marks.mark(session, case, await session.get_one(Employee, anna), Level.ESCALATE, now=clock())
    async with database.read() as session:
        (line,) = [one async for one in marks.export(session, CITY)]
    assert (line["reasons"], line["team"]) == (["wants_human"], "publieksbalie")
