"""The website widget in a real browser, against a balie that misbehaves on request."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect, sync_playwright

from bot.widget import assets
from tests import servers
from tests.fake_balie import FakeBalie

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ARTEFACTS = ROOT / "artefacts"
LARGEST_BYTES = 30_000
PATIENCE_SECONDS = 10
DESKTOP: ViewportSize = {"width": 1280, "height": 860}
PHONE: ViewportSize = {"width": 360, "height": 740}
QUESTION = "Wat kost een paspoort?"

Visit = Callable[..., "Widget"]


class Widget:
    """The widget as a citizen meets it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.get_by_role("button", name="Stel uw vraag", exact=False).and_(page.locator(".start"))
        self.panel = page.locator("balie-chat dialog")
        self.field = page.get_by_label("Uw bericht")
        self.messages = page.locator("balie-chat .bericht")
        self.own = page.locator("balie-chat .bericht.burger")
        self.log = page.locator("balie-chat dialog [role=log]")
        self.notice = page.locator("balie-chat .melding")
        self.who = page.locator("balie-chat .wie")

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name)

    def open(self) -> None:
        self.launcher.click()
        expect(self.messages.first).to_be_visible()

    def send(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def menu(self, item: str) -> None:
        self.button("Meer mogelijkheden").click()
        self.panel.locator(".menu").get_by_text(item, exact=True).click()

    def texts(self, selector: str = ".bericht .bel") -> list[str]:
        return self.page.locator(f"balie-chat {selector}").all_inner_texts()

    def expect_texts(self, *texts: str) -> None:
        """All messages after the welcome, in order, each once."""
        expect(self.page.locator("balie-chat .bericht .bel")).to_have_text([re.compile("Welkom"), *texts])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        servers.missing("Chromium is missing: install Debian's package chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def balie() -> Iterator[FakeBalie]:
    with FakeBalie() as server:
        yield server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESKTOP, locale="nl-NL")
    yield context
    context.close()


@pytest.fixture
def errors() -> list[str]:
    """What went wrong in the pages: uncaught errors and refusals by the Content-Security-Policy."""
    return []


@pytest.fixture
def visit(balie: FakeBalie, context: BrowserContext, errors: list[str]) -> Visit:
    def visit(path: str = "/demo/voorbeeldstad", base: str | None = None) -> Widget:
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if "Security Policy" in line.text else None)
        page.goto(f"{base or balie.url}{path}")
        return Widget(page)

    return visit


@pytest.fixture
def widget(visit: Visit, errors: list[str]) -> Iterator[Widget]:
    yield visit()
    assert errors == []


def connected(balie: FakeBalie, page: Page) -> None:
    """Wait until the page has its WebSocket."""
    _until(page, lambda: balie.sockets > 0)


def _until(page: Page, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        page.evaluate("() => new Promise(requestAnimationFrame)")


def storage(page: Page, name: str) -> list[str]:
    found: list[str] = page.evaluate(f"() => Object.keys({name}).filter((key) => key.startsWith('balie:'))")
    return found


# Size


def test_everything_that_the_browser_loads_stays_under_30_kb_gzipped(visit: Visit) -> None:
    page = visit().page
    expect(page.locator("balie-chat .start")).to_be_visible()
    loaded: list[str] = page.evaluate("() => performance.getEntriesByType('resource').map((entry) => entry.name)")
    modules = {re.sub(r".*/widget/", "", name) for name in loaded if "/widget/" in name and "/demo/" not in name}
    files = {name: asset for name, asset in assets.load().items() if name.endswith(".js") and "/" not in name}
    assert modules == set(files)
    assert sum(len(asset.compressed) for asset in files.values()) < LARGEST_BYTES


def test_a_module_is_sent_again_only_when_it_changed(balie: FakeBalie, context: BrowserContext) -> None:
    address = f"{balie.url}/widget/element.js"
    first = context.request.get(address)
    assert first.headers["content-encoding"] == "gzip"
    assert context.request.get(address, headers={"If-None-Match": first.headers["etag"]}).status == 304
    assert context.request.get(f"{balie.url}/widget/assets.py").status == 404


# Asking and answering


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


# Nothing lost, nothing twice


def test_a_reload_resumes_after_the_last_number(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    widget.page.reload()
    widget.expect_texts("Hallo", "U schreef: Hallo")
    _until(widget.page, lambda: {"soort": "aanmelden", "na": 3} in balie.frames)
    balie.say("Nog iets.")
    widget.expect_texts("Hallo", "U schreef: Hallo", "Nog iets.")


def test_a_cut_in_the_middle_of_a_burst_loses_nothing(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    balie.say("een")
    balie.cut()
    for text in ("twee", "drie", "vier"):
        balie.store_silently(text)
    widget.expect_texts("een", "twee", "drie", "vier")


def test_messages_that_arrive_out_of_order_are_shown_in_order(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    for text in ("een", "twee", "drie"):
        balie.store_silently(text)
    balie.deliver(4)
    balie.deliver(3)
    balie.deliver(3)
    widget.expect_texts("een", "twee", "drie")


def test_a_lost_acknowledgement_leads_to_the_same_id_again_and_one_message(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    balie.behaviour.answers = False
    balie.behaviour.drop_acknowledgements = 2
    widget.send("een")
    widget.send("twee")
    widget.expect_texts("een", "twee")
    expect(widget.own.locator(".staat")).to_have_text(["Verstuurd", "Verstuurd"])
    assert [one["tekst"] for one in balie.only.messages[1:]] == ["een", "twee"]


def test_an_unsent_message_survives_a_reload_and_goes_with_the_same_id(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    balie.behaviour.down = True
    balie.cut()
    widget.send("een")
    widget.send("twee")
    expect(widget.own.first).to_contain_text("Niet verstuurd")
    expect(widget.notice).to_contain_text("Geen verbinding")
    keys = storage(widget.page, "sessionStorage")
    ids = sorted(key.rsplit(":", 1)[1] for key in keys if ":uit:" in key)
    widget.page.reload()
    expect(widget.own).to_have_count(2)
    expect(widget.own.first).to_contain_text("Niet verstuurd")
    balie.behaviour.down = False
    widget.own.first.get_by_role("button", name="Opnieuw proberen").click()
    expect(widget.own.locator(".staat")).to_have_text(["Verstuurd", "Verstuurd"])
    own = [one for one in balie.only.messages if one["afzender"] == "burger"]
    assert [one["tekst"] for one in own] == ["een", "twee"]
    assert sorted(one["id"] for one in own) == ids
    assert not [key for key in storage(widget.page, "sessionStorage") if ":uit:" in key]


def test_a_flood_waits_and_keeps_the_order(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    balie.behaviour.answers = False
    balie.behaviour.flood_next = 1
    for text in ("een", "twee", "drie"):
        widget.send(text)
    expect(widget.own.first).to_contain_text("Wordt verstuurd")
    widget.expect_texts("een", "twee", "drie")
    expect(widget.own.locator(".staat")).to_have_text(["Verstuurd"] * 3)
    assert [one["tekst"] for one in balie.only.messages[1:]] == ["een", "twee", "drie"]


def test_a_server_error_is_tried_again(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    balie.behaviour.fail_next = 2
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")


def test_a_refused_message_can_be_changed_and_does_not_hold_up_the_next(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("dit wordt geweigerd")
    refused = widget.own.filter(has_text="geweigerd")
    expect(refused).to_contain_text("Niet verstuurd")
    expect(refused).to_contain_text("Dit bericht kunnen wij niet aannemen.")
    widget.send("Hallo")
    expect(widget.messages.filter(has_text="U schreef: Hallo")).to_be_visible()
    refused.get_by_role("button", name="Bericht aanpassen").click()
    expect(widget.field).to_have_value("dit wordt geweigerd")
    expect(widget.field).to_be_focused()
    expect(refused).to_have_count(0)


def test_without_websockets_the_chat_works_over_http(balie: FakeBalie, widget: Widget) -> None:
    balie.behaviour.refuse_websockets = True
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    balie.owner("wachtrij", place=3)
    expect(widget.who).to_contain_text("U bent nummer 3 in de rij.")
    balie.say("Later bericht.")
    widget.expect_texts("Hallo", "U schreef: Hallo", "Later bericht.")
    expect(widget.notice).to_be_hidden()


def test_a_chat_that_cannot_open_says_so_and_opens_when_it_can(balie: FakeBalie, widget: Widget) -> None:
    balie.behaviour.down = True
    widget.page.reload()
    widget.launcher.click()
    expect(widget.notice).to_contain_text("De chat kan nu niet openen")
    expect(widget.panel.get_by_role("link", name="Bel 14 099")).to_be_visible()
    widget.send("Hallo")
    expect(widget.own).to_contain_text("Niet verstuurd")
    balie.behaviour.down = False
    widget.notice.get_by_role("button", name="Probeer nu").click()
    widget.expect_texts("Hallo", "U schreef: Hallo")


def test_a_message_after_closing_opens_a_linked_conversation(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    first = balie.only
    balie.owner("gesloten")
    expect(widget.who).to_contain_text("Dit gesprek is afgesloten.")
    widget.send("Nog een vraag")
    expect(widget.messages.last).to_contain_text("U schreef: Nog een vraag")
    assert balie.only.continues == first.id
    expect(widget.page.locator("balie-chat .scheiding").last).to_have_text("Hier gaat uw gesprek verder")
    widget.page.reload()
    expect(widget.messages).to_have_count(6)


def test_a_conversation_that_the_server_lost_goes_on_in_a_new_one(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    balie.conversations.clear()
    widget.page.reload()
    expect(widget.page.locator("balie-chat .scheiding").last).to_contain_text("niet meer beschikbaar")
    widget.send("Daar ben ik weer")
    expect(widget.messages.last).to_contain_text("U schreef: Daar ben ik weer")


# A person


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
    balie.behaviour.down = True
    balie.cut()
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
    _until(widget.page, lambda: {"soort": "typt", "aan": True} in balie.frames)
    balie.say("Goedemiddag.", sender="medewerker", name="Fatima")
    _until(widget.page, lambda: {"soort": "gezien", "volgnummer": 2} in balie.frames)


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


# End, download, erase, keep


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
    expect(widget.page.locator("balie-chat .gewist")).to_contain_text("Wij bewaren alleen dat er een gesprek was")
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


# Safe on any site


HOST_PAGE = """<!doctype html><html lang="nl"><head><title>Gemeente</title>
<script type="module" src="{balie}/widget/balie-chat.js" data-gemeente="fictiedam" data-telefoon="14 098"></script>
</head><body><main><h1>Gemeente Fictiedam</h1><a href="#einde">Verder</a></main></body></html>"""


def host_policy(balie: FakeBalie) -> str:
    """Exactly the directives of docs/widget.md, and Trusted Types on top."""
    return (
        f"default-src 'none'; script-src {balie.url}; connect-src {balie.url} {balie.url.replace('http', 'ws')}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def test_one_script_tag_embeds_the_chat_on_another_site_under_a_strict_policy(
    balie: FakeBalie, visit: Visit, context: BrowserContext, errors: list[str]
) -> None:
    with FakeBalie() as site:
        balie.allowed_origins.add(site.url)
        site.pages["thuis"] = (HOST_PAGE.format(balie=balie.url), host_policy(balie))
        widget = visit("/pagina/thuis", site.url)
        widget.open()
        widget.send(QUESTION)
        expect(widget.messages.last).to_contain_text("€ 86,15")
        expect(widget.page.locator("balie-chat .kop")).to_have_css("background-color", "rgb(11, 110, 79)")
        with widget.page.expect_download():
            widget.menu("Download dit gesprek")
        assert errors == []
        assert context.cookies() == []
        assert not [key for key in site.requests if key[1].startswith("/api")]
    token = balie.only.token
    assert not [url for _, url, _ in balie.requests if token in url]
    assert not [headers for _, _, headers in balie.requests if "cookie" in headers]
    assert ("WS", f"/api/v1/gesprekken/{balie.only.id}/stroom") in [(kind, url) for kind, url, _ in balie.requests]


def test_on_a_site_that_is_not_allowed_the_telephone_number_remains(balie: FakeBalie, visit: Visit) -> None:
    with FakeBalie() as site:
        site.pages["vreemd"] = (HOST_PAGE.format(balie=balie.url), host_policy(balie))
        widget = visit("/pagina/vreemd", site.url)
        widget.launcher.click()
        expect(widget.notice).to_be_visible()
        expect(widget.panel.get_by_role("link", name="Bel 14 098")).to_be_visible()
        assert not balie.conversations


def test_no_text_of_a_message_becomes_markup(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    links = [
        {"titel": "Slim", "url": "javascript:alert(1)"},
        {"titel": "Data", "url": "data:text/html,<script>alert(1)</script>"},
        {"titel": "Goed", "url": "https://www.rijksoverheid.nl/"},
        {"titel": "Bellen", "url": "tel:113"},
    ]
    text = "<img src=x onerror=alert(1)> **vet** en 2 * 3 ** 4\n- een\n- twee\nna de lijst"
    balie.say(text, links=links, name="<b>Balie</b>")
    answer = widget.messages.last
    expect(answer.locator(".bel p").first).to_have_text("<img src=x onerror=alert(1)> vet en 2 * 3 ** 4")
    expect(answer.locator("img")).to_have_count(0)
    expect(answer.locator("strong")).to_have_text("vet")
    expect(answer.locator(".van")).to_contain_text("<b>Balie</b>")
    expect(answer.locator("a")).to_have_count(2)
    good = answer.get_by_role("link", name="Goed (opent in een nieuw tabblad)")
    expect(good).to_have_attribute("rel", "noopener noreferrer")
    expect(good).to_have_attribute("target", "_blank")
    widget.send("**mijn** <b>tekst</b>")
    expect(widget.own.last.locator(".bel")).to_have_text("**mijn** <b>tekst</b>")


def test_colours_that_nobody_could_read_are_corrected(widget: Widget) -> None:
    tokens: dict[str, str] = widget.page.evaluate(
        """async () => (await import('/widget/theme.js')).tokens(
          {primair: '#ffe14d', op_primair: '#ffffff', accent: 'red; } * { display: none', lettertype: 'x} *{'})"""
    )
    assert tokens["--balie-op-primair"] == "#17242d"
    assert contrast(tokens["--balie-tekst-primair"], tokens["--balie-tint"]) >= 4.5
    assert not any("}" in value for value in tokens.values())


@pytest.mark.parametrize("primary", ["#808080", "#ff6600", "#00a3a3", "#000000", "#ffffff", "#e63900"])
def test_text_on_the_municipal_colour_is_readable_whatever_the_colour(widget: Widget, primary: str) -> None:
    tokens: dict[str, str] = widget.page.evaluate(
        "async (primair) => (await import('/widget/theme.js')).tokens({primair, op_primair: '#ffffff'})", primary
    )
    assert contrast(tokens["--balie-op-primair"], tokens["--balie-primair"]) >= 4.5
    assert contrast(tokens["--balie-tekst-primair"], "#ffffff") >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, between two colours "#rrggbb"."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# Accessible


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        servers.missing("axe-core is missing: run npm ci, or make setup.")
    return AXE.read_text()


def check(axe: str, widget: Widget, state: str) -> None:
    """No violation of axe's rules, those for WCAG 2.2 AA included."""
    if not widget.page.evaluate("() => 'axe' in window"):
        widget.page.evaluate(axe)
    result: dict[str, Any] = widget.page.evaluate("(tags) => axe.run(document, {runOnly: tags})", AXE_TAGS)
    found = [(one["id"], [node["target"] for node in one["nodes"]]) for one in result["violations"]]
    assert found == [], f"{state}: {json.dumps(found, indent=1)}"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("municipality", ["voorbeeldstad", "fictiedam"])
def test_axe_finds_nothing_in_any_state(
    balie: FakeBalie, visit: Visit, axe: str, size: ViewportSize, municipality: str
) -> None:
    widget = visit(f"/demo/{municipality}")
    page = widget.page
    page.set_viewport_size(size)
    page.emulate_media(reduced_motion="reduce")

    def look(state: str) -> None:
        check(axe, widget, state)
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
    widget.button("Meer mogelijkheden").click()
    look("7-menu")
    page.keyboard.press("Escape")
    widget.button("Kom langs").click()
    look("8-kom-langs")
    page.keyboard.press("Escape")
    widget.field.fill("a" * 4_001)
    look("9-te-lang")
    widget.field.fill("")
    balie.owner("gesloten")
    expect(widget.who).to_contain_text("afgesloten")
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


def focused(page: Page) -> str:
    name: str = page.evaluate(
        """() => {
          const one = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement;
          return one.getAttribute('aria-label') || one.labels?.[0]?.textContent || one.textContent;
        }"""
    )
    return name


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
    widget.open()
    connected(balie, widget.page)
    balie.say("Begin.\n\n" + "\n".join(f"- stap {number}" for number in range(60)))
    expect(widget.messages.last.get_by_text("Begin.")).to_be_in_viewport()
    balie.say("En nog iets.")
    down = widget.button("Nieuwe berichten")
    down.click()
    expect(widget.messages.last).to_be_in_viewport()
    expect(down).to_be_hidden()


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
    box = widget.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": size["width"], "height": size["height"]}
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


VOICES = """
const spoken = window.spoken = [];
Object.defineProperty(window, 'speechSynthesis', {value: Object.assign(new EventTarget(), {
  getVoices: () => %s.map((lang) => ({lang, localService: true})),
  speak: (one) => spoken.push(one.text),
  cancel: () => spoken.push('stop'),
})});
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } };
"""


def test_an_answer_is_read_aloud_where_the_device_has_a_dutch_voice(context: BrowserContext, visit: Visit) -> None:
    context.add_init_script(VOICES % '["en-GB", "nl-NL"]')
    widget = visit()
    widget.open()
    widget.send(QUESTION)
    answer = widget.messages.filter(has_text="€ 86,15")
    answer.get_by_role("button", name="Lees voor").click()
    spoken: list[str] = widget.page.evaluate("() => window.spoken")
    assert spoken[0].startswith("Een paspoort voor iemand van 18 jaar of ouder kost € 86,15.")
    assert "- " not in spoken[0]
    answer.get_by_role("button", name="Stop met voorlezen").click()
    assert widget.page.evaluate("() => window.spoken.at(-1)") == "stop"
    expect(widget.own.get_by_role("button", name="Lees voor")).to_have_count(0)


def test_without_a_dutch_voice_nothing_offers_to_read_aloud(context: BrowserContext, visit: Visit) -> None:
    context.add_init_script(VOICES % '["en-GB"]')
    widget = visit()
    widget.open()
    expect(widget.button("Lees voor")).to_have_count(0)
