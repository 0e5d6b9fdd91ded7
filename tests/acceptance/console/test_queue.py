"""The lists: live, and calm under the pointer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from handoff.detection import Level
from tests.acceptance.console.desk import Console, Counter


def test_a_crisis_appears_by_itself_and_the_tab_says_so(console: Console, counter: Counter) -> None:
    expect(console.page.get_by_text("Niemand wacht.")).to_be_visible()
    case_id = counter.waiting("Ik wil niet meer leven", Level.CRISIS)
    expect(console.card(case_id)).to_contain_text("Crisis")
    expect(console.page).to_have_title(re.compile(r"^\(1\) Crisis: "))
    expect(console.page.locator("#omroep")).to_have_text("Nieuwe crisis in de wachtrij. Deze staat bovenaan.")


def test_the_loser_of_a_race_reads_who_won(console: Console, counter: Counter) -> None:
    case_id = counter.waiting()
    expect(console.card(case_id)).to_be_visible()
    console.page.route("**/wachtrij*", lambda route: route.abort())  # her list is a moment behind
    counter.run(counter.stage.claim(case_id, counter.joost.id))
    console.card(case_id).get_by_role("button", name="Neem over").click()
    expect(console.page.get_by_role("alert")).to_contain_text("Joost was u voor en heeft deze zaak nu.")
    expect(console.page).to_have_url(re.compile(r"/medewerker/zaken$"))


def test_nothing_moves_under_the_pointer_until_it_leaves(console: Console, counter: Counter) -> None:
    first = counter.waiting("De eerste")
    second = counter.waiting("De tweede")
    expect(console.card(second)).to_be_visible()
    console.card(first).hover()
    before = [console.card(one).bounding_box() for one in (first, second)]
    crisis = counter.waiting("Ik wil niet meer leven", Level.CRISIS)
    notice = console.page.get_by_role("button", name="1 nieuw, crisis: toon")
    expect(notice).to_be_visible()
    assert [console.card(one).bounding_box() for one in (first, second)] == before
    console.page.mouse.move(900, 500)
    expect(console.card(crisis)).to_be_visible()
    expect(notice).to_be_hidden()
    order = console.page.locator("#kaarten-rij .kaart").evaluate_all("cards => cards.map(card => card.dataset.zaak)")
    assert order == [crisis, first, second]


def test_a_case_that_is_gone_is_marked_where_it_stands(console: Console, counter: Counter) -> None:
    first, second = counter.waiting("De eerste"), counter.waiting("De tweede")
    expect(console.card(second)).to_be_visible()
    console.card(second).hover()
    before = console.card(second).bounding_box()
    counter.run(counter.stage.claim(first, counter.joost.id))
    expect(console.card(first)).to_contain_text("Niet meer in de rij")
    expect(console.card(first).get_by_role("button")).to_be_disabled()
    assert console.card(second).bounding_box() == before


def test_focus_and_scroll_stay_when_the_list_changes(console: Console, counter: Counter) -> None:
    cases = [counter.waiting(f"Vraag {number}") for number in range(12)]
    expect(console.card(cases[-1])).to_be_attached()
    link = console.card(cases[8]).get_by_role("link")
    link.focus()
    before = console.card(cases[8]).bounding_box()
    crisis = counter.waiting("Ik wil niet meer leven", Level.CRISIS)
    expect(console.page.locator("#kaarten-rij .kaart").first).to_have_attribute("data-zaak", crisis)
    expect(link).to_be_focused()
    now = console.card(cases[8]).bounding_box()
    assert before is not None
    assert now is not None
    assert now["y"] == pytest.approx(before["y"], abs=1)  # scroll offsets are whole pixels


def test_what_is_said_changes_the_card_of_her_case_in_its_place_and_nothing_else(
    console: Console, counter: Counter
) -> None:
    mine, other = counter.held(counter.samira), counter.waiting()
    card = console.card(mine)
    expect(card).to_contain_text("Wacht op uw antwoord")
    expect(console.card(other)).to_be_visible()
    console.page.wait_for_load_state("networkidle")  # the lists that the stream asked for when it began
    fetched: list[str] = []
    console.page.on("request", lambda request: fetched.append(request.url))
    console.page.evaluate("id => (document.getElementById(id).dataset.jsMerk = 'zelfde')", f"kaart-{other}")
    card.get_by_role("link").focus()
    before = card.bounding_box()
    counter.employee_says(mine, counter.samira, "Ik kijk het na.")
    expect(card).to_contain_text("U antwoordde")
    counter.citizen_says(mine, "Dank u")
    expect(card).to_contain_text("Wacht op uw antwoord")
    expect(card.get_by_role("link")).to_be_focused()
    expect(console.card(other)).to_have_attribute("data-js-merk", "zelfde")
    assert card.bounding_box() == before
    assert fetched == []


def test_a_card_of_an_erased_conversation_leads_to_an_explanation(console: Console, counter: Counter) -> None:
    case_id = counter.waiting()
    expect(console.card(case_id)).to_be_visible()
    console.page.route("**/wachtrij*", lambda route: route.abort())  # her list is a moment behind
    counter.erase(case_id)
    console.card(case_id).get_by_role("link").click()
    expect(console.page.get_by_text("Misschien heeft de inwoner het gesprek gewist.")).to_be_visible()
