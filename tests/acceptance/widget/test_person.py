"""The way to a person, and who is there."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.acceptance.widget.citizen import Widget, connected
from tests.chromium import wait_until
from tests.fake_balie import FakeBalie


def test_a_person_is_one_press_away_and_the_citizen_sees_who_is_there(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    expect(widget.who).to_contain_text("U praat met Balie, de digitale assistent.")
    widget.button("Praat met een medewerker").click()
    expect(widget.who).to_contain_text("U bent nummer 2 in de rij.")
    expect(widget.log).to_contain_text("U staat in de wachtrij")
    balie.owner("medewerker", employee="Fatima")
    expect(widget.who).to_contain_text("U praat met Fatima, medewerker van de gemeente.")
    expect(widget.log).to_contain_text("U praat met Fatima")
    balie.owner("bot")
    expect(widget.button("Praat met een medewerker")).to_be_visible()


def test_asking_for_a_person_is_not_lost_when_the_line_is_away(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    balie.goes_down(for_seconds=600)
    expect(widget.notice).to_contain_text("Geen verbinding")
    widget.button("Praat met een medewerker").click()
    expect(widget.own).to_contain_text("Niet verstuurd")
    balie.behaviour.down = False
    widget.notice.get_by_role("button", name="Probeer nu").click()
    expect(widget.who).to_contain_text("wachtrij")


def test_only_a_person_is_told_that_the_citizen_types_and_what_she_has_seen(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    widget.field.type("H")
    balie.owner("medewerker", employee="Fatima")
    expect(widget.who).to_contain_text("Fatima")
    assert {"soort": "typt", "aan": True} not in balie.frames
    widget.field.type("allo")
    wait_until(widget.page, lambda: {"soort": "typt", "aan": True} in balie.frames)
    balie.say("Goedemiddag.", sender="medewerker", name="Fatima")
    wait_until(widget.page, lambda: {"soort": "gezien", "volgnummer": 2} in balie.frames)


def test_the_other_ways_to_a_person_are_always_there(widget: Widget) -> None:
    widget.open()
    expect(widget.panel.get_by_role("link", name="Bel 14 099")).to_have_attribute("href", "tel:14099")
    visit = widget.button("Kom langs")
    expect(visit).to_contain_text("Vandaag open van 9.00 tot 17.00 uur")
    visit.click()
    hours = widget.panel.get_by_role("group", name="Kom langs")
    expect(hours).to_contain_text("Verzonnenplein 1")
    expect(hours).to_contain_text("donderdag")
    widget.page.keyboard.press("Escape")
    expect(hours).to_be_hidden()
    expect(visit).to_be_focused()


def test_a_message_that_comes_while_the_chat_is_closed_is_counted_on_the_button(
    balie: FakeBalie, widget: Widget
) -> None:
    widget.open()
    connected(balie, widget.page)
    widget.button("Sluit de chat").click()
    balie.say("Bent u er nog?")
    expect(widget.launcher).to_contain_text("1 nieuw bericht")
    widget.launcher.click()
    expect(widget.messages.last).to_contain_text("Bent u er nog?")
