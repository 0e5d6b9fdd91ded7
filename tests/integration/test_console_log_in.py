"""Logging in to the console, and what keeps others out."""

from __future__ import annotations

import pytest
from argon2 import Type
from fastapi import FastAPI
from sqlalchemy import select

from handoff import employees
from handoff.bus import InProcessBus
from handoff.console.security import typed_in
from handoff.database import Database
from handoff.tables import AuditLine, Case, Employee
from handoff.vault import Vault
from handoff.vocabulary import CaseState
from tests.console_room import COOKIE, ORIGIN, PASSWORD, Browser, mounted, token_in
from tests.stage import Stage, StoppedClock

pytestmark = pytest.mark.usefixtures("quick_log_ins")

SAM = "sam@voorbeeldstad.example"
HASHER = employees._hasher


async def test_the_right_password_opens_the_working_page(app: FastAPI, sam: Employee) -> None:
    browser = Browser(app)
    answer = await browser.log_in(SAM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/medewerker/zaken")
    page = await browser.get("/medewerker/zaken")
    assert page.status_code == 200
    assert "Sam" in page.text


async def test_without_a_session_every_page_leads_to_the_log_in_and_back(app: FastAPI) -> None:
    browser = Browser(app)
    for path in ("/medewerker/zaken", "/medewerker/zaken/een-zaak", "/medewerker/wachtrij", "/medewerker/uitloggen"):
        answer = await browser.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/medewerker/inloggen?terug=/medewerker/zaken")


async def test_a_script_without_a_session_is_told_to_go_to_the_log_in(app: FastAPI) -> None:
    answer = await Browser(app).get("/medewerker/wachtrij", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/medewerker/inloggen")


async def test_the_session_cookie_is_kept_from_scripts_other_sites_and_plain_http(app: FastAPI, sam: Employee) -> None:
    cookie = (await Browser(app).log_in(SAM)).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    attributes = {part.strip().casefold() for part in cookie.split(";")[1:]}
    assert attributes == {"httponly", "path=/medewerker", "samesite=strict", "secure"}


async def test_over_plain_http_the_cookie_carries_no_secure_flag(
    database: Database, bus: InProcessBus, clock: StoppedClock, vault: Vault, sam: Employee
) -> None:
    origin = "http://127.0.0.1:8080"
    app = mounted(database, bus, clock, vault, origin=origin)
    cookie = (await Browser(app, origin).log_in(SAM)).headers["set-cookie"]
    assert cookie.startswith("balie-sessie=")
    assert "secure" not in cookie.casefold()


def test_passwords_are_hashed_with_argon2id_at_least_as_dearly_as_owasp_asks() -> None:
    assert HASHER.type is Type.ID
    assert HASHER.memory_cost >= 19 * 1024
    assert HASHER.time_cost >= 2


async def test_unknown_and_wrong_are_told_the_same(app: FastAPI, sam: Employee) -> None:
    wrong = await Browser(app).log_in(SAM, "een ander lang wachtwoord")
    unknown = await Browser(app).log_in("niemand@voorbeeldstad.example", "een ander lang wachtwoord")
    assert wrong.status_code == unknown.status_code == 401
    assert "E-mailadres of wachtwoord klopt niet." in wrong.text
    assert "E-mailadres of wachtwoord klopt niet." in unknown.text


async def test_five_wrong_passwords_lock_the_account_for_a_while(
    app: FastAPI, sam: Employee, clock: StoppedClock
) -> None:
    browser = Browser(app)
    for _ in range(5):
        assert (await browser.log_in(SAM, "een ander lang wachtwoord")).status_code == 401
    locked = await browser.log_in(SAM, PASSWORD)
    assert locked.status_code == 429
    assert "Probeer het over 15 minuten opnieuw" in locked.text
    clock.advance(15 * 60 + 1)
    assert (await browser.log_in(SAM, PASSWORD)).status_code == 303


async def test_an_address_that_tries_too_often_has_to_wait(
    database: Database, bus: InProcessBus, clock: StoppedClock, vault: Vault, sam: Employee
) -> None:
    async def always(_address: str) -> float:
        return 61.0

    app = mounted(database, bus, clock, vault, log_in_limit=always)
    answer = await Browser(app).log_in(SAM)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "61")
    assert "over 2 minuten" in answer.text


async def test_a_session_ends_after_its_hours(app: FastAPI, sam: Employee, clock: StoppedClock) -> None:
    browser = Browser(app)
    await browser.log_in(SAM)
    clock.advance(9 * 3600 - 1)
    assert (await browser.get("/medewerker/zaken")).status_code == 200
    clock.advance(1)
    assert (await browser.get("/medewerker/zaken")).status_code == 303


@pytest.mark.parametrize(
    "elsewhere",
    ["https://kwaad.example/", "//kwaad.example", "/medewerker/zaken\\@kwaad.example", "/medewerker/../demo", ""],
)
async def test_a_log_in_never_leads_away_from_the_console(app: FastAPI, sam: Employee, elsewhere: str) -> None:
    answer = await Browser(app).log_in(SAM, back_to=elsewhere)
    assert answer.headers["location"] == "/medewerker/zaken"


async def test_a_log_in_leads_back_to_the_case_that_was_asked_for(app: FastAPI, sam: Employee) -> None:
    answer = await Browser(app).log_in(SAM, back_to="/medewerker/zaken/abc")
    assert answer.headers["location"] == "/medewerker/zaken/abc"


async def test_a_log_in_form_of_another_site_is_refused(app: FastAPI, sam: Employee) -> None:
    browser = Browser(app)
    token = token_in(await browser.get("/medewerker/inloggen"))
    fields = {"email": SAM, "wachtwoord": PASSWORD, "csrf": token}
    for headers in ({"Origin": "https://kwaad.example"}, {"Origin": "null"}, {}):
        answer = await browser.client.post("/medewerker/inloggen", data=fields, headers=headers)
        assert answer.status_code == 403
    without_token = await browser.client.post(
        "/medewerker/inloggen", data={**fields, "csrf": "geraden"}, headers={"Origin": ORIGIN}
    )
    assert without_token.status_code == 403


POSTS = ("overnemen", "antwoorden", "teruggeven", "loslaten", "doorgeven", "afsluiten", "tonen")


@pytest.mark.parametrize("verb", POSTS)
async def test_no_form_is_accepted_without_this_sessions_token_and_our_own_origin(
    app: FastAPI, sam: Employee, stage: Stage, verb: str
) -> None:
    case_id = await stage.waiting_case()
    browser, other = Browser(app), Browser(app)
    await browser.log_in(SAM)
    await other.log_in(SAM)
    own = token_in(await browser.get("/medewerker/uitloggen"))
    others = token_in(await other.get("/medewerker/uitloggen"))
    path = f"/medewerker/zaken/{case_id}/{verb}"
    good = {"Origin": ORIGIN}
    for token, headers in (
        ("", good),
        (others, good),
        (own, {"Origin": "https://kwaad.example"}),
        (own, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}),
        (own, {}),
    ):
        answer = await browser.client.post(path, data={"csrf": token}, headers=headers)
        assert answer.status_code == 403
    assert (await stage.case(case_id)).state == CaseState.WAITING


async def test_a_form_whose_origin_the_browser_hid_counts_when_the_browser_says_it_is_ours(
    app: FastAPI, sam: Employee, stage: Stage
) -> None:
    case_id = await stage.waiting_case()
    browser = Browser(app)
    await browser.log_in(SAM)
    hidden = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    answer = await browser.post(f"/medewerker/zaken/{case_id}/overnemen", headers=hidden)
    assert answer.status_code == 303


async def test_a_reply_after_the_session_ended_gives_the_typed_text_back(
    app: FastAPI, sam: Employee, stage: Stage, clock: StoppedClock
) -> None:
    case_id = await stage.held_case(sam.id)
    browser = Browser(app)
    await browser.log_in(SAM)
    token = token_in(await browser.get("/medewerker/uitloggen"))
    clock.advance(10 * 3600)
    answer = await browser.client.post(
        f"/medewerker/zaken/{case_id}/antwoorden",
        data={"csrf": token, "tekst": "Mijn lange antwoord"},
        headers={"Origin": ORIGIN},
    )
    assert answer.status_code == 401
    assert "Mijn lange antwoord" in answer.text


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("afsluiten", {"uitkomst": "resolved", "opvolgen": "Bel over de bon"}),
        ("teruggeven", {"toelichting": "De assistent weet dit"}),
        ("doorgeven", {"collega": "x", "notitie": "Zij wacht op een brief"}),
        ("afsluiten", {"toelichting": "Eerste tekst", "notitie": " ", "opvolgen": "Tweede tekst"}),
    ],
)
@pytest.mark.parametrize("how", ["ended", "forged"])
@pytest.mark.parametrize("boosted", [False, True], ids=["plain", "boosted"])
async def test_a_form_that_is_not_carried_out_gives_everything_back_that_was_typed(
    app: FastAPI,
    sam: Employee,
    stage: Stage,
    clock: StoppedClock,
    verb: str,
    fields: dict[str, str],
    how: str,
    boosted: bool,
) -> None:
    case_id = await stage.held_case(sam.id)
    browser = Browser(app)
    await browser.log_in(SAM)
    token = token_in(await browser.get("/medewerker/uitloggen"))
    if how == "ended":
        clock.advance(10 * 3600)
    answer = await browser.client.post(
        f"/medewerker/zaken/{case_id}/{verb}",
        data={"csrf": token if how == "ended" else "een ander", **fields},
        headers={"Origin": ORIGIN, **({"HX-Request": "true", "HX-Boosted": "true"} if boosted else {})},
    )
    assert answer.status_code == (401 if how == "ended" else 403)
    for name in ("toelichting", "notitie", "opvolgen"):
        assert fields.get(name, "").strip() in answer.text
    assert ("hx-reselect" in answer.headers) is boosted
    assert (await stage.case(case_id)).state == CaseState.HELD


def test_what_was_typed_is_all_that_somebody_wrote_herself() -> None:
    fields = {"csrf": "geheim", "uitkomst": "resolved", "toelichting": "eerst", "opvolgen": "later", "notitie": "  "}
    assert typed_in(fields) == "eerst\n\nlater"
    assert typed_in({"csrf": "geheim", "tekst": " "}) is None


async def test_unreadable_forms_are_refused(app: FastAPI, sam: Employee) -> None:
    browser = Browser(app)
    await browser.log_in(SAM)
    path, headers = "/medewerker/zaken/x/antwoorden", {"Origin": ORIGIN}
    plain = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    assert (await browser.client.post(path, json={"tekst": "x"}, headers=headers)).status_code == 415
    assert (await browser.client.post(path, content=b"tekst=" + b"a" * 70_000, headers=plain)).status_code == 413
    assert (await browser.client.post(path, content=b"tekst=%ff%fe", headers=plain)).status_code == 400


async def test_every_answer_carries_the_strict_headers(app: FastAPI, sam: Employee) -> None:
    browser = Browser(app)
    first = await browser.get("/medewerker/inloggen")
    await browser.log_in(SAM)
    pages = [first, await browser.get("/medewerker/zaken"), await browser.get("/medewerker/zaken/onbekend")]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["cache-control"] == "no-store"
        assert "style=" not in page.text
        assert "<style" not in page.text


async def test_static_files_are_kept_only_under_an_address_with_their_version(app: FastAPI) -> None:
    browser = Browser(app)
    assert "immutable" in (await browser.get("/medewerker/static/console.css?v=1")).headers["cache-control"]
    assert (await browser.get("/medewerker/static/console.css")).headers["cache-control"] == "no-cache"
    assert (await browser.get("/medewerker/static/../app.py")).status_code == 404


async def test_logging_out_ends_the_session_and_presence(
    app: FastAPI, sam: Employee, database: Database, clock: StoppedClock
) -> None:
    browser = Browser(app)
    await browser.log_in(SAM)
    cookie = browser.client.cookies[COOKIE]
    answer = await browser.post("/medewerker/uitloggen")
    assert answer.headers["location"] == "/medewerker/inloggen?uitgelogd=ja"
    assert COOKIE not in browser.client.cookies
    browser.client.cookies.set(COOKIE, cookie, path="/medewerker")
    assert (await browser.get("/medewerker/zaken")).status_code == 303
    async with database.read() as session:
        assert await session.scalar(select(Employee.lease_until).where(Employee.id == sam.id)) is None


async def test_logging_out_with_open_cases_asks_first_and_then_puts_them_back(
    app: FastAPI, sam: Employee, stage: Stage
) -> None:
    case_id = await stage.held_case(sam.id)
    browser = Browser(app)
    await browser.log_in(SAM)
    asked = await browser.post("/medewerker/uitloggen")
    assert asked.headers["location"] == "/medewerker/uitloggen"
    assert "U heeft nog 1 zaak" in (await browser.get("/medewerker/uitloggen")).text
    await browser.post("/medewerker/uitloggen", bevestigd="ja")
    assert (await stage.case(case_id)).state == CaseState.WAITING
    assert await stage.open_count(sam.id) == 0


async def test_a_log_in_stands_in_the_audit_trail_without_the_password(
    app: FastAPI, sam: Employee, database: Database
) -> None:
    await Browser(app).log_in(SAM)
    async with database.read() as session:
        lines = (await session.scalars(select(AuditLine).where(AuditLine.action == "log_in"))).all()
        assert await session.scalar(select(Case.id)) is None
    assert [line.actor for line in lines] == [f"employee:{sam.id}"]
    assert PASSWORD not in repr([line.details for line in lines])
