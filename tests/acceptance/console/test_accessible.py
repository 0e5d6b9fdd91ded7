"""Usable by everybody: axe on every page, the keyboard alone, without script, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from handoff import canned, messages, notes, on_call
from handoff.cases import NewCase
from handoff.console import paths
from handoff.detection import Assessment, Level, Reason, Trigger
from handoff.messages import Draft
from handoff.tables import Case, Employee
from handoff.vocabulary import ChannelName, Consent, MessageKind, Role, Sender
from tests.acceptance.console.desk import DESKTOP, Console, Counter, open_callback, watched
from tests.chromium import ARTEFACTS, PHONE
from tests.console_room import PASSWORD
from tests.stage import new_case

PICTURES = ARTEFACTS / "console"
ZOOMED = ViewportSize(width=DESKTOP["width"] // 2, height=DESKTOP["height"] // 2)
"""What a page gets of the same window at 200% zoom; each of its pixels is drawn twice as large."""


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
    _tab_to(page, "#actie-afsluiten > summary", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Hoe loopt deze zaak af?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Hoe loopt deze zaak af?")).to_be_hidden()
    expect(page.locator("#actie-afsluiten > summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    _tab_to(page, "#actie-afsluiten button")
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
    page.locator("#actie-afsluiten > summary").click()
    page.get_by_label("Opgelost").check()
    page.get_by_role("button", name="Sluit de zaak af").click()
    expect(page.get_by_text("De zaak is afgesloten.")).to_be_visible()
    context.close()


@pytest.mark.timeout(400)  # axe looks at every page, on a machine that may be busy
@pytest.mark.parametrize(("size", "zoom"), [(DESKTOP, 1), (ZOOMED, 2), (PHONE, 1)], ids=["desktop", "zoomed", "phone"])
def test_axe_finds_nothing_on_any_page_and_the_pictures_are_kept(
    browser: Browser, counter: Counter, errors: list[str], size: ViewportSize, zoom: int
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    width = size["width"]
    context = watched(
        browser.new_context(viewport=size, device_scale_factor=zoom, locale="nl-NL", reduced_motion="reduce"), errors
    )
    console = Console(context.new_page(), counter)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = console.violations()
        console.page.screenshot(path=PICTURES / f"{name}-{width}.png")
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
    console.page.locator("#voorstellen summary").click()
    console.page.get_by_placeholder("Zoek een antwoord").fill("welkom")
    look("standaardantwoorden-bij-het-gesprek")
    console.page.get_by_role("button", name=re.compile("Voeg in")).click()
    expect(console.field).to_have_value("Goedemorgen, u spreekt met Samira.")
    expect(console.field).to_be_focused()
    console.page.locator("#aanwezigheid summary").click()
    look("aanwezigheid")
    console.page.keyboard.press("Escape")
    console.page.locator("#actie-overdragen summary").click()
    look("overdragen")
    console.page.keyboard.press("Escape")
    console.page.locator("#actie-afsluiten > summary").click()
    look("afsluiten")
    for name, card in (("meelezen", "#kaarten-rij"), ("bellen", "#kaarten-bel")):
        console.page.goto(f"{counter.address}/medewerker/zaken")
        console.page.locator(f"{card} .kaart").first.get_by_role("link").click()
        expect(console.page.get_by_role("log")).to_be_visible()
        look(name)
        if name == "meelezen" and width < 1000:
            console.part("Dossier")
            expect(console.page.get_by_text("wat doet u nu?")).to_be_visible()
            look("dossier-bij-een-crisis")
    console.page.goto(f"{counter.address}/medewerker/overzicht")
    look("overzicht")
    console.page.goto(f"{counter.address}/medewerker/standaardantwoorden")
    look("standaardantwoorden")
    console.page.goto(f"{counter.address}/medewerker/zaken/bestaat-niet")
    look("niet-gevonden")
    console.page.goto(f"{counter.address}/medewerker/uitloggen")
    look("uitloggen")
    waits = counter.waiting()
    console.page.goto(f"{counter.address}{paths.on_call(waits, on_call.token(counter.vault, waits))}")
    look("piket")
    console.page.get_by_role("button", name="Ik heb dit gezien").click()
    look("piket-gezien")
    console.go(mine)
    counter.close()
    expect(console.page.get_by_text("Geen verbinding. Wij proberen het opnieuw.")).to_be_visible()
    look("geen-verbinding")
    counter.open()
    context.close()
    assert [f"{name}: {one}" for name, all_found in found.items() for one in all_found] == []
    assert errors == []


def test_on_a_phone_one_part_shows_at_a_time(browser: Browser, counter: Counter, errors: list[str]) -> None:
    context = watched(browser.new_context(viewport=PHONE, locale="nl-NL", has_touch=True), errors)
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


def test_a_tab_on_a_phone_asks_the_server_nothing(browser: Browser, counter: Counter, errors: list[str]) -> None:
    """A late answer would put back the part that she had just left."""
    context = watched(browser.new_context(viewport=PHONE, locale="nl-NL"), errors)
    console = Console(context.new_page(), counter).log_in()
    console.go(counter.held(counter.samira))
    asked: list[str] = []
    # The lists refresh by themselves, on a slow machine also in this moment.
    console.page.on("request", lambda request: "/wachtrij" in request.url or asked.append(request.url))
    for part in ("Dossier", "Zaken", "Gesprek"):
        console.part(part)
    expect(console.field).to_be_visible()
    assert asked == []
    context.close()
    assert errors == []


def _tab_to(page: Page, selector: str, *, key: str = "Tab") -> None:
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with {key}")


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
    async with database.write() as session:
        lead = await session.get_one(Employee, counter.samira.id)
        lead.role = Role.TEAM_LEAD
        text = "Goedemorgen, u spreekt met {medewerker}."
        await canned.save(session, lead, title="Welkom", text=text, team="", now=clock())
        await canned.save(session, lead, title="Afspraak", text="Wilt u een afspraak?", team="", now=clock())
        case = await session.get_one(Case, mine)
        note = "Mevrouw belde vanochtend ook al. Haar bewindvoerder weet ervan."
        await notes.add(session, counter.vault, case, lead, note, key="k", now=clock())
    clock.advance(240)
    await counter._waiting("Vannacht heb ik geen slaapplek met mijn kinderen.", Level.URGENT)
    clock.advance(120)
    await counter._waiting("Ik zie het niet meer zitten, ik wil niet meer leven.", Level.CRISIS)
    telegram = await stage.conversation(channel=ChannelName.TELEGRAM, first="Is er iemand?")
    await stage.enqueue(telegram, new_case())
    await open_callback(counter)
    clock.advance(90)
    return mine
