"""An administrator changes when her municipality is open: on the pages, in the file, and in the audit trail."""

from __future__ import annotations

import datetime as dt
import html
import os
import re
import shutil
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.content import ContentStore, hours
from bot.opening_files import OpeningFiles, PreparedFile
from handoff import employees, openings
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.exceptions import NotAllowed, UnwritableSettings
from handoff.openings import NewDay, Standing
from handoff.tables import Appointment, AuditLine, Employee
from handoff.vault import Vault
from handoff.vocabulary import Role
from tests.console_room import Browser, add_employee, mounted
from tests.counter import CONTENT
from tests.stage import CITY, StoppedClock

PAGE = "/medewerker/beheer/gemeente"
WEEK = {"maandag": "9.00-17.00", "dinsdag": "9.00-17.00", "woensdag": "9.00-17.00", "donderdag": "9.00-20.00"}
FRIDAY, EVE, CHRISTMAS = dt.date(2026, 11, 27), dt.date(2026, 12, 24), dt.date(2026, 12, 25)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return shutil.copytree(CONTENT, tmp_path / "content")


@pytest.fixture
def store(content: Path) -> ContentStore:
    return ContentStore(content, check_seconds=0)


@pytest.fixture
def files(content: Path, store: ContentStore) -> OpeningFiles:
    return OpeningFiles(content, store)


@pytest.fixture
def app(
    database: Database, bus: InProcessBus, clock: StoppedClock, vault: Vault, quick_log_ins: None, files: OpeningFiles
) -> FastAPI:
    return mounted(database, bus, clock, vault, opening_files=files)


async def somebody(
    app: FastAPI, database: Database, clock: StoppedClock, name: str, role: Role, municipality: str = CITY
) -> Browser:
    await add_employee(database, clock, name, municipality=municipality)
    email = f"{name.casefold()}@{municipality}.example"
    async with database.write() as session:
        (await employees.by_email(session, email)).role = role
    browser = Browser(app)
    await browser.log_in(email)
    return browser


@pytest.fixture
async def bea(app: FastAPI, database: Database, clock: StoppedClock) -> Browser:
    """An administrator, logged in."""
    return await somebody(app, database, clock, "Bea", Role.ADMINISTRATOR)


def version_in(page: httpx.Response) -> str:
    found = re.search(r'name="versie" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return found.group(1)


async def send(browser: Browser, form: str, to: str = "", **fields: str) -> httpx.Response:
    """Fill in the form of one page; what is not given stays as the page has it."""
    page = await browser.get(f"{PAGE}/{form}")
    return await browser.post(f"{PAGE}/{to or form}", **{"versie": version_in(page), **fields})


def week(**days: str) -> dict[str, str]:
    return {f"tijden-{day}": text for day, text in {**WEEK, "vrijdag": "9.00-17.00", **days}.items()}


def text_of(content: Path, municipality: str = CITY) -> str:
    return (content / "municipalities" / municipality / "gemeente.yml").read_text(encoding="utf-8")


async def audited(database: Database) -> list[tuple[str, dict[str, object]]]:
    wanted = ("hours_changed", "special_day", "holidays_confirmed")
    async with database.read() as session:
        lines = await session.scalars(select(AuditLine).where(AuditLine.action.in_(wanted)).order_by(AuditLine.at))
        return [(line.action, line.details) for line in lines]


# Rights


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.ADMINISTRATOR])
async def test_only_an_administrator_sees_and_changes_anything(
    app: FastAPI, database: Database, clock: StoppedClock, content: Path, role: Role
) -> None:
    kim, before = await somebody(app, database, clock, "Kim", role), text_of(content)
    for page in ("", "/tijden/balie", "/dagen/nieuw", "/dagen/2026-12-24", "/feestdagen/2027"):
        assert (await kim.get(PAGE + page)).status_code == 404, page
    for form in ("/tijden/balie", "/dagen", "/dagen/weg", "/feestdagen/2027"):
        assert (await kim.post(PAGE + form, van="2026-12-31", **week(vrijdag=""))).status_code == 404, form
    assert text_of(content) == before


async def test_an_administrator_changes_her_own_municipality_only(
    app: FastAPI, database: Database, clock: StoppedClock, files: OpeningFiles, content: Path
) -> None:
    other = text_of(content)
    fatma = await somebody(app, database, clock, "Fatma", Role.ADMINISTRATOR, "fictiedam")
    assert (await send(fatma, "tijden/balie", **week(vrijdag=""))).status_code == 303
    assert "  vrijdag: []\n" in text_of(content, "fictiedam")
    assert text_of(content) == other
    async with database.read() as session:
        her = await employees.by_email(session, "fatma@fictiedam.example")
    known = files.openings(CITY)
    change = NewDay(EVE, "x", Standing.CLOSED)
    with pytest.raises(NotAllowed):
        await openings.save(database, files, CITY, known.version, change, by=her, now=clock(), today=clock().date())
    assert text_of(content) == other


async def test_a_form_of_another_site_changes_nothing(bea: Browser, content: Path) -> None:
    before, version = text_of(content), version_in(await bea.get(f"{PAGE}/tijden/balie"))
    headers = {"Origin": "https://elders.example"}
    answer = await bea.post(f"{PAGE}/tijden/balie", headers=headers, versie=version, **week(vrijdag=""))
    assert (answer.status_code, text_of(content)) == (403, before)


async def test_what_the_file_says_besides_is_shown_with_where_it_stands(bea: Browser, content: Path) -> None:
    page = (await bea.get(PAGE)).text
    assert "https://stad.example" in page
    assert f"{content}/municipalities/{CITY}/gemeente.yml" in page


# Weekly hours


async def test_the_hours_of_the_counter_change_for_citizens_too(
    bea: Browser, content: Path, store: ContentStore, database: Database
) -> None:
    page = await bea.get(f"{PAGE}/tijden/balie")
    assert 'name="tijden-donderdag" maxlength="200" autocomplete="off" value="9.00-20.00"' in page.text
    answer = await send(bea, "tijden/balie", **week(vrijdag="9-12.30 en 13.30 tot 16 uur", zaterdag="10.00-12.00"))
    assert answer.headers["location"] == f"{PAGE}?melding=bewaard"
    assert "De wijziging is bewaard." in (await bea.get(answer.headers["location"])).text
    where = store.current().municipality(CITY)
    assert hours.describe_short(where.opening_hours).endswith(
        "vrijdag van 9.00 tot 12.30 uur en van 13.30 tot 16.00 uur, zaterdag van 10.00 tot 12.00 uur"
    )
    assert "  donderdag: [9.00-20.00]\n  vrijdag: [9.00-12.30, 13.30-16.00]\n  zaterdag: [10.00-12.00]\n" in text_of(
        content
    )
    assert await audited(database) == [
        (
            "hours_changed",
            {"of": "balie", "day": "vrijdag", "before": "9.00-17.00", "after": "9.00-12.30, 13.30-16.00"},
        ),
        ("hours_changed", {"of": "balie", "day": "zaterdag", "before": "", "after": "10.00-12.00"}),
    ]


async def test_a_team_gets_hours_of_its_own_and_gives_them_up(
    bea: Browser, store: ContentStore, database: Database
) -> None:
    assert "dezelfde tijden als telefoon en chat" in (await bea.get(PAGE)).text
    own = {f"tijden-{day}": "" for day in WEEK} | {"tijden-maandag": "9.00-12.00", "eigen": "ja"}
    assert (await send(bea, "tijden/wonen", **own)).status_code == 303
    team = store.current().municipality(CITY).teams["wonen"]  # type: ignore[index]
    assert team.hours is not None
    assert hours.describe_short(team.hours) == "maandag van 9.00 tot 12.00 uur"
    assert "maandag 9.00-12.00 uur" in (await bea.get(PAGE)).text
    assert (await send(bea, "tijden/wonen", **own | {"eigen": "nee", "tijden-maandag": "onzin"})).status_code == 303
    assert store.current().municipality(CITY).teams["wonen"].hours is None  # type: ignore[index]
    assert await audited(database) == [
        ("hours_changed", {"of": "wonen", "before": "telefoon", "after": "maandag 9.00-12.00"}),
        ("hours_changed", {"of": "wonen", "before": "maandag 9.00-12.00", "after": "telefoon"}),
    ]


async def test_each_field_says_what_is_wrong_and_keeps_what_was_typed(bea: Browser, content: Path) -> None:
    before = text_of(content)
    page = await send(bea, "tijden/balie", **week(maandag="17.00-9.00", vrijdag="vroeg <b>"))
    assert page.status_code == 422
    for part in (
        'value="17.00-9.00" aria-invalid="true" aria-describedby="tijden-uitleg tijden-maandag-fout"',
        'value="vroeg &lt;b&gt;"',
        'value="9.00-20.00"',
        'href="#tijden-vrijdag">Vrijdag: Wij kunnen ‘vroeg &lt;b&gt;’ niet lezen.',
        "de eindtijd moet na de begintijd zijn",
    ):
        assert part in page.text, part
    page = await send(bea, "tijden/telefoon", **dict.fromkeys(week(), ""))
    assert 'href="#tijden-maandag">Maandag: Vul voor minstens één dag tijden in.' in page.text
    assert text_of(content) == before


async def test_who_changes_nothing_is_told_and_leaves_no_line(bea: Browser, database: Database) -> None:
    answer = await send(bea, "tijden/balie", **week())
    assert "het stond er al zo" in (await bea.get(answer.headers["location"])).text
    assert await audited(database) == []


async def test_hours_of_nothing_have_no_page(bea: Browser) -> None:
    for page in ("tijden/kantine", "feestdagen/2035", "feestdagen/straks"):
        assert (await bea.get(f"{PAGE}/{page}")).status_code == 404


# Days


async def test_a_day_is_closed_then_open_at_other_hours_then_as_usual(
    bea: Browser, store: ContentStore, database: Database
) -> None:
    def on(day: dt.date) -> str:
        where = store.current().municipality(CITY)
        return hours.describe_day(day, where.opening_hours, where.closed_days)

    closed = {"datum": "2026-12-24", "stand": "closed", "waarom": "teamdag van <iedereen>"}
    assert (await send(bea, "dagen/nieuw", to="dagen", **closed)).status_code == 303
    assert on(EVE) == "gesloten (teamdag van <iedereen>)"
    assert "teamdag van &lt;iedereen&gt;: dicht" in (await bea.get(PAGE)).text
    page = await bea.get(f"{PAGE}/dagen/2026-12-24")
    assert 'value="teamdag van &lt;iedereen&gt;"' in page.text
    other = {"datum": "24-12-2026", "van": "2026-12-24", "stand": "hours", "tijden": "9-15", "waarom": "kerstavond"}
    assert (await send(bea, "dagen/2026-12-24", to="dagen", **other)).status_code == 303
    assert on(EVE) == "open van 9.00 tot 15.00 uur (kerstavond)"
    moved = other | {"datum": "2026-11-27"}
    assert (await send(bea, "dagen/2026-12-24", to="dagen", **moved)).status_code == 303
    assert (on(EVE), on(FRIDAY)) == ("open van 9.00 tot 20.00 uur", "open van 9.00 tot 15.00 uur (kerstavond)")
    answer = await send(bea, "dagen/2026-11-27", to="dagen/weg", van="2026-11-27")
    assert answer.headers["location"] == f"{PAGE}?melding=weg"
    assert on(FRIDAY) == "open van 9.00 tot 17.00 uur"
    assert [details for _, details in await audited(database)] == [
        {"date": "2026-12-24", "before": "usual", "after": "closed"},
        {"date": "2026-12-24", "before": "closed", "after": "9.00-15.00"},
        {"date": "2026-12-24", "before": "9.00-15.00", "after": "usual"},
        {"date": "2026-11-27", "before": "usual", "after": "9.00-15.00"},
        {"date": "2026-11-27", "before": "9.00-15.00", "after": "usual"},
    ]
    assert (await bea.post(f"{PAGE}/dagen/weg", van="gisteren")).status_code == 404


async def test_a_holiday_begins_its_form_as_it_is(bea: Browser, store: ContentStore) -> None:
    page = await bea.get(f"{PAGE}/dagen/2026-12-25")
    assert 'value="Eerste kerstdag"' in page.text
    assert 'value="closed" checked' in page.text
    fields = {"datum": "2026-12-25", "stand": "open", "waarom": "Eerste kerstdag"}
    assert (await send(bea, "dagen/2026-12-25", to="dagen", **fields)).status_code == 303
    where = store.current().municipality(CITY)
    assert hours.describe_day(CHRISTMAS, where.opening_hours, where.closed_days) == "open van 9.00 tot 17.00 uur"


async def test_every_wrong_field_of_a_day_says_so(bea: Browser, content: Path) -> None:
    before = text_of(content)
    page = await send(bea, "dagen/nieuw", to="dagen", datum="22-11-2026", stand="hours", tijden="9.75-12", waarom=" ")
    assert page.status_code == 422
    for part in (
        'href="#datum">Datum: Deze dag is voorbij.',
        'href="#tijden">Tijden op die dag: 9.75 is geen tijd.',
        'href="#waarom">Waarom: Vul in waarom.',
        'value="9.75-12" aria-invalid="true"',
        'value="22-11-2026"',
        'value="hours" checked',
    ):
        assert part in page.text, part
    page = await send(bea, "dagen/nieuw", to="dagen", datum="9999-12-31")
    assert "Klopt het jaar?" in page.text
    page = await send(bea, "dagen/nieuw", to="dagen", datum="kerst <b>", stand="closed", waarom="feest")
    assert "Vul een datum in, bijvoorbeeld 24-12-2026." in page.text
    assert 'value="kerst &lt;b&gt;" aria-invalid="true"' in page.text
    page = await send(bea, "dagen/nieuw", to="dagen", datum="1-12-2026")
    assert 'href="#stand-closed">Wat er anders is: Kies' in page.text
    assert text_of(content) == before


async def test_appointments_on_a_day_that_is_closed_are_pointed_at(
    bea: Browser, database: Database, clock: StoppedClock
) -> None:
    async with database.write() as session:
        for number, (municipality, cancelled) in enumerate([(CITY, None), ("fictiedam", None), (CITY, clock())]):
            start = dt.datetime(2026, 12, 24, 9, 30, tzinfo=dt.UTC)
            one = {
                "reference": f"AF-{number}",
                "download_key": f"d{number}",
                "key": f"k{number}",
                "product": "paspoort",
            }
            session.add(
                Appointment(**one, municipality=municipality, starts_at=start, minutes=15, cancelled_at=cancelled)
            )
    assert "afspraken op deze dag" not in (await bea.get(PAGE)).text
    await send(bea, "dagen/nieuw", to="dagen", datum="2026-12-24", stand="closed", waarom="teamdag")
    assert "Let op: er staan nog afspraken op deze dag (1 afspraak)." in (await bea.get(PAGE)).text


# Holidays


async def test_a_year_is_proposed_chosen_and_confirmed(
    bea: Browser, content: Path, store: ContentStore, database: Database
) -> None:
    assert "De feestdagen van 2028" not in (await bea.get(PAGE)).text
    page = (await bea.get(f"{PAGE}/feestdagen/2028")).text
    assert "Dit is een voorstel." in page
    proposed = dict(re.findall(r'name="dag-(2028-[0-9-]+)" value="(\w+)" checked', page))
    assert proposed["2028-04-14"] == "closed", "Goede vrijdag"
    assert proposed["2028-05-05"] == "open", "Bevrijdingsdag"
    assert "zondag 16 april" in page.lower()
    assert "2028-04-16" not in proposed, "nobody works on a Sunday"
    chosen = {f"dag-{day}": standing for day, standing in proposed.items()}
    answer = await send(bea, "feestdagen/2028", **{**chosen, "dag-2028-04-14": "open", "dag-2028-05-05": "closed"})
    assert answer.headers["location"] == f"{PAGE}?melding=feestdagen"
    where = store.current().municipality(CITY)
    assert 2028 in where.holidays_confirmed
    assert hours.closed_because(dt.date(2028, 4, 14), where.closed_days) is None
    assert hours.closed_because(dt.date(2028, 5, 5), where.closed_days) == "Bevrijdingsdag"
    assert "# Bekijk elk jaar de feestdagen" in text_of(content)
    assert await audited(database) == [
        ("special_day", {"date": "2028-04-14", "before": "usual", "after": "open"}),
        ("special_day", {"date": "2028-05-05", "before": "usual", "after": "closed"}),
        ("holidays_confirmed", {"year": 2028}),
    ]
    assert "Dit jaar is nagekeken." in (await bea.get(f"{PAGE}/feestdagen/2028")).text


async def test_a_holiday_without_a_choice_is_named_and_the_others_stay(bea: Browser, content: Path) -> None:
    before = text_of(content)
    page = await send(bea, "feestdagen/2027", **{"dag-2027-03-26": "closed"})
    assert page.status_code == 422
    assert "Koningsdag: Kies of u op deze dag dicht of open bent." in page.text
    assert 'id="dag-2027-03-26-closed" name="dag-2027-03-26" value="closed" checked' in page.text
    assert text_of(content) == before


async def test_a_year_that_nobody_looked_at_is_pointed_at(bea: Browser, content: Path) -> None:
    file = content / "municipalities" / CITY / "gemeente.yml"
    file.write_text(text_of(content).replace("[2026, 2027]", "[2026]"), encoding="utf-8")
    page = (await bea.get(PAGE)).text
    assert "De feestdagen van 2027 zijn nog niet nagekeken." in page
    assert "Kijk de feestdagen van 2027 na" in page


# When it cannot be


async def test_who_is_overtaken_sees_both_and_then_decides(
    bea: Browser, app: FastAPI, database: Database, clock: StoppedClock, content: Path
) -> None:
    page = await bea.get(f"{PAGE}/tijden/balie")
    kim = await somebody(app, database, clock, "Kim", Role.ADMINISTRATOR)
    await send(kim, "tijden/balie", **week(vrijdag="10.00-12.00"))
    refused = await bea.post(f"{PAGE}/tijden/balie", versie=version_in(page), **week(maandag="8.00-12.00"))
    assert refused.status_code == 409
    assert "Iemand anders heeft deze gegevens gewijzigd" in refused.text
    assert 'value="8.00-12.00"' in refused.text
    assert 'id="tijden-vrijdag-nu">Nu geldt: 10.00-12.00' in refused.text
    assert "vrijdag: [10.00-12.00]" in text_of(content)
    again = await bea.post(f"{PAGE}/tijden/balie", versie=version_in(refused), **week(maandag="8.00-12.00"))
    assert again.status_code == 303
    assert "maandag: [8.00-12.00]" in text_of(content)


async def test_a_mistake_does_not_hide_that_somebody_was_first(
    bea: Browser, app: FastAPI, database: Database, clock: StoppedClock
) -> None:
    old = version_in(await bea.get(f"{PAGE}/tijden/balie"))
    wrong = await bea.post(f"{PAGE}/tijden/balie", versie=old, **week(maandag="x"))
    assert (wrong.status_code, version_in(wrong)) == (422, old)
    kim = await somebody(app, database, clock, "Kim", Role.ADMINISTRATOR)
    await send(kim, "dagen/nieuw", to="dagen", datum="2026-12-24", stand="closed", waarom="teamdag")
    assert (await bea.post(f"{PAGE}/tijden/balie", versie=old, **week())).status_code == 409


async def test_on_the_pages_of_days_and_holidays_too_who_is_overtaken_sees_what_holds(
    bea: Browser, content: Path
) -> None:
    file = content / "municipalities" / CITY / "gemeente.yml"
    file.write_text(text_of(content).replace("reason: dag na Hemelvaart}", "reason: brugdag}"), encoding="utf-8")
    day = {
        "datum": "2027-05-07",
        "van": "2027-05-07",
        "stand": "hours",
        "tijden": "9-12",
        "waarom": "x",
        "versie": "oud",
    }
    page = await bea.post(f"{PAGE}/dagen", **day)
    assert page.status_code == 409
    assert "Nu geldt op deze dag: dicht (brugdag)." in page.text
    assert 'value="9-12"' in page.text
    page = await bea.post(f"{PAGE}/dagen/weg", versie="oud", van="2027-05-07")
    assert (page.status_code, "brugdag" in text_of(content)) == (409, True)
    page = await bea.post(f"{PAGE}/feestdagen/2027", versie="oud", **{"dag-2027-03-26": "closed"})
    assert page.status_code == 409
    assert 'id="dag-2027-03-26-nu">Nu geldt: open' in page.text


@pytest.mark.parametrize(
    ("form", "fields", "typed"),
    [
        ("tijden/balie", week(maandag="9.30-17.00", vrijdag=""), "maandag: 9.30-17.00\n\ndinsdag: 9.00-17.00"),
        (
            "dagen",
            {"datum": "24-12-2026", "stand": "hours", "tijden": "9-12", "waarom": "kerst & avond"},
            "24-12-2026\n\n9-12\n\nkerst &amp; avond",
        ),
    ],
)
async def test_who_was_logged_out_meanwhile_gets_back_what_she_typed(
    bea: Browser, clock: StoppedClock, content: Path, form: str, fields: dict[str, str], typed: str
) -> None:
    before = text_of(content)
    clock.advance(10 * 3600)
    page = await bea.post(f"{PAGE}/{form}", **fields)
    assert (page.status_code, text_of(content)) == (401, before)
    assert f">{typed}" in page.text


async def test_a_folder_without_rights_is_named_and_nothing_is_lost(
    bea: Browser, content: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, version = text_of(content), version_in(await bea.get(f"{PAGE}/tijden/balie"))

    def refuse(self: PreparedFile) -> None:
        raise UnwritableSettings("bot/content/municipalities/voorbeeldstad")

    monkeypatch.setattr(PreparedFile, "put", refuse)
    page = await bea.post(f"{PAGE}/tijden/balie", versie=version, **week(vrijdag="9.00-12.00"))
    assert page.status_code == 503
    assert "Balie mag niet schrijven in de map bot/content/municipalities/voorbeeldstad." in page.text
    assert 'value="9.00-12.00"' in page.text
    assert (text_of(content), await audited(database)) == (before, [])
    monkeypatch.setattr(os, "access", lambda *_: False)
    page = await bea.get(PAGE)
    assert "U kunt nu niets wijzigen." in page.text
    assert f"{PAGE}/tijden" not in page.text


async def test_a_mistake_in_the_files_is_named_and_what_held_before_stays_on_the_page(
    bea: Browser, content: Path
) -> None:
    topic = content / "topics" / "paspoort.yml"
    good = topic.read_text(encoding="utf-8")
    topic.write_text(good + "onzin: 1\n", encoding="utf-8")
    page = await send(bea, "tijden/balie", **week(vrijdag="9.00-12.00"))
    assert page.status_code == 409
    assert re.search(r"Er staat een fout in \S+topics/paspoort.yml, regel \d+\.", html.unescape(page.text))
    topic.write_text(good, encoding="utf-8")
    file = content / "municipalities" / CITY / "gemeente.yml"
    file.write_text(text_of(content).replace("vrijdag: [9.00-17.00]", "vrijdag: [9.00-17.00, laat]"), encoding="utf-8")
    page = await bea.get(PAGE)
    assert "Hieronder leest u wat vóór die fout gold." in page.text
    assert "9.00-20.00 uur" in page.text


async def test_without_its_line_in_the_audit_trail_there_is_no_change(
    database: Database, clock: StoppedClock, files: OpeningFiles, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, known = text_of(content), files.openings(CITY)
    put, was_put = PreparedFile.put, []

    def put_and_fail(self: PreparedFile) -> None:
        put(self)
        was_put.append("teamdag" in text_of(content))
        raise OSError("the database went away")

    monkeypatch.setattr(PreparedFile, "put", put_and_fail)
    change = NewDay(EVE, "teamdag", Standing.CLOSED)
    with pytest.raises(OSError, match="went away"):
        await openings.save(database, files, CITY, known.version, change, by=None, now=clock(), today=clock().date())
    assert (was_put, text_of(content), await audited(database)) == ([True], before, [])


# The privacy officer


async def test_the_privacy_officer_reads_it_in_dutch(
    bea: Browser, app: FastAPI, database: Database, clock: StoppedClock
) -> None:
    await send(bea, "tijden/balie", **week(vrijdag=""))
    await send(bea, "tijden/sociaal-wijkteam", **{"eigen": "ja", "tijden-maandag": "9.00-12.00"})
    await send(bea, "dagen/nieuw", to="dagen", datum="2026-12-24", stand="closed", waarom="geheime reden")
    await send(
        bea, "dagen/2026-12-24", to="dagen", datum="2026-12-24", van="2026-12-24", stand="closed", waarom="ander"
    )
    olga = await somebody(app, database, clock, "Olga", Role.PRIVACY_OFFICER)
    pages = [
        (await olga.get(f"/medewerker/verantwoording?handeling={action}")).text
        for action in ("hours_changed", "special_day")
    ]
    assert "<td>Bea</td><td>Openingstijden gewijzigd</td>" in pages[0]
    assert "Balie, vrijdag: van 9.00-17.00 naar gesloten" in pages[0]
    assert "Sociaal wijkteam: van dezelfde tijden als telefoon en chat naar maandag 9.00-12.00" in pages[0]
    assert "<td>Dag met andere tijden gewijzigd</td>" in pages[1]
    assert "donderdag 24 december 2026: van gewone tijden naar dicht" in pages[1]
    assert "donderdag 24 december 2026: andere reden" in pages[1]
    assert "geheime reden" not in pages[1], "text that somebody wrote is not in the audit trail"


async def test_her_actor_is_the_employee_and_the_municipality_her_own(bea: Browser, database: Database) -> None:
    await send(bea, "tijden/balie", **week(vrijdag=""))
    async with database.read() as session:
        [line] = await session.scalars(select(AuditLine).where(AuditLine.action == "hours_changed"))
        her = (await session.scalars(select(Employee).where(Employee.display_name == "Bea"))).one()
    assert (line.actor, line.municipality) == (f"employee:{her.id}", CITY)
