"""Each role on the whole application, with the real content: what it begins with, and that its pages are wired."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from handoff import employees, review
from handoff.database import Database
from handoff.review import Missed, Why
from handoff.vocabulary import Role
from tests.citizen import running, settings_for
from tests.console_room import PASSWORD, make_log_ins_quick, token_in
from tests.stage import CITY, Stage, StoppedClock

ADDRESS = "http://testserver"


@pytest.fixture
def client(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    make_log_ins_quick(monkeypatch)
    settings = settings_for(sqlite_url, tmp_path, proposals_dir=tmp_path / "voorstellen")
    with running(settings, StoppedClock()) as client:
        yield client


def database_of(client: TestClient) -> Database:
    database: Database = client.app.state.desk.database  # type: ignore[attr-defined]
    return database


def logged_in(client: TestClient, role: Role) -> httpx.Response:
    """The first page of somebody with this role."""

    async def account() -> None:
        password = await employees.hash_password(PASSWORD)
        async with database_of(client).write() as session:
            await employees.add_employee(
                session,
                email="kim@voorbeeldstad.example",
                display_name="Kim",
                password=password,
                municipality=CITY,
                teams=[],
                role=role,
                now=StoppedClock()(),
            )

    assert client.portal is not None
    client.portal.call(account)
    fields = {"csrf": token_in(client.get("/medewerker/inloggen")), "email": "kim@voorbeeldstad.example"}
    return client.post("/medewerker/inloggen", data={**fields, "wachtwoord": PASSWORD}, headers={"Origin": ADDRESS})


def test_an_editor_teaches_a_sentence_that_then_waits_in_a_file(client: TestClient, tmp_path: Path) -> None:
    async def missed() -> None:
        stage = Stage(database_of(client), StoppedClock())
        message = await stage.citizen_says(await stage.conversation(), "wa kost da rooi boekske")
        async with stage.database.write() as session:
            found = Missed(Why.NOT_UNDERSTOOD, "paspoort", "kosten", 0.41)
            await review.note(session, message, CITY, found, now=stage.clock())

    assert client.portal is not None
    client.portal.call(missed)
    assert "Wat Balie gisteren miste" in logged_in(client, Role.EDITOR).text
    page = client.get("/medewerker/gemist?periode=alles")
    assert "Misschien: een paspoort" in page.text
    address = re.search(r'action="(/medewerker/gemist/[^"]+/leren)"', page.text)
    assert address is not None
    fields = {"onderwerp": "paspoort", "deelvraag": "kosten", "zin": "wa kost da rooi boekske"}
    answer = client.post(address.group(1), data={"csrf": token_in(page), **fields}, headers={"Origin": ADDRESS})
    assert "De zin is bewaard als voorstel." in answer.text
    written = (tmp_path / "voorstellen" / CITY / "topics" / "paspoort.yml").read_text(encoding="utf-8")
    assert "metadata: {aspect: kosten, author: redactie}" in written
    assert "    - wa kost da rooi boekske\n" in written


def test_an_administrator_reads_what_the_files_say(client: TestClient) -> None:
    assert "Nieuw account" in logged_in(client, Role.ADMINISTRATOR).text
    page = client.get("/medewerker/beheer/gemeente").text
    for said in (
        "gemeente Voorbeeldstad",
        "28 dagen",
        "Feestdagen en uitzonderingen 2026",
        "oudejaarsdag: dicht",
        "Goede Vrijdag: open",
        "Sociaal wijkteam",
        "bot/content/municipalities/voorbeeldstad/gemeente.yml",
    ):
        assert said in page
    assert "nog niet nagekeken" not in page
    assert "Zonder antwoord gebleven" in client.get("/medewerker/rapport").text
    assert "Geen zaak open" in client.get("/medewerker/zaken").text


def test_a_privacy_officer_begins_with_the_audit_trail(client: TestClient) -> None:
    assert "Wie deed wat, wanneer, met welk gesprek." in logged_in(client, Role.PRIVACY_OFFICER).text
    assert "Ingelogd" in client.get("/medewerker/verantwoording?handeling=log_in").text
