"""What employees say of themselves and for each other: presence, notes, and passing on to another team."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from handoff import dossier, employees, notes, ownership, queue, retention
from handoff.database import Database
from handoff.exceptions import NotAllowed
from handoff.tables import CaseNote, Employee
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, CaseState, Owner, Presence, Team
from tests.console_room import Browser
from tests.stage import CITY, Stage, StoppedClock, new_case, place_notice

pytestmark = pytest.mark.usefixtures("quick_log_ins")

TEAM = "publieksbalie"


async def present(stage: Stage) -> bool:
    async with stage.database.read() as session:
        return await queue.anybody_present(session, CITY, TEAM, now=stage.clock())


@pytest.mark.parametrize(
    ("presence", "counts"),
    [(Presence.AVAILABLE, True), (Presence.BUSY, True), (Presence.WRAP_UP, True), (Presence.AWAY, False)],
)
async def test_who_is_away_counts_as_nobody_for_who_waits(stage: Stage, presence: Presence, counts: bool) -> None:
    anna = await stage.employee("Anna")
    async with stage.database.write() as session:
        await employees.renew_lease(session, anna, now=stage.clock())
        employee = await session.get_one(Employee, anna)
        await employees.set_presence(session, employee, presence, now=stage.clock())
    assert await present(stage) is counts


async def test_presence_is_said_in_the_console_and_logging_in_begins_as_available(
    browser: Browser, app: FastAPI, sam: Employee, database: Database
) -> None:
    answer = await browser.post("/medewerker/aanwezigheid", stand="away", terug="/medewerker/zaken")
    assert (answer.status_code, answer.headers["location"]) == (303, "/medewerker/zaken")
    assert "aanwezig__stip--away" in (await browser.get("/medewerker/zaken")).text
    again = Browser(app)
    await again.log_in(sam.email)
    assert "aanwezig__stip--available" in (await again.get("/medewerker/zaken")).text


@pytest.mark.parametrize("wanted", ["", "offline", "<script>"])
async def test_an_unknown_presence_changes_nothing(
    browser: Browser, sam: Employee, database: Database, wanted: str
) -> None:
    answer = await browser.post("/medewerker/aanwezigheid", stand=wanted, terug="https://elders.example")
    assert answer.headers["location"] == "/medewerker/zaken"
    async with database.read() as session:
        assert (await session.get_one(Employee, sam.id)).presence == Presence.AVAILABLE


async def test_a_note_is_shown_to_colleagues_once_and_never_to_the_citizen(
    browser: Browser, stage: Stage, sam: Employee, database: Database
) -> None:
    case_id = await stage.held_case(sam.id)
    for _ in range(2):
        answer = await browser.post(
            f"/medewerker/zaken/{case_id}/notitie", notitie="Belde vanochtend al, <b>zie</b> 06-12345678", sleutel="k1"
        )
        assert answer.status_code == 303
    page = (await browser.get(f"/medewerker/zaken/{case_id}")).text
    assert page.count("Belde vanochtend al, &lt;b&gt;zie&lt;/b&gt;") == 1
    assert "06-12345678" not in page
    assert "[telefoon-1]" in page
    conversation_id = (await stage.case(case_id)).conversation_id
    assert not any("Belde" in text for text in await stage.texts(conversation_id))
    assert await stage.count(CaseNote) == 1


async def test_an_empty_note_is_refused_and_says_what_to_do(browser: Browser, stage: Stage, sam: Employee) -> None:
    case_id = await stage.held_case(sam.id)
    answer = await browser.post(f"/medewerker/zaken/{case_id}/notitie", notitie="   ", sleutel="k1")
    assert answer.status_code == 422
    assert "Typ eerst uw notitie" in answer.text


async def test_a_case_goes_to_the_front_of_another_team_with_its_note(
    browser: Browser, stage: Stage, sam: Employee, vault: Vault, clock: StoppedClock
) -> None:
    earlier = await stage.waiting_case(new_case(team="sociaal-wijkteam"))
    clock.advance(300)
    case_id = await stage.held_case(sam.id)
    answer = await browser.post(
        f"/medewerker/zaken/{case_id}/naar-team",
        team="sociaal-wijkteam",
        notitie="Mevrouw heeft ook schulden.",
        sleutel="k1",
    )
    assert answer.status_code == 303
    case = await stage.case(case_id)
    assert (case.team, case.state, case.employee_id) == ("sociaal-wijkteam", CaseState.WAITING, None)
    assert (await stage.read(case.conversation_id)).owner == Owner.QUEUED
    assert await stage.open_count(sam.id) == 0
    async with stage.database.read() as session:
        waiting = await queue.waiting(session, CITY, ["sociaal-wijkteam"])
        assert [one.id for one in waiting] == [case_id, earlier]
        assert [one.text for one in await notes.of_case(session, case_id)] == ["Mevrouw heeft ook schulden."]
    assert "geeft uw vraag door aan sociaal-wijkteam" in await stage.last_text(case.conversation_id)
    line = (await stage.audit(case.conversation_id))[-1]
    assert line.action in {"to_team", "note"}


async def test_who_passed_a_case_on_may_no_longer_read_it(stage: Stage, clock: StoppedClock) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna)
    async with stage.database.write() as session:
        await ownership.to_team(session, case_id, anna, Team.SOCIAAL_WIJKTEAM, now=clock(), notice=place_notice)
    async with stage.database.read() as session:
        with pytest.raises(NotAllowed):
            await dossier.read(session, case_id, await session.get_one(Employee, anna))


async def test_a_case_is_not_passed_on_to_its_own_team_or_by_who_does_not_hold_it(
    stage: Stage, clock: StoppedClock
) -> None:
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea")
    case_id = await stage.held_case(anna)
    for who, team in ((anna, Team.PUBLIEKSBALIE), (bea, Team.WONEN)):
        with pytest.raises(NotAllowed):
            async with stage.database.write() as session:
                await ownership.to_team(session, case_id, who, team, now=clock(), notice=place_notice)
    assert (await stage.case(case_id)).employee_id == anna


async def test_a_callback_changes_team_without_a_word_in_the_chat(stage: Stage, clock: StoppedClock) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    case_id = await stage.callback(conversation_id)
    await stage.claim(case_id, anna)
    said = len(await stage.said(conversation_id))
    async with stage.database.write() as session:
        await ownership.to_team(session, case_id, anna, Team.WONEN, now=clock(), notice=place_notice)
    case = await stage.case(case_id)
    assert (case.team, case.state, case.kind) == ("wonen", CaseState.WAITING, CaseKind.CALLBACK)
    assert len(await stage.said(conversation_id)) == said


async def test_notes_are_erased_with_the_conversation(
    browser: Browser, stage: Stage, sam: Employee, database: Database
) -> None:
    case_id = await stage.held_case(sam.id)
    await browser.post(f"/medewerker/zaken/{case_id}/notitie", notitie="Iets", sleutel="k1")
    async with database.write() as session:
        await retention.erase(session, (await stage.case(case_id)).conversation_id, now=stage.clock(), actor="citizen")
    async with database.read() as session:
        assert (await session.scalars(select(CaseNote))).all() == []
