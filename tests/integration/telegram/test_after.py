"""What else citizens can do in the chat: judge a conversation, say a code, see their place, point at a place."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from handoff import ownership, spoken_code
from handoff.tables import Conversation, Employee, Message, PersonalValue, Rating
from handoff.vocabulary import Outcome, Owner, Sender
from tests.integration.telegram.conftest import SANNE
from tests.telegram_desk import STAD_TOKEN, Stage
from tests.telegram_server import FakeTelegram, Sent

PIET = 4102
PLACE = {"latitude": 52.370216, "longitude": 4.895168}


@pytest.fixture
async def samira(stage: Stage, telegram: FakeTelegram, samira: Employee) -> Employee:
    """She has said hello to Sanne."""
    await stage.employee_says(samira, "Dag, ik ben Samira.")
    await telegram.until_text(STAD_TOKEN, SANNE, "Dag, ik ben Samira.")
    return samira


async def closed(stage: Stage, telegram: FakeTelegram, samira: Employee, outcome: Outcome = Outcome.RESOLVED) -> None:
    case = await stage.open_case()
    async with stage.desk.database.write() as session:
        await ownership.close(session, case.id, samira.id, outcome, now=stage.clock())
    await telegram.until_text(STAD_TOKEN, SANNE, "Dit gesprek is afgesloten")


async def shown_instead(telegram: FakeTelegram, sent: Sent, words: str) -> Sent:
    """The message as it was changed into something with these words."""
    return await telegram.until(lambda: (now := telegram.changed(STAD_TOKEN, sent)) and words in now.text and now)


async def test_judgement_is_asked_step_by_step_and_kept_as_it_is_given(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    await closed(stage, telegram, samira)
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Is uw vraag beantwoord?")
    assert question.titles == ["Ja", "Deels", "Nee"]
    telegram.press(STAD_TOKEN, question, "Deels")
    again = await shown_instead(telegram, question, "Moest u uw verhaal opnieuw vertellen")
    [rating] = await stage.all(Rating)
    assert (rating.answered, rating.by_person, rating.score, rating.told_again) == ("partly", True, None, None)

    telegram.press(STAD_TOKEN, again, "Nee")
    scores = await shown_instead(telegram, question, "Welk cijfer")
    telegram.press(STAD_TOKEN, scores, "4")
    prompt = await telegram.until_text(STAD_TOKEN, SANNE, "Wilt u er nog iets over zeggen?")
    telegram.reply(STAD_TOKEN, prompt, "Fijn geholpen, bel mij op 06 12345678")
    await telegram.until_text(STAD_TOKEN, SANNE, "Wij hebben het bewaard")
    [rating] = await stage.all(Rating)
    assert (rating.answered, rating.score, rating.told_again) == ("partly", 4, False)
    assert rating.channel == "telegram"
    assert rating.comment == "Fijn geholpen, bel mij op [telefoon]"
    assert len(await stage.conversations()) == 1, "a judgement is no new conversation"
    assert "Fijn geholpen" not in str(await stage.said())


async def test_comment_from_which_somebody_needs_help_is_read_as_a_message(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    await closed(stage, telegram, samira)
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Is uw vraag beantwoord?")
    telegram.press(STAD_TOKEN, question, "Nee")
    again = await shown_instead(telegram, question, "Moest u uw verhaal opnieuw vertellen")
    telegram.press(STAD_TOKEN, again, "Ja")
    telegram.press(STAD_TOKEN, await shown_instead(telegram, question, "Welk cijfer"), "1")
    prompt = await telegram.until_text(STAD_TOKEN, SANNE, "Wilt u er nog iets over zeggen?")
    telegram.reply(STAD_TOKEN, prompt, "het hoeft niet meer, ik denk aan zelfmoord")
    await telegram.until_text(STAD_TOKEN, SANNE, "113")
    await stage.until_owner(Owner.QUEUED)
    assert (await stage.all(Rating))[0].comment is None


@pytest.mark.parametrize("outcome", [Outcome.MISCONDUCT])
async def test_no_judgement_is_asked_where_none_may_be(
    stage: Stage, telegram: FakeTelegram, samira: Employee, outcome: Outcome
) -> None:
    await closed(stage, telegram, samira, outcome)
    await stage.until_delivered()
    assert not any("vraag beantwoord" in text for text in telegram.bot(STAD_TOKEN).texts(SANNE))


async def test_nobody_judges_another_ones_conversation_or_after_a_day(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    await closed(stage, telegram, samira)
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Is uw vraag beantwoord?")
    telegram.press(STAD_TOKEN, Sent(**{**vars(question), "chat_id": PIET}), "Ja")
    await telegram.until(lambda: telegram.bot(STAD_TOKEN).called("editMessageText"))
    stage.clock.ahead += timedelta(days=1, minutes=1)
    telegram.press(STAD_TOKEN, question, "Ja")
    await shown_instead(telegram, question, "niet meer open")
    assert await stage.all(Rating) == []


async def test_who_stops_is_asked_in_the_same_message_and_not_later(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "Wat kost een paspoort?")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op")
    telegram.say(STAD_TOKEN, SANNE, "/stop")
    stopped = await telegram.until_text(STAD_TOKEN, SANNE, "wij sturen u niets meer")
    assert "Is uw vraag beantwoord?" in stopped.text
    telegram.press(STAD_TOKEN, stopped, "Ja")
    await shown_instead(telegram, stopped, "Welk cijfer")
    [rating] = await stage.all(Rating)
    assert (rating.answered, rating.by_person) == ("yes", False)


async def test_stop_that_is_told_again_later_does_not_end_what_came_after(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "hallo")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: hallo")
    stop = telegram.message(SANNE, text="/stop")
    number = telegram.push(STAD_TOKEN, {"message": stop})
    await stage.until_owner(Owner.CLOSED)
    telegram.say(STAD_TOKEN, SANNE, "toch nog iets")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: toch nog iets")
    telegram.push(STAD_TOKEN, {"message": stop}, update_id=number)
    telegram.say(STAD_TOKEN, SANNE, "en nog iets")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: en nog iets")
    assert len(await stage.conversations()) == 2


async def test_what_was_erased_does_not_come_back_when_it_is_told_again(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    secret = telegram.message(SANNE, text="mijn geheim is een egel")
    number = telegram.push(STAD_TOKEN, {"message": secret})
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: mijn geheim")
    telegram.say(STAD_TOKEN, SANNE, "/wis")
    telegram.press(STAD_TOKEN, await telegram.until_text(STAD_TOKEN, SANNE, "alles wissen"), "Ja, wis alles")
    await telegram.until_text(STAD_TOKEN, SANNE, "is bij de gemeente gewist")
    telegram.push(STAD_TOKEN, {"message": secret}, update_id=number)
    telegram.say(STAD_TOKEN, SANNE, "hallo weer")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: hallo weer")
    assert await stage.said() == ["hallo weer"]


async def test_code_is_said_once_stored_nowhere_and_opens_the_conversation(
    stage: Stage, telegram: FakeTelegram, tmp_path: Path
) -> None:
    samira = await stage.employee()
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "mijn tante zoekt haar pas")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: mijn tante")
    message = telegram.message(SANNE, text="/code")
    for _ in range(2):
        telegram.push(STAD_TOKEN, {"message": message})
    said = await telegram.until_text(STAD_TOKEN, SANNE, "Uw code is")
    code = re.search(r"\d\d \d\d \d\d", said.text)
    assert code is not None
    telegram.say(STAD_TOKEN, SANNE, "dank")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: dank")
    assert sum("Uw code is" in text for text in telegram.bot(STAD_TOKEN).texts(SANNE)) == 1
    assert code[0].encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("balie.db*"))
    async with stage.desk.database.write() as session:
        case = await spoken_code.use(session, stage.desk.vault, code[0], samira, now=stage.clock())
    assert case.conversation_id == (await stage.conversations())[0].id


async def test_who_waits_can_ask_for_her_place(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, PIET, "/medewerker")
    await telegram.until_text(STAD_TOKEN, PIET, "aan de beurt")
    telegram.say(STAD_TOKEN, SANNE, "/wachtrij")
    await telegram.until_text(STAD_TOKEN, SANNE, "U staat nu niet in de rij.")
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    await telegram.until_text(STAD_TOKEN, SANNE, "nummer 2 in de rij")
    telegram.say(STAD_TOKEN, SANNE, "/wachtrij")
    answer = await telegram.until_text(STAD_TOKEN, SANNE, "Hoe lang het duurt, weten wij nu niet.")
    assert "U bent nummer 2 in de rij." in answer.text


async def in_report(stage: Stage) -> None:
    """The bot takes a report down."""
    async with stage.desk.database.write() as session:
        conversation = await session.get(Conversation, (await stage.conversations())[-1].id)
        assert conversation is not None
        opened = {"event": "active_loop", "name": "report_form"}
        conversation.engine_state = {"active_loop": None, "events": [opened]}


async def test_place_on_the_map_goes_to_the_report_that_asks_for_it(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "er ligt een losse tegel")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: er ligt")
    await in_report(stage)
    telegram.push(STAD_TOKEN, {"message": telegram.message(SANNE, location=PLACE)})
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: de plek die u stuurde")
    assert stage.engine.asked[-1][1] == "[locatie-1]"
    [value] = await stage.all(PersonalValue)
    assert stage.desk.vault.decrypt(value.ciphertext) == "52.370216, 4.895168"


async def test_place_that_nobody_asked_for_is_kept_for_an_employee(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.push(STAD_TOKEN, {"message": telegram.message(SANNE, location=PLACE)})
    await telegram.until_text(STAD_TOKEN, SANNE, "Een medewerker kan die plek zien.")
    assert await stage.said() == ["Mijn locatie: [locatie-1]"]
    assert stage.engine.asked == []


async def test_place_reaches_the_employee_who_has_the_conversation(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    venue = {"location": PLACE, "title": "Café De Kroon", "address": "Dorpsstraat 1"}
    telegram.push(STAD_TOKEN, {"message": telegram.message(SANNE, venue=venue, location=PLACE)})
    moved = telegram.message(SANNE, location={**PLACE, "live_period": 600})
    telegram.push(STAD_TOKEN, {"message": moved})
    telegram.push(STAD_TOKEN, {"edited_message": {**moved, "edit_date": moved["date"] + 9}})
    telegram.say(STAD_TOKEN, SANNE, "daar dus")
    await stage.until_said(
        "Praat met een medewerker",
        "Mijn locatie: Café De Kroon, [adres-1] ([locatie-1])",
        "Mijn locatie: [locatie-1]",
        "daar dus",
    )


async def test_employee_reads_why_a_citizen_is_gone(stage: Stage, telegram: FakeTelegram, samira: Employee) -> None:
    telegram.bot(STAD_TOKEN).blocked_by.add(SANNE)
    await stage.employee_says(samira, "Bent u er nog?")
    await stage.until_owner(Owner.CLOSED)
    await stage.until_delivered()
    notes = await stage.all(Message, Message.sender == Sender.SYSTEM)
    assert any("op Telegram niet meer te bereiken" in one.text for one in notes)
