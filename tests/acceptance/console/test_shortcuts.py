"""Keys for the day's work, the sheet that names them, and how to turn them off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from handoff.console import words
from tests.acceptance.console.desk import DESKTOP, Console, Counter, watched
from tests.chromium import ARTEFACTS, PHONE, ROOT

PICTURES = ARTEFACTS / "console"


def test_a_whole_case_goes_by_keys(console: Console, counter: Counter) -> None:
    case_id = counter.waiting()
    other = counter.waiting("En ik ook")
    page = console.page
    expect(console.card(other)).to_be_visible()
    page.keyboard.press("j")
    expect(console.card(case_id).get_by_role("link")).to_be_focused()
    page.keyboard.press("j")
    expect(console.card(other).get_by_role("link")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_be_visible()
    page.keyboard.press("o")
    expect(console.field).to_be_focused()
    page.keyboard.type("jaja")
    expect(console.field).to_have_value("jaja")
    page.keyboard.press("Escape")
    expect(page.locator("#verloop")).to_be_focused()
    page.keyboard.press("d")
    expect(page.locator("#dossier")).to_be_focused()
    page.keyboard.press("n")
    expect(page.get_by_label("Uw notitie")).to_be_focused()
    page.locator("#verloop").focus()
    page.keyboard.press("b")
    expect(page.get_by_label("Bestand voor de inwoner")).to_be_focused()
    page.locator("#verloop").focus()
    page.keyboard.press("r")
    expect(console.field).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.get_by_label("Opgelost")).to_be_focused()


def test_the_sheet_opens_with_a_question_mark_and_closes_with_escape(console: Console) -> None:
    page = console.page
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Sneltoetsen")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_text("Naar het antwoordveld")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.locator("#aanwezigheid > summary").click()
    page.get_by_role("button", name="Sneltoetsen").click()
    expect(sheet).to_be_visible()


def test_they_can_be_turned_off_and_stay_off(console: Console, counter: Counter) -> None:
    case_id = counter.waiting()
    page = console.page
    expect(console.card(case_id)).to_be_visible()
    page.keyboard.press("?")
    page.get_by_label("Sneltoetsen aan").uncheck()
    page.get_by_role("button", name="Sluit", exact=True).click()
    page.reload()
    console.is_live()
    page.keyboard.press("j")
    expect(console.card(case_id).get_by_role("link")).not_to_be_focused()
    page.keyboard.press("?")
    page.get_by_label("Sneltoetsen aan").check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Sneltoetsen")).to_be_hidden()
    page.keyboard.press("j")
    expect(console.card(case_id).get_by_role("link")).to_be_focused()


def test_a_key_for_what_cannot_be_done_here_says_so(console: Console) -> None:
    console.page.keyboard.press("r")
    expect(console.page.locator("#omroep")).to_have_text("Dat kan hier nu niet.")


def test_the_sheet_names_every_key_that_does_something() -> None:
    script = (ROOT / "handoff" / "console" / "static" / "shortcuts.js").read_text()
    table = script[script.index("const KEYS") : script.index("};", script.index("const KEYS"))]
    keys = set(re.findall(r'^  "?([?a-z])"?: ', table, re.M))
    assert {key.lower() for key, _ in words.SHORTCUTS} - {"enter"} == keys


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_on_the_sheet(
    browser: Browser, counter: Counter, errors: list[str], size: ViewportSize
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    context = watched(browser.new_context(viewport=size, locale="nl-NL", reduced_motion="reduce"), errors)
    console = Console(context.new_page(), counter).log_in()
    console.page.keyboard.press("?")
    expect(console.page.get_by_role("dialog", name="Sneltoetsen")).to_be_visible()
    found = console.violations()
    console.page.screenshot(path=PICTURES / f"sneltoetsen-{size['width']}.png")
    context.close()
    assert found == []
    assert errors == []
