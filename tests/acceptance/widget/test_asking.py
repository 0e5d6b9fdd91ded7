"""A citizen asks, and is answered."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.acceptance.widget.citizen import QUESTION, Widget, connected
from tests.fake_balie import FakeBalie


def test_a_question_is_sent_and_answered(widget: Widget) -> None:
    widget.open()
    widget.send(QUESTION)
    expect(widget.own).to_contain_text("Verstuurd")
    answer = widget.messages.last
    expect(answer).to_contain_text("€ 86,15")
    expect(answer.locator("strong")).to_have_text("€ 86,15")
    expect(answer.locator(".bel ul").first.locator("li")).to_have_count(2)
    expect(answer.locator(".van")).to_contain_text("Balie, digitale assistent")


def test_a_quick_reply_can_be_used_once_and_stays_marked_after_a_reload(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send(QUESTION)
    choice = widget.button("Wat kost het?")
    choice.click()
    expect(widget.messages.last).to_contain_text("U schreef: Wat kost het?")
    for _ in range(2):
        expect(choice).to_have_attribute("aria-pressed", "true")
        expect(choice).to_have_attribute("aria-disabled", "true")
        expect(widget.button("Hoe lang duurt het?")).to_have_attribute("aria-disabled", "true")
        choice.click(force=True)
        widget.page.reload()
    assert len([one for one in balie.only.messages if one["tekst"] == "Wat kost het?"]) == 1


def test_the_citizen_sees_that_the_other_is_typing_until_the_message_comes(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    balie.owner("medewerker", employee="Fatima")
    balie.types("medewerker", name="Fatima")
    typing = widget.page.locator("balie-chat .typt")
    expect(typing).to_have_text("Fatima typt een bericht")
    balie.say("Goedemiddag.", sender="medewerker", name="Fatima")
    expect(typing).to_be_hidden()


def test_a_message_shows_what_the_server_stored_of_it(widget: Widget) -> None:
    widget.open()
    widget.send("Mijn nummer is 123456782")
    expect(widget.own.locator(".bel")).to_have_text("Mijn nummer is [bsn-1]")
    assert "123456782" not in widget.page.evaluate("() => JSON.stringify({...sessionStorage})")


@pytest.mark.parametrize(("length", "said"), [(3_599, ""), (3_990, "Nog 10 tekens"), (4_001, "1 teken te lang")])
def test_the_limit_is_told_before_it_is_reached(widget: Widget, length: int, said: str) -> None:
    widget.open()
    widget.field.fill("é" * length)
    counter = widget.page.locator("balie-chat .teller")
    if said:
        expect(counter).to_contain_text(said)
    else:
        expect(counter).to_be_hidden()


def test_a_message_that_is_too_long_stays_in_the_field(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("😀" * 4_001)
    expect(widget.field).to_have_attribute("aria-invalid", "true")
    assert balie.received == []
    widget.send("😀" * 4_000)
    expect(widget.own).to_contain_text("Verstuurd")


def test_a_draft_survives_a_reload(widget: Widget) -> None:
    widget.open()
    widget.field.fill("Ik wil graag")
    widget.page.reload()
    expect(widget.field).to_have_value("Ik wil graag")
