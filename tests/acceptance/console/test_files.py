"""Sending a file from the console and saving one, as an employee does it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, FilePayload, ViewportSize, expect

from handoff.vocabulary import Sender
from tests.acceptance.console.desk import DESKTOP, Console, Counter, watched
from tests.chromium import ARTEFACTS, PHONE
from tests.files import PDF, photo

PHOTO: FilePayload = {"name": "stoep.jpg", "mimeType": "image/jpeg", "buffer": photo((400, 300))}
PICTURES = ARTEFACTS / "console"


def from_citizen(counter: Counter, case_id: str, name: str = "lantaarn.jpg") -> None:
    async def keep() -> None:
        store = counter.attachments
        conversation_id = (await counter.stage.case(case_id)).conversation_id
        async with store.prepared(name, photo()) as prepared, counter.database.write() as session:
            await store.keep(session, prepared, conversation_id, sender=Sender.CITIZEN, now=counter.clock())

    counter.run(keep())


def test_a_file_goes_to_the_citizen_and_what_was_typed_stays(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    console.field.fill("Ik kijk het na en")
    console.page.locator("summary", has_text="Stuur een bestand").click()
    console.page.get_by_label("Bestand voor de inwoner").set_input_files(PHOTO)
    console.page.get_by_role("button", name="Verstuur bestand").click()
    expect(console.lines.last).to_contain_text("stoep.jpg")
    expect(console.page.get_by_role("button", name="Verstuur bestand")).to_be_hidden()
    expect(console.field).to_have_value("Ik kijk het na en")
    expect(console.field).to_be_focused()
    console.page.locator("summary", has_text="Stuur een bestand").click()
    assert console.page.get_by_label("Bestand voor de inwoner").input_value() == ""


def test_a_refused_file_says_why_and_another_can_be_sent(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    console.page.locator("summary", has_text="Stuur een bestand").click()
    chooser = console.page.get_by_label("Bestand voor de inwoner")
    chooser.set_input_files({"name": "brief.pdf", "mimeType": "application/pdf", "buffer": PDF})
    console.page.get_by_role("button", name="Verstuur bestand").click()
    expect(console.page.get_by_role("alert")).to_contain_text("Dit soort bestand kunnen wij niet ontvangen.")
    chooser.set_input_files(PHOTO)
    console.page.get_by_role("button", name="Verstuur bestand").click()
    expect(console.lines.last).to_contain_text("stoep.jpg")


def test_what_the_citizen_sends_appears_at_once_and_can_be_saved(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    from_citizen(counter, case_id)
    link = console.lines.last.get_by_role("link", name="lantaarn.jpg")
    expect(link).to_be_visible()
    with console.page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "lantaarn.jpg"
    assert download.value.path().stat().st_size > 100
    expect(console.field).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_and_the_pictures_are_kept(
    browser: Browser, counter: Counter, errors: list[str], size: ViewportSize
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    context = watched(browser.new_context(viewport=size, locale="nl-NL", reduced_motion="reduce"), errors)
    console = Console(context.new_page(), counter).log_in()
    case_id = counter.held(counter.samira)
    from_citizen(counter, case_id)
    console.go(case_id)
    console.page.locator("summary", has_text="Stuur een bestand").click()
    expect(console.page.get_by_role("button", name="Verstuur bestand")).to_be_visible()
    found = console.violations()
    console.page.screenshot(path=PICTURES / f"bestand-sturen-{size['width']}.png")
    assert console.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    if size is PHONE:
        console.part("Dossier")
    console.page.locator("#bestanden").scroll_into_view_if_needed()
    found += console.violations()
    console.page.screenshot(path=PICTURES / f"bestanden-in-het-dossier-{size['width']}.png")
    context.close()
    assert found == []
    assert errors == []
