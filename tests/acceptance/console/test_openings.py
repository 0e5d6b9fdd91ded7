"""Setting when the municipality is open: by keyboard, without script, and with every mistake told where it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bot.content import ContentStore
from bot.opening_files import OpeningFiles
from handoff.tables import Employee
from handoff.vocabulary import Role
from tests.acceptance.console.desk import Counter, watched
from tests.chromium import ARTEFACTS, DESKTOP, PHONE, violations
from tests.console_room import PASSWORD, make_log_ins_quick
from tests.counter import CONTENT
from tests.stage import CITY

PICTURES = ARTEFACTS / "console"
PAGE = "/medewerker/beheer/gemeente"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return shutil.copytree(CONTENT, tmp_path / "content")


@pytest.fixture
def counter(tmp_path: Path, content: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    make_log_ins_quick(monkeypatch)
    counter = Counter(tmp_path, opening_files=OpeningFiles(content, ContentStore(content)))

    async def becomes_administrator() -> None:
        async with counter.database.write() as session:
            (await session.get_one(Employee, counter.samira.id)).role = Role.ADMINISTRATOR

    counter.run(becomes_administrator())
    yield counter
    counter.end()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> ViewportSize:
    wanted: ViewportSize = request.param
    return wanted


def logged_in(browser: Browser, counter: Counter, errors: list[str], size: ViewportSize, **more: bool) -> Page:
    context = watched(browser.new_context(viewport=size, locale="nl-NL", reduced_motion="reduce", **more), errors)
    page = context.new_page()
    page.goto(f"{counter.address}/medewerker/inloggen")
    page.get_by_label("E-mailadres").fill("samira@voorbeeldstad.example")
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Inloggen").click()
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    return page


def text_of(content: Path) -> str:
    return (content / "municipalities" / CITY / "gemeente.yml").read_text(encoding="utf-8")


def looks_well(page: Page, name: str, size: ViewportSize) -> None:
    """Keeps a picture, and fails on what axe finds and on what is wider than the screen."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}-{size['width']}.png", full_page=True)
    assert violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name} scrolls sideways"


def test_every_page_and_every_mistake_can_be_read_by_everybody(
    browser: Browser, counter: Counter, content: Path, errors: list[str], size: ViewportSize
) -> None:
    page = logged_in(browser, counter, errors, size)
    for name, address in (
        ("gemeente", ""),
        ("tijden-balie", "/tijden/balie"),
        ("tijden-team", "/tijden/wonen"),
        ("dag-nieuw", "/dagen/nieuw"),
        ("dag", "/dagen/2026-12-31"),
        ("feestdagen", "/feestdagen/2028"),
    ):
        page.goto(f"{counter.address}{PAGE}{address}")
        looks_well(page, name, size)

    page.goto(f"{counter.address}{PAGE}/tijden/balie")
    page.get_by_label("Vrijdag").fill("17.00-9.00")
    page.get_by_role("button", name="Bewaar").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Vrijdag")).to_have_value("17.00-9.00")
    expect(page.get_by_label("Vrijdag")).to_have_accessible_description(
        "Bijvoorbeeld 9.00-17.00, of 9.00-12.30, 13.30-17.00. Laat een dag leeg als er dan niemand is. "
        "Fout: 17.00-9.00 kan niet: de eindtijd moet na de begintijd zijn."
    )
    looks_well(page, "tijden-fout", size)
    page.get_by_role("link", name="Vrijdag: 17.00-9.00 kan niet").click()
    expect(page.get_by_label("Vrijdag")).to_be_focused()

    file = content / "municipalities" / CITY / "gemeente.yml"
    file.write_text(text_of(content).replace("maandag: [9.00-17.00]", "maandag: [9.00-16.00]"), encoding="utf-8")
    page.get_by_label("Vrijdag").fill("9.00-15.00")
    page.get_by_role("button", name="Bewaar").click()
    expect(page.get_by_text("Nu geldt: 9.00-16.00")).to_be_visible()
    looks_well(page, "tijden-ingehaald", size)

    page.goto(f"{counter.address}{PAGE}/dagen/nieuw")
    page.get_by_label("Open op andere tijden").check()
    page.get_by_role("button", name="Bewaar").click()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(3)
    looks_well(page, "dag-fout", size)
    assert errors == []
    page.context.close()


def test_a_day_is_closed_by_keyboard_alone(
    browser: Browser, counter: Counter, content: Path, errors: list[str]
) -> None:
    page = logged_in(browser, counter, errors, DESKTOP)
    page.goto(f"{counter.address}{PAGE}")
    page.get_by_role("link", name="Voeg een dag toe").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Een dag toevoegen")).to_be_visible()
    page.get_by_label("Datum").focus()
    page.keyboard.type("24 december 2026")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("Dicht", exact=True)).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Tijden op die dag")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("teamdag")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="De wijziging is bewaard.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Donderdag 24 december")).to_contain_text("teamdag: dicht")
    assert '  - {date: 2026-12-24, reason: "teamdag"}' in text_of(content)
    assert errors == []
    page.context.close()


def test_without_script_a_year_is_confirmed_and_a_day_goes_again(
    browser: Browser, counter: Counter, content: Path, errors: list[str]
) -> None:
    page = logged_in(browser, counter, errors, PHONE, java_script_enabled=False)
    page.goto(f"{counter.address}{PAGE}/feestdagen/2028")
    page.get_by_role("group", name="Vrijdag 5 mei Bevrijdingsdag").get_by_label("Dicht").check()
    page.get_by_role("button", name="Bewaar en bevestig 2028").click()
    expect(page.get_by_text("Dit jaar is nagekeken.")).to_be_visible()
    assert "holidays_confirmed: [2026, 2027, 2028]" in text_of(content)
    page.get_by_role("link", name="Wijzig vrijdag 5 mei").click()
    expect(page.get_by_label("Waarom?")).to_have_value("Bevrijdingsdag")
    page.get_by_role("button", name="Haal de uitzondering weg").click()
    expect(page.get_by_text("De uitzondering is weg.")).to_be_visible()
    assert "2028-05-05" not in text_of(content)
    page.context.close()
