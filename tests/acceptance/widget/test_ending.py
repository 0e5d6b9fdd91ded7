"""Ending, downloading, erasing and keeping a conversation."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.acceptance.widget.citizen import Visit, Widget, storage
from tests.chromium import ARTEFACTS
from tests.fake_balie import FakeBalie


def test_the_citizen_ends_downloads_and_starts_anew(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    widget.menu("Beëindig gesprek")
    widget.button("Ja, beëindig").click()
    expect(widget.who).to_contain_text("Dit gesprek is afgesloten.")
    with widget.page.expect_download() as download:
        widget.button("Download dit gesprek").click()
    assert download.value.suggested_filename == "gesprek-voorbeeldstad.txt"
    assert "U schreef: Hallo" in Path(download.value.path()).read_text()
    widget.button("Begin een nieuw gesprek").click()
    expect(widget.messages).to_have_count(1)
    assert len(balie.conversations) == 2
    assert balie.only.continues is None


def test_a_code_to_say_is_shown_and_the_way_back_is_kept(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    widget.menu("Uw code")
    card = widget.panel.get_by_role("dialog", name="Uw code")
    expect(card).to_contain_text("48 21 07")
    expect(card).to_contain_text("U hoeft niets opnieuw te vertellen.")
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    widget.page.screenshot(path=ARTEFACTS / "widget-code.png")
    expect(card.get_by_role("button")).to_be_focused()
    widget.page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    widget.send("Nog iets")
    widget.expect_texts("Hallo", "U schreef: Hallo", "Nog iets", "U schreef: Nog iets")


def test_erasing_asks_first_and_tells_what_is_kept(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    widget.menu("Wis dit gesprek")
    expect(widget.button("Annuleer")).to_be_focused()
    widget.page.keyboard.press("Escape")
    assert balie.conversations
    widget.menu("Wis dit gesprek")
    widget.button("Ja, wis het gesprek").click()
    expect(widget.page.locator("balie-chat .gewist")).to_contain_text("Wij bewaren dat er een gesprek was")
    assert not balie.conversations
    keys = storage(widget.page, "sessionStorage") + storage(widget.page, "localStorage")
    assert not [key for key in keys if "gesprek" in key or ":uit:" in key]
    expect(widget.messages).to_have_count(0)
    widget.send("Opnieuw")
    widget.expect_texts("Opnieuw", "U schreef: Opnieuw")


def test_the_welcome_has_a_button_that_erases_after_the_same_question(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    erase = widget.messages.first.get_by_role("button", name="Wis dit gesprek")
    expect(widget.messages.first.get_by_role("link", name="Zo gaan wij om met uw gegevens")).to_be_visible()
    erase.click()
    expect(widget.button("Annuleer")).to_be_focused()
    widget.button("Annuleer").click()
    expect(erase).to_be_focused()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    expect(widget.panel.get_by_role("button", name="Wis dit gesprek")).to_have_count(1)
    erase.click()
    widget.button("Ja, wis het gesprek").click()
    expect(widget.page.locator("balie-chat .gewist")).to_be_visible()
    assert not balie.conversations


def test_an_erasure_that_fails_says_so_and_keeps_the_conversation(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    balie.behaviour.refuse_erasing = True
    widget.menu("Wis dit gesprek")
    widget.button("Ja, wis het gesprek").click()
    expect(widget.panel.get_by_role("alert")).to_have_text("Dat lukt nu niet. Probeer het straks opnieuw.")
    widget.button("Annuleer").click()
    expect(widget.messages).to_have_count(1)


def test_a_conversation_stays_in_its_tab_unless_the_citizen_keeps_it(balie: FakeBalie, visit: Visit) -> None:
    first = visit()
    first.open()
    first.send("Hallo")
    first.expect_texts("Hallo", "U schreef: Hallo")
    assert storage(first.page, "localStorage") == []
    stranger = visit()
    stranger.launcher.click()
    expect(stranger.messages).to_have_count(1)
    first.button("Meer mogelijkheden").click()
    keep = first.panel.get_by_role("switch", name="Bewaar op dit apparaat")
    keep.click()
    expect(keep).to_be_checked()
    second = visit()
    second.launcher.click()
    second.expect_texts("Hallo", "U schreef: Hallo")
    second.send("Van het tweede tabblad")
    expect(first.messages.last).to_contain_text("U schreef: Van het tweede tabblad")
    keep.click()
    assert not [key for key in storage(first.page, "localStorage") if "gesprek" in key]


def test_erasing_in_one_tab_erases_in_the_other(balie: FakeBalie, visit: Visit) -> None:
    first = visit()
    first.open()
    first.button("Meer mogelijkheden").click()
    first.panel.get_by_role("switch", name="Bewaar op dit apparaat").click()
    second = visit()
    second.launcher.click()
    expect(second.messages).to_have_count(1)
    first.page.keyboard.press("Escape")
    first.menu("Wis dit gesprek")
    first.button("Ja, wis het gesprek").click()
    expect(second.page.locator("balie-chat .gewist")).to_contain_text("Uw gesprek is gewist")
    assert storage(second.page, "localStorage") == []


def test_after_an_employee_the_citizen_says_what_she_thinks_of_it(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    balie.only.asked = {"gegeven": False, "medewerker": True}
    widget.menu("Beëindig gesprek")
    widget.button("Ja, beëindig").click()
    form = widget.page.locator("balie-chat .oordeel")
    expect(form).to_be_visible()
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    form.scroll_into_view_if_needed()
    widget.page.screenshot(path=ARTEFACTS / "widget-rating.png")
    send = form.get_by_role("button", name="Verstuur")
    send.click()
    expect(form.get_by_role("alert")).to_contain_text("Kies eerst")
    assert balie.rated == []
    form.get_by_role("group", name="Is uw vraag beantwoord?").get_by_label("deels").check()
    form.get_by_role("group", name="Moest u uw verhaal").get_by_label("nee").check()
    form.get_by_label("4").check()
    form.get_by_label("Wat kan beter?").fill("Sneller")
    send.press("Enter")
    expect(widget.page.get_by_text("Dank u. Daar leren wij van.")).to_be_visible()
    assert balie.rated == [{"beantwoord": "deels", "toelichting": "Sneller", "cijfer": 4, "opnieuw_verteld": False}]


def test_nothing_is_asked_where_nothing_may_be_asked(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    widget.menu("Beëindig gesprek")
    widget.button("Ja, beëindig").click()
    expect(widget.who).to_contain_text("Dit gesprek is afgesloten.")
    expect(widget.page.locator("balie-chat .oordeel")).to_have_count(0)
