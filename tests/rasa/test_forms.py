"""Forms through the real Rasa: filled in, corrected, stopped, left for a question and come back to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.engine import Engine
from tests.rasa.conftest import TOKEN
from tests.rasa.test_turn import Citizen


@pytest.fixture
async def citizen(rasa_with_calendar: str) -> AsyncIterator[Citizen]:
    async with Engine(rasa_with_calendar, TOKEN) as engine:
        yield Citizen(engine)


async def test_an_appointment_with_a_question_in_between_is_booked(citizen: Citizen) -> None:
    opened = await citizen.presses("formulier:afspraak/identiteit")
    assert opened.replies[-1].buttons[0].value == "tijd:2026-11-24T09:00"
    beside = await citizen.says("wat kost een paspoort eigenlijk?")
    assert "€" in beside.replies[0].text
    assert beside.replies[-1].buttons[0].value == "tijd:2026-11-24T09:00"
    confirming = await citizen.says("donderdag om 1 uur")
    assert "donderdag 26 november om 13.00 uur" in confirming.replies[-1].text
    done = await citizen.says("ja")
    (command,) = done.commands
    assert (command.name, dict(command.arguments)) == (
        "book",
        {"product": "identiteit", "start": "2026-11-26T13:00:00"},
    )
    after = await citizen.says("wat kost een rijbewijs?")
    assert after.questions[0].topic == "rijbewijs"


async def test_twelve_questions_later_the_form_is_still_open(citizen: Citizen) -> None:
    await citizen.presses("formulier:afspraak/rijbewijs")
    for _ in range(12):
        beside = await citizen.says("wat kost een paspoort?")
        assert beside.replies[-1].buttons[0].value == "tijd:2026-11-24T09:00"
    assert "Rijbewijs" in (await citizen.presses("tijd:2026-11-24T09:00")).replies[-1].text


async def test_stopping_leaves_nothing_behind(citizen: Citizen) -> None:
    await citizen.presses("formulier:afspraak/identiteit")
    stopped = await citizen.says("stop maar")
    assert "gestopt" in stopped.replies[-1].text
    assert stopped.commands == ()
    assert "Waarvoor" in (await citizen.presses("formulier:afspraak")).replies[-1].text


async def test_an_appointment_is_corrected_and_then_moved_to_another_form(citizen: Citizen) -> None:
    await citizen.presses("formulier:afspraak/identiteit")
    await citizen.presses("tijd:2026-11-24T09:00")
    corrected = await citizen.says("nee")
    assert "Welke past u" in corrected.replies[-1].text
    changed = await citizen.presses("formulier:wijzigen")
    assert "woensdag 25 november om 9.00 uur" in changed.replies[-1].text
    await citizen.presses("formulier:afzeggen")
    done = await citizen.presses("formulier:ja")
    assert [(one.name, dict(one.arguments)) for one in done.commands] == [("cancel", {"reference": "AF-1234-BCD"})]


async def test_a_report_is_filled_in(citizen: Citizen) -> None:
    opened = await citizen.says("er ligt een grote kuil in het fietspad bij de brug, dat wil ik melden")
    assert "Waar is het" in opened.replies[-1].text
    assert "gevaarlijk" in (await citizen.says("Dorpsstraat bij de molen")).replies[-1].text
    assert "Weg, stoep of fietspad" in (await citizen.says("nee")).replies[-1].text
    (command,) = (await citizen.presses("formulier:ja")).commands
    assert command.name == "report"
    assert command.arguments["place"] == "Dorpsstraat bij de molen"


async def test_two_answers_that_cannot_be_read_are_a_failure_twice(citizen: Citizen) -> None:
    await citizen.presses("formulier:melding")
    assert (await citizen.says("xx")).failures_in_a_row == 1
    assert (await citizen.says("zz")).failures_in_a_row == 2
