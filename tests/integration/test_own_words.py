"""A citizen reads the place of her report as she wrote it; what is stored, and what Rasa gets, has a placeholder."""

from __future__ import annotations

import dataclasses

import pytest

from bot import transcript
from bot.channels import representation
from bot.desk import Desk
from bot.engine import Command, EngineTurn, ReplyKind
from handoff import conversations, messages
from handoff.messages import Draft
from handoff.vault import Vault
from handoff.vocabulary import Sender
from tests.counter import Citizen, FakeRasa, answered
from tests.stage import Stage

CONFIRM = "Klopt dit?\n- Waar: bij [adres-1]\n- Wat: auto [kenteken-1], mijn nummer is [telefoon-1]"
SAID = "bij Dorpsstraat 12 staat een wrak, kenteken AB-12-CD, mijn nummer is 06 12 34 56 78"


@pytest.fixture
async def citizen(desk: Desk) -> Citizen:
    """She has told where it is."""
    started = await Citizen.starts(desk)
    await started.asks(SAID)
    return started


async def read(citizen: Citizen) -> str:
    """The last message as her channel shows it."""
    async with citizen.desk.database.read() as session:
        shown = await representation.messages(citizen.desk, session, await citizen.heard())
    return shown[-1].tekst


def form(text: str) -> EngineTurn:
    return answered(text, kind=ReplyKind.FORM, topic=None)


async def test_what_a_form_confirms_is_shown_in_her_words_and_stored_masked(citizen: Citizen, rasa: FakeRasa) -> None:
    rasa.reply = form(CONFIRM)
    (stored,) = await citizen.asks("nee")
    assert "[adres-1]" in stored
    assert "Dorpsstraat" not in stored
    assert await read(citizen) == (
        "Klopt dit?\n- Waar: bij Dorpsstraat 12\n- Wat: auto AB-12-CD, mijn nummer is uw telefoonnummer"
    )


async def test_with_the_reference_she_reads_her_own_words(citizen: Citizen, rasa: FakeRasa) -> None:
    about = {"kind": "weg", "category": "Weg", "description": "gat", "place": "bij [adres-1]", "danger": "nee"}
    rasa.reply = EngineTurn((), (), (), (Command("report", "b:report", about),), {"turns": 1}, 0)
    await citizen.asks("ja")
    assert "- Waar: bij Dorpsstraat 12\n- Nummer: **ML-" in await read(citizen)


async def test_rasa_never_gets_them(citizen: Citizen, rasa: FakeRasa) -> None:
    rasa.reply = form(CONFIRM)
    await citizen.asks("het is bij Dorpsstraat 12")
    assert rasa.asked[-1].text == "het is bij [adres-1]"


async def test_an_answer_outside_a_form_repeats_no_value(citizen: Citizen, rasa: FakeRasa) -> None:
    rasa.reply = answered("U noemde [adres-1].")
    await citizen.asks("waar was dat ook weer?")
    assert await read(citizen) == "U noemde het adres dat u noemde."


async def test_a_place_of_another_conversation_stays_hidden(citizen: Citizen, desk: Desk, rasa: FakeRasa) -> None:
    somebody_else = await Citizen.starts(desk)
    rasa.reply = form("Waar: [adres-1]")
    await somebody_else.asks("weet ik niet")
    assert await read(somebody_else) == "Waar: het adres dat u noemde"


async def test_what_an_employee_types_is_not_filled_in(citizen: Citizen, stage: Stage) -> None:
    async with stage.database.write() as session:
        await messages.append(
            session, citizen.id, Draft("bedoelt u [adres-1]?"), sender=Sender.EMPLOYEE, now=stage.clock()
        )
    assert await read(citizen) == "bedoelt u [adres-1]?"


async def test_her_copy_of_the_conversation_has_them_too(citizen: Citizen, desk: Desk, rasa: FakeRasa) -> None:
    rasa.reply = form(CONFIRM)
    await citizen.asks("nee")
    async with desk.database.read() as session:
        stored = await conversations.get(session, citizen.id)
        copy = await transcript.read(session, desk.vault, stored, desk.municipality(stored.municipality))
    assert "- Waar: bij Dorpsstraat 12" in copy
    assert "06 12 34 56 78" not in copy


async def test_with_another_key_it_is_said_in_words(citizen: Citizen, desk: Desk, rasa: FakeRasa) -> None:
    rasa.reply = form("Waar: [adres-1]")
    await citizen.asks("nee")
    elsewhere = dataclasses.replace(citizen.desk, vault=Vault("een heel andere sleutel van genoeg tekens"))
    async with elsewhere.database.read() as session:
        shown = await representation.messages(elsewhere, session, await citizen.heard())
    assert shown[-1].tekst == "Waar: het adres dat u noemde"
