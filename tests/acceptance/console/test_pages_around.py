"""The pages around the working page: usable by everybody, on a desk and on a phone, and seen with one's own eyes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from handoff import review
from handoff.review import Missed, Why
from handoff.tables import Employee
from handoff.vocabulary import Role
from tests.acceptance.console.desk import DESKTOP, Console, Counter, watched
from tests.chromium import ARTEFACTS, PHONE
from tests.stage import CITY

PICTURES = ARTEFACTS / "console"
Look = Callable[[str, str], None]


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> ViewportSize:
    wanted: ViewportSize = request.param
    return wanted


@pytest.fixture
def look(browser: Browser, counter: Counter, errors: list[str], size: ViewportSize) -> Look:
    """Opens a page as Samira, keeps a picture of the whole of it, and fails on what axe finds."""
    context = watched(browser.new_context(viewport=size, locale="nl-NL", reduced_motion="reduce"), errors)
    console = Console(context.new_page(), counter)
    PICTURES.mkdir(parents=True, exist_ok=True)

    def at(name: str, address: str) -> None:
        page = console.page
        if page.url == "about:blank":
            page.goto(f"{counter.address}/medewerker/inloggen")
            page.get_by_label("E-mailadres").fill("samira@voorbeeldstad.example")
            page.get_by_label("Wachtwoord").fill("een heel lang wachtwoord")
            page.get_by_role("button", name="Inloggen").click()
            expect(page.get_by_role("main")).to_be_visible()
        page.goto(f"{counter.address}{address}")
        expect(page.get_by_role("main")).to_be_visible()
        page.screenshot(path=PICTURES / f"{name}-{size['width']}.png", full_page=True)
        assert console.violations() == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name} scrolls sideways"
        assert errors == []

    return at


def becomes(counter: Counter, role: Role) -> None:
    """Samira's role from now on."""

    async def change() -> None:
        async with counter.database.write() as session:
            (await session.get_one(Employee, counter.samira.id)).role = role

    counter.run(change())


def test_what_was_missed(counter: Counter, look: Look) -> None:
    async def scene() -> str:
        stage = counter.stage
        said = (
            ("kan mijn man mijn paspoort ophalen", "paspoort", Why.MARKED, 0.52),
            ("wa kost da rooi boekske", "paspoort", Why.NOT_UNDERSTOOD, 0.41),
            ("Wa kost da rooi boekske?", "paspoort", Why.NOT_UNDERSTOOD, 0.41),
            ("ik sta al drie jaar rood, bel mij op [telefoon-1]", "schuldhulp", Why.SECOND_FAILURE, 0.3),
            ("speel een liedje voor mij", "buiten_bereik", Why.DOUBTFUL, 0.45),
            ("???", None, Why.NOT_UNDERSTOOD, None),
        )
        for text, topic, why, confidence in said:
            message = await stage.citizen_says(await stage.conversation(), text)
            async with counter.database.write() as session:
                missed = Missed(why, topic, "kosten", confidence)
                await review.note(session, message, CITY, missed, now=counter.clock())
        async with counter.database.write() as session:
            lotte = await session.get_one(Employee, counter.samira.id)
            groups = await review.groups(session, lotte, review.Wanted(), now=counter.clock())
            example = review.Example("paspoort", "kosten", "wa kost da rooi boekske")
            kept = next(one for one in groups if one.times > 1)
            await review.teach(session, lotte, kept.item_id, example, now=counter.clock())
            question = "Kan een ander mijn paspoort ophalen?"
            await review.miss(session, lotte, groups[0].item_id, question, "paspoort", now=counter.clock())
        return next(one.item_id for one in groups if one.topic == "schuldhulp")

    becomes(counter, Role.EDITOR)
    item_id = counter.run(scene())
    look("gemist", "/medewerker/gemist?periode=alles")
    look("gemist-leeg", "/medewerker/gemist")
    look("gemist-een-zin", f"/medewerker/gemist/{item_id}")
