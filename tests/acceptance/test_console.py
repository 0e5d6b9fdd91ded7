"""The console in a real browser: live on both sides, calm under the pointer, with the keyboard alone, on a phone."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, ViewportSize, expect, sync_playwright

from handoff import conversations, messages, ownership, retention, schema, signals
from handoff.bus import InProcessBus
from handoff.cases import NewCase
from handoff.database import Database
from handoff.detection import Assessment, Level, Reason, Trigger
from handoff.messages import Draft
from handoff.tables import Employee
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, ChannelName, Consent, MessageKind, Sender
from tests import servers
from tests.console_room import PASSWORD, add_employee, make_log_ins_quick, mounted, served
from tests.stage import Stage, StoppedClock, new_case

T = TypeVar("T")
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
VENDOR = ROOT / "handoff" / "console" / "static" / "vendor"
ARTEFACTS = ROOT / "artefacts" / "console"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
PATIENCE_MS = 20_000
TEAMS = ("publieksbalie", "sociaal-wijkteam")
HOSTILE = "<script>document.title='gekaapt'</script><img src=x onerror=\"document.title='gekaapt'\">"


class Counter:
    """A console application on a loop of its own, with a scene that tests change while pages are open."""

    def __init__(self, folder: Path) -> None:
        self.clock = StoppedClock()
        self.vault = Vault("a-secret-key-of-forty-characters-for-test")
        self.port = servers.free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._url = f"sqlite+aiosqlite:///{folder / 'balie.db'}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.run(self._prepare())
        self.open()

    async def _prepare(self) -> None:
        self.bus = InProcessBus()
        self.database = Database(self._url, self.bus)
        await schema.upgrade(self.database)
        self.stage = Stage(self.database, self.clock)
        self.samira = await add_employee(self.database, self.clock, "Samira", teams=TEAMS)
        self.joost = await add_employee(self.database, self.clock, "Joost", teams=TEAMS)
        self.app = mounted(self.database, self.bus, self.clock, self.vault, origin=self.address)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do `work` on the application's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def open(self) -> None:
        """Start serving."""
        self._serving = served(self.app, self.port)
        self.run(self._serving.__aenter__())

    def close(self) -> None:
        """Stop serving; pages lose their stream."""
        self.run(self._serving.__aexit__(None, None, None))

    def end(self) -> None:
        self.close()
        self.run(self.database.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def waiting(self, text: str = "Kan ik een medewerker spreken?", level: Level = Level.ESCALATE) -> str:
        """A citizen who asked something waits; returns the case's id."""
        case_id = self.run(self._waiting(text, level))
        self.clock.advance(1)
        return case_id

    async def _waiting(self, text: str, level: Level) -> str:
        conversation_id = await self.stage.conversation(first=text)
        trigger = Trigger(1, 0, len(text), Reason.WANTS_HUMAN)
        assessment = Assessment(
            level, (Reason.WANTS_HUMAN, Reason.DISTRESS), (trigger,), "publieksbalie", "Doorgezet.", "test"
        )
        return await self.stage.enqueue(
            conversation_id, NewCase(assessment, "publieksbalie", Consent.ACCEPTED, "Wilt u een medewerker?")
        )

    def held(self, employee: Employee, text: str = "Kan ik een medewerker spreken?") -> str:
        case_id = self.waiting(text)
        self.run(self.stage.claim(case_id, employee.id))
        return case_id

    def conversation_of(self, case_id: str) -> str:
        return self.run(self.stage.case(case_id)).conversation_id

    def citizen_says(self, case_id: str, text: str) -> None:
        self.run(self.stage.citizen_says(self.conversation_of(case_id), text))

    def said(self, case_id: str) -> list[str]:
        return self.run(self.stage.texts(self.conversation_of(case_id)))

    def publish_typing(self, case_id: str) -> None:
        event = signals.typing(self.conversation_of(case_id), Sender.CITIZEN, on=True)
        self.run(self.bus.publish(event))

    def erase(self, case_id: str) -> None:
        async def change() -> None:
            conversation_id = (await self.stage.case(case_id)).conversation_id
            async with self.database.write() as session:
                await retention.erase(session, conversation_id, now=self.clock(), actor="citizen")

        self.run(change())

    def release(self, case_id: str, employee: Employee) -> None:
        async def change() -> None:
            async with self.database.write() as session:
                await ownership.release(session, case_id, employee.id, now=self.clock())

        self.run(change())


class Console:
    """A page of the console as an employee uses it."""

    def __init__(self, page: Page, counter: Counter) -> None:
        self.page = page
        self.counter = counter
        self.field = page.get_by_label("Uw bericht aan de inwoner")
        self.lines = page.locator("#regels .regel")

    def log_in(self, email: str = "samira@voorbeeldstad.example") -> Console:
        self.page.goto(f"{self.counter.address}/medewerker/")
        self.page.get_by_label("E-mailadres").fill(email)
        self.page.get_by_label("Wachtwoord").fill(PASSWORD)
        self.page.get_by_role("button", name="Inloggen").click()
        return self.is_live()

    def is_live(self) -> Console:
        expect(self.page.locator("#verbinding[data-stand=verbonden]")).to_be_attached()
        return self

    def card(self, case_id: str) -> Locator:
        return self.page.locator(f'[id="kaart-{case_id}"]')

    def go(self, case_id: str) -> Console:
        self.page.goto(f"{self.counter.address}/medewerker/zaken/{case_id}")
        return self.is_live()

    def part(self, name: str) -> None:
        self.page.get_by_role("navigation", name="Onderdelen").get_by_role("link", name=name).click()

    def violations(self) -> list[str]:
        """What axe finds on the page as it is now."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(AXE_TAGS)}}})")
        return [
            f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes']]}"
            for one in found["violations"]
        ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        servers.missing("Chromium is missing: install Debian's package chromium.")
    if not (VENDOR / "htmx.org").is_dir():
        servers.missing("The front end's packages are missing: run `make setup`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    make_log_ins_quick(monkeypatch)
    counter = Counter(tmp_path)
    yield counter
    counter.end()


@pytest.fixture
def errors() -> list[str]:
    """Uncaught errors in pages, and what the Content-Security-Policy refused."""
    return []


def _watch(context: BrowserContext, errors: list[str]) -> BrowserContext:
    context.set_default_timeout(PATIENCE_MS)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    return context


@pytest.fixture
def context(browser: Browser, errors: list[str]) -> Iterator[BrowserContext]:
    expect.set_options(timeout=PATIENCE_MS)
    context = _watch(browser.new_context(viewport=DESKTOP, locale="nl-NL"), errors)
    yield context
    context.close()
    assert errors == []


@pytest.fixture
def console(context: BrowserContext, counter: Counter) -> Console:
    return Console(context.new_page(), counter).log_in()


def test_a_crisis_appears_by_itself_and_the_tab_says_so(console: Console, counter: Counter) -> None:
    expect(console.page.get_by_text("Niemand wacht.")).to_be_visible()
    case_id = counter.waiting("Ik wil niet meer leven", Level.CRISIS)
    expect(console.card(case_id)).to_contain_text("Crisis")
    expect(console.page).to_have_title(re.compile(r"^\(1\) Crisis: "))
    expect(console.page.locator("#omroep")).to_have_text("Nieuwe crisis in de wachtrij. Deze staat bovenaan.")


def test_she_takes_over_and_they_talk_both_ways_without_loading_a_page(console: Console, counter: Counter) -> None:
    case_id = counter.waiting("Kan ik een medewerker spreken?")
    console.page.evaluate("window.sameDocument = true")
    console.card(case_id).get_by_role("button", name="Neem over").click()
    expect(console.field).to_be_focused()
    console.field.fill("Goedemiddag, waar kan ik mee helpen?")
    console.field.press("Enter")
    expect(console.lines.last).to_contain_text("Goedemiddag, waar kan ik mee helpen?")
    expect(console.lines.last).to_contain_text("verstuurd")
    expect(console.field).to_have_value("")
    expect(console.field).to_be_focused()
    counter.publish_typing(case_id)
    expect(console.page.get_by_text("De inwoner typt")).to_be_visible()
    counter.citizen_says(case_id, "Over mijn paspoort")
    expect(console.lines.last).to_contain_text("Over mijn paspoort")
    expect(console.page.get_by_text("De inwoner typt")).to_be_hidden()
    numbers = console.lines.evaluate_all("lines => lines.map(line => Number(line.dataset.volgnummer))")
    assert numbers == list(range(1, len(numbers) + 1))
    assert counter.said(case_id).count("Goedemiddag, waar kan ik mee helpen?") == 1
    assert console.page.evaluate("window.sameDocument") is True


def test_seen_is_shown_at_once(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    console.field.fill("Hallo")
    console.field.press("Enter")
    expect(console.lines.last).to_contain_text("verstuurd")
    conversation_id = counter.conversation_of(case_id)

    async def see() -> None:
        last = (await counter.stage.read(conversation_id)).last_seq
        async with counter.database.write() as session:
            await conversations.mark_seen(session, conversation_id, last)

    counter.run(see())
    expect(console.lines.last).to_contain_text("gezien")


def test_the_loser_of_a_race_reads_who_won(console: Console, counter: Counter) -> None:
    case_id = counter.waiting()
    expect(console.card(case_id)).to_be_visible()
    console.page.route("**/wachtrij*", lambda route: route.abort())  # her list is a moment behind
    counter.run(counter.stage.claim(case_id, counter.joost.id))
    console.card(case_id).get_by_role("button", name="Neem over").click()
    expect(console.page.get_by_role("alert")).to_contain_text("Joost was u voor en heeft deze zaak nu.")
    expect(console.page).to_have_url(re.compile(r"/medewerker/zaken$"))


def test_nothing_moves_under_the_pointer_until_it_leaves(console: Console, counter: Counter) -> None:
    first = counter.waiting("De eerste")
    second = counter.waiting("De tweede")
    expect(console.card(second)).to_be_visible()
    console.card(first).hover()
    before = [console.card(one).bounding_box() for one in (first, second)]
    crisis = counter.waiting("Ik wil niet meer leven", Level.CRISIS)
    notice = console.page.get_by_role("button", name="1 nieuw, crisis: toon")
    expect(notice).to_be_visible()
    assert [console.card(one).bounding_box() for one in (first, second)] == before
    console.page.mouse.move(900, 500)
    expect(console.card(crisis)).to_be_visible()
    expect(notice).to_be_hidden()
    order = console.page.locator("#kaarten-rij .kaart").evaluate_all("cards => cards.map(card => card.dataset.zaak)")
    assert order == [crisis, first, second]


def test_a_case_that_is_gone_is_marked_where_it_stands(console: Console, counter: Counter) -> None:
    first, second = counter.waiting("De eerste"), counter.waiting("De tweede")
    expect(console.card(second)).to_be_visible()
    console.card(second).hover()
    before = console.card(second).bounding_box()
    counter.run(counter.stage.claim(first, counter.joost.id))
    expect(console.card(first)).to_contain_text("Niet meer in de rij")
    expect(console.card(first).get_by_role("button")).to_be_disabled()
    assert console.card(second).bounding_box() == before


def test_focus_and_scroll_stay_when_the_list_changes(console: Console, counter: Counter) -> None:
    cases = [counter.waiting(f"Vraag {number}") for number in range(12)]
    expect(console.card(cases[-1])).to_be_attached()
    link = console.card(cases[8]).get_by_role("link")
    link.focus()
    before = console.card(cases[8]).bounding_box()
    crisis = counter.waiting("Ik wil niet meer leven", Level.CRISIS)
    expect(console.page.locator("#kaarten-rij .kaart").first).to_have_attribute("data-zaak", crisis)
    expect(link).to_be_focused()
    now = console.card(cases[8]).bounding_box()
    assert before is not None
    assert now is not None
    assert now["y"] == pytest.approx(before["y"], abs=1)  # scroll offsets are whole pixels


def test_what_she_typed_survives_a_reload_and_another_case(console: Console, counter: Counter) -> None:
    one, other = counter.held(counter.samira, "Eén"), counter.held(counter.samira, "Twee")
    console.go(one)
    console.field.fill("Half een antwoord")
    console.page.reload()
    expect(console.field).to_have_value("Half een antwoord")
    console.card(other).get_by_role("link").click()
    expect(console.page.get_by_role("log")).to_contain_text("Twee")
    expect(console.field).to_have_value("")
    console.card(one).get_by_role("link").click()
    expect(console.field).to_have_value("Half een antwoord")


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


def test_a_tab_on_a_phone_asks_the_server_nothing(browser: Browser, counter: Counter, errors: list[str]) -> None:
    """A late answer would put back the part that she had just left."""
    context = _watch(browser.new_context(viewport=PHONE, locale="nl-NL"), errors)
    console = Console(context.new_page(), counter).log_in()
    console.go(counter.held(counter.samira))
    asked: list[str] = []
    console.page.on("request", lambda request: asked.append(request.url))
    for part in ("Dossier", "Zaken", "Gesprek"):
        console.part(part)
    expect(console.field).to_be_visible()
    assert asked == []
    context.close()
    assert errors == []


def test_the_link_to_log_out_shows_the_page_to_log_out(console: Console, counter: Counter) -> None:
    counter.held(counter.samira)
    console.page.get_by_role("link", name="Uitloggen").click()
    expect(console.page.get_by_text("U heeft nog 1 zaak.")).to_be_visible()
    console.page.get_by_role("button", name="Terug naar de rij en uitloggen").click()
    expect(console.page.get_by_text("U bent uitgelogd.")).to_be_visible()


def test_when_the_citizen_erases_the_open_conversation_the_page_says_so(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    counter.erase(case_id)
    expect(console.page.get_by_text("Misschien heeft de inwoner het gesprek gewist.")).to_be_visible()


def test_a_card_of_an_erased_conversation_leads_to_an_explanation(console: Console, counter: Counter) -> None:
    case_id = counter.waiting()
    expect(console.card(case_id)).to_be_visible()
    console.page.route("**/wachtrij*", lambda route: route.abort())  # her list is a moment behind
    counter.erase(case_id)
    console.card(case_id).get_by_role("link").click()
    expect(console.page.get_by_text("Misschien heeft de inwoner het gesprek gewist.")).to_be_visible()


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
    console.page.locator("#actie-afsluiten summary").click()
    console.page.get_by_label("Opgelost").check()
    console.page.get_by_role("button", name="Sluit de zaak af").click()
    expect(console.page.get_by_text("De zaak is afgesloten.")).to_be_visible()
    with console.page.expect_event("requestfinished"):
        for route in late:
            route.continue_()
    counter.waiting("Een nieuwe zaak, die laat zien dat de late tekening voorbij is")
    expect(console.page.get_by_text("die laat zien dat")).to_be_visible()
    expect(console.page.get_by_text("De zaak is afgesloten.")).to_be_visible()


def test_a_trigger_sentence_leads_to_its_message(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira, "Ik slaap er niet meer van.")
    for number in range(40):
        counter.citizen_says(case_id, f"En ook nog dit, nummer {number}")
    console.go(case_id)
    first = console.page.locator("#bericht-1")
    expect(first).not_to_be_in_viewport()
    console.page.get_by_role("link", name="Naar het bericht").click()
    expect(first).to_be_in_viewport()
    expect(first).to_be_focused()


def test_what_a_citizen_types_is_never_run(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira, HOSTILE)
    console.go(case_id)
    counter.citizen_says(case_id, HOSTILE + " twee")
    expect(console.lines.last).to_contain_text(HOSTILE + " twee")
    assert "gekaapt" not in console.page.title()


def test_a_masked_value_is_shown_in_place_and_gone_after_a_reload(console: Console, counter: Counter) -> None:
    case_id = counter.run(_callback(counter))
    console.go(case_id)
    expect(console.page.get_by_text("06 12 34 56 78")).to_have_count(0)
    console.page.get_by_role("button", name="Toon [telefoon-1]").click()
    expect(console.page.locator("#dossier").get_by_text("06 12 34 56 78")).to_be_visible()
    console.page.reload()
    expect(console.page.get_by_role("button", name="Toon [telefoon-1]")).to_be_visible()


def test_everything_can_be_done_with_the_keyboard_alone(console: Console, counter: Counter) -> None:
    case_id = counter.waiting()
    expect(console.card(case_id)).to_be_visible()
    page = console.page
    _tab_to(page, "a.kaart__titel, .kaart__titel a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_be_visible()
    _tab_to(page, ".opsteller button")
    page.keyboard.press("Enter")
    expect(console.field).to_be_focused()
    page.keyboard.type("Goedemiddag")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Zegt u het maar")
    page.keyboard.press("Enter")
    expect(console.lines.last).to_contain_text("Zegt u het maar")
    assert "Goedemiddag\nZegt u het maar" in counter.said(case_id)
    _tab_to(page, "#actie-afsluiten summary", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Hoe loopt deze zaak af?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Hoe loopt deze zaak af?")).to_be_hidden()
    expect(page.locator("#actie-afsluiten summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("De zaak is afgesloten.")).to_be_visible()
    assert counter.run(counter.stage.case(case_id)).outcome == "resolved"


def test_without_script_the_whole_job_can_be_done(browser: Browser, counter: Counter) -> None:
    case_id = counter.waiting()
    context = browser.new_context(viewport=DESKTOP, locale="nl-NL", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{counter.address}/medewerker/")
    page.get_by_label("E-mailadres").fill("samira@voorbeeldstad.example")
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Inloggen").click()
    page.locator(f'[id="kaart-{case_id}"]').get_by_role("button", name="Neem over").click()
    page.get_by_label("Uw bericht aan de inwoner").fill("Zonder script")
    page.get_by_role("button", name="Verstuur").click()
    expect(page.locator("#regels .regel").last).to_contain_text("Zonder script")
    page.locator("#actie-afsluiten summary").click()
    page.get_by_label("Opgelost").check()
    page.get_by_role("button", name="Sluit de zaak af").click()
    expect(page.get_by_text("De zaak is afgesloten.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_on_any_page_and_the_pictures_are_kept(
    browser: Browser, counter: Counter, errors: list[str], size: ViewportSize
) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    width = size["width"]
    context = _watch(browser.new_context(viewport=size, locale="nl-NL", reduced_motion="reduce"), errors)
    console = Console(context.new_page(), counter)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = console.violations()
        console.page.screenshot(path=ARTEFACTS / f"{name}-{width}.png")
        wide = console.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} scrolls sideways"

    console.page.goto(f"{counter.address}/medewerker/inloggen")
    look("inloggen")
    console.log_in()
    look("leeg")
    mine = counter.run(_story(counter))
    console.page.reload()
    console.is_live()
    look("wachtrij")
    console.go(mine)
    look("gesprek")
    if width < 1000:
        console.part("Dossier")
        look("dossier")
        console.part("Gesprek")
    console.page.locator("#actie-overdragen summary").click()
    look("overdragen")
    console.page.keyboard.press("Escape")
    console.page.locator("#actie-afsluiten summary").click()
    look("afsluiten")
    for name, card in (("meelezen", "#kaarten-rij"), ("bellen", "#kaarten-bel")):
        console.page.goto(f"{counter.address}/medewerker/zaken")
        console.page.locator(f"{card} .kaart").first.get_by_role("link").click()
        expect(console.page.get_by_role("log")).to_be_visible()
        look(name)
    console.page.goto(f"{counter.address}/medewerker/zaken/bestaat-niet")
    look("niet-gevonden")
    console.page.goto(f"{counter.address}/medewerker/uitloggen")
    look("uitloggen")
    console.go(mine)
    counter.close()
    expect(console.page.get_by_text("Geen verbinding. Wij proberen het opnieuw.")).to_be_visible()
    look("geen-verbinding")
    counter.open()
    context.close()
    assert [f"{name}: {one}" for name, all_found in found.items() for one in all_found] == []
    assert errors == []


def test_on_a_phone_one_part_shows_at_a_time(browser: Browser, counter: Counter, errors: list[str]) -> None:
    context = _watch(browser.new_context(viewport=PHONE, locale="nl-NL", has_touch=True), errors)
    console = Console(context.new_page(), counter)
    case_id = counter.held(counter.samira)
    console.log_in()
    console.card(case_id).get_by_role("link").click()
    expect(console.field).to_be_visible()
    expect(console.card(case_id)).to_be_hidden()
    console.part("Dossier")
    expect(console.page.get_by_role("heading", name="Waarom deze zaak")).to_be_visible()
    expect(console.field).to_be_hidden()
    console.page.get_by_role("link", name="Naar het bericht").click()
    expect(console.page.locator("#bericht-1")).to_be_in_viewport()
    console.part("Zaken")
    expect(console.card(case_id)).to_be_visible()
    context.close()
    assert errors == []


def _tab_to(page: Page, selector: str, *, key: str = "Tab") -> None:
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with {key}")


async def _callback(counter: Counter) -> str:
    from handoff import cases

    conversation_id = await counter.stage.conversation(first="Bel mij maar")
    async with counter.database.write() as session:
        masked = await messages.mask_in_conversation(session, counter.vault, conversation_id, "06 12 34 56 78")
        details = {"phone": masked.text, "name": "mevrouw Bakker", "preference": "Liefst in de ochtend"}
        new = new_case(kind=CaseKind.CALLBACK, details=details, due_on="2026-11-24")
        case = cases.open_case(
            session, new, conversation_id=conversation_id, municipality="voorbeeldstad", now=counter.clock()
        )
    return case.id


async def _story(counter: Counter) -> str:
    """A full room: a conversation of Samira's, an ordinary wait, an urgent one, a crisis and a callback."""
    stage, clock, database = counter.stage, counter.clock, counter.database
    conversation_id = await stage.conversation()
    turns = (
        (Sender.BOT, "Welkom bij de gemeente Voorbeeldstad.\nIk ben Vera, een digitale assistent. Ik ben geen mens."),
        (Sender.CITIZEN, "Ik heb een brief gekregen over een betalingsachterstand en weet niet wat ik moet doen"),
        (Sender.BOT, "De gemeente helpt u **gratis**.\n- Maak een overzicht van uw schulden.\n- Maak een afspraak."),
        (Sender.CITIZEN, "Dat heb ik gedaan en niemand belt terug. Mijn nummer is 06 12 34 56 78"),
        (Sender.BOT, "Sorry, dat begrijp ik niet goed. Kunt u het anders zeggen?"),
        (Sender.CITIZEN, "Ik slaap er niet meer van. Kan ik met een medewerker praten?"),
    )
    for sender, text in turns:
        clock.advance(25)
        async with database.write() as session:
            masked = await messages.mask_in_conversation(session, counter.vault, conversation_id, text)
            kind = MessageKind.TEXT if sender is Sender.CITIZEN else MessageKind.ANSWER
            said = await messages.append(session, conversation_id, Draft(masked.text, kind), sender=sender, now=clock())
            if sender is Sender.CITIZEN:
                said.understood = {"topic": "schuldhulp", "aspect": "aanvragen", "confidence": 0.87, "failed": False}
    trigger = (Trigger(6, 0, 26, Reason.DISTRESS), Trigger(6, 27, 60, Reason.WANTS_HUMAN))
    assessment = Assessment(
        Level.ESCALATE,
        (Reason.WANTS_HUMAN, Reason.DISTRESS, Reason.DEBT),
        trigger,
        "publieksbalie",
        "Doorgezet: vraagt om een medewerker.",
        "test",
    )
    told = "Wilt u verder met een medewerker? Die kan dit gesprek lezen."
    mine = await stage.enqueue(conversation_id, NewCase(assessment, "publieksbalie", Consent.ACCEPTED, told))
    await stage.claim(mine, counter.samira.id)
    clock.advance(30)
    async with database.write() as session:
        await messages.append(
            session,
            conversation_id,
            Draft("Goedemorgen, u spreekt met Samira. Ik heb het hele gesprek gelezen."),
            sender=Sender.EMPLOYEE,
            now=clock(),
            employee_id=counter.samira.id,
            sender_name="Samira",
        )
    clock.advance(40)
    await stage.citizen_says(conversation_id, "Dank u wel. Ik ben blij dat ik iemand spreek.")
    await counter._waiting("Ik snap niets van deze aanslag, mag ik iemand spreken?", Level.ESCALATE)
    clock.advance(240)
    await counter._waiting("Vannacht heb ik geen slaapplek met mijn kinderen.", Level.URGENT)
    clock.advance(120)
    await counter._waiting("Ik zie het niet meer zitten, ik wil niet meer leven.", Level.CRISIS)
    telegram = await stage.conversation(channel=ChannelName.TELEGRAM, first="Is er iemand?")
    await stage.enqueue(telegram, new_case())
    await _callback(counter)
    clock.advance(90)
    return mine
