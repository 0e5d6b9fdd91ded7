"""What a citizen says to a person alerts her when it must, and otherwise costs one transaction."""

from __future__ import annotations

import dataclasses

import pytest

from bot import overhearing, turn
from bot.desk import Desk
from handoff import conversations
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Assessment, Detector, NluSignals, Turn
from handoff.tables import Message
from handoff.vault import Vault
from handoff.vocabulary import CaseState, Owner
from tests.counter import Citizen, FakeRasa, make_desk
from tests.stage import Stage, StoppedClock


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    return make_desk(database, bus, vault, clock, FakeRasa())


@pytest.fixture
async def talking(desk: Desk, stage: Stage) -> Citizen:
    """Somebody who talks with Anna."""
    citizen = await Citizen.starts(desk)
    await citizen.asks("Ik wil een medewerker spreken")
    (case,) = await stage.cases_of(citizen.id)
    await stage.claim(case.id, await stage.employee("Anna"))
    return citizen


async def last_said(stage: Stage, citizen: Citizen) -> Message:
    return (await stage.said(citizen.id))[-1]


async def test_what_alerts_nobody_is_owed_no_turn(stage: Stage, talking: Citizen) -> None:
    await talking.sends("Fijn dat u er bent. Het gaat over mijn paspoort.")
    assert (await last_said(stage, talking)).handled_at is not None
    assert not await turn.answer_next(talking.desk, talking.id)


async def test_nobody_is_woken_for_it(stage: Stage, talking: Citizen) -> None:
    woken: list[str] = []
    desk = dataclasses.replace(talking.desk, wake=woken.append)
    patient = Citizen(desk, talking.id)
    await patient.sends("Het gaat over mijn paspoort.")
    assert woken == []
    await patient.sends("Ik wil niet meer leven")
    assert woken == [talking.id]


async def test_what_alerts_her_is_owed_a_turn_that_survives_the_end_of_the_process(
    stage: Stage, talking: Citizen, database: Database, clock: StoppedClock
) -> None:
    await talking.sends("Ik wil niet meer leven")
    assert (await last_said(stage, talking)).handled_at is None
    async with database.read() as session:
        assert await conversations.awaiting_turn(session, now=clock()) == [talking.id]
    assert await turn.answer_next(talking.desk, talking.id)
    (case,) = await stage.cases_of(talking.id)
    assert (case.level, case.state) == ("crisis", CaseState.HELD)


async def test_a_long_message_is_read_apart_and_alerts_her_too(stage: Stage, talking: Citizen) -> None:
    long = "Ik wil niet meer leven. " + "Het is allemaal te veel voor mij geworden. " * 10
    assert len(long) > overhearing.AT_ONCE_CHARACTERS
    await talking.sends(long)
    assert await turn.answer_next(talking.desk, talking.id)
    (case,) = await stage.cases_of(talking.id)
    assert case.level == "crisis"


async def test_what_she_said_before_is_read_with_it(
    stage: Stage, talking: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[list[str]] = []
    assess = talking.desk.detector.assess

    def noted(turns: list[Turn], nlu: NluSignals | None) -> Assessment:
        read.append([one.text for one in turns])
        return assess(turns, nlu)

    monkeypatch.setattr(talking.desk.detector, "assess", noted)
    await talking.sends("Mijn nummer is 06 37510794")
    await talking.sends("Belt u mij?")
    assert read[-1][-2:] == ["Mijn nummer is [telefoon-1]", "Belt u mij?"]
    assert "Ik wil een medewerker spreken" in read[-1]


async def test_a_detector_that_fails_loses_no_message(
    stage: Stage, talking: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_turns: list[Turn], _nlu: NluSignals | None) -> Assessment:
        raise ArithmeticError

    with monkeypatch.context() as broken:
        broken.setattr(Detector, "assess", fails)
        receipt = await talking.sends("Ik wil niet meer leven")
    assert (await last_said(stage, talking)).id == receipt.message.id
    assert await turn.answer_next(talking.desk, talking.id)
    (case,) = await stage.cases_of(talking.id)
    assert case.level == "crisis"


async def test_with_the_bot_or_in_the_queue_every_message_is_owed_a_turn(stage: Stage, desk: Desk) -> None:
    citizen = await Citizen.starts(desk)
    await citizen.sends("Wat kost een paspoort?")
    assert (await last_said(stage, citizen)).handled_at is None
    await citizen.asks("Ik wil een medewerker spreken")
    assert (await stage.read(citizen.id)).owner == Owner.QUEUED
    await citizen.sends("Ik wacht nog")
    assert (await last_said(stage, citizen)).handled_at is None
