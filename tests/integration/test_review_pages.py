"""The editors' page over HTTP: what she sees first, what her forms do, and who is turned away."""

from __future__ import annotations

import html
import re

import pytest
from fastapi import FastAPI

from handoff import review
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Level
from handoff.review import Missed, Why
from handoff.tables import Employee, Message
from handoff.vault import Vault
from handoff.vocabulary import Role
from tests.console_room import Browser, FakeTeaching, mounted
from tests.stage import CITY, Stage, StoppedClock, new_case

DAY = 24 * 3600


@pytest.fixture
def teaching() -> FakeTeaching:
    return FakeTeaching()


@pytest.fixture
def app(
    database: Database,
    bus: InProcessBus,
    clock: StoppedClock,
    vault: Vault,
    quick_log_ins: None,
    teaching: FakeTeaching,
) -> FastAPI:
    return mounted(database, bus, clock, vault, teaching=teaching)


@pytest.fixture
async def lotte(app: FastAPI, database: Database, sam: Employee) -> Browser:
    """Sam, who is an editor from now on."""
    async with database.write() as session:
        (await session.get_one(Employee, sam.id)).role = Role.EDITOR
    browser = Browser(app)
    await browser.log_in(sam.email)
    return browser


async def missed(stage: Stage, text: str, topic: str | None = "paspoort", why: Why = Why.NOT_UNDERSTOOD) -> Message:
    message = await stage.citizen_says(await stage.conversation(), text)
    async with stage.database.write() as session:
        await review.note(session, message, CITY, Missed(why, topic, "kosten", 0.41), now=stage.clock())
    return message


def first_item(page: str) -> str:
    found = re.search(r'href="(/medewerker/gemist/[0-9a-f-]{36})"', page)
    assert found is not None
    return found.group(1)


async def test_an_editor_begins_with_what_was_missed_yesterday(
    app: FastAPI, lotte: Browser, sam: Employee, stage: Stage, clock: StoppedClock
) -> None:
    await missed(stage, "eergisteren")
    clock.advance(DAY)
    await missed(stage, "wat kost dat <b>rode</b> boekje, bel [telefoon-1]")
    clock.advance(DAY)
    await missed(stage, "vandaag")
    browser = Browser(app)
    assert (await browser.log_in(sam.email)).headers["location"] == "/medewerker/gemist"
    page = (await browser.get("/medewerker/gemist")).text
    assert "Wat Balie gisteren miste" in page
    assert "wat kost dat &lt;b&gt;rode&lt;/b&gt; boekje, bel [telefoon-1]" in page
    assert "Misschien: een paspoort aanvragen" in page
    assert "vandaag" not in page.split("gemist__zin", 1)[1].split("Antwoorden die", 1)[0].replace("Vandaag", "")
    everything = (await browser.get("/medewerker/gemist?periode=alles")).text
    assert "eergisteren" in everything


async def test_a_long_list_is_shown_in_pages_that_keep_what_was_chosen(
    lotte: Browser, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.console.review.SHOWN", 2)
    for number in range(5):
        await missed(stage, f"zin {number}")
        stage.clock.advance(60)
    await missed(stage, "ander onderwerp", topic="rijbewijs")
    page = (await lotte.get("/medewerker/gemist?periode=alles&onderwerp=paspoort")).text
    assert "zin 4" in page
    assert "zin 2" not in page
    assert "U ziet zin 1 tot en met 2 van 5." in page
    assert "Vorige zinnen" not in page
    [following] = re.findall(r'rel="next" href="([^"]*)"', page)
    page = (await lotte.get(html.unescape(following))).text
    assert "zin 2" in page
    assert "U ziet zin 3 tot en met 4 van 5." in page
    page = (await lotte.get("/medewerker/gemist?periode=alles&onderwerp=paspoort&bladzijde=99")).text
    assert "zin 0" in page
    assert "Volgende zinnen" not in page
    assert "van 5." in (await lotte.get("/medewerker/gemist?periode=alles&onderwerp=paspoort&bladzijde=eerste")).text


async def test_one_click_teaches_the_sentence_and_writes_the_file(
    lotte: Browser, stage: Stage, teaching: FakeTeaching
) -> None:
    await missed(stage, "wat kost dat boekje")
    page = (await lotte.get("/medewerker/gemist?periode=alles")).text
    assert "Leer als: Een paspoort aanvragen, kosten" in page
    fields = dict(re.findall(r'name="(onderwerp|deelvraag|zin)" value="([^"]*)"', page))
    answer = await lotte.post(f"{first_item(page)}/leren", **{key: html.unescape(one) for key, one in fields.items()})
    assert answer.headers["location"] == "/medewerker/gemist?melding=geleerd"
    assert teaching.written == [CITY]
    page = (await lotte.get("/medewerker/gemist?melding=geleerd")).text
    assert "De lijst is leeg" in page
    assert "‘wat kost dat boekje’" in page.split("die u voorstelt", 1)[1]


async def test_what_cannot_be_written_is_said_and_kept(lotte: Browser, stage: Stage, teaching: FakeTeaching) -> None:
    await missed(stage, "wat kost dat boekje")
    teaching.fails = True
    item = first_item((await lotte.get("/medewerker/gemist?periode=alles")).text)
    fields = {"onderwerp": "paspoort", "deelvraag": "kosten", "zin": "wat kost dat boekje"}
    answer = await lotte.post(f"{item}/leren", **fields)
    assert answer.headers["location"].endswith("melding=niet-geschreven")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"onderwerp": "bestaat_niet", "deelvraag": "kosten", "zin": "mijn eigen zin"}, "Kies een onderwerp"),
        ({"onderwerp": "paspoort", "deelvraag": "kosten", "zin": "bel 06 12 34 56 78"}, "persoonlijk gegeven"),
    ],
)
async def test_a_refused_example_keeps_what_was_typed(
    lotte: Browser, stage: Stage, fields: dict[str, str], says: str
) -> None:
    await missed(stage, "wat kost dat boekje")
    item = first_item((await lotte.get("/medewerker/gemist?periode=alles")).text)
    answer = await lotte.post(f"{item}/leren", **fields)
    assert answer.status_code == 422
    assert says in answer.text
    assert fields["zin"] in answer.text


async def test_a_sentence_is_put_on_the_list_of_missing_answers_or_dismissed(lotte: Browser, stage: Stage) -> None:
    await missed(stage, "kan mijn man mijn paspoort halen")
    item = first_item((await lotte.get("/medewerker/gemist?periode=alles")).text)
    assert "Wat doet u met deze zin?" in (await lotte.get(item)).text
    await lotte.post(f"{item}/ontbreekt", vraag="Mag een ander het ophalen?", onderwerp="paspoort")
    page = (await lotte.get("/medewerker/gemist?melding=ontbreekt")).text
    assert "Mag een ander het ophalen?" in page
    await missed(stage, "asdf")
    item = first_item((await lotte.get("/medewerker/gemist?periode=alles")).text)
    assert (await lotte.post(f"{item}/weg", reden="")).status_code == 422
    await lotte.post(f"{item}/weg", reden="no_question")
    assert (await lotte.get(item)).status_code == 404


async def test_others_see_no_list_and_no_link_to_it(browser: Browser, stage: Stage) -> None:
    await missed(stage, "wat kost dat boekje")
    assert (await browser.get("/medewerker/gemist")).status_code == 404
    assert "Wat Balie miste" not in (await browser.get("/medewerker/zaken")).text


async def test_an_employee_marks_a_sentence_in_the_dossier(browser: Browser, sam: Employee, stage: Stage) -> None:
    conversation_id = await stage.conversation(first="Waar is de rode bak?")
    async with stage.database.write() as session:
        [said] = await review_messages(session, conversation_id)
        said.understood = {"topic": None, "aspect": None, "confidence": None, "failed": True}
    case_id = await stage.enqueue(conversation_id)
    page = (await browser.get(f"/medewerker/zaken/{case_id}")).text
    assert "De bot had dit moeten weten" in page
    answer = await browser.post(f"/medewerker/zaken/{case_id}/gemist", bericht="1")
    assert answer.headers["location"] == f"/medewerker/zaken/{case_id}?melding=gemist&deel=dossier"
    page = (await browser.get(f"/medewerker/zaken/{case_id}")).text
    assert "De redactie bekijkt deze zin." in page
    assert "De bot had dit moeten weten" not in page
    assert (await browser.post(f"/medewerker/zaken/{case_id}/gemist", bericht="2")).status_code in (404, 422)


async def test_nothing_can_be_marked_in_a_crisis(browser: Browser, stage: Stage) -> None:
    conversation_id = await stage.conversation(first="Waar is de rode bak?")
    async with stage.database.write() as session:
        [said] = await review_messages(session, conversation_id)
        said.understood = {"failed": True}
    case_id = await stage.enqueue(conversation_id, new_case(Level.CRISIS))
    assert "De bot had dit moeten weten" not in (await browser.get(f"/medewerker/zaken/{case_id}")).text
    assert (await browser.post(f"/medewerker/zaken/{case_id}/gemist", bericht="1")).status_code == 404


async def review_messages(session: object, conversation_id: str) -> list[Message]:
    from handoff import messages

    return list(await messages.after(session, conversation_id, 0))  # type: ignore[arg-type]
