"""Usable by everybody: axe in every state, screen reader, small windows, no motion."""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.acceptance.widget.citizen import QUESTION, Visit, Widget, connected
from tests.chromium import ARTEFACTS, DESKTOP, PHONE, violations, wait_until
from tests.fake_balie import FakeBalie


@pytest.mark.timeout(400)  # axe looks at every state, on a machine that may be busy
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("municipality", ["voorbeeldstad", "fictiedam"])
def test_axe_finds_nothing_in_any_state(balie: FakeBalie, visit: Visit, size: ViewportSize, municipality: str) -> None:
    widget = visit(f"/demo/{municipality}")
    page = widget.page
    page.set_viewport_size(size)
    page.emulate_media(reduced_motion="reduce")

    def look(state: str) -> None:
        assert violations(page) == [], state
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"widget-{municipality}-{size['width']}-{state}.png")

    expect(widget.launcher).to_be_visible()
    look("0-dicht")
    widget.open()
    look("1-welkom")
    widget.send(QUESTION)
    expect(widget.button("Wat kost het?")).to_be_visible()
    look("2-antwoord")
    widget.button("Wat kost het?").click()
    expect(widget.messages.last).to_contain_text("U schreef")
    balie.behaviour.hold_messages = True
    widget.send("Dit is onderweg")
    expect(widget.own.last).to_contain_text("Wordt verstuurd")
    look("3-onderweg")
    balie.release()
    widget.send("dit wordt geweigerd")
    expect(widget.own.last).to_contain_text("Niet verstuurd")
    look("4-geweigerd")
    widget.own.last.get_by_role("button", name="Verwijderen").click()
    widget.button("Praat met een medewerker").click()
    expect(widget.who).to_contain_text("wachtrij")
    look("5-wachtrij")
    balie.owner("medewerker", employee="Fatima")
    balie.say("Goedemiddag, u spreekt met Fatima. Ik lees even mee.", sender="medewerker", name="Fatima")
    crisis_links = [{"titel": "Bel 113", "url": "tel:113"}]
    balie.say("Wat erg. Bel **nu** 113.", sender="systeem", kind="crisis", links=crisis_links)
    balie.types("medewerker", name="Fatima")
    expect(page.locator("balie-chat .typt")).to_be_visible()
    look("6-medewerker")
    person = [{"titel": "موظف", "waarde": "موظف"}]
    balie.say("مرحبا. هل تريد التحدث إلى موظف؟", language="ar", buttons=person)
    expect(page.locator("balie-chat [lang=ar]").first).to_be_visible()
    look("6a-andere-taal")
    balie.becomes_discreet()
    expect(widget.button("Sluit deze pagina snel")).to_be_visible()
    look("6b-snel-verlaten")
    widget.button("Meer mogelijkheden").click()
    look("7-menu")
    widget.button("Meer mogelijkheden").click()
    widget.button("Kom langs").click()
    look("8-kom-langs")
    page.keyboard.press("Escape")
    widget.field.fill("a" * 4_001)
    look("9-te-lang")
    widget.field.fill("")
    balie.only.asked = {"gegeven": False, "medewerker": True}
    balie.owner("gesloten")
    expect(widget.who).to_contain_text("afgesloten")
    expect(page.locator("balie-chat .oordeel")).to_be_visible()
    look("10-afgesloten")
    widget.menu("Wis dit gesprek")
    look("11-wissen")
    widget.button("Ja, wis het gesprek").click()
    expect(page.locator("balie-chat .gewist")).to_be_visible()
    look("12-gewist")
    balie.behaviour.down = True
    widget.button("Begin een nieuw gesprek").click()
    expect(widget.notice).to_be_visible()
    look("13-geen-verbinding")


def test_only_new_messages_are_announced(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    expect(widget.log).to_contain_text("Balie, digitale assistent: U schreef: Hallo")
    expect(widget.log).to_have_attribute("aria-live", "polite")
    widget.page.reload()
    widget.expect_texts("Hallo", "U schreef: Hallo")
    connected(balie, widget.page)
    buttons = [{"titel": "Ja", "waarde": "antwoord:ja"}, {"titel": "Nee", "waarde": "antwoord:nee"}]
    balie.say("Klopt **dit**?", buttons=buttons)
    expect(widget.log).to_have_text("Balie, digitale assistent: Klopt dit? Kies een antwoord: Ja, Nee.")


def test_a_long_answer_is_read_from_its_beginning(balie: FakeBalie, widget: Widget) -> None:
    widget.page.set_viewport_size(PHONE)  # where the welcome is longer than the window
    widget.open()
    connected(balie, widget.page)
    balie.say("Begin.\n\n" + "\n".join(f"- stap {number}" for number in range(60)))
    expect(widget.messages.last.get_by_text("Begin.")).to_be_in_viewport()
    balie.say("En nog iets.")
    expect(widget.messages.last).to_contain_text("En nog iets.")  # else the button shows the long answer's end alone
    down = widget.button("Nieuwe berichten")
    down.click()
    expect(widget.messages.last).to_be_in_viewport()
    expect(down).to_be_hidden()
    panel = widget.page.locator("balie-chat .paneel")
    assert panel.evaluate("panel => [panel.scrollHeight - panel.clientHeight, panel.scrollTop]") == [0, 0]


@pytest.mark.parametrize(
    "size",
    [
        {"width": 360, "height": 740},
        {"width": 640, "height": 400},
        {"width": 320, "height": 256},
    ],
    ids=["phone", "zoom-200", "zoom-400"],
)
def test_small_windows_show_everything_without_sideways_scrolling(visit: Visit, size: ViewportSize) -> None:
    widget = visit()
    page = widget.page
    page.set_viewport_size(size)
    page.emulate_media(reduced_motion="reduce")
    widget.open()
    widget.send(QUESTION)
    expect(widget.button("Wat kost het?")).to_be_attached()
    whole = {"x": 0, "y": 0, "width": size["width"], "height": size["height"]}
    wait_until(page, lambda: widget.panel.bounding_box() == whole)
    widget.field.fill("Nog een vraag")
    wide = "(one) => one.scrollWidth <= one.clientWidth"
    assert widget.panel.evaluate(wide)
    assert page.locator("balie-chat .gesprek").evaluate(wide)
    for name in ("Verstuur", "Kom langs", "Praat met een medewerker", "Wat kost het?"):
        target = widget.button(name)
        target.scroll_into_view_if_needed()
        expect(target).to_be_in_viewport(ratio=0.9)
        target.click(trial=True)
    # The page behind is out of reach while the chat covers it.
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.localName") in {"balie-chat", "body"}


def test_every_target_is_at_least_24_pixels(widget: Widget) -> None:
    widget.open()
    widget.send(QUESTION)
    expect(widget.button("Wat kost het?")).to_be_visible()
    widget.button("Meer mogelijkheden").click()
    for target in widget.panel.locator("button:visible, a:visible, textarea:visible").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24, target.inner_text()


def test_nothing_moves_for_who_wants_no_motion(balie: FakeBalie, widget: Widget) -> None:
    widget.page.emulate_media(reduced_motion="reduce")
    widget.open()
    connected(balie, widget.page)
    balie.types("bot")
    expect(widget.page.locator("balie-chat .typt")).to_have_text("Balie typt een bericht")
    names: list[str] = widget.page.evaluate(
        """() => [...document.querySelector('balie-chat').shadowRoot.querySelectorAll('*')]
          .flatMap((one) => one.getAnimations().filter((move) => move.playState === 'running').map(String))"""
    )
    assert names == []
