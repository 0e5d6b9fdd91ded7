"""The pages around the working page: usable by everybody, on a desk and on a phone, and seen with one's own eyes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from handoff import review
from handoff.detection import Level
from handoff.figures.tables import CaseFact, ConversationFact
from handoff.review import Missed, Why
from handoff.tables import Employee, ServiceEvent
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


def test_what_was_missed(counter: Counter, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
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
            groups = await review.groups(session, lotte, review.Wanted(), now=counter.clock(), limit=50)
            example = review.Example("paspoort", "kosten", "wa kost da rooi boekske")
            kept = next(one for one in groups if one.times > 1)
            await review.teach(session, lotte, kept.item_id, example, now=counter.clock())
            question = "Kan een ander mijn paspoort ophalen?"
            await review.miss(session, lotte, groups[0].item_id, question, "paspoort", now=counter.clock())
        return next(one.item_id for one in groups if one.topic == "schuldhulp")

    becomes(counter, Role.EDITOR)
    item_id = counter.run(scene())
    look("gemist", "/medewerker/gemist?periode=alles")
    monkeypatch.setattr("handoff.console.review.SHOWN", 1)
    look("gemist-tweede-bladzijde", "/medewerker/gemist?periode=alles&bladzijde=2")
    look("gemist-leeg", "/medewerker/gemist")
    look("gemist-een-zin", f"/medewerker/gemist/{item_id}")


def test_the_report(counter: Counter, look: Look) -> None:
    async def scene() -> None:
        async with counter.database.write() as session:
            for number in range(160):
                day = dt.date(2026, 10, 1) + dt.timedelta(days=number % 29)
                session.add(_talk(number, day.isoformat()))
                session.add(_case(number, day.isoformat()))
                session.add_all(_events(number))

    becomes(counter, Role.TEAM_LEAD)
    look("rapport-leeg", "/medewerker/rapport")
    counter.run(scene())
    look("rapport", "/medewerker/rapport")


def _events(number: int) -> list[ServiceEvent]:
    """What became of a case that was to be picked up within five minutes."""
    opened_at = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
    minutes = (2, 4, 6, 13)[number % 4]
    kinds = {"warning": 4, "picked_up": minutes} if minutes > 4 else {"picked_up": minutes}
    return [
        ServiceEvent(
            at=opened_at + dt.timedelta(minutes=minute),
            municipality=CITY,
            team=("publieksbalie", "sociaal_wijkteam", "wonen")[number % 3],
            level=("escalate", "urgent", "crisis")[number % 5 % 3],
            case_reference=f"ZK-{number}",
            kind=kind,
            due_at=opened_at + dt.timedelta(minutes=5),
            open_seconds=60 * minute,
        )
        for kind, minute in kinds.items()
    ]


def _talk(number: int, day: str) -> ConversationFact:
    handed_over = number % 4 == 0
    return ConversationFact(
        municipality=CITY,
        channel="telegram" if number % 5 == 0 else "web",
        topic=("paspoort", "paspoort", "schuldhulp", None)[number % 4],
        team="publieksbalie" if handed_over else None,
        day=day,
        unanswered=number % 9 == 0,
        handed_over=handed_over,
        reasons=[("wants_human", "anger", "debt")[number % 3]] if handed_over else [],
        by_person=handed_over,
        offered=number % 6 == 0,
        offer_ignored=number % 12 == 0,
        resolved=(True, False, None, True)[number % 4],
        score=(5, 4, None)[number % 3],
        told_again=None,
        is_final=True,
        made_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
    )


def _case(number: int, day: str) -> CaseFact:
    return CaseFact(
        municipality=CITY,
        channel="web",
        topic="paspoort",
        team="publieksbalie",
        kind="conversation" if number % 4 else "callback",
        day=day,
        abandoned=False,
        waited_seconds=30 + 7 * (number % 60),
        handled_seconds=300 + 11 * (number % 90),
        on_time=None if number % 4 else number % 8 == 0,
        marked=("right", "false", "missed", None)[number % 4],
    )


def test_accounts_and_what_the_files_say(counter: Counter, look: Look) -> None:
    becomes(counter, Role.ADMINISTRATOR)
    look("accounts", "/medewerker/beheer/medewerkers")
    look("account", f"/medewerker/beheer/medewerkers/{counter.joost.id}")
    look("gemeente", "/medewerker/beheer/gemeente")
    look("wachtwoord", "/medewerker/wachtwoord")


def test_accountability(counter: Counter, look: Look) -> None:
    becomes(counter, Role.PRIVACY_OFFICER)
    conversation_id = counter.conversation_of(counter.held(counter.joost))
    look("verantwoording", "/medewerker/verantwoording")
    look("verantwoording-gesprek", f"/medewerker/verantwoording?gesprek={conversation_id}")


def test_the_wall_changes_in_place_while_it_is_open(console: Console, counter: Counter) -> None:
    becomes(counter, Role.TEAM_LEAD)
    counter.waiting()
    console.page.goto(f"{counter.address}/medewerker/overzicht")
    row = console.page.locator('tr[data-sleutel="team-publieksbalie"]')
    expect(row.locator("td").first).to_have_text("1")
    row.evaluate("row => { row.dataset.zelfde = 'ja'; }")
    counter.waiting("Ik wil niet meer", Level.CRISIS)
    expect(row.locator("td").first).to_have_text("2")
    expect(row.locator("td").nth(1)).to_have_text("1")
    expect(console.page.locator("#omroep")).to_have_text("Nieuwe spoed of crisis bij Publieksbalie.")
    assert row.get_attribute("data-zelfde") == "ja"
    counter.close()
    expect(console.page.locator("#moment[data-oud]")).to_be_attached()
    counter.open()
    expect(console.page.locator("#moment:not([data-oud])")).to_be_attached()
