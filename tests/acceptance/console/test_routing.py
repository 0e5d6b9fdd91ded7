"""Offers, alarms and service levels in a browser: seen, heard where she allows it, and usable by everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from handoff import cases, employees, offers
from handoff.cases import NewCase
from handoff.detection import Assessment, Level, Reason
from handoff.tables import Employee
from handoff.vocabulary import Consent, Role
from tests.acceptance.console.desk import DESKTOP, Console, Counter, watched
from tests.chromium import ARTEFACTS, PHONE
from tests.stage import new_case

PICTURES = ARTEFACTS / "console"
SOUNDS = "document.documentElement.dataset.jsGeluid ?? '0'"


def offer(counter: Counter, case_id: str) -> None:
    async def work() -> None:
        async with counter.database.write() as session:
            await employees.renew_lease(session, counter.samira.id, now=counter.clock())
            made = await offers.make(session, case_id, offer_for=timedelta(seconds=30), now=counter.clock())
        assert made is not None

    counter.run(work())


def test_a_crisis_makes_itself_heard_once_and_not_where_she_turned_sound_off(
    console: Console, counter: Counter
) -> None:
    page = console.page
    counter.waiting()
    expect(page.locator("#kaarten-rij .kaart")).to_have_count(1)
    assert page.evaluate(SOUNDS) == "0", "what is not pressing is quiet"
    crisis = counter.waiting("Ik wil niet meer leven", Level.CRISIS)
    expect(console.card(crisis)).to_be_visible()
    page.wait_for_function(f"({SOUNDS}) === '1'")
    page.locator("#aanwezigheid summary").click()
    page.get_by_role("button", name="Zet het geluid uit").click()
    console.is_live()
    urgent = counter.waiting("Ik sta op straat", Level.URGENT)
    expect(console.card(urgent)).to_be_visible()
    assert page.evaluate(SOUNDS) == "0", "of this page"


def test_she_takes_what_is_offered_to_her_or_lets_it_pass(console: Console, counter: Counter) -> None:
    first, second = counter.waiting(), counter.waiting()
    expect(console.card(second)).to_be_visible()
    offer(counter, first)
    expect(console.card(first)).to_contain_text("Aangeboden aan u, nog 30 seconden")
    console.card(first).get_by_role("button", name="Sla over").click()
    expect(console.page.get_by_text("De zaak gaat naar een collega.")).to_be_visible()
    expect(console.card(first)).not_to_contain_text("Aangeboden")
    offer(counter, second)
    expect(console.card(second)).to_contain_text("Aangeboden aan u")
    console.card(second).get_by_role("button", name="Neem over").click()
    expect(console.field).to_be_visible()


@pytest.mark.parametrize(("name", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_every_kind_of_card_is_usable_by_everybody(
    browser: Browser, counter: Counter, errors: list[str], name: str, viewport: ViewportSize
) -> None:
    counter.run(_scene(counter))
    context = watched(browser.new_context(viewport=viewport, locale="nl-NL"), errors)
    console = Console(context.new_page(), counter).log_in()
    expect(console.page.get_by_text("Ook voor u")).to_be_attached()
    assert console.violations() == []
    console.page.screenshot(path=PICTURES / f"routing-{name}.png", full_page=True)
    console.page.locator("#aanwezigheid summary").click()
    assert console.violations() == []
    console.page.screenshot(path=PICTURES / f"presence-{name}.png")
    console.page.goto(f"{counter.address}/medewerker/zaken?melding=afgesloten-crisis")
    expect(console.page.get_by_role("button", name="Neem pauze")).to_be_visible()
    assert console.violations() == []
    console.page.screenshot(path=PICTURES / f"after-crisis-{name}.png")
    context.close()
    assert errors == []


async def _scene(counter: Counter) -> None:
    """Somebody of every kind: offered, offered to another, late, in Turkish, and cases to read along."""
    stage, now = counter.stage, counter.clock()
    async with counter.database.write() as session:
        lead = await session.get(Employee, counter.samira.id)
        assert lead is not None
        lead.role, lead.languages = Role.TEAM_LEAD, ["tr"]
        for one in (counter.samira, counter.joost):
            await employees.renew_lease(session, one.id, now=now)
    for preferred in (counter.samira, counter.joost):
        case_id = await stage.waiting_case(new_case(language="tr"))
        async with counter.database.write() as session:
            (await cases.get(session, case_id)).preferred_employee_id = preferred.id
            await session.flush()
            await offers.make(session, case_id, offer_for=timedelta(seconds=40), now=now)
    for minutes in (-3, 4):
        case_id = await stage.waiting_case(new_case(Level.URGENT))
        async with counter.database.write() as session:
            (await cases.get(session, case_id)).pick_up_by = now + timedelta(minutes=minutes)
    threat = Assessment(Level.URGENT, (Reason.THREAT,), (), "publieksbalie", "Doorgezet.", "test")
    await stage.held_case(counter.joost.id, NewCase(threat, "publieksbalie", Consent.NOT_ASKED, ""))
    many = Assessment(Level.ESCALATE, (Reason.COMPLEXITY,), (), "wonen", "Doorgezet.", "test")
    new = NewCase(many, "wonen", Consent.NOT_ASKED, "", also_for=("publieksbalie",))
    await stage.waiting_case(new)
