"""What an employee sees of cases and does with them, over HTTP and without any script."""

from __future__ import annotations

import asyncio
import re

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from handoff import cases, conversations, messages, ownership
from handoff.cases import NewCase
from handoff.database import Database
from handoff.detection import Assessment, Level, Reason, Trigger
from handoff.messages import Draft
from handoff.tables import AuditLine, Case, Employee, Message
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, CaseState, Consent, Outcome, Owner, Sender
from tests.console_room import Browser, add_employee
from tests.stage import Stage, StoppedClock, new_case

pytestmark = pytest.mark.usefixtures("quick_log_ins")

HOSTILE = """<script>alert(1)</script> <img src=x onerror=alert(2)> "' {{ 7*7 }} <b hx-get="/x">"""


@pytest.fixture
async def noor(database: Database, clock: StoppedClock) -> Employee:
    return await add_employee(database, clock, "Noor")


@pytest.fixture
async def browser_of_noor(app: FastAPI, noor: Employee) -> Browser:
    browser = Browser(app)
    await browser.log_in(noor.email)
    return browser


def path(case_id: str, verb: str = "") -> str:
    return f"/medewerker/zaken/{case_id}" + (f"/{verb}" if verb else "")


# What she sees


async def test_the_queue_puts_crisis_first_then_urgent_then_the_longest_waiting(
    browser: Browser, stage: Stage, clock: StoppedClock
) -> None:
    order = []
    for level in (Level.ESCALATE, Level.ESCALATE, Level.URGENT, Level.CRISIS):
        order.append(await stage.waiting_case(new_case(level)))
        clock.advance(60)
    page = (await browser.get("/medewerker/zaken")).text
    places = [page.index(f'id="kaart-{case_id}"') for case_id in order]
    first, second, urgent, crisis = places
    assert crisis < urgent < first < second
    assert "Crisis" in page
    assert "Spoed" in page
    assert "Wacht <time" in page
    assert "4 minuten" in page
    assert "Vraagt om een medewerker" in page


async def test_an_empty_queue_says_so(browser: Browser) -> None:
    page = (await browser.get("/medewerker/zaken")).text
    assert "Niemand wacht." in page
    assert "U heeft nu geen zaken." in page


async def test_she_sees_only_her_own_municipality_and_teams(browser: Browser, stage: Stage, sam: Employee) -> None:
    others = [
        await stage.waiting_case(new_case(team="sociaal-wijkteam")),
        await stage.waiting_case(municipality="fictiedam"),
    ]
    page = (await browser.get("/medewerker/zaken")).text
    for case_id in others:
        assert case_id not in page
        for address in (path(case_id), path(case_id, "berichten")):
            assert (await browser.get(address)).status_code == 404
        claimed = await browser.post(path(case_id, "overnemen"))
        assert claimed.status_code in (404, 409)
        assert (await stage.case(case_id)).state == CaseState.WAITING
        for verb, fields in (("tonen", {"gegeven": "[telefoon-1]"}), ("antwoorden", {"tekst": "hallo"})):
            refused = await browser.post(path(case_id, verb), **fields)
            assert refused.status_code in (404, 409)
            assert (await stage.case(case_id)).reference not in refused.text
    assert await stage.open_count(sam.id) == 0


async def test_unknown_and_forbidden_cases_look_the_same(browser: Browser, stage: Stage) -> None:
    forbidden = await browser.get(path(await stage.waiting_case(municipality="fictiedam")))
    unknown = await browser.get(path("00000000-0000-0000-0000-000000000000"))
    assert forbidden.status_code == unknown.status_code == 404
    assert forbidden.text == unknown.text


async def test_what_a_citizen_types_stays_text(browser: Browser, stage: Stage, sam: Employee) -> None:
    conversation_id = await stage.conversation(first=HOSTILE)
    trigger = Trigger(1, 0, len(HOSTILE), Reason.WANTS_HUMAN)
    assessment = Assessment(Level.ESCALATE, (Reason.WANTS_HUMAN,), (trigger,), "publieksbalie", HOSTILE, "1")
    new = NewCase(assessment, "publieksbalie", Consent.ACCEPTED, HOSTILE, details={"name": HOSTILE})
    case_id = await stage.enqueue(conversation_id, new)
    for answer in (
        await browser.get(path(case_id)),
        await browser.get("/medewerker/wachtrij"),
        await browser.get(path(case_id, "berichten")),
    ):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
        for raw in ("<script>alert", "<img src=x", "<b hx-get", "49 "):
            assert raw not in answer.text


async def test_the_dossier_tells_why_what_was_tried_and_what_was_chosen(
    browser: Browser, stage: Stage, database: Database, clock: StoppedClock
) -> None:
    conversation_id = await stage.conversation(first="Kan ik een mens spreken? Ik kom er niet uit.")
    async with database.write() as session:
        said = await session.scalar(select(Message).where(Message.conversation_id == conversation_id))
        assert said is not None
        said.understood = {"topic": "paspoort", "aspect": "kosten", "confidence": 0.871, "failed": False}
    trigger = Trigger(1, 0, 24, Reason.WANTS_HUMAN)
    assessment = Assessment(Level.ESCALATE, (Reason.WANTS_HUMAN,), (trigger,), "publieksbalie", "Doorgezet.", "1")
    case_id = await stage.enqueue(
        conversation_id, NewCase(assessment, "publieksbalie", Consent.ACCEPTED, "Wilt u een medewerker spreken?")
    )
    page = (await browser.get(path(case_id))).text
    assert '<mark class="aanleiding">Kan ik een mens spreken?' in page
    assert 'href="#bericht-1"' in page
    assert "‘Kan ik een mens spreken?’" in page
    assert "Een paspoort aanvragen: kosten" in page
    assert "87% zeker" in page
    assert "Wilt u een medewerker spreken?" in page
    assert "De inwoner koos voor een medewerker." in page
    assert "Identiteit niet vastgesteld." in page


async def test_in_a_crisis_the_dossier_begins_with_what_to_do(browser: Browser, stage: Stage) -> None:
    crisis = await stage.waiting_case(new_case(level=Level.CRISIS))
    page = (await browser.get(path(crisis))).text
    assert page.index("Direct gevaar: wat doet u nu?") < page.index("Waarom deze zaak")
    assert "<li>Bel 112.</li>" in page
    assert "wat doet u nu?" not in (await browser.get(path(await stage.waiting_case()))).text


async def test_the_previous_conversation_of_the_same_citizen_is_at_hand(
    browser: Browser, stage: Stage, database: Database, clock: StoppedClock
) -> None:
    before = await stage.conversation(first="Wat ik gisteren al vertelde")
    now = await stage.conversation(first="Daar ben ik weer")
    async with database.write() as session:
        await ownership.close_by_citizen(session, before, now=clock())
        (await conversations.get(session, now)).previous_id = before
    page = (await browser.get(path(await stage.enqueue(now)))).text
    assert "Wat ik gisteren al vertelde" in page
    assert 'id="eerder-1"' in page


async def test_a_previous_conversation_with_another_team_stays_with_that_team(
    browser: Browser, stage: Stage, database: Database, clock: StoppedClock
) -> None:
    first = await stage.conversation(first="Eerst over mijn paspoort")
    second = await stage.conversation(first="Daarna over mijn schulden")
    now = await stage.conversation(first="Daar ben ik weer")
    await stage.enqueue(first)
    await stage.enqueue(second, new_case(team="sociaal-wijkteam"))
    async with database.write() as session:
        for before in (first, second):
            await ownership.close_by_citizen(session, before, now=clock())
        (await conversations.get(session, second)).previous_id = first
        (await conversations.get(session, now)).previous_id = second
    page = (await browser.get(path(await stage.enqueue(now)))).text
    assert "Eerst over mijn paspoort" in page
    assert "Daarna over mijn schulden" not in page


async def test_after_a_case_is_done_its_dossier_shows_nothing_of_what_comes_later(
    browser: Browser, stage: Stage, sam: Employee, clock: StoppedClock
) -> None:
    case_id = await stage.held_case(sam.id)
    await browser.post(path(case_id, "teruggeven"))
    clock.advance(60)
    await stage.citizen_says((await stage.case(case_id)).conversation_id, "Iets voor de assistent alleen")
    page = (await browser.get(path(case_id))).text
    assert "Afgerond: teruggegeven aan de assistent" in page
    assert "Iets voor de assistent alleen" not in page
    assert "Iets voor de assistent alleen" not in (await browser.get(path(case_id, "berichten"))).text


# Taking over


async def test_taking_over_gives_her_the_conversation(browser: Browser, stage: Stage, sam: Employee) -> None:
    case_id = await stage.waiting_case()
    answer = await browser.post(path(case_id, "overnemen"))
    assert answer.headers["location"] == f"{path(case_id)}?melding=overgenomen"
    page = (await browser.get(answer.headers["location"])).text
    assert "U heeft dit gesprek overgenomen." in page
    assert 'name="tekst"' in page
    assert (await stage.case(case_id)).employee_id == sam.id


async def test_of_two_who_race_one_wins_and_the_other_is_told_who(
    browser: Browser, browser_of_noor: Browser, stage: Stage, sam: Employee, noor: Employee
) -> None:
    for _ in range(4):
        case_id = await stage.waiting_case()
        answers = await asyncio.gather(
            browser.post(path(case_id, "overnemen")), browser_of_noor.post(path(case_id, "overnemen"))
        )
        assert sorted(answer.status_code for answer in answers) == [303, 409]
        loser = next(answer for answer in answers if answer.status_code == 409)
        holder = (await stage.case(case_id)).employee_id
        assert f"{'Sam' if holder == sam.id else 'Noor'} was u voor" in loser.text
    assert await stage.open_count(sam.id) + await stage.open_count(noor.id) == 4


async def test_who_is_full_is_told_how_many_she_may_have(
    app: FastAPI, stage: Stage, database: Database, clock: StoppedClock
) -> None:
    bo = await add_employee(database, clock, "Bo", limit=1)
    await stage.held_case(bo.id)
    browser = Browser(app)
    await browser.log_in(bo.email)
    case_id = await stage.waiting_case()
    answer = await browser.post(path(case_id, "overnemen"))
    assert answer.status_code == 409
    assert "U heeft al 1 zaak. Dat is uw maximum." in answer.text
    assert (await stage.case(case_id)).state == CaseState.WAITING


# Talking


async def test_her_reply_reaches_the_citizen_under_her_name(browser: Browser, stage: Stage, sam: Employee) -> None:
    case_id = await stage.held_case(sam.id)
    answer = await browser.post(path(case_id, "antwoorden"), tekst="Goedemiddag\r\nZegt u het maar", sleutel="a1")
    assert answer.status_code == 303
    said = (await stage.said((await stage.case(case_id)).conversation_id))[-1]
    assert (said.text, said.sender, said.sender_name) == ("Goedemiddag\nZegt u het maar", Sender.EMPLOYEE, "Sam")
    assert "verstuurd" in (await browser.get(path(case_id))).text


async def test_the_same_form_sent_twice_is_one_message_and_another_text_is_never_lost(
    browser: Browser, stage: Stage, sam: Employee
) -> None:
    case_id = await stage.held_case(sam.id)
    await asyncio.gather(*(browser.post(path(case_id, "antwoorden"), tekst="Eén keer", sleutel="k") for _ in range(3)))
    await browser.post(path(case_id, "antwoorden"), tekst="Iets anders", sleutel="k")
    said = await stage.texts((await stage.case(case_id)).conversation_id)
    assert said.count("Eén keer") == 1
    assert said.count("Iets anders") == 1


async def test_a_page_with_script_gets_only_the_key_for_her_next_reply(
    browser: Browser, stage: Stage, sam: Employee
) -> None:
    case_id = await stage.held_case(sam.id)
    key = "k"
    for text in ("Eén", "Twee"):
        script = {"HX-Request": "true"}
        answer = await browser.post(path(case_id, "antwoorden"), headers=script, tekst=text, sleutel=key)
        assert answer.headers["HX-Retarget"] == f"#sleutel-{case_id}"
        assert "opsteller" not in answer.text
        found = re.fullmatch(
            rf'<input type="hidden" name="sleutel" id="sleutel-{case_id}" value="([^"]+)">', answer.text
        )
        assert found is not None
        assert found[1] != key
        key = found[1]
    assert f'id="sleutel-{case_id}"' in (await browser.get(path(case_id))).text
    assert list(await stage.texts((await stage.case(case_id)).conversation_id))[-2:] == ["Eén", "Twee"]


async def test_seen_is_told_once_the_citizen_saw_it(
    browser: Browser, stage: Stage, sam: Employee, database: Database
) -> None:
    case_id = await stage.held_case(sam.id)
    await browser.post(path(case_id, "antwoorden"), tekst="Hallo", sleutel="k")
    conversation_id = (await stage.case(case_id)).conversation_id
    last = (await stage.read(conversation_id)).last_seq
    async with database.write() as session:
        assert await conversations.mark_seen(session, conversation_id, last)
        assert not await conversations.mark_seen(session, conversation_id, last - 1)
        assert not await conversations.mark_seen(session, conversation_id, last + 5)
    assert "data-bezorging>gezien" in (await browser.get(path(case_id))).text


@pytest.mark.parametrize("script", [False, True])
async def test_a_reply_after_the_case_left_her_is_refused_and_the_text_given_back(
    browser: Browser, stage: Stage, sam: Employee, database: Database, clock: StoppedClock, script: bool
) -> None:
    case_id = await stage.held_case(sam.id)
    await stage.release(case_id, sam.id)
    headers = {"HX-Request": "true"} if script else {}
    answer = await browser.post(path(case_id, "antwoorden"), headers=headers, tekst="Een heel verhaal", sleutel="k")
    assert answer.status_code == 409
    assert "Niet verstuurd" in answer.text
    assert "Een heel verhaal" in answer.text
    assert "Een heel verhaal" not in await stage.texts((await stage.case(case_id)).conversation_id)


async def test_a_reply_never_goes_over_a_colleague(
    browser: Browser, stage: Stage, sam: Employee, noor: Employee, database: Database, clock: StoppedClock
) -> None:
    case_id = await stage.held_case(sam.id)
    async with database.write() as session:
        await ownership.transfer(session, case_id, sam.id, noor.id, now=clock())
    answer = await browser.post(path(case_id, "antwoorden"), tekst="Van Sam", sleutel="k")
    assert answer.status_code == 409
    assert "Noor praat met de inwoner" in answer.text
    assert "Van Sam" not in await stage.texts((await stage.case(case_id)).conversation_id)


async def test_buttons_under_a_reply_reach_the_citizen(browser: Browser, stage: Stage, sam: Employee) -> None:
    case_id = await stage.held_case(sam.id)
    await browser.post(path(case_id, "antwoorden"), tekst="Klopt dat?", sleutel="k", knoppen=" Ja ;Nee;; Weet  ik niet")
    said = (await stage.said((await stage.case(case_id)).conversation_id))[-1]
    assert [button["title"] for button in said.buttons] == ["Ja", "Nee", "Weet ik niet"]
    assert len({button["value"] for button in said.buttons}) == 3


@pytest.mark.parametrize(
    ("typed", "words"),
    [("a;b;c;d;e", "hoogstens 4 knoppen"), ("Ja;JA", "hetzelfde"), ("Ja; " + "x" * 31, "is te lang")],
)
async def test_buttons_that_cannot_be_sent_are_explained_and_nothing_is_lost(
    browser: Browser, stage: Stage, sam: Employee, typed: str, words: str
) -> None:
    case_id = await stage.held_case(sam.id)
    before = await stage.texts((await stage.case(case_id)).conversation_id)
    answer = await browser.post(path(case_id, "antwoorden"), tekst="Klopt dat?", sleutel="k", knoppen=typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert ">Klopt dat?</textarea>" in answer.text
    assert f'value="{typed}"' in answer.text
    assert await stage.texts((await stage.case(case_id)).conversation_id) == before


@pytest.mark.parametrize(("text", "words"), [("   ", "Typ eerst een bericht"), ("x" * 4001, "te lang")])
async def test_an_empty_or_too_long_reply_is_explained(
    browser: Browser, stage: Stage, sam: Employee, text: str, words: str
) -> None:
    case_id = await stage.held_case(sam.id)
    answer = await browser.post(path(case_id, "antwoorden"), tekst=text, sleutel="k")
    assert answer.status_code == 422
    assert words in answer.text


async def test_messages_after_a_number_are_only_those(browser: Browser, stage: Stage, sam: Employee) -> None:
    case_id = await stage.held_case(sam.id)
    conversation_id = (await stage.case(case_id)).conversation_id
    before = (await stage.read(conversation_id)).last_seq
    await stage.citizen_says(conversation_id, "Nog iets")
    html = (await browser.get(f"{path(case_id, 'berichten')}?na={before}")).text
    assert f'id="bericht-{before + 1}"' in html
    assert f'id="bericht-{before}"' not in html


# Letting go


async def test_back_to_the_assistant_with_a_word_for_the_citizen(browser: Browser, stage: Stage, sam: Employee) -> None:
    case_id = await stage.held_case(sam.id)
    answer = await browser.post(path(case_id, "teruggeven"), toelichting="Uw aanvraag is binnen.")
    assert answer.headers["location"] == "/medewerker/zaken?melding=teruggegeven"
    case = await stage.case(case_id)
    assert (case.state, case.outcome) == (CaseState.DONE, Outcome.HANDED_BACK)
    assert (await stage.read(case.conversation_id)).owner == Owner.BOT
    assert "Uw aanvraag is binnen." in (await stage.texts(case.conversation_id))[-1]


async def test_release_puts_it_back_in_the_queue(browser: Browser, stage: Stage, sam: Employee) -> None:
    case_id = await stage.held_case(sam.id)
    await browser.post(path(case_id, "loslaten"))
    case = await stage.case(case_id)
    assert (case.state, case.employee_id) == (CaseState.WAITING, None)
    assert await stage.open_count(sam.id) == 0


async def _epoch_of(stage: Stage, case_id: str) -> str:
    return str((await stage.read((await stage.case(case_id)).conversation_id)).epoch)


@pytest.mark.parametrize(
    ("becomes", "said"),
    [
        ("released", "staat weer in de rij"),
        ("closed", "is afgerond (opgelost)"),
        ("claimed", "Bas voert dit gesprek nu"),
    ],
)
async def test_a_refused_reply_says_what_changed_and_keeps_the_text(
    browser: Browser, stage: Stage, sam: Employee, becomes: str, said: str
) -> None:
    case_id = await stage.held_case(sam.id)
    stand = await _epoch_of(stage, case_id)
    if becomes == "closed":
        async with stage.database.write() as session:
            await ownership.close(session, case_id, sam.id, Outcome.RESOLVED, now=stage.clock())
    else:
        await stage.release(case_id, sam.id)
    if becomes == "claimed":
        await stage.claim(case_id, await stage.employee("Bas"))
    answer = await browser.post(path(case_id, "antwoorden"), tekst="Een heel verhaal", sleutel="k", stand=stand)
    assert answer.status_code == 409
    assert said in answer.text
    assert "Een heel verhaal" in answer.text


async def test_a_reply_from_before_a_colleague_had_the_conversation_is_refused_once(
    browser: Browser, stage: Stage, sam: Employee
) -> None:
    case_id, bas = await stage.held_case(sam.id), await stage.employee("Bas")
    stand = await _epoch_of(stage, case_id)
    for giver, taker in ((sam.id, bas), (bas, sam.id)):
        async with stage.database.write() as session:
            await ownership.transfer(session, case_id, giver, taker, now=stage.clock())
    answer = await browser.post(path(case_id, "antwoorden"), tekst="Van voor die tijd", sleutel="k", stand=stand)
    assert answer.status_code == 409
    assert "intussen bij een ander geweest" in answer.text
    assert "Van voor die tijd" in answer.text
    fresh = await _epoch_of(stage, case_id)
    assert f'name="stand" value="{fresh}"' in answer.text
    again = await browser.post(path(case_id, "antwoorden"), tekst="Van voor die tijd", sleutel="k", stand=fresh)
    assert again.status_code == 303


@pytest.mark.parametrize("stand", ["", "x", "-1", "9" * 30, "²"])
async def test_a_page_that_does_not_say_what_it_saw_can_still_answer(
    browser: Browser, stage: Stage, sam: Employee, stand: str
) -> None:
    case_id = await stage.held_case(sam.id)
    answer = await browser.post(path(case_id, "antwoorden"), tekst="Hallo", sleutel="k", stand=stand)
    assert answer.status_code == 303


async def test_transfer_gives_it_to_a_colleague_of_the_same_team_only(
    browser: Browser, stage: Stage, sam: Employee, noor: Employee, database: Database, clock: StoppedClock
) -> None:
    stranger = await add_employee(database, clock, "Vreemd", municipality="fictiedam")
    case_id = await stage.held_case(sam.id)
    page = (await browser.get(path(case_id))).text
    assert noor.id in page
    assert stranger.id not in page
    refused = await browser.post(path(case_id, "doorgeven"), collega=stranger.id)
    assert refused.status_code == 409
    await browser.post(path(case_id, "doorgeven"), collega=noor.id)
    assert (await stage.case(case_id)).employee_id == noor.id


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.RESOLVED,
        Outcome.REFERRED,
        Outcome.FORWARDED,
        Outcome.CALLBACK_AGREED,
        Outcome.CITIZEN_LEFT,
        Outcome.MISCONDUCT,
    ],
)
async def test_close_keeps_the_outcome(browser: Browser, stage: Stage, sam: Employee, outcome: Outcome) -> None:
    case_id = await stage.held_case(sam.id)
    await browser.post(path(case_id, "afsluiten"), uitkomst=outcome)
    case = await stage.case(case_id)
    assert (case.state, case.outcome) == (CaseState.DONE, outcome)
    assert (await stage.read(case.conversation_id)).owner == Owner.CLOSED


@pytest.mark.parametrize("outcome", ["", "handed_back", "erased", "iets"])
async def test_close_asks_for_an_outcome_that_is_hers_to_give(
    browser: Browser, stage: Stage, sam: Employee, outcome: str
) -> None:
    case_id = await stage.held_case(sam.id)
    answer = await browser.post(path(case_id, "afsluiten"), uitkomst=outcome)
    assert answer.status_code == 422
    assert "Kies eerst hoe de zaak afloopt." in answer.text
    assert (await stage.case(case_id)).state == CaseState.HELD


@pytest.mark.parametrize("verb", ["teruggeven", "loslaten", "doorgeven", "afsluiten"])
async def test_nobody_lets_go_of_a_case_that_is_not_hers(
    browser: Browser, stage: Stage, noor: Employee, verb: str
) -> None:
    case_id = await stage.held_case(noor.id)
    answer = await browser.post(path(case_id, verb), uitkomst="resolved", collega=noor.id)
    assert answer.status_code == 409
    assert "niet (meer) van u" in answer.text
    assert (await stage.case(case_id)).employee_id == noor.id


# Personal data and calling back


async def _with_phone(stage: Stage, database: Database, vault: Vault, clock: StoppedClock) -> tuple[str, str]:
    """A callback in the queue; returns its case's id and the conversation's."""
    conversation_id = await stage.conversation(first="Bel mij")
    async with database.write() as session:
        masked = await messages.mask_in_conversation(session, vault, conversation_id, "06 12 34 56 78")
        new = new_case(kind=CaseKind.CALLBACK, details={"phone": masked.text, "name": "A. Bakker"}, due_on="2026-11-24")
        case = await cases.open_case(
            session, new, conversation_id=conversation_id, municipality="voorbeeldstad", now=clock()
        )
        await messages.append(session, conversation_id, Draft(masked.text), sender=Sender.CITIZEN, now=clock())
    return case.id, conversation_id


async def test_a_masked_value_is_shown_on_request_only_and_on_the_record(
    browser: Browser, stage: Stage, sam: Employee, database: Database, vault: Vault, clock: StoppedClock
) -> None:
    case_id, conversation_id = await _with_phone(stage, database, vault, clock)
    page = (await browser.get(path(case_id))).text
    assert "[telefoon-1]" in page
    assert "06 12 34 56 78" not in page
    shown = await browser.post(path(case_id, "tonen"), gegeven="[telefoon-1]")
    assert "06 12 34 56 78" in shown.text
    assert "06 12 34 56 78" not in (await browser.get(path(case_id))).text
    async with database.read() as session:
        wanted = select(AuditLine).where(AuditLine.action == "reveal", AuditLine.conversation_id == conversation_id)
        lines = (await session.scalars(wanted)).all()
    assert [(line.actor, line.details) for line in lines] == [(f"employee:{sam.id}", {"placeholder": "[telefoon-1]"})]


async def test_the_dossier_begins_with_the_citizens_words_and_links_to_them(
    browser: Browser, stage: Stage, database: Database, vault: Vault, clock: StoppedClock
) -> None:
    case_id, _ = await _with_phone(stage, database, vault, clock)
    page = (await browser.get(path(case_id))).text
    assert "Het begon met: <a" in page
    assert ">‘Bel mij’</a>" in page
    assert ">‘[telefoon-1]’</a>" in page
    assert "06 12 34 56 78" not in page


async def test_a_value_that_is_not_there_leaves_no_trace_and_is_explained(
    browser: Browser, stage: Stage, database: Database, vault: Vault, clock: StoppedClock
) -> None:
    case_id, conversation_id = await _with_phone(stage, database, vault, clock)
    answer = await browser.post(path(case_id, "tonen"), gegeven="[bsn-9]")
    assert answer.status_code == 404
    assert "er niet meer" in answer.text
    assert all(line.action != "reveal" for line in await stage.audit(conversation_id))


async def test_after_a_case_is_done_what_was_masked_later_is_not_hers_to_see(
    browser: Browser, stage: Stage, sam: Employee, database: Database, vault: Vault, clock: StoppedClock
) -> None:
    conversation_id = await stage.conversation()

    async def gives(text: str) -> None:
        async with database.write() as session:
            masked = await messages.mask_in_conversation(session, vault, conversation_id, text)
            await messages.append(session, conversation_id, Draft(masked.text), sender=Sender.CITIZEN, now=clock())

    await gives("Mijn nummer is 06 12 34 56 78")
    case_id = await stage.enqueue(conversation_id)
    await stage.claim(case_id, sam.id)
    await browser.post(path(case_id, "teruggeven"))
    clock.advance(60)
    await gives("Of anders 06 87 65 43 21")
    page = (await browser.get(path(case_id))).text
    assert "[telefoon-1]" in page
    assert "[telefoon-2]" not in page
    assert "06 12 34 56 78" in (await browser.post(path(case_id, "tonen"), gegeven="[telefoon-1]")).text
    refused = await browser.post(path(case_id, "tonen"), gegeven="[telefoon-2]")
    assert refused.status_code == 404
    assert "06 87 65 43 21" not in refused.text
    revealed = [line.details for line in await stage.audit(conversation_id) if line.action == "reveal"]
    assert revealed == [{"placeholder": "[telefoon-1]"}]


async def test_a_callback_is_taken_called_and_closed_while_the_conversation_goes_on(
    browser: Browser, stage: Stage, sam: Employee, database: Database, vault: Vault, clock: StoppedClock
) -> None:
    case_id, conversation_id = await _with_phone(stage, database, vault, clock)
    lists = (await browser.get("/medewerker/zaken")).text
    assert "Terugbellen, meldingen en opvolgen" in lists
    assert "bellen morgen" in lists
    taken = await browser.post(path(case_id, "overnemen"))
    assert taken.headers["location"].endswith("?melding=bel-overgenomen")
    page = (await browser.get(path(case_id))).text
    assert "Niet bereikt" in page
    assert 'name="tekst"' not in page
    refused = await browser.post(path(case_id, "antwoorden"), tekst="Hallo", sleutel="k")
    assert refused.status_code == 409
    assert (await browser.post(path(case_id, "teruggeven"))).status_code == 409
    await browser.post(path(case_id, "afsluiten"), uitkomst="resolved")
    async with database.read() as session:
        assert await session.scalar(select(Case.outcome).where(Case.id == case_id)) == Outcome.RESOLVED
    assert (await stage.read(conversation_id)).owner == Owner.BOT


async def test_who_calls_back_reads_nothing_of_what_is_later_said_to_another_team(
    browser: Browser, stage: Stage, sam: Employee, database: Database, vault: Vault, clock: StoppedClock
) -> None:
    case_id, conversation_id = await _with_phone(stage, database, vault, clock)
    clock.advance(60)
    async with database.write() as session:
        masked = await messages.mask_in_conversation(session, vault, conversation_id, "Over schulden: 06 87 65 43 21")
        said = Draft(masked.text)
        later = await messages.append(session, conversation_id, said, sender=Sender.CITIZEN, now=clock())
        later.understood = {"topic": "schuldhulp"}
    await stage.enqueue(conversation_id, new_case(team="sociaal-wijkteam"))
    for _ in range(2):
        page = (await browser.get(path(case_id))).text
        assert "tot aan dit verzoek" in page
        assert "Over schulden" not in page
        assert "chulden" not in (await browser.get("/medewerker/zaken")).text
        assert "Over schulden" not in (await browser.get(path(case_id, "berichten"))).text
        refused = await browser.post(path(case_id, "tonen"), gegeven="[telefoon-2]")
        assert refused.status_code == 404
        await browser.post(path(case_id, "overnemen"))
    assert "06 12 34 56 78" in (await browser.post(path(case_id, "tonen"), gegeven="[telefoon-1]")).text


async def test_an_erased_conversation_is_gone_from_the_console(
    browser: Browser, stage: Stage, sam: Employee, database: Database, clock: StoppedClock
) -> None:
    from handoff import retention

    case_id = await stage.held_case(sam.id)
    async with database.write() as session:
        await retention.erase(session, (await stage.case(case_id)).conversation_id, now=clock(), actor="citizen")
    gone = await browser.get(path(case_id))
    assert gone.status_code == 404
    assert "Misschien heeft de inwoner het gesprek gewist." in gone.text
    assert (await browser.post(path(case_id, "antwoorden"), tekst="Bent u er nog?", sleutel="k")).status_code == 404


async def test_the_address_of_a_form_shows_the_case_when_it_is_loaded_again(browser: Browser, stage: Stage) -> None:
    case_id = await stage.waiting_case()
    assert (await browser.get(path(case_id, "overnemen"))).headers["location"] == path(case_id)


async def test_each_municipality_has_its_own_colours_as_a_style_sheet(browser: Browser) -> None:
    own = await browser.get("/medewerker/thema/voorbeeldstad.css")
    assert own.headers["content-type"].startswith("text/css")
    assert "--balie-primair:#1a5276" in own.text
    assert "--balie-primair:#0b6e4f" in (await browser.get("/medewerker/thema/fictiedam.css")).text
    assert (await browser.get("/medewerker/thema/nergens.css")).status_code == 404
