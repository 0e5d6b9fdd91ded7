"""The chat with the keyboard alone, and where the focus goes."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.acceptance.widget.citizen import QUESTION, Widget, focused


def test_the_whole_chat_works_from_the_keyboard(widget: Widget) -> None:
    page = widget.page
    widget.launcher.focus()
    page.keyboard.press("Enter")
    expect(widget.field).to_be_focused()
    expect(widget.messages.first).to_be_visible()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(widget.button("Wat kost het?")).to_be_visible()
    order = [
        "Meer mogelijkheden",
        "Sluit de chat",
        "Praat met een medewerker",
        "Berichten",
        "Zo gaan wij om met uw gegevens (opent in een nieuw tabblad)",
        "Wis dit gesprek",
        "Afspraak maken (opent in een nieuw tabblad)",
        "Wat kost het?",
        "Hoe lang duurt het?",
        "Uw bericht",
        "Verstuur",
        "Bel 14 099",
    ]
    widget.button("Meer mogelijkheden").focus()
    for name in order:
        assert focused(page) == name
        page.keyboard.press("Tab")
    assert focused(page).startswith("Kom langs")
    widget.button("Wat kost het?").focus()
    page.keyboard.press("Enter")
    expect(widget.messages.last).to_contain_text("U schreef")
    assert focused(page) == "Wat kost het?"
    widget.button("Meer mogelijkheden").focus()
    page.keyboard.press("Enter")
    assert focused(page) == "Praat met een medewerker"
    page.keyboard.press("Escape")
    assert focused(page) == "Meer mogelijkheden"
    expect(widget.panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_be_focused()


def test_focus_goes_back_to_the_button_of_the_page_that_opened_the_chat(widget: Widget) -> None:
    opener = widget.page.get_by_role("button", name="Stel uw vraag in de chat")
    expect(widget.launcher).to_be_visible()
    opener.press("Enter")
    expect(widget.field).to_be_focused()
    widget.page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_a_reload_opens_the_chat_again_without_taking_the_focus(widget: Widget) -> None:
    widget.open()
    widget.page.reload()
    expect(widget.panel).to_be_visible()
    expect(widget.messages.first).to_be_visible()
    assert widget.page.evaluate("() => document.activeElement === document.body")


def test_turning_the_phone_or_zooming_keeps_the_conversation_and_the_focus(widget: Widget) -> None:
    widget.open()
    widget.field.fill("Half een zin")
    widget.page.set_viewport_size({"width": 360, "height": 740})
    expect(widget.panel).to_have_css("width", "360px")
    expect(widget.field).to_be_focused()
    expect(widget.field).to_have_value("Half een zin")
    widget.page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_be_visible()
