"""What she typed is never lost: no connection, an ended session, a case that left her."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.acceptance.console.desk import Console, Counter
from tests.chromium import ARTEFACTS, DESKTOP, PHONE
from tests.console_room import PASSWORD


def test_when_the_case_leaves_her_while_she_types_the_text_stays_in_sight(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    console.field.fill("Een antwoord dat te laat komt")
    counter.release(case_id, counter.samira)
    expect(console.page.get_by_label("Dit had u getypt, maar niet verstuurd")).to_have_value(
        "Een antwoord dat te laat komt"
    )
    expect(console.page.locator("#omroep")).to_have_text("U voert dit gesprek niet meer.")
    assert "Een antwoord dat te laat komt" not in counter.said(case_id)


def test_without_a_connection_she_is_told_and_afterwards_misses_nothing(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    counter.close()
    expect(console.page.get_by_text("Geen verbinding. Wij proberen het opnieuw.")).to_be_visible()
    console.field.fill("Getypt zonder verbinding")
    console.field.press("Enter")
    expect(console.page.get_by_text("Niet verstuurd. Controleer de verbinding")).to_be_visible()
    expect(console.field).to_have_value("Getypt zonder verbinding")
    for number in range(3):
        counter.citizen_says(case_id, f"Tijdens de storing {number}")
    counter.open()
    console.is_live()
    expect(console.lines.last).to_contain_text("Tijdens de storing 2")
    for number in range(3):
        expect(console.lines.filter(has_text=f"Tijdens de storing {number}")).to_have_count(1)
    console.field.press("Enter")
    expect(console.lines.last).to_contain_text("Getypt zonder verbinding")
    assert counter.said(case_id).count("Getypt zonder verbinding") == 1


def test_a_case_that_left_her_while_there_was_no_connection_is_no_longer_hers_to_answer(
    console: Console, counter: Counter
) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    console.field.fill("Half een antwoord")
    counter.close()
    expect(console.page.get_by_text("Geen verbinding. Wij proberen het opnieuw.")).to_be_visible()
    counter.release(case_id, counter.samira)
    counter.run(counter.stage.claim(case_id, counter.joost.id))
    counter.open()
    expect(console.page.get_by_label("Dit had u getypt, maar niet verstuurd")).to_have_value("Half een antwoord")
    expect(console.page.locator(".opsteller__stand")).to_contain_text("Joost praat met de inwoner")


def test_an_ended_session_leads_to_the_log_in_and_back_with_the_text(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    console.field.fill("Nog niet klaar")
    counter.clock.advance(10 * 3600)
    console.page.reload()
    console.page.get_by_label("E-mailadres").fill("samira@voorbeeldstad.example")
    console.page.get_by_label("Wachtwoord").fill(PASSWORD)
    console.page.get_by_role("button", name="Inloggen").click()
    expect(console.field).to_have_value("Nog niet klaar")


def test_a_reply_after_the_session_ended_leads_to_the_log_in_and_back_with_the_text(
    console: Console, counter: Counter
) -> None:
    console.go(counter.held(counter.samira))
    counter.clock.advance(10 * 3600)
    console.field.fill("Net te laat")
    console.field.press("Enter")
    console.page.get_by_label("E-mailadres").fill("samira@voorbeeldstad.example")
    console.page.get_by_label("Wachtwoord").fill(PASSWORD)
    console.page.get_by_role("button", name="Inloggen").click()
    expect(console.field).to_have_value("Net te laat")


@pytest.mark.parametrize("ended", [True, False], ids=["ended", "renewed"])
def test_what_was_typed_beside_a_reply_is_given_back_when_the_session_is_lost(
    console: Console, counter: Counter, ended: bool
) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    if ended:
        counter.clock.advance(10 * 3600)
    for token in console.page.locator("input[name=csrf]").all():
        token.evaluate("field => { field.value = 'van-een-eerdere-sessie' }")
    console.page.locator("#actie-afsluiten > summary").click()
    console.page.get_by_label("Opgelost").check()
    console.page.get_by_text("Moet er nog iets gebeuren?").click()
    console.page.get_by_label("Wat moet er gebeuren?").fill("Bel over de bon")
    console.page.get_by_role("button", name="Sluit de zaak af").click()
    expect(console.page.get_by_label("Uw tekst, om te kopiëren")).to_have_value("Bel over de bon")
    name = "uitgelogd" if ended else "verlopen"
    for size in (DESKTOP, PHONE):
        console.page.set_viewport_size(size)
        console.page.screenshot(path=ARTEFACTS / "console" / f"{name}-{size['width']}.png", full_page=True)
        assert console.violations() == []
        assert console.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    console.page.get_by_role("link", name="Inloggen" if ended else "Naar de werkplek", exact=True).first.click()
    expect(console.page.get_by_label("Wachtwoord") if ended else console.card(case_id)).to_be_visible()


def test_a_form_of_an_earlier_session_says_so_and_keeps_the_text(console: Console, counter: Counter) -> None:
    console.go(counter.held(counter.samira))
    for token in console.page.locator("input[name=csrf]").all():
        token.evaluate("field => { field.value = 'van-een-eerdere-sessie' }")
    console.field.fill("Nog een keer dan")
    console.field.press("Enter")
    expect(console.page.get_by_text("de bladzijde was verlopen")).to_be_visible()
    expect(console.field).to_have_value("Nog een keer dan")


@pytest.mark.parametrize("answer", [{"status": 502, "body": "<h1>Bad gateway</h1>"}, None], ids=["proxy", "cut"])
def test_when_an_action_fails_the_page_stays_and_says_so(
    console: Console, counter: Counter, answer: dict[str, Any] | None
) -> None:
    case_id = counter.waiting()
    expect(console.card(case_id)).to_be_visible()
    console.page.route("**/overnemen", lambda route: route.abort() if answer is None else route.fulfill(**answer))
    console.card(case_id).get_by_role("button", name="Neem over").click()
    expect(console.page.get_by_role("alert")).to_contain_text("Dat lukte niet.")
    expect(console.card(case_id)).to_be_visible()


def test_when_a_reply_meets_a_broken_server_the_text_stays(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    console.page.route("**/antwoorden", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    console.field.fill("Dit mag niet weg")
    console.field.press("Enter")
    expect(console.page.get_by_text("Niet verstuurd. Controleer de verbinding")).to_be_visible()
    expect(console.field).to_have_value("Dit mag niet weg")
    console.page.unroute("**/antwoorden")
    console.field.press("Enter")
    expect(console.lines.last).to_contain_text("Dit mag niet weg")
    assert counter.said(case_id).count("Dit mag niet weg") == 1


def test_a_late_redraw_never_hides_what_her_own_action_brought(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    late: list[Route] = []
    console.page.route("**/zaken/*?deel=*", lambda route: late.append(route))  # noqa: PLW0108 - Playwright wants a function of Python
    with console.page.expect_request("**/zaken/*?deel=*"):
        counter.release(case_id, counter.samira)
        counter.run(counter.stage.claim(case_id, counter.samira.id))
    console.page.locator("#actie-afsluiten > summary").click()
    console.page.get_by_label("Opgelost").check()
    console.page.get_by_role("button", name="Sluit de zaak af").click()
    expect(console.page.get_by_text("De zaak is afgesloten.")).to_be_visible()
    with console.page.expect_event("requestfinished"):
        for route in late:
            route.continue_()
    counter.waiting("Een nieuwe zaak, die laat zien dat de late tekening voorbij is")
    expect(console.page.get_by_text("die laat zien dat")).to_be_visible()
    expect(console.page.get_by_text("De zaak is afgesloten.")).to_be_visible()


def test_when_the_citizen_erases_the_open_conversation_the_page_says_so(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    counter.erase(case_id)
    expect(console.page.get_by_text("Misschien heeft de inwoner het gesprek gewist.")).to_be_visible()


def test_the_link_to_log_out_shows_the_page_to_log_out(console: Console, counter: Counter) -> None:
    counter.held(counter.samira)
    console.page.get_by_role("link", name="Uitloggen").click()
    expect(console.page.get_by_text("U heeft nog 1 zaak.")).to_be_visible()
    console.page.get_by_role("button", name="Terug naar de rij en uitloggen").click()
    expect(console.page.get_by_text("U bent uitgelogd.")).to_be_visible()
