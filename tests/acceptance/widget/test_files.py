"""Files to and from the employee who talks with the citizen."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from tests.acceptance.widget.citizen import Visit, Widget, connected, focused
from tests.chromium import ARTEFACTS, PHONE, violations
from tests.fake_balie import FakeBalie
from tests.files import PDF

LETTER: FilePayload = {"name": "brief.pdf", "mimeType": "application/pdf", "buffer": PDF}
PICTURES = ARTEFACTS / "widget"
WEATHER = "https://weer.example/vandaag"


def modules(page: Page) -> list[str]:
    loaded: list[str] = page.evaluate("() => performance.getEntriesByType('resource').map((entry) => entry.name)")
    return [name for name in loaded if "/widget/later/" in name]


def with_person(balie: FakeBalie, widget: Widget, **more: int) -> None:
    widget.open()
    connected(balie, widget.page)
    balie.takes_files(**more)
    expect(widget.button("Stuur een bestand")).to_be_visible()


def choose(widget: Widget, file: FilePayload = LETTER) -> None:
    with widget.page.expect_file_chooser() as chooser:
        widget.button("Stuur een bestand").click()
    chooser.value.set_files(file)


def test_a_file_is_sent_after_she_said_so_once_more(balie: FakeBalie, widget: Widget) -> None:
    with_person(balie, widget)
    choose(widget)
    expect(widget.panel).to_contain_text("Wilt u brief.pdf naar de medewerker sturen?")
    assert balie.files == {}
    assert focused(widget.page) == "Ja, verstuur"
    widget.button("Ja, verstuur").click()
    expect(widget.own.last).to_contain_text("Bestand: brief.pdf")
    expect(widget.panel).to_contain_text("brief.pdf is verstuurd.")
    assert list(balie.files.values()) == [PDF]
    assert focused(widget.page) == "Stuur een bestand"


def test_she_can_change_her_mind(balie: FakeBalie, widget: Widget) -> None:
    with_person(balie, widget)
    choose(widget)
    widget.button("Nee").click()
    expect(widget.button("Stuur een bestand")).to_be_focused()
    assert balie.files == {}


def test_with_the_assistant_there_is_nothing_to_send_to_and_nothing_is_loaded(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    expect(widget.button("Stuur een bestand")).to_have_count(0)
    assert modules(widget.page) == []
    balie.takes_files()
    expect(widget.button("Stuur een bestand")).to_be_visible()
    assert len(modules(widget.page)) == 1
    balie.owner("bot")
    expect(widget.button("Stuur een bestand")).to_be_hidden()


def test_a_file_of_the_employee_can_be_saved(balie: FakeBalie, widget: Widget) -> None:
    with_person(balie, widget)
    balie.files["bijlage-x"] = PDF
    attachment = {"id": "bijlage-x", "naam": "formulier.pdf", "soort": "pdf", "bytes": len(PDF)}
    balie.say("Bestand: formulier.pdf", sender="medewerker", name="Fatima", kind="bestand", attachment=attachment)
    with widget.page.expect_download() as download:
        widget.button("Bewaar formulier.pdf").click()
    assert download.value.suggested_filename == "formulier.pdf"
    assert download.value.path().read_bytes() == PDF
    assert all("token" not in path and "Bearer" not in path for _, path, _ in balie.requests)


def test_a_refused_file_is_said_in_words_and_another_can_be_chosen(balie: FakeBalie, widget: Widget) -> None:
    with_person(balie, widget)
    balie.refuse_files = "Dit soort bestand kunnen wij niet ontvangen."
    choose(widget)
    widget.button("Ja, verstuur").click()
    alert = widget.panel.get_by_role("alert").filter(has_text="brief.pdf is niet verstuurd.")
    expect(alert).to_contain_text("Dit soort bestand kunnen wij niet ontvangen.")
    expect(widget.button("Stuur een bestand")).to_be_focused()


def test_what_failed_can_be_sent_again_and_arrives_once(balie: FakeBalie, widget: Widget) -> None:
    with_person(balie, widget)
    balie.behaviour.fail_next = 1
    choose(widget)
    widget.button("Ja, verstuur").click()
    expect(widget.panel).to_contain_text("Wij kunnen bestanden nu niet controleren.")
    widget.button("Opnieuw proberen").click()
    expect(widget.own.last).to_contain_text("Bestand: brief.pdf")
    assert len(balie.files) == 1


def test_a_file_that_is_too_large_is_not_sent_at_all(balie: FakeBalie, widget: Widget) -> None:
    with_person(balie, widget, max_bytes=1_000_000)
    choose(widget, {"name": "film.pdf", "mimeType": "application/pdf", "buffer": bytes(1_000_001)})
    expect(widget.panel).to_contain_text("Een bestand mag hoogstens 1 MB zijn.")
    assert not any(path.endswith("/bijlagen") for _, path, _ in balie.requests)


def test_when_the_employee_leaves_a_chosen_file_is_let_go(balie: FakeBalie, widget: Widget) -> None:
    with_person(balie, widget)
    choose(widget)
    balie.owner("bot")
    expect(widget.button("Ja, verstuur")).to_have_count(0)
    balie.takes_files()
    expect(widget.button("Stuur een bestand")).to_be_visible()
    assert balie.files == {}


def test_leaving_quickly_keeps_nothing_of_a_file(balie: FakeBalie, visit: Visit, context: BrowserContext) -> None:
    balie.facts = {"verlaat_url": WEATHER}
    context.route(f"{WEATHER}**", lambda route: route.fulfill(body="<h1>Het weer</h1>", content_type="text/html"))
    widget = visit()
    with_person(balie, widget)
    choose(widget)
    widget.button("Ja, verstuur").click()
    expect(widget.own.last).to_contain_text("Bestand: brief.pdf")
    balie.becomes_discreet()
    widget.button("Sluit deze pagina snel").click()
    expect(widget.page.get_by_role("heading", name="Het weer")).to_be_visible()
    widget.page.goto(f"{balie.url}/demo/voorbeeldstad")
    kept: str = widget.page.evaluate("() => JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "brief.pdf" not in kept


def test_axe_finds_nothing_and_the_pictures_are_kept(balie: FakeBalie, visit: Visit) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    widget = visit()
    with_person(balie, widget)
    attachment = {"id": "x", "naam": "formulier-bijzondere-bijstand.pdf", "soort": "pdf", "bytes": 90_000}
    balie.say("Ik stuur u het formulier.", sender="medewerker", name="Fatima")
    balie.say("Bestand: formulier.pdf", sender="medewerker", name="Fatima", kind="bestand", attachment=attachment)
    expect(widget.button("Bewaar formulier")).to_be_visible()
    found = violations(widget.page)
    widget.page.screenshot(path=PICTURES / "bestanden-1440.png")
    widget.page.set_viewport_size(PHONE)
    widget.page.screenshot(path=PICTURES / "bestanden-360.png")
    choose(widget)
    found += violations(widget.page)
    widget.page.screenshot(path=PICTURES / "bestand-gekozen-360.png")
    balie.refuse_files = "Dit soort bestand kunnen wij niet ontvangen. U kunt dit wel sturen: JPG, PNG of PDF."
    widget.button("Ja, verstuur").click()
    expect(widget.panel).to_contain_text("is niet verstuurd")
    found += violations(widget.page)
    widget.page.screenshot(path=PICTURES / "bestand-geweigerd-360.png")
    assert found == []
