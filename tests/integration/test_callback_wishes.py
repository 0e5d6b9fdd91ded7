"""Being reached by telephone, e-mail or chat, when it suits, as the conversation asks it on every channel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import callback_wishes, texts
from bot.desk import Desk
from bot.handover import CHOSE_CALL, CHOSE_CHAT, WISH
from handoff import ownership, retention
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.exceptions import AlreadyClaimed
from handoff.tables import Case
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, CaseState, ChannelName, Outcome, Owner
from tests.counter import Citizen, FakeRasa, make_desk
from tests.stage import Stage, StoppedClock

FRIDAY_AFTERNOON = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
"""Two o'clock in Amsterdam; the telephone is answered until half past five."""
MONDAY_MORNING = f"{WISH}2026-11-30-ochtend"


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    clock.now = FRIDAY_AFTERNOON
    return make_desk(database, bus, vault, clock, FakeRasa())


async def asked(desk: Desk, *answers: tuple[str, str | None], channel: ChannelName = ChannelName.WEB) -> Citizen:
    """A citizen in the queue who wants to be reached instead, and what she answers."""
    citizen = await Citizen.starts(desk, channel=channel)
    await citizen.asks("Ik wil een medewerker spreken")
    await citizen.asks("Bel mij", CHOSE_CALL)
    for text, choice in answers:
        await citizen.asks(text, choice)
    return citizen


async def callback(stage: Stage, citizen: Citizen) -> Case:
    return next(case for case in await stage.cases_of(citizen.id) if "contact" in case.details)


async def test_she_can_choose_between_the_half_days_in_which_the_team_is_open(stage: Stage, desk: Desk) -> None:
    citizen = await asked(desk, ("06 12345678", None))
    said = (await stage.said(citizen.id))[-1]
    assert said.text.startswith("Wij bellen u op vrijdag 27 november. Uw kenmerk is TB-")
    assert [button["title"] for button in said.buttons] == [
        "vandaag, middag",
        "maandag 30 november, ochtend",
        "maandag 30 november, middag",
        "dinsdag 1 december, ochtend",
    ]
    assert (await callback(stage, citizen)).due_on == "2026-11-27", "who chooses nothing is called all the same"


async def test_a_half_day_is_confirmed_with_its_day_and_hours_and_the_case_is_due_then(
    stage: Stage, desk: Desk
) -> None:
    citizen = await asked(desk, ("06 12345678", None))
    confirmed, asks = await citizen.asks("maandag 30 november, ochtend", MONDAY_MORNING)
    assert confirmed.startswith("Wij bellen u op maandag 30 november, in de ochtend, tussen 8.30 en 12.00 uur. ")
    assert asks == texts.ASK_VOICEMAIL
    case = await callback(stage, citizen)
    assert (case.due_on, case.due_from, case.due_until) == (
        "2026-11-30",
        datetime(2026, 11, 30, 7, 30, tzinfo=UTC),
        datetime(2026, 11, 30, 11, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize("said", [("Nee, liever niet", callback_wishes.DO_NOT_SPEAK_IN), ("nee", None)])
async def test_she_says_whether_a_message_may_be_left_and_whom_to_ask_for(
    stage: Stage, desk: Desk, said: tuple[str, str | None]
) -> None:
    citizen = await asked(desk, ("06 12345678", None), ("maandag", MONDAY_MORNING))
    assert await citizen.asks(*said) == [texts.ASK_WHOM]
    assert await citizen.asks("mevrouw de Wit") == [texts.WISHES_KEPT]
    details = (await callback(stage, citizen)).details
    assert (details["contact"], details["voicemail"], details["name"]) == ("phone", "nee", "mevrouw de Wit")


async def test_another_question_instead_of_a_name_is_answered_as_such(stage: Stage, desk: Desk) -> None:
    citizen = await asked(desk, ("06 12345678", None), ("maandag", MONDAY_MORNING), ("ja", callback_wishes.SPEAK_IN))
    assert await citizen.asks("Wat kost een paspoort?") == ["Antwoord op: Wat kost een paspoort?"]
    assert "name" not in (await callback(stage, citizen)).details


@pytest.mark.parametrize("channel", list(ChannelName))
async def test_an_e_mail_address_does_as_well_for_who_cannot_use_a_telephone(
    stage: Stage, desk: Desk, channel: ChannelName
) -> None:
    citizen = await asked(desk, ("noor@voorbeeld.example", None), channel=channel)
    assert (await stage.last_text(citizen.id)).startswith("Wij mailen u op vrijdag 27 november.")
    case = await callback(stage, citizen)
    assert (case.kind, case.details["contact"], case.details["email"]) == (CaseKind.CALLBACK, "email", "[e-mail-1]")
    assert "noor@" not in " ".join(await stage.texts(citizen.id))


async def test_a_moment_that_is_over_or_closed_is_not_promised(stage: Stage, desk: Desk, clock: StoppedClock) -> None:
    citizen = await asked(desk, ("06 12345678", None))
    clock.advance(5 * 3600)
    assert await citizen.asks("vandaag, middag", f"{WISH}2026-11-27-middag") == [texts.HALF_DAY_PASSED]
    assert await citizen.asks("zaterdag", f"{WISH}2026-11-28-ochtend") == [texts.HALF_DAY_PASSED]
    assert (await callback(stage, citizen)).due_from is None


async def test_a_callback_that_somebody_has_or_that_is_done_is_no_longer_changed(stage: Stage, desk: Desk) -> None:
    citizen = await asked(desk, ("06 12345678", None))
    case, anna = await callback(stage, citizen), await stage.employee("Anna")
    await stage.claim(case.id, anna)
    assert await citizen.asks("maandag", MONDAY_MORNING) == [texts.CALLBACK_IS_HELD]
    async with stage.database.write() as session:
        await ownership.close(session, case.id, anna, Outcome.RESOLVED, now=stage.clock())
    assert await citizen.asks("maandag", MONDAY_MORNING) == [texts.NO_CALLBACK]


async def test_a_wish_is_kept_while_she_waits_for_a_person_again(stage: Stage, desk: Desk) -> None:
    citizen = await asked(desk, ("06 12345678", None))
    await citizen.asks("Ik wil toch een medewerker spreken")
    assert (await stage.read(citizen.id)).owner == Owner.QUEUED
    await citizen.asks("maandag", MONDAY_MORNING)
    assert (await callback(stage, citizen)).due_on == "2026-11-30"


# By chat


@pytest.fixture
async def chats(desk: Desk) -> Citizen:
    """A deaf citizen who wants the employee to come back to this chat."""
    return await asked(desk, ("Liever een chat", CHOSE_CHAT), ("maandag", MONDAY_MORNING))


async def test_a_chat_is_promised_for_its_half_day(stage: Stage, chats: Citizen) -> None:
    said = await stage.texts(chats.id)
    assert said[-1].startswith("Wij komen in deze chat bij u terug op maandag 30 november, in de ochtend")
    assert (await stage.read(chats.id)).owner == Owner.BOT


async def test_claiming_a_chat_begins_the_conversation_with_its_citizen(stage: Stage, chats: Citizen) -> None:
    case, anna = await callback(stage, chats), await stage.employee("Anna")
    await stage.claim(case.id, anna)
    conversation, case = await stage.read(chats.id), await callback(stage, chats)
    assert (conversation.owner, conversation.employee_id) == (Owner.EMPLOYEE, anna)
    assert (case.kind, case.state) == (CaseKind.CONVERSATION, CaseState.HELD)
    assert (await stage.last_text(chats.id)).startswith("U praat nu met Anna")


async def test_a_chat_waits_on_while_the_citizen_talks_with_somebody_else(stage: Stage, chats: Citizen) -> None:
    await chats.asks("Ik wil toch een medewerker spreken")
    case, anna = await callback(stage, chats), await stage.employee("Anna")
    await stage.claim(case.id, anna)
    assert (await callback(stage, chats)).kind == CaseKind.CALLBACK
    assert (await stage.read(chats.id)).owner == Owner.QUEUED


async def test_who_is_not_in_the_chat_is_tried_again_and_then_told(
    stage: Stage, chats: Citizen, clock: StoppedClock
) -> None:
    anna, case_id = await stage.employee("Anna"), (await callback(stage, chats)).id
    ends = []
    for day in (0, 0, 1):
        clock.advance(day * 24 * 3600)
        await stage.claim(case_id, anna)
        async with stage.database.write() as session:
            ends.append(
                await ownership.not_reached(
                    session, case_id, anna, now=clock(), next_day=lambda now: (now + timedelta(days=1)).date()
                )
            )
        conversation, case = await stage.read(chats.id), await stage.case(case_id)
        expected = (Owner.CLOSED, CaseState.DONE) if ends[-1] else (Owner.BOT, CaseState.WAITING)
        assert (conversation.owner, case.state) == expected
        assert await stage.open_count(anna) == 0
    assert ends == [False, False, True]
    assert "Wij zochten u 3 keer in deze chat" in await stage.last_text(chats.id)


async def test_a_chat_that_was_promised_is_not_closed_by_the_clock(
    stage: Stage, chats: Citizen, clock: StoppedClock
) -> None:
    quiet = await stage.conversation()
    clock.advance(48 * 3600)
    async with stage.database.read() as session:
        assert list(await retention.left_alone(session, quiet_since=clock(), limit=10)) == [quiet]


async def test_two_who_claim_a_chat_at_once_are_one_conversation(stage: Stage, chats: Citizen) -> None:
    case = await callback(stage, chats)
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea")
    await stage.claim(case.id, anna)
    with pytest.raises(AlreadyClaimed):
        await stage.claim(case.id, bea)
    assert await stage.open_count(bea) == 0
