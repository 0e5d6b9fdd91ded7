"""What the citizen was told and chose reaches the dossier, also when she refused at first."""

from __future__ import annotations

import pytest

from bot import texts
from bot.desk import Desk
from bot.engine import Command
from bot.handover import CHOSE_CALL, CHOSE_NO
from handoff import dossier
from handoff.dossier import Dossier
from handoff.tables import Employee
from handoff.vocabulary import Consent
from tests.counter import Citizen, FakeRasa, answered, not_understood
from tests.stage import Stage


@pytest.fixture
async def asked(desk: Desk, rasa: FakeRasa) -> Citizen:
    """A citizen whom the bot failed twice and who was asked whether she wants a person."""
    citizen = await Citizen.starts(desk)
    rasa.reply = not_understood(1)
    await citizen.asks("blabla")
    rasa.reply = not_understood(2)
    await citizen.asks("blablabla")
    rasa.reply = None
    return citizen


async def read(stage: Stage, citizen: Citizen) -> Dossier:
    anna = await stage.employee("Anna")
    (case,) = await stage.cases_of(citizen.id)
    async with stage.database.read() as session:
        employee = await session.get(Employee, anna)
        assert employee is not None
        return await dossier.read(session, case.id, employee)


@pytest.mark.parametrize(("text", "choice"), [("Nee, dank u", CHOSE_NO), ("nee", None)])
async def test_a_refusal_before_a_later_handover_stands_in_the_dossier(
    stage: Stage, asked: Citizen, text: str, choice: str | None
) -> None:
    refusal = await asked.sends(text, choice)
    await asked.asks("Ik wil een medewerker spreken")
    found = await read(stage, asked)
    assert [(one.seq, one.told) for one in found.refusals] == [(refusal.message.seq, texts.HANDOVER_QUESTION)]
    assert refusal.message.seq not in [attempt.seq for attempt in found.attempts]
    assert found.case.consent == Consent.ASKED_HERSELF


async def test_refusing_a_call_says_which_question_that_was(stage: Stage, asked: Citizen) -> None:
    await asked.asks("Bel mij", CHOSE_CALL)
    await asked.asks("Toch niet", CHOSE_NO)
    await asked.asks("Ik wil een medewerker spreken")
    assert [one.told for one in (await read(stage, asked)).refusals] == [texts.ASK_PHONE]


async def test_who_accepts_has_refused_nothing(stage: Stage, asked: Citizen) -> None:
    await asked.asks("ja")
    found = await read(stage, asked)
    assert (found.case.consent, found.case.told, found.refusals) == (Consent.ACCEPTED, texts.HANDOVER_QUESTION, ())


async def test_who_asks_by_herself_was_told_what_happens_then(stage: Stage, desk: Desk) -> None:
    citizen = await Citizen.starts(desk)
    (said,) = await citizen.asks("Ik wil een medewerker spreken")
    case = (await read(stage, citizen)).case
    assert (case.consent, case.told) == (Consent.ASKED_HERSELF, said)
    assert "medewerker" in said


async def test_a_handover_by_rasa_says_what_she_was_told_too(stage: Stage, desk: Desk, rasa: FakeRasa) -> None:
    rasa.reply = answered("Ik verbind u door.", commands=(Command("handoff", "key-1", {}),))
    citizen = await Citizen.starts(desk)
    said = await citizen.asks("kan het anders")
    case = (await read(stage, citizen)).case
    assert (case.consent, case.told) == (Consent.ASKED_HERSELF, said[-1])
