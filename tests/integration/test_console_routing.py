"""What an employee sees of offers, alarms, service levels, threats and cases that touch her team; and what she does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from handoff import cases, employees, offers, ownership
from handoff.bus import InProcessBus
from handoff.cases import NewCase
from handoff.database import Database
from handoff.detection import Assessment, Level, Reason
from handoff.tables import AuditLine, Employee
from handoff.vault import Vault
from handoff.vocabulary import Consent, Outcome, Presence, Role
from tests.console_room import Browser, add_employee, make_log_ins_quick, mounted
from tests.stage import Stage, StoppedClock, new_case

LISTS = "/medewerker/wachtrij"


def alarming(page: str) -> list[str]:
    found = re.search(r'data-alarm="([^"]*)"', page)
    return found.group(1).split() if found else []


def about(*reasons: Reason, level: Level = Level.URGENT, **more: object) -> NewCase:
    assessment = Assessment(level, reasons, (), "publieksbalie", "Doorgezet.", "test")
    return NewCase(assessment, "publieksbalie", Consent.NOT_ASKED, "", **more)  # type: ignore[arg-type]


async def offer(stage: Stage, case_id: str, to: Employee) -> None:
    async with stage.database.write() as session:
        await employees.renew_lease(session, to.id, now=stage.clock())
        made = await offers.make(session, case_id, offer_for=timedelta(seconds=30), now=stage.clock())
    assert made is not None
    assert made.employee_id == to.id


async def test_an_offer_stands_on_top_with_its_seconds_and_makes_itself_heard(
    stage: Stage, browser: Browser, sam: Employee
) -> None:
    older = await stage.waiting_case()
    stage.clock.advance(1)
    offered = await stage.waiting_case()
    await offer(stage, offered, sam)
    page = (await browser.get(LISTS)).text
    assert page.index(f"kaart-{offered}") < page.index(f"kaart-{older}")
    assert "Aangeboden aan u, nog 30 seconden" in page
    assert alarming(page) == [offered]


async def test_she_lets_an_offer_pass(stage: Stage, browser: Browser, sam: Employee) -> None:
    case_id = await stage.waiting_case()
    await offer(stage, case_id, sam)
    answer = await browser.post(f"/medewerker/zaken/{case_id}/overslaan")
    assert answer.headers["location"] == "/medewerker/zaken?melding=overgeslagen"
    case = await stage.case(case_id)
    assert (case.offered_to, case.declined_by) == (None, [sam.id])


async def test_what_is_offered_to_a_colleague_has_her_name_and_no_button(
    stage: Stage, database: Database, clock: StoppedClock, browser: Browser
) -> None:
    bea = await add_employee(database, clock, "Bea")
    case_id = await stage.waiting_case()
    await offer(stage, case_id, bea)
    page = (await browser.get(LISTS)).text
    assert "Aangeboden aan Bea" in page
    assert f"/medewerker/zaken/{case_id}/overnemen" not in page
    refused = await browser.post(f"/medewerker/zaken/{case_id}/overnemen")
    assert refused.status_code == 409
    assert "aangeboden aan Bea" in refused.text


async def test_what_becomes_a_crisis_while_a_colleague_is_asked_alarms_her_too_and_is_hers_to_take(
    stage: Stage, database: Database, clock: StoppedClock, browser: Browser
) -> None:
    bea = await add_employee(database, clock, "Bea")
    case_id = await stage.waiting_case()
    await offer(stage, case_id, bea)
    async with database.write() as session:
        cases.raise_level(await cases.get(session, case_id), new_case(Level.CRISIS).assessment)
    page = (await browser.get(LISTS)).text
    assert alarming(page) == [case_id]
    assert "Aangeboden aan Bea" not in page
    for shown in (page, (await browser.get(f"/medewerker/zaken/{case_id}")).text):
        assert f"/medewerker/zaken/{case_id}/overnemen" in shown


async def test_urgent_alarms_everybody_and_sound_can_be_turned_off(stage: Stage, browser: Browser) -> None:
    plain, urgent = await stage.waiting_case(), await stage.waiting_case(new_case(Level.URGENT))
    page = (await browser.get(LISTS)).text
    assert alarming(page) == [urgent]
    assert plain not in alarming(page)
    assert 'data-geluid="ja"' in page
    await browser.post("/medewerker/geluid", geluid="uit")
    assert 'data-geluid="nee"' in (await browser.get(LISTS)).text
    assert "Zet het geluid aan" in (await browser.get("/medewerker/zaken")).text


async def test_until_when_it_should_be_picked_up_stands_on_the_card(
    stage: Stage, browser: Browser, clock: StoppedClock
) -> None:
    case_id = await stage.waiting_case()
    async with stage.database.write() as session:
        (await cases.get(session, case_id)).pick_up_by = clock() + timedelta(minutes=20)
    assert "Oppakken vóór" in (await browser.get(LISTS)).text
    clock.advance(16 * 60)
    assert "Bijna te laat: oppakken vóór" in (await browser.get(LISTS)).text
    clock.advance(4 * 60)
    assert "Te laat: oppakken kon tot" in (await browser.get(LISTS)).text


async def test_the_language_of_the_citizen_stands_on_the_card(stage: Stage, browser: Browser, sam: Employee) -> None:
    await stage.waiting_case(new_case(language="tr"))
    assert "Schrijft Turks<" in (await browser.get(LISTS)).text
    async with stage.database.write() as session:
        account = await session.get(Employee, sam.id)
        assert account is not None
        account.languages = ["tr"]
    assert "Schrijft Turks. U spreekt dit." in (await browser.get(LISTS)).text


async def test_after_a_crisis_she_is_on_wrap_up_and_a_break_is_offered(
    stage: Stage, browser: Browser, sam: Employee
) -> None:
    case_id = await stage.held_case(sam.id, new_case(Level.CRISIS))
    answer = await browser.post(f"/medewerker/zaken/{case_id}/afsluiten", uitkomst="resolved")
    assert answer.headers["location"] == "/medewerker/zaken?melding=afgesloten-crisis"
    async with stage.database.read() as session:
        account = await session.get(Employee, sam.id, populate_existing=True)
        assert account is not None
        assert account.presence == Presence.WRAP_UP
    page = (await browser.get("/medewerker/zaken?melding=afgesloten-crisis")).text
    assert "Neem pauze" in page
    assert 'value="away"' in page


# Threats, for who leads the team


@pytest.fixture
async def lead(
    database: Database,
    bus: InProcessBus,
    clock: StoppedClock,
    vault: Vault,
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> Browser:
    make_log_ins_quick(monkeypatch)
    joost = await add_employee(database, clock, "Joost")
    async with database.write() as session:
        account = await session.get(Employee, joost.id)
        assert account is not None
        account.role = Role.TEAM_LEAD
    app: FastAPI = mounted(database, bus, clock, vault)
    browser = Browser(app)
    await browser.log_in(joost.email)
    return browser


async def test_a_threat_alarms_the_team_lead_and_stays_in_her_sight_when_somebody_has_it(
    stage: Stage, lead: Browser
) -> None:
    case_id = await stage.waiting_case(about(Reason.THREAT))
    assert alarming((await lead.get(LISTS)).text) == [case_id]
    await stage.claim(case_id, await stage.employee("Anna"))
    page = (await lead.get(LISTS)).text
    assert "Bedreiging in uw team. Anna praat met de inwoner." in page
    assert f"/medewerker/zaken/{case_id}/overnemen" not in page


async def test_a_threat_that_a_colleague_has_is_not_shown_to_who_leads_nothing(stage: Stage, browser: Browser) -> None:
    case_id = await stage.waiting_case(about(Reason.THREAT))
    await stage.claim(case_id, await stage.employee("Anna"))
    assert case_id not in (await browser.get(LISTS)).text


# Cases that touch another team


@pytest.fixture
async def of_wonen(app: FastAPI, database: Database, clock: StoppedClock) -> Browser:
    """A browser of somebody in another team than the one that has the case."""
    noor = await add_employee(database, clock, "Noor", teams=["wonen"])
    browser = Browser(app)
    await browser.log_in(noor.email)
    return browser


async def test_a_case_that_touches_her_team_is_hers_to_read_and_nothing_more(stage: Stage, of_wonen: Browser) -> None:
    case_id = await stage.waiting_case(about(Reason.COMPLEXITY, also_for=("wonen",)))
    lists = (await of_wonen.get(LISTS)).text
    assert "Regie bij Publieksbalie: gaat ook over uw team." in lists
    assert "/overnemen" not in lists
    page = await of_wonen.get(f"/medewerker/zaken/{case_id}")
    assert page.status_code == 200
    assert "U leest mee: deze zaak is van Publieksbalie" in page.text
    assert 'id="notitie' not in page.text
    for verb, fields in (
        ("overnemen", {}),
        ("tonen", {"gegeven": "[telefoon-1]"}),
        ("notitie", {"notitie": "x"}),
        ("afsluiten", {"uitkomst": "resolved"}),
    ):
        refused = await of_wonen.post(f"/medewerker/zaken/{case_id}/{verb}", **fields)
        assert refused.status_code in (404, 409), verb
    assert (await stage.case(case_id)).employee_id is None


async def test_what_colleagues_wrote_for_each_other_stays_with_the_team_that_has_the_case(
    stage: Stage, browser: Browser, of_wonen: Browser
) -> None:
    case_id = await stage.waiting_case(about(Reason.COMPLEXITY, also_for=("wonen",)))
    await browser.post(f"/medewerker/zaken/{case_id}/notitie", notitie="Zij durft niet naar huis, 06 12345678.")
    own, along = [(await one.get(f"/medewerker/zaken/{case_id}")).text for one in (browser, of_wonen)]
    assert "Zij durft niet naar huis" in own
    assert "Zij durft niet naar huis" not in along
    assert "[telefoon-1]" in own
    assert "[telefoon-1]" not in along


async def test_who_read_it_for_regie_stands_in_the_audit_trail_once_an_hour(
    stage: Stage, of_wonen: Browser, clock: StoppedClock
) -> None:
    case_id = await stage.waiting_case(about(Reason.COMPLEXITY, also_for=("wonen",)))

    async def lines() -> int:
        async with stage.database.read() as session:
            found = await session.scalars(select(AuditLine).where(AuditLine.action == "regie_read"))
            return len(found.all())

    for _ in range(3):
        await of_wonen.get(f"/medewerker/zaken/{case_id}")
    assert await lines() == 1
    clock.advance(3601)
    await of_wonen.get(f"/medewerker/zaken/{case_id}")
    assert await lines() == 2


@pytest.mark.parametrize("also", [(), ("parkeren",)])
async def test_a_case_that_does_not_touch_her_team_stays_out_of_sight(
    stage: Stage, of_wonen: Browser, also: tuple[str, ...]
) -> None:
    case_id = await stage.waiting_case(about(Reason.COMPLEXITY, also_for=also))
    assert case_id not in (await of_wonen.get(LISTS)).text
    assert (await of_wonen.get(f"/medewerker/zaken/{case_id}")).status_code == 404


async def test_reading_along_ends_with_the_case(stage: Stage, of_wonen: Browser) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna, about(Reason.COMPLEXITY, also_for=("wonen",)))
    async with stage.database.write() as session:
        await ownership.close(session, case_id, anna, Outcome.RESOLVED, now=stage.clock())
    assert (await of_wonen.get(f"/medewerker/zaken/{case_id}")).status_code == 404
