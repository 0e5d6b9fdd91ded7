"""What the bot does for a citizen, done with the reply or not at all; on both databases."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import conversation, turn
from bot.desk import Desk
from bot.engine import Command, EngineTurn
from bot.office import calendar_file
from handoff import conversations
from handoff.bus import Bus
from handoff.database import Database
from handoff.detection import Assessment, Level, Reason
from handoff.tables import Appointment, AppointmentCell, Case
from handoff.vault import Vault
from tests.counter import Citizen, FakeRasa, answered, make_desk
from tests.stage import StoppedClock

TUESDAY_NINE = "2026-11-24T09:00:00"
WEDNESDAY_TEN = "2026-11-25T10:00:00"
PIT = {"kind": "weg", "category": "Weg", "description": "diep gat", "place": "bij [adres-1]", "danger": "nee"}


@pytest.fixture
def rasa() -> FakeRasa:
    return FakeRasa()


@pytest.fixture
def desk(database: Database, bus: Bus, vault: Vault, clock: StoppedClock, rasa: FakeRasa) -> Desk:
    return make_desk(database, bus, vault, clock, rasa)


def doing(name: str, key: str = "beurt-1", **arguments: Any) -> EngineTurn:
    """A filled-in form: no words of the bot's own, one command."""
    return EngineTurn((), (), (), (Command(name, f"{key}:{name}", arguments),), {"turns": 1}, 0)


async def rows(desk: Desk, table: type[Any]) -> int:
    async with desk.database.read() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def booked(desk: Desk) -> Appointment:
    async with desk.database.read() as session:
        return (await session.scalars(select(Appointment))).one()


async def test_an_appointment_is_confirmed_with_day_place_and_number(desk: Desk, rasa: FakeRasa) -> None:
    citizen = await Citizen.starts(desk)
    rasa.reply = doing("book", product="identiteit", start=TUESDAY_NINE)
    (text,) = await citizen.asks("ja")
    assert "dinsdag 24 november om 9.00 uur" in text
    assert (await booked(desk)).reference in text
    last = (await citizen.heard())[-1]
    assert re.fullmatch(r"http://127\.0\.0\.1:8080/afspraken/[\w-]+\.ics", last.links[0]["url"])


async def test_a_turn_that_is_done_again_books_once(desk: Desk, rasa: FakeRasa) -> None:
    citizen = await Citizen.starts(desk)
    rasa.reply = doing("book", key="zelfde", product="identiteit", start=TUESDAY_NINE)
    await citizen.asks("ja")
    await citizen.asks("ja")
    assert await rows(desk, Appointment) == 1


async def test_a_time_that_is_gone_is_said_and_nothing_is_booked(desk: Desk, rasa: FakeRasa) -> None:
    citizen = await Citizen.starts(desk, "fictiedam")
    for number, expected in enumerate(("staat vast", "net weg")):
        rasa.reply = doing("book", key=f"b{number}", product="identiteit", start=TUESDAY_NINE)
        (text,) = await citizen.asks("ja")
        assert expected in text
    assert await rows(desk, Appointment) == 1
    assert (await citizen.heard())[-1].buttons[0]["value"] == "formulier:afspraak/identiteit"


async def test_a_reply_that_comes_too_late_books_nothing(desk: Desk, rasa: FakeRasa) -> None:
    citizen = await Citizen.starts(desk)

    async def hand_over_meanwhile(_: object) -> EngineTurn:
        await citizen.sends("ik wil een medewerker", "medewerker:graag", message_id="tussendoor")
        rasa.reply = answered("...")
        async with desk.database.write() as session:
            (await conversations.lock(session, citizen.id)).epoch += 1
        return doing("book", product="identiteit", start=TUESDAY_NINE)

    rasa.reply = hand_over_meanwhile
    await citizen.sends("ja")
    await turn.answer_next(desk, citizen.id)
    assert await rows(desk, Appointment) == 0
    assert await rows(desk, AppointmentCell) == 0


async def test_moving_keeps_the_number_and_cancelling_frees_the_desk(desk: Desk, rasa: FakeRasa) -> None:
    citizen = await Citizen.starts(desk)
    rasa.reply = doing("book", product="identiteit", start=TUESDAY_NINE)
    await citizen.asks("ja")
    reference = (await booked(desk)).reference
    rasa.reply = doing("move", reference=reference, start=WEDNESDAY_TEN)
    (moved,) = await citizen.asks("ja")
    assert "woensdag 25 november om 10.00 uur" in moved
    assert reference in moved
    rasa.reply = doing("cancel", reference=reference)
    (cancelled,) = await citizen.asks("ja")
    assert "is afgezegd" in cancelled
    assert await rows(desk, AppointmentCell) == 0
    (again,) = await citizen.asks("ja")
    assert "staat niet meer in de agenda" in again


async def test_a_report_stands_in_the_queue_of_public_space_once(desk: Desk, rasa: FakeRasa) -> None:
    citizen = await Citizen.starts(desk)
    rasa.reply = doing("report", key="zelfde", **PIT)
    (text,) = await citizen.asks("ja")
    await citizen.asks("ja")
    async with desk.database.read() as session:
        case = (await session.scalars(select(Case))).one()
    assert (case.kind, case.team, case.level, case.state) == ("report", "leefomgeving", "escalate", "waiting")
    assert case.reference in text
    assert case.details["place"] == "bij [adres-1]"


async def test_a_dangerous_report_goes_first(desk: Desk, rasa: FakeRasa) -> None:
    citizen = await Citizen.starts(desk)
    rasa.reply = doing("report", **{**PIT, "danger": "ja"})
    await citizen.asks("ja")
    async with desk.database.read() as session:
        assert (await session.scalars(select(Case))).one().priority == 1


async def test_an_erased_conversation_leaves_the_appointment_without_it(desk: Desk, rasa: FakeRasa) -> None:
    citizen = await Citizen.starts(desk)
    rasa.reply = doing("book", product="identiteit", start=TUESDAY_NINE)
    await citizen.asks("ja")
    await conversation.erase(desk, citizen.id)
    kept = await booked(desk)
    assert kept.conversation_id is None


async def test_the_calendar_file_has_time_place_and_number(desk: Desk, rasa: FakeRasa) -> None:
    citizen = await Citizen.starts(desk)
    rasa.reply = doing("book", product="identiteit", start=TUESDAY_NINE)
    await citizen.asks("ja")
    one = await booked(desk)
    file = calendar_file(one, desk.municipality("voorbeeldstad"), desk.clock()).decode()
    assert "DTSTART:20261124T080000Z" in file
    assert "DTEND:20261124T081500Z" in file
    assert one.reference in file.replace("\r\n ", "")


async def test_what_was_done_is_said_before_a_person_is_offered(desk: Desk, rasa: FakeRasa) -> None:
    citizen = await Citizen.starts(desk)
    rasa.reply = doing("report", **PIT)
    heard = await citizen.asks("Ik ben woedend over die kuil, dit is al de derde keer, verstuur het nu maar")
    assert "Wij hebben uw melding" in heard[0]


async def test_a_form_that_is_finished_is_no_failure_of_the_bot(
    desk: Desk, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = await Citizen.starts(desk)
    failed = Assessment(Level.ESCALATE, (Reason.BOT_FAILURE,), explanation="Doorgezet: de assistent kwam er niet uit.")
    monkeypatch.setattr(desk.detector, "assess", lambda *_: failed)
    rasa.reply = doing("report", **PIT)
    (only,) = await citizen.asks("ja")
    assert "Wij hebben uw melding" in only
