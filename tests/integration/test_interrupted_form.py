"""A form that was open when a person took over is asked about once, and never goes on by itself."""

from __future__ import annotations

from typing import Any

import pytest

from bot import callbacks, interrupted
from bot.callbacks import Wanted
from bot.desk import Desk
from bot.engine import ReplyKind, open_form
from bot.handover import CHOSE_LEAVE_QUEUE
from handoff import ownership
from handoff.bus import Bus
from handoff.vault import Vault
from handoff.vocabulary import Owner
from tests.console_room import Browser, add_employee, mounted
from tests.counter import Citizen, FakeRasa, answered
from tests.stage import Stage, StoppedClock, new_case

REPORT_OPEN: dict[str, Any] = {"version": 1, "slots": {}, "active_loop": "report_form", "events": []}
ASKED = "U was bezig met uw melding. Er is nog niets vastgelegd. Wilt u daarmee verder?"
DROPPED = "Ik ben gestopt met uw melding. Er is niets vastgelegd."


@pytest.fixture
async def citizen(desk: Desk, rasa: FakeRasa) -> Citizen:
    """She is in the middle of a report."""
    started = await Citizen.starts(desk)
    rasa.reply = answered("Waar is het?", kind=ReplyKind.FORM, topic=None, state=REPORT_OPEN)
    await started.asks("ik wil een gat in de weg melden")
    return started


async def with_a_person_and_back(citizen: Citizen, stage: Stage) -> None:
    """She asks for a person, talks with Anna, and Anna gives her back to the bot."""
    await citizen.asks("ik wil een medewerker spreken", "medewerker:graag")
    anna = await stage.employee()
    (case,) = await stage.cases_of(citizen.id)
    await stage.claim(case.id, anna)
    async with stage.database.write() as session:
        await ownership.hand_back(session, case.id, anna, now=stage.clock())
        await interrupted.offer(session, citizen.id, now=stage.clock())


async def test_who_is_given_back_is_asked_whether_she_goes_on(citizen: Citizen, stage: Stage) -> None:
    await with_a_person_and_back(citizen, stage)
    asked = (await citizen.heard())[-1]
    assert asked.text == ASKED
    assert [button["value"] for button in asked.buttons] == [interrupted.GO_ON, interrupted.STOP]


@pytest.mark.parametrize(("text", "choice"), [("Ja, ga verder", interrupted.GO_ON), ("ja", None), ("graag", None)])
async def test_who_goes_on_finds_the_form_as_it_was(
    citizen: Citizen, stage: Stage, rasa: FakeRasa, text: str, choice: str | None
) -> None:
    await with_a_person_and_back(citizen, stage)
    await citizen.asks(text, choice)
    assert (rasa.asked[-1].choice, rasa.asked[-1].state) == (interrupted.GO_ON, REPORT_OPEN)


@pytest.mark.parametrize(("text", "choice"), [("Nee, stop", interrupted.STOP), ("nee", None)])
async def test_who_does_not_go_on_stops_the_form(
    citizen: Citizen, stage: Stage, rasa: FakeRasa, text: str, choice: str | None
) -> None:
    await with_a_person_and_back(citizen, stage)
    await citizen.asks(text, choice)
    assert (rasa.asked[-1].choice, rasa.asked[-1].state) == (interrupted.STOP, REPORT_OPEN)


async def test_another_question_is_answered_and_the_form_said_to_be_gone(
    citizen: Citizen, stage: Stage, rasa: FakeRasa
) -> None:
    await with_a_person_and_back(citizen, stage)
    rasa.reply = answered("Een paspoort kost € 80.", state={"events": []})
    assert await citizen.asks("wat kost een paspoort?") == [DROPPED, "Een paspoort kost € 80."]
    assert rasa.asked[-1].state is None
    assert (await citizen.heard())[-2].buttons[0]["value"] == "formulier:melding"
    assert await citizen.asks("en een rijbewijs?") == ["Een paspoort kost € 80."]


async def test_who_leaves_the_queue_is_asked_too(citizen: Citizen) -> None:
    await citizen.asks("ik wil een medewerker spreken", "medewerker:graag")
    assert (await citizen.asks("Terug naar de assistent", CHOSE_LEAVE_QUEUE))[-1] == ASKED


async def test_who_is_called_instead_of_waiting_is_asked_too(citizen: Citizen, desk: Desk) -> None:
    await citizen.asks("ik wil een medewerker spreken", "medewerker:graag")
    await callbacks.request(desk, citizen.id, Wanted("verzoek-1", phone="06 12 34 56 78"))
    assert ASKED in [one.text for one in await citizen.heard()]
    await callbacks.request(desk, citizen.id, Wanted("verzoek-2", phone="06 12 34 56 78"))
    assert (await citizen.asks("wat kost een paspoort?"))[0] == DROPPED


async def test_who_asks_for_a_person_again_is_asked_again_afterwards(citizen: Citizen, stage: Stage) -> None:
    await with_a_person_and_back(citizen, stage)
    await citizen.asks("toch een medewerker", "medewerker:graag")
    assert (await stage.read(citizen.id)).owner == Owner.QUEUED
    assert (await citizen.asks("Terug naar de assistent", CHOSE_LEAVE_QUEUE))[-1] == ASKED


async def test_without_an_open_form_nothing_is_asked(stage: Stage, desk: Desk) -> None:
    citizen = await Citizen.starts(desk)
    await citizen.asks("wat kost een paspoort?")
    await with_a_person_and_back(citizen, stage)
    assert "assistent" in (await citizen.heard())[-1].text


async def test_a_conversation_that_somebody_else_has_is_asked_nothing(citizen: Citizen, stage: Stage) -> None:
    await citizen.asks("ik wil een medewerker spreken", "medewerker:graag")
    before = await citizen.heard()
    async with stage.database.write() as session:
        await interrupted.offer(session, citizen.id, now=stage.clock())
    assert len(await citizen.heard()) == len(before)


def test_the_last_word_says_which_form_is_open() -> None:
    closed = {**REPORT_OPEN, "events": [{"event": "active_loop", "name": None}]}
    opened = {"active_loop": None, "events": [{"event": "user"}, {"event": "active_loop", "name": "change_form"}]}
    assert [open_form(one) for one in (None, {}, REPORT_OPEN, closed, opened)] == [
        None,
        None,
        "report_form",
        None,
        "change_form",
    ]


@pytest.mark.usefixtures("quick_log_ins")
@pytest.mark.parametrize(
    ("verb", "details"), [("teruggeven", {}), ("niet-bereikt", {"contact": "chat"})], ids=["given back", "not there"]
)
async def test_an_employee_who_lets_go_in_the_console_leaves_the_question(
    citizen: Citizen, stage: Stage, bus: Bus, vault: Vault, clock: StoppedClock, verb: str, details: dict[str, str]
) -> None:
    sam = await add_employee(stage.database, clock, "Sam")
    app = mounted(
        stage.database,
        bus,
        clock,
        vault,
        back_with_bot=lambda session, one, now: interrupted.offer(session, one, now=now),
    )
    browser = Browser(app)
    await browser.log_in(sam.email)
    case_id = await stage.enqueue(citizen.id, new_case(details=details))
    await stage.claim(case_id, sam.id)
    assert (await browser.post(f"/medewerker/zaken/{case_id}/{verb}")).status_code == 303
    assert (await stage.last_text(citizen.id)) == ASKED
