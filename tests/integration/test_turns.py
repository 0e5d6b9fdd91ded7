"""One message, one turn: answered, handed over or kept, whatever happens to Rasa or to the owner meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation, moment, texts, turn, waiting
from bot.content.crisis_texts import CrisisTexts, ToSay
from bot.conversation import ASK_FOR_PERSON
from bot.desk import Desk
from bot.engine import Command, EngineSilent, EngineTurn, EngineUnavailable
from bot.handover import CHOSE_CALL, CHOSE_LEAVE_QUEUE, CHOSE_NO, CHOSE_WAIT, CHOSE_YES
from handoff import dossier, employees, messages, ownership, personal_data, retention
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Assessment, Detector, NluSignals, Turn
from handoff.exceptions import ConversationClosed, InvalidText, UnknownConversation
from handoff.messages import Draft
from handoff.personal_data import Found
from handoff.tables import Case, Employee, Message
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, CaseState, ChannelName, Consent, MessageKind, Owner, Sender
from tests.counter import Asked, Citizen, FakeRasa, answered, make_desk, not_understood
from tests.stage import Stage, StoppedClock


@pytest.fixture
def rasa() -> FakeRasa:
    return FakeRasa()


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock, rasa: FakeRasa) -> Desk:
    return make_desk(database, bus, vault, clock, rasa)


@pytest.fixture
async def citizen(desk: Desk) -> Citizen:
    return await Citizen.starts(desk)


async def only_case(stage: Stage, citizen: Citizen) -> Case:
    (case,) = await stage.cases_of(citizen.id)
    return case


async def claimed(stage: Stage, citizen: Citizen, name: str = "Anna") -> str:
    """Have an employee claim the citizen's waiting case; returns the employee's id."""
    case = next(one for one in await stage.cases_of(citizen.id) if one.state == CaseState.WAITING)
    anna = await stage.employee(name, teams=[case.team])
    await stage.claim(case.id, anna)
    return anna


# Judging


class Seen:
    """A detector that remembers what it was given."""

    def __init__(self, real: Detector) -> None:
        self._real = real
        self.meanings: list[Sequence[float] | None] = []

    def assess(
        self, turns: Sequence[Turn], nlu: NluSignals | None = None, meaning: Sequence[float] | None = None
    ) -> Assessment:
        self.meanings.append(meaning)
        return self._real.assess(turns, nlu)


async def test_detection_knows_what_a_message_to_the_bot_means(desk: Desk, rasa: FakeRasa) -> None:
    rasa.vector = (0.25, -0.5)
    seen = Seen(desk.detector)
    citizen = await Citizen.starts(replace(desk, detector=cast("Detector", seen)))
    await citizen.asks("Wat kost een paspoort?")
    assert rasa.meant == ["Wat kost een paspoort?"]
    assert seen.meanings == [(0.25, -0.5), (0.25, -0.5)]


async def test_nobody_asks_what_a_button_or_a_message_to_a_person_means(
    stage: Stage, citizen: Citizen, rasa: FakeRasa
) -> None:
    await citizen.asks("Praat met een medewerker", choice=ASK_FOR_PERSON)
    assert rasa.meant == []
    await citizen.asks("Ik wacht wel even")
    assert rasa.meant == ["Ik wacht wel even"]
    await claimed(stage, citizen)
    await citizen.asks("Fijn dat u er bent")
    assert rasa.meant == ["Ik wacht wel even"]


# Receiving


async def test_the_first_message_says_that_it_is_no_person_and_what_is_kept(stage: Stage, citizen: Citizen) -> None:
    (welcome,) = await stage.said(citizen.id)
    assert welcome.kind == MessageKind.WELCOME
    for part in ("Ik ben geen mens", "om een medewerker vragen", "burgerservicenummer", "28 dagen"):
        assert part in welcome.text
    assert welcome.links[0]["url"].endswith("/privacy")


async def test_the_same_id_sent_five_times_at_once_is_stored_once_under_one_number(
    stage: Stage, citizen: Citizen, rasa: FakeRasa
) -> None:
    receipts = await asyncio.gather(
        *(citizen.sends("Wat kost een paspoort?", message_id="zelfde-bericht") for _ in range(5))
    )
    assert {receipt.message.seq for receipt in receipts} == {2}
    assert sorted(receipt.repeated for receipt in receipts) == [False, True, True, True, True]
    while await turn.answer_next(citizen.desk, citizen.id):
        pass
    assert len(rasa.asked) == 1
    assert len(await stage.said(citizen.id)) == 3


async def test_many_messages_at_once_get_numbers_without_gaps(stage: Stage, citizen: Citizen) -> None:
    await asyncio.gather(*(citizen.sends(f"vraag {number}") for number in range(12)))
    assert [message.seq for message in await stage.said(citizen.id)] == list(range(1, 14))


@pytest.mark.parametrize("text", ["", "   \n ", "\u200b\u200b", "\u200d", "\x00", "x" * 4_001])
async def test_text_that_cannot_be_stored_leaves_nothing(stage: Stage, citizen: Citizen, text: str) -> None:
    with pytest.raises(InvalidText):
        await citizen.sends(text)
    assert (await stage.read(citizen.id)).last_seq == 1


async def test_a_closed_conversation_takes_no_message_but_acknowledges_one_it_has(
    stage: Stage, citizen: Citizen
) -> None:
    first = await citizen.sends("hallo", message_id="eerste-bericht")
    await conversation.end(citizen.desk, citizen.id)
    again = await citizen.sends("hallo", message_id="eerste-bericht")
    assert (again.repeated, again.message.seq) == (True, first.message.seq)
    with pytest.raises(ConversationClosed):
        await citizen.sends("nog iets")


async def test_a_message_to_an_erased_conversation_is_refused(citizen: Citizen) -> None:
    await conversation.erase(citizen.desk, citizen.id)
    with pytest.raises(UnknownConversation):
        await citizen.sends("hallo")


async def test_rasa_sees_placeholders_only_and_a_bsn_is_remarked(
    stage: Stage, citizen: Citizen, rasa: FakeRasa
) -> None:
    said = await citizen.asks("Mijn BSN is 123456782 en ik bel met 06 37510794, jan@post.example")
    assert said[0] == texts.BSN_MASKED
    assert [asked.text for asked in rasa.asked] == ["Mijn BSN is [bsn-1] en ik bel met [telefoon-1], [e-mail-1]"]
    stored = " ".join(await stage.texts(citizen.id))
    assert "123456782" not in stored
    assert "37510794" not in stored


async def test_personal_data_is_looked_for_before_anybody_else_has_to_wait(
    citizen: Citizen, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = 0
    looked_while_writing: list[int] = []
    begin, find = database.write, personal_data.find

    @contextlib.asynccontextmanager
    async def write() -> AsyncIterator[AsyncSession]:
        nonlocal writing
        async with begin() as session:
            writing += 1
            yield session
        writing -= 1

    def counted(text: str) -> tuple[Found, ...]:
        looked_while_writing.append(writing)
        return find(text)

    monkeypatch.setattr(database, "write", write)
    monkeypatch.setattr(personal_data, "find", counted)
    receipt = await citizen.sends("Bel mij op 06 37510794")
    assert receipt.message.text == "Bel mij op [telefoon-1]"
    assert looked_while_writing == [0]


# Answering


async def test_an_answer_is_stored_with_the_state_and_what_was_understood(
    stage: Stage, citizen: Citizen, rasa: FakeRasa
) -> None:
    rasa.reply = answered("Een paspoort kost 83,87 euro.", state={"slots": {"onderwerp": "paspoort"}})
    assert await citizen.asks("Wat kost een paspoort?") == ["Een paspoort kost 83,87 euro."]
    stored = await stage.read(citizen.id)
    assert stored.engine_state == {"slots": {"onderwerp": "paspoort"}}
    question = (await stage.said(citizen.id))[1]
    assert question.understood == {"topic": "paspoort", "aspect": "kosten", "confidence": 0.91, "failed": False}
    assert question.handled_at is not None


async def test_the_state_of_the_former_turn_travels_with_the_next(citizen: Citizen, rasa: FakeRasa) -> None:
    await citizen.asks("een")
    await citizen.asks("twee")
    assert [asked.state for asked in rasa.asked] == [None, {"turns": 1}]
    assert len({asked.turn_id for asked in rasa.asked}) == 2


async def test_waiting_messages_are_answered_in_order_one_by_one(citizen: Citizen, rasa: FakeRasa) -> None:
    for text in ("een", "twee", "drie"):
        await citizen.sends(text)
    while await turn.answer_next(citizen.desk, citizen.id):
        pass
    assert [asked.text for asked in rasa.asked] == ["een", "twee", "drie"]
    heard = [message.text for message in await citizen.heard(1)]
    assert heard == ["Antwoord op: een", "Antwoord op: twee", "Antwoord op: drie"]


@pytest.mark.parametrize("text", ["ja", "Nee", "nee hoor"])
async def test_a_short_answer_with_nothing_asked_is_for_rasa(
    stage: Stage, citizen: Citizen, rasa: FakeRasa, text: str
) -> None:
    await citizen.asks(text)
    assert [asked.text for asked in rasa.asked] == [text]
    assert (await stage.read(citizen.id)).owner == Owner.BOT


@pytest.mark.parametrize(
    ("text", "choice"), [("Ja", "antwoord:ja"), ("Nee", "antwoord:nee"), ("Kosten", "onderwerp:paspoort/kosten")]
)
@pytest.mark.parametrize("asked", [False, True], ids=["nothing asked", "after the handover question"])
async def test_a_button_of_rasa_goes_to_rasa_whatever_its_title_says(
    stage: Stage, citizen: Citizen, rasa: FakeRasa, text: str, choice: str, asked: bool
) -> None:
    if asked:
        rasa.reply = not_understood(2)
        await citizen.asks("bla")
        rasa.reply = None
    await citizen.asks(text, choice)
    assert rasa.asked[-1].choice == choice
    assert (await stage.read(citizen.id)).owner == Owner.BOT


async def test_a_sensitive_topic_is_answered_and_a_person_offered_once(
    stage: Stage, citizen: Citizen, rasa: FakeRasa
) -> None:
    rasa.reply = answered("Over bijstand.", topic="bijstand")
    assert await citizen.asks("Krijg ik bijstand?") == ["Over bijstand.", texts.OFFER]
    assert await citizen.asks("En hoeveel?") == ["Over bijstand."]
    assert (await stage.read(citizen.id)).owner == Owner.BOT


# The wish for a person


@pytest.mark.parametrize(
    ("text", "choice"),
    [("Ik wil een medewerker spreken", None), ("Praat met een medewerker", ASK_FOR_PERSON), ("Hallo", ASK_FOR_PERSON)],
)
async def test_a_wish_for_a_person_goes_to_the_queue_at_once(
    stage: Stage, citizen: Citizen, rasa: FakeRasa, text: str, choice: str | None
) -> None:
    said = await citizen.asks(text, choice)
    assert rasa.asked == []
    assert len(said) == 1
    assert "U bent als eerste aan de beurt." in said[0]
    assert (await stage.read(citizen.id)).owner == Owner.QUEUED
    case = await only_case(stage, citizen)
    assert (case.level, case.consent, case.reasons) == ("escalate", Consent.ASKED_HERSELF, ["wants_human"])


async def test_rasa_can_ask_for_a_person_too(stage: Stage, citizen: Citizen, rasa: FakeRasa) -> None:
    rasa.reply = answered(topic="parkeervergunning", commands=(Command("handoff", "sleutel"),))
    await citizen.asks("Ik kom er niet uit met mijn vergunning")
    case = await only_case(stage, citizen)
    assert (case.team, case.details) == ("parkeren", {"topic": "parkeervergunning"})
    assert (await stage.read(citizen.id)).owner == Owner.QUEUED


async def test_the_dossier_shows_the_sentence_that_led_to_the_handover(stage: Stage, citizen: Citizen) -> None:
    await citizen.asks("Wat kost een paspoort?")
    await citizen.asks("Dat begrijp ik niet. Ik wil een medewerker spreken! Kan dat?")
    anna = await claimed(stage, citizen)
    async with stage.database.read() as session:
        employee = await session.get(Employee, anna)
        assert employee is not None
        found = await dossier.read(session, (await only_case(stage, citizen)).id, employee)
    assert [(one.sentence, one.reason) for one in found.triggers] == [("Ik wil een medewerker spreken!", "wants_human")]
    assert [attempt.topic for attempt in found.attempts] == ["paspoort"]


@pytest.mark.parametrize(
    ("at", "present", "expected"),
    [
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), True, "Een medewerker neemt het gesprek over."),
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), False, "Wij zoeken een medewerker voor u."),
        (datetime(2026, 11, 22, 10, 0, tzinfo=UTC), False, "Zij zijn er weer morgen om 8.30 uur."),
        (
            datetime(2026, 12, 25, 10, 0, tzinfo=UTC),
            False,
            "er niet (Eerste kerstdag). Zij zijn er weer op maandag 28 december om 8.30 uur.",
        ),
    ],
    ids=["present", "nobody has a console open", "sunday", "christmas"],
)
async def test_the_queue_tells_honestly_who_is_there_and_always_offers_a_way_on(
    stage: Stage, desk: Desk, clock: StoppedClock, at: datetime, present: bool, expected: str
) -> None:
    clock.now = at
    citizen = await Citizen.starts(desk)
    anna = await stage.employee("Anna")
    if present:
        async with stage.database.write() as session:
            await employees.renew_lease(session, anna, now=clock())
    (said,) = await citizen.asks("Ik wil een medewerker spreken")
    assert expected in said
    last = (await stage.said(citizen.id))[-1]
    wait = () if present else (CHOSE_WAIT,)
    assert [button["value"] for button in last.buttons] == [*wait, CHOSE_CALL, CHOSE_LEAVE_QUEUE]


# The handover question


@pytest.fixture
async def asked_citizen(citizen: Citizen, rasa: FakeRasa) -> Citizen:
    """A citizen whom the bot failed twice and who was asked whether she wants a person."""
    rasa.reply = not_understood(1)
    assert await citizen.asks("blabla") == ["Kunt u het anders zeggen?"]
    rasa.reply = not_understood(2)
    assert await citizen.asks("blablabla") == [texts.HANDOVER_QUESTION]
    rasa.reply = None
    rasa.asked.clear()
    return citizen


async def test_the_second_failure_in_a_row_asks_the_handover_question(stage: Stage, asked_citizen: Citizen) -> None:
    last = (await stage.said(asked_citizen.id))[-1]
    assert (last.kind, [button["value"] for button in last.buttons]) == ("question", [CHOSE_YES, CHOSE_CALL, CHOSE_NO])
    assert (await stage.read(asked_citizen.id)).owner == Owner.BOT


@pytest.mark.parametrize(
    ("text", "choice"), [("Ja, graag", CHOSE_YES), ("ja", None), ("Oké!", None), ("ja hoor", None)]
)
async def test_yes_brings_her_to_the_queue_with_the_reasons_and_what_she_was_told(
    stage: Stage, asked_citizen: Citizen, rasa: FakeRasa, text: str, choice: str | None
) -> None:
    await asked_citizen.asks(text, choice)
    case = await only_case(stage, asked_citizen)
    assert (case.reasons, case.consent, case.told) == (["bot_failure"], Consent.ACCEPTED, texts.HANDOVER_QUESTION)
    assert case.triggers[0]["reason"] == "bot_failure"
    assert (await stage.read(asked_citizen.id)).owner == Owner.QUEUED
    assert rasa.asked == []


@pytest.mark.parametrize(("text", "choice"), [("Nee, dank u", CHOSE_NO), ("nee", None), ("laat maar", None)])
async def test_no_leaves_her_with_the_bot_and_is_not_asked_of_rasa(
    stage: Stage, asked_citizen: Citizen, rasa: FakeRasa, text: str, choice: str | None
) -> None:
    assert await asked_citizen.asks(text, choice) == [texts.REFUSED]
    assert rasa.asked == []
    assert await stage.cases_of(asked_citizen.id) == []
    assert await asked_citizen.asks("ja") == ["Antwoord op: ja"], "the question was answered; this yes is another"


async def test_another_question_is_simply_answered(stage: Stage, asked_citizen: Citizen) -> None:
    assert await asked_citizen.asks("Wat kost een paspoort?") == ["Antwoord op: Wat kost een paspoort?"]
    assert (await stage.read(asked_citizen.id)).pending_offer is None


@pytest.mark.parametrize(("text", "choice"), [("Bel mij", CHOSE_CALL), ("bel mij maar", None), ("terugbellen", None)])
async def test_call_me_asks_the_number_and_confirms_with_day_and_reference(
    stage: Stage, asked_citizen: Citizen, rasa: FakeRasa, text: str, choice: str | None
) -> None:
    assert await asked_citizen.asks(text, choice) == [texts.ASK_PHONE]
    (said,) = await asked_citizen.asks("Dat is 06 37510794")
    case = await only_case(stage, asked_citizen)
    assert (case.kind, case.state, case.consent) == (CaseKind.CALLBACK, CaseState.WAITING, Consent.CALLBACK)
    assert case.details["phone"] == "[telefoon-1]"
    assert case.due_on == "2026-11-23"
    assert case.reasons == ["bot_failure"]
    assert case.triggers, "the sentences that led to it come along"
    assert said == (
        f"Wij bellen u op maandag 23 november. Uw kenmerk is {case.reference}. "
        "Komt een ander moment beter uit? Kies het hieronder. U kunt hier gewoon verder vragen."
    )
    assert (await stage.read(asked_citizen.id)).owner == Owner.BOT
    assert rasa.asked == []
    assert await asked_citizen.asks("En nu?") == ["Antwoord op: En nu?"]


async def test_a_text_without_a_number_is_asked_again_and_then_goes_to_the_bot(
    stage: Stage, asked_citizen: Citizen, rasa: FakeRasa
) -> None:
    await asked_citizen.asks("Bel mij", CHOSE_CALL)
    assert await asked_citizen.asks("dat weet u toch?") == [texts.ASK_PHONE_AGAIN]
    assert await asked_citizen.asks("Wat kost een paspoort?") == ["Antwoord op: Wat kost een paspoort?"]
    assert await stage.cases_of(asked_citizen.id) == []


async def test_a_number_the_second_time_is_good_too(stage: Stage, asked_citizen: Citizen) -> None:
    await asked_citizen.asks("Bel mij", CHOSE_CALL)
    await asked_citizen.asks("mijn mobiel")
    (said,) = await asked_citizen.asks("020-1234567")
    assert "Uw kenmerk is TB-" in said


async def test_she_may_still_refuse_to_give_a_number(stage: Stage, asked_citizen: Citizen) -> None:
    await asked_citizen.asks("Bel mij", CHOSE_CALL)
    assert await asked_citizen.asks("Toch niet", CHOSE_NO) == [texts.CALLBACK_CANCELLED]
    assert await stage.cases_of(asked_citizen.id) == []


async def test_a_placeholder_that_she_types_herself_is_no_telephone_number(
    stage: Stage, asked_citizen: Citizen
) -> None:
    await asked_citizen.asks("Bel mij", CHOSE_CALL)
    assert await asked_citizen.asks("[telefoon-1]") == [texts.ASK_PHONE_AGAIN]
    assert await stage.cases_of(asked_citizen.id) == []


async def test_a_button_of_rasa_while_a_number_is_asked_goes_to_rasa(asked_citizen: Citizen, rasa: FakeRasa) -> None:
    await asked_citizen.asks("Bel mij", CHOSE_CALL)
    await asked_citizen.asks("Kosten", "onderwerp:paspoort/kosten")
    assert [asked.choice for asked in rasa.asked] == ["onderwerp:paspoort/kosten"]


async def test_an_old_yes_button_pressed_later_still_brings_her_to_a_person(stage: Stage, citizen: Citizen) -> None:
    await citizen.asks("Wat kost een paspoort?")
    await citizen.asks("Ja, graag", CHOSE_YES)
    assert (await stage.read(citizen.id)).owner == Owner.QUEUED


# Rasa fails


@pytest.mark.parametrize("error", [EngineUnavailable("down"), EngineSilent("nothing")])
async def test_when_rasa_fails_she_is_told_offered_a_person_and_her_message_is_kept(
    stage: Stage, citizen: Citizen, rasa: FakeRasa, error: Exception
) -> None:
    rasa.reply = error
    (said,) = await citizen.asks("Wat kost een paspoort?")
    assert said == f"{texts.ENGINE_FAILED}\n\n{texts.HANDOVER_QUESTION}"
    question = (await stage.said(citizen.id))[1]
    assert (question.text, question.understood) == ("Wat kost een paspoort?", {"failed": True})
    await citizen.asks("ja")
    case = await only_case(stage, citizen)
    assert case.reasons == ["bot_failure"]
    assert "storing" in case.explanation
    assert case.triggers[0]["turn"] == question.seq


async def test_after_a_failure_of_rasa_the_next_question_is_answered_again(citizen: Citizen, rasa: FakeRasa) -> None:
    rasa.reply = EngineUnavailable("down")
    await citizen.asks("een")
    rasa.reply = None
    assert await citizen.asks("twee") == ["Antwoord op: twee"]


# Crisis


async def test_a_crisis_gets_the_fixed_text_first_at_the_head_of_the_queue_without_rasa(
    stage: Stage, citizen: Citizen, rasa: FakeRasa
) -> None:
    await stage.waiting_case()
    stage.clock.advance(60)
    said = await citizen.asks("Ik wil niet meer leven")
    assert "113" in said[0]
    messages_now = await stage.said(citizen.id)
    assert [one.kind for one in messages_now][2] == MessageKind.CRISIS
    assert rasa.asked == []
    case = await only_case(stage, citizen)
    assert (case.level, case.priority, case.consent, case.team) == ("crisis", 0, Consent.NOT_ASKED, "sociaal-wijkteam")
    assert case.told == said[0]
    assert case.triggers
    assert (await stage.read(citizen.id)).owner == Owner.QUEUED
    assert [button["value"] for button in messages_now[-1].buttons] == [CHOSE_LEAVE_QUEUE], "a call may endanger her"


async def test_a_crisis_just_after_midnight_gets_what_holds_on_that_day_in_the_netherlands(
    desk: Desk, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    asked_for = []
    say = CrisisTexts.say

    def noted(written: CrisisTexts, reasons: Iterable[str], *more: Any) -> ToSay:
        asked_for.append(more[-1])
        return say(written, reasons, *more)

    monkeypatch.setattr(CrisisTexts, "say", noted)
    await (await Citizen.starts(desk)).asks("Ik wil niet meer leven")
    assert asked_for == [date(2026, 12, 1)]


async def test_an_urgent_message_goes_before_ordinary_cases(stage: Stage, citizen: Citizen) -> None:
    await citizen.asks("Ik slaap vannacht op straat")
    case = await only_case(stage, citizen)
    assert (case.level, case.priority) == ("urgent", 1)


async def test_a_crisis_comes_before_an_open_question_for_a_number(stage: Stage, asked_citizen: Citizen) -> None:
    await asked_citizen.asks("Bel mij", CHOSE_CALL)
    said = await asked_citizen.asks("Mijn man slaat mij, bel 06 37510794")
    assert (await stage.said(asked_citizen.id))[-2].kind == MessageKind.CRISIS
    assert len(said) == 2
    assert (await only_case(stage, asked_citizen)).priority == 0


# Waiting


@pytest.fixture
async def waiting_citizen(citizen: Citizen, rasa: FakeRasa) -> Citizen:
    await citizen.asks("Ik wil een medewerker spreken")
    return citizen


async def test_while_she_waits_she_gets_one_receipt_and_rasa_is_silent(
    stage: Stage, waiting_citizen: Citizen, rasa: FakeRasa
) -> None:
    (first,) = await waiting_citizen.asks("Het gaat over mijn paspoort")
    assert first.startswith("Uw bericht is bewaard.")
    assert await waiting_citizen.asks("En over mijn rijbewijs") == []
    assert await waiting_citizen.asks("ja") == []
    assert rasa.asked == []
    assert all(one.handled_at for one in await stage.said(waiting_citizen.id))


async def test_a_crisis_while_she_waits_raises_the_case_and_gets_the_text(
    stage: Stage, waiting_citizen: Citizen
) -> None:
    (said,) = await waiting_citizen.asks("Ik wil niet meer leven")
    assert "113" in said
    case = await only_case(stage, waiting_citizen)
    assert (case.level, case.priority) == ("crisis", 0)
    assert set(case.reasons) == {"suicide", "wants_human"}
    assert len(case.triggers) >= 2


async def test_a_crisis_while_a_number_is_asked_of_somebody_who_waits_is_not_taken_for_a_callback(
    stage: Stage, waiting_citizen: Citizen
) -> None:
    await waiting_citizen.asks("Bel mij", CHOSE_CALL)
    said = await waiting_citizen.asks("Ik wil niet meer leven, bel 06 37510794")
    assert "113" in said[0]
    case = await only_case(stage, waiting_citizen)
    assert (case.kind, case.state, case.priority) == (CaseKind.CONVERSATION, CaseState.WAITING, 0)


@pytest.mark.parametrize("choice", [CHOSE_LEAVE_QUEUE, CHOSE_NO])
async def test_leaving_the_queue_brings_the_bot_back(
    stage: Stage, waiting_citizen: Citizen, rasa: FakeRasa, choice: str
) -> None:
    await waiting_citizen.asks("Terug naar de assistent", choice)
    assert (await stage.read(waiting_citizen.id)).owner == Owner.BOT
    assert await waiting_citizen.asks("Wat kost een paspoort?") == ["Antwoord op: Wat kost een paspoort?"]


async def test_leaving_the_queue_works_also_while_a_number_is_asked(stage: Stage, waiting_citizen: Citizen) -> None:
    await waiting_citizen.asks("Bel mij", CHOSE_CALL)
    await waiting_citizen.asks("Terug naar de assistent", CHOSE_LEAVE_QUEUE)
    assert (await stage.read(waiting_citizen.id)).owner == Owner.BOT


async def test_a_callback_instead_of_waiting_takes_reasons_and_sentences_along(
    stage: Stage, waiting_citizen: Citizen
) -> None:
    assert await waiting_citizen.asks("Bel mij", CHOSE_CALL) == [texts.ASK_PHONE]
    said = await waiting_citizen.asks("06 37510794")
    waited, callback = sorted(await stage.cases_of(waiting_citizen.id), key=lambda one: one.kind == "callback")
    assert (waited.state, callback.state) == (CaseState.DONE, CaseState.WAITING)
    assert (callback.reasons, callback.triggers) == (waited.reasons, waited.triggers)
    assert callback.triggers
    assert callback.reference in said[-1]
    assert (await stage.read(waiting_citizen.id)).owner == Owner.BOT


async def test_a_number_that_is_none_is_asked_again_while_she_keeps_her_place(
    stage: Stage, waiting_citizen: Citizen
) -> None:
    await waiting_citizen.asks("Bel mij", CHOSE_CALL)
    assert await waiting_citizen.asks("weet ik niet") == [texts.ASK_PHONE_AGAIN]
    assert (await stage.read(waiting_citizen.id)).owner == Owner.QUEUED


# With an employee


async def test_with_an_employee_rasa_is_never_asked_and_the_bot_is_silent(
    stage: Stage, waiting_citizen: Citizen, rasa: FakeRasa
) -> None:
    await claimed(stage, waiting_citizen)
    for text, choice in (
        ("Wat kost een paspoort?", None),
        ("ja", None),
        ("Medewerker", ASK_FOR_PERSON),
        ("Nee", CHOSE_NO),
    ):
        assert await waiting_citizen.asks(text, choice) == []
    assert rasa.asked == []
    assert (await stage.read(waiting_citizen.id)).owner == Owner.EMPLOYEE


async def test_a_crisis_with_an_employee_alerts_only_her(stage: Stage, waiting_citizen: Citizen) -> None:
    await claimed(stage, waiting_citizen)
    assert await waiting_citizen.asks("Ik wil niet meer leven") == []
    case = await only_case(stage, waiting_citizen)
    assert (case.level, case.state) == ("crisis", CaseState.HELD)


async def test_after_hand_back_the_bot_answers_again_from_where_it_was(
    stage: Stage, citizen: Citizen, rasa: FakeRasa
) -> None:
    await citizen.asks("Wat kost een paspoort?")
    await citizen.asks("Ik wil een medewerker spreken")
    anna = await claimed(stage, citizen)
    async with stage.database.write() as session:
        await ownership.hand_back(session, (await only_case(stage, citizen)).id, anna, now=stage.clock())
    assert await citizen.asks("En een rijbewijs?") == ["Antwoord op: En een rijbewijs?"]
    assert rasa.asked[-1].state == {"turns": 1}


# In flight


async def test_a_reply_that_arrives_after_a_claim_is_discarded_and_audited(
    stage: Stage, citizen: Citizen, rasa: FakeRasa
) -> None:
    async def hand_over_meanwhile(_: Asked) -> EngineTurn:
        case_id = await stage.enqueue(citizen.id)
        await stage.claim(case_id, await stage.employee("Anna"))
        return answered("Te laat antwoord", state={"late": True})

    rasa.reply = hand_over_meanwhile
    said = await citizen.asks("Wat kost een paspoort?")
    assert "Te laat antwoord" not in said
    assert any("U praat nu met Anna" in text for text in said)
    stored = await stage.read(citizen.id)
    assert (stored.owner, stored.engine_state) == (Owner.EMPLOYEE, None)
    actions = [line.action for line in await stage.audit(citizen.id)]
    assert actions.count("reply_discarded") == 1
    question = (await stage.said(citizen.id))[1]
    assert (question.text, question.handled_at is not None) == ("Wat kost een paspoort?", True)


async def test_a_failure_of_rasa_after_a_claim_says_nothing_either(
    stage: Stage, citizen: Citizen, rasa: FakeRasa
) -> None:
    async def hand_over_and_fail(_: Asked) -> EngineTurn:
        await stage.claim(await stage.enqueue(citizen.id), await stage.employee("Anna"))
        raise EngineUnavailable("too slow")

    rasa.reply = hand_over_and_fail
    said = await citizen.asks("Wat kost een paspoort?")
    assert not any(texts.ENGINE_FAILED in text for text in said)


async def test_closing_during_a_turn_discards_the_reply(stage: Stage, citizen: Citizen, rasa: FakeRasa) -> None:
    async def close_meanwhile(_: Asked) -> EngineTurn:
        await conversation.end(citizen.desk, citizen.id)
        return answered("Te laat antwoord")

    rasa.reply = close_meanwhile
    assert "Te laat antwoord" not in await citizen.asks("Wat kost een paspoort?")
    assert (await stage.read(citizen.id)).owner == Owner.CLOSED
    assert (await stage.said(citizen.id))[-1].kind == MessageKind.HANDOVER


async def test_erasing_during_a_turn_leaves_nothing_behind(stage: Stage, citizen: Citizen, rasa: FakeRasa) -> None:
    async def erase_meanwhile(_: Asked) -> EngineTurn:
        await conversation.erase(citizen.desk, citizen.id)
        return answered("Te laat antwoord")

    rasa.reply = erase_meanwhile
    await citizen.sends("Wat kost een paspoort?")
    assert await turn.answer_next(citizen.desk, citizen.id)
    assert await stage.count(Message) == 0
    assert not await turn.answer_next(citizen.desk, citizen.id)


async def test_erasing_while_somebody_waits_ends_her_turn_quietly(stage: Stage, waiting_citizen: Citizen) -> None:
    await waiting_citizen.sends("hallo?")
    now_is = await moment.read(waiting_citizen.desk, waiting_citizen.id)
    assert now_is is not None
    async with stage.database.write() as session:
        await retention.erase(session, waiting_citizen.id, now=stage.clock(), actor="citizen")
    await waiting.queued_turn(waiting_citizen.desk, now_is)
    assert await stage.count(Message) == 0


async def test_a_turn_that_another_process_finished_first_is_not_answered_twice(
    stage: Stage, citizen: Citizen, rasa: FakeRasa
) -> None:
    async def answered_elsewhere(_: Asked) -> EngineTurn:
        rasa.reply = None
        await turn.answer_next(citizen.desk, citizen.id)
        return answered("Nog een keer")

    rasa.reply = answered_elsewhere
    assert await citizen.asks("Wat kost een paspoort?") == ["Antwoord op: Wat kost een paspoort?"]


async def test_detection_reads_a_bounded_history(stage: Stage, citizen: Citizen, rasa: FakeRasa) -> None:
    async with stage.database.write() as session:
        for number in range(120):
            sender = Sender.CITIZEN if number % 2 else Sender.BOT
            await messages.append(session, citizen.id, Draft(f"regel {number}"), sender=sender, now=stage.clock())
    await citizen.sends("Wat kost een paspoort?")
    now_is = await moment.read(citizen.desk, citizen.id)
    assert now_is is not None
    assert len(now_is.history) == moment.HISTORY_MESSAGES
    assert now_is.turns[-1].text == "Wat kost een paspoort?"


async def test_a_wish_far_into_a_long_conversation_points_at_its_own_message(stage: Stage, citizen: Citizen) -> None:
    async with stage.database.write() as session:
        for number in range(60):
            await messages.append(session, citizen.id, Draft(f"r{number}"), sender=Sender.BOT, now=stage.clock())
    receipt = await citizen.sends("Ik wil een medewerker spreken")
    await turn.answer_next(citizen.desk, citizen.id)
    (trigger,) = (await only_case(stage, citizen)).triggers
    assert trigger["turn"] == receipt.message.seq


async def test_a_linked_conversation_knows_which_one_it_goes_on_from(
    stage: Stage, desk: Desk, citizen: Citizen
) -> None:
    await conversation.end(desk, citizen.id)
    opened = await conversation.open_conversation(desk, "voorbeeldstad", ChannelName.WEB, previous_id=citizen.id)
    assert (await stage.read(opened.conversation.id)).previous_id == citizen.id
    (welcome,) = await stage.said(opened.conversation.id)
    assert welcome.text.startswith("U gaat verder in een nieuw gesprek.")


async def test_personal_data_reaches_no_table_in_the_clear(stage: Stage, citizen: Citizen) -> None:
    await citizen.asks("Ik ben op 06 37510794 en jan@post.example bereikbaar, ik wil een medewerker spreken")
    async with stage.database.read() as session:
        rows = [repr(vars(one)) for one in (await session.scalars(select(Message))).all()]
        rows += [repr(vars(one)) for one in (await session.scalars(select(Case))).all()]
    assert not any("37510794" in row or "post.example" in row for row in rows)
