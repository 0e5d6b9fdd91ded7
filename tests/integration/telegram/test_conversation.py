"""A citizen on Telegram: talking with the bot, pressing buttons, a person who takes over and hands back."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.telegram import peers
from bot.channels.telegram.texts import BUTTON_EXPIRED
from bot.conversation import ASK_FOR_PERSON
from bot.engine import Button, Link, Reply
from handoff import audit, ownership
from handoff.bus import Event, conversation_subject
from handoff.tables import Message
from handoff.vocabulary import Outcome, Owner, Sender
from tests.telegram_desk import DAM, DAM_TOKEN, STAD, STAD_TOKEN, Stage
from tests.telegram_server import FakeTelegram

SANNE, PIET = 4101, 4102


async def test_first_message_gets_warning_welcome_and_answer_in_that_order(
    stage: Stage, telegram: FakeTelegram
) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "Wat kost een paspoort?")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: Wat kost een paspoort?")
    warning, welcome, answer = telegram.bot(STAD_TOKEN).to(SANNE)
    assert "Telegram is niet van de gemeente Voorbeeldstad" in warning.text
    assert "(BSN)" in warning.text
    assert "andere papieren" in warning.text
    assert "digitale assistent" in welcome.text
    assert welcome.button("Lees over uw privacy")["url"] == "https://www.voorbeeldstad.example/privacy"
    assert answer.text == "Antwoord op: Wat kost een paspoort?"
    assert stage.engine.asked == [(STAD, "Wat kost een paspoort?", None)]


async def test_chat_id_is_nowhere_in_the_clear(stage: Stage, telegram: FakeTelegram, tmp_path: Path) -> None:
    chat_id = 5_987_654_321
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, chat_id, "hallo")
    await telegram.until_text(STAD_TOKEN, chat_id, "Antwoord op: hallo")
    await stage.until_delivered()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("balie.db*"))
    assert b"Antwoord op: hallo" in stored
    assert str(chat_id).encode() not in stored
    assert chat_id.to_bytes(8, "big") not in stored


async def test_pressed_button_is_stored_with_its_title_and_choice(stage: Stage, telegram: FakeTelegram) -> None:
    links = (Link("Afspraak maken", "https://www.voorbeeldstad.example/afspraak"),)
    buttons = (Button("Kosten", "onderwerp:paspoort/kosten"), Button("Termijn", "onderwerp:paspoort/termijn"))
    stage.engine.answers("paspoort", Reply("Wat wilt u weten?", buttons, links))
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "paspoort")
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Wat wilt u weten?")
    assert question.titles == ["Kosten", "Termijn", "Afspraak maken"]

    query = telegram.press(STAD_TOKEN, question, "Kosten")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: Kosten")
    bot = telegram.bot(STAD_TOKEN)
    answered = await telegram.until(lambda: bot.called("answerCallbackQuery"))
    assert [call["callback_query_id"] for call in answered] == [query]
    (edited,) = await telegram.until(lambda: bot.called("editMessageReplyMarkup"))
    assert int(edited["message_id"]) == question.message_id
    assert "Kosten" not in edited["reply_markup"]
    assert "https://www.voorbeeldstad.example/afspraak" in edited["reply_markup"]
    assert stage.engine.asked[-1] == (STAD, "Kosten", "onderwerp:paspoort/kosten")


async def test_button_that_is_tapped_twice_counts_once(stage: Stage, telegram: FakeTelegram) -> None:
    stage.engine.answers("paspoort", Reply("Wat?", (Button("Kosten", "onderwerp:paspoort/kosten"),)))
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "paspoort")
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Wat?")
    telegram.press(STAD_TOKEN, question, "Kosten")
    telegram.press(STAD_TOKEN, question, "Kosten")
    telegram.say(STAD_TOKEN, SANNE, "en nu?")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: en nu?")
    assert await stage.said() == ["paspoort", "Kosten", "en nu?"]
    await telegram.until(lambda: len(telegram.bot(STAD_TOKEN).called("answerCallbackQuery")) == 2)


async def test_button_under_a_message_telegram_no_longer_shows_keeps_its_title(
    stage: Stage, telegram: FakeTelegram
) -> None:
    stage.engine.answers("paspoort", Reply("Wat?", (Button("Kosten", "onderwerp:paspoort/kosten"),)))
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "paspoort")
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Wat?")
    inaccessible = {
        "message_id": question.message_id,
        "date": 0,
        "chat": {"id": SANNE, "type": "private"},
    }
    telegram.press(STAD_TOKEN, question, "Kosten", message=inaccessible)
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: Kosten")


async def test_button_that_was_never_offered_is_refused_with_a_way_on(stage: Stage, telegram: FakeTelegram) -> None:
    stage.engine.answers("paspoort", Reply("Wat?", (Button("Kosten", "onderwerp:paspoort/kosten"),)))
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "paspoort")
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Wat?")
    telegram.press(STAD_TOKEN, question, "Kosten", data="overdracht:verzonnen")
    (answer,) = await telegram.until(lambda: telegram.bot(STAD_TOKEN).called("answerCallbackQuery"))
    assert answer["text"] == BUTTON_EXPIRED
    assert await stage.said() == ["paspoort"]


async def test_person_takes_over_talks_and_hands_back(stage: Stage, telegram: FakeTelegram) -> None:
    samira = await stage.employee("Samira")
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "Wat kost een paspoort?")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op")
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    queued = await telegram.until_text(STAD_TOKEN, SANNE, "aan de beurt")
    assert "Bel mij" in queued.titles
    (asked,) = await stage.all(Message, Message.choice == ASK_FOR_PERSON)
    assert asked.text == "Praat met een medewerker"

    case_id = await stage.claim(samira)
    await telegram.until_text(STAD_TOKEN, SANNE, "U praat nu met Samira")
    await stage.employee_says(samira, "Goedemiddag, waar kan ik **u** mee helpen?")
    spoken = await telegram.until_text(STAD_TOKEN, SANNE, "waar kan ik u mee helpen?")
    assert spoken.html.startswith("<b>Samira</b>\n")
    telegram.say(STAD_TOKEN, SANNE, "Mijn paspoort is gestolen")
    telegram.say(STAD_TOKEN, SANNE, "/help")
    await telegram.until_text(STAD_TOKEN, SANNE, "Typ /medewerker")
    asked_before = len(stage.engine.asked)

    async with stage.desk.database.write() as session:
        await ownership.hand_back(session, case_id, samira.id, now=stage.clock())
    await telegram.until_text(STAD_TOKEN, SANNE, "U praat weer met de digitale assistent")
    assert len(stage.engine.asked) == asked_before == 1, "with a person the bot is not asked"
    telegram.say(STAD_TOKEN, SANNE, "En een id-kaart?")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: En een id-kaart?")
    assert len(await stage.conversations()) == 1


async def test_leaving_the_queue_by_its_button_gives_the_bot_back(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/medewerker mijn buurman is overleden")
    queued = await telegram.until_text(STAD_TOKEN, SANNE, "aan de beurt")
    assert (await stage.said()) == ["mijn buurman is overleden"]
    telegram.press(STAD_TOKEN, queued, "Terug naar de assistent")
    await telegram.until_text(STAD_TOKEN, SANNE, "U praat weer met de digitale assistent")


async def test_own_contact_counts_as_the_number_to_call(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    queued = await telegram.until_text(STAD_TOKEN, SANNE, "aan de beurt")
    telegram.press(STAD_TOKEN, queued, "Bel mij")
    await telegram.until_text(STAD_TOKEN, SANNE, "Op welk nummer")
    contact = {"phone_number": "31612345678", "first_name": "Sanne", "user_id": SANNE}
    telegram.push(STAD_TOKEN, {"message": telegram.message(SANNE, contact=contact)})
    await telegram.until_text(STAD_TOKEN, SANNE, "Uw kenmerk is TB-")
    assert (await stage.said())[-1] == "[telefoon-1]"


async def test_message_after_closing_opens_a_linked_conversation_without_the_warning(
    stage: Stage, telegram: FakeTelegram
) -> None:
    samira = await stage.employee()
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    await telegram.until_text(STAD_TOKEN, SANNE, "aan de beurt")
    case_id = await stage.claim(samira)
    async with stage.desk.database.write() as session:
        await ownership.close(session, case_id, samira.id, Outcome.RESOLVED, now=stage.clock())
    await telegram.until_text(STAD_TOKEN, SANNE, "Dit gesprek is afgesloten")
    telegram.say(STAD_TOKEN, SANNE, "Nog een vraag")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: Nog een vraag")
    first, second = await stage.conversations()
    assert (first.owner, second.owner) == (Owner.CLOSED, Owner.BOT)
    assert second.previous_id == first.id
    warnings = [text for text in telegram.bot(STAD_TOKEN).texts(SANNE) if "Telegram is niet van" in text]
    assert len(warnings) == 1


async def test_start_is_answered_by_the_welcome_and_later_by_help(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/start")
    await telegram.until_text(STAD_TOKEN, SANNE, "Waar kan ik u mee helpen?")
    telegram.say(STAD_TOKEN, SANNE, "hallo")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: hallo")
    await stage.until_delivered()
    assert len(telegram.bot(STAD_TOKEN).to(SANNE)) == 3
    telegram.say(STAD_TOKEN, SANNE, "/start")
    again = await telegram.until_text(STAD_TOKEN, SANNE, "Typ /medewerker")
    assert "14 099" in again.text
    assert len(stage.engine.asked) == 1


async def test_commands_are_registered_in_dutch(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    (call,) = await telegram.until(lambda: telegram.bot(STAD_TOKEN).called("setMyCommands"))
    assert "Praat met een medewerker" in call["commands"]


async def test_bsn_is_masked_and_the_citizen_is_told(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "mijn bsn is 111222333")
    await telegram.until_text(STAD_TOKEN, SANNE, "Wij hebben het nummer onleesbaar gemaakt")
    assert "111222333" not in (await stage.said())[0]


async def test_edit_is_answered_and_kept_beside_the_first_words(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    message = telegram.say(STAD_TOKEN, SANNE, "paspoort voor mijn zon")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: paspoort voor mijn zon")
    edited = {**message, "text": "paspoort voor mijn zoon", "edit_date": message["date"] + 5}
    telegram.push(STAD_TOKEN, {"edited_message": edited})
    telegram.push(STAD_TOKEN, {"edited_message": edited})
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: paspoort voor mijn zoon")
    await stage.until_said("paspoort voor mijn zon", "paspoort voor mijn zoon")
    first, second = await stage.all(Message, Message.sender == Sender.CITIZEN)
    assert (first.corrects_seq, second.corrects_seq) == (None, first.seq)


async def test_edits_within_one_second_are_all_kept(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    message = telegram.say(STAD_TOKEN, SANNE, "een")
    for text in ("twee", "drie"):
        telegram.push(STAD_TOKEN, {"edited_message": {**message, "text": text, "edit_date": message["date"]}})
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: drie")
    await stage.until_said("een", "twee", "drie")
    first, *corrections = await stage.all(Message, Message.sender == Sender.CITIZEN)
    assert [one.corrects_seq for one in corrections] == [first.seq, first.seq]


async def test_edit_that_changes_no_words_is_no_message(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    message = telegram.say(STAD_TOKEN, SANNE, "kijk op https://voorbeeldstad.example, mijn bsn is 111222333")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: kijk")
    telegram.push(STAD_TOKEN, {"edited_message": {**message, "edit_date": message["date"] + 1}})
    telegram.say(STAD_TOKEN, SANNE, "en verder")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: en verder")
    assert len(await stage.said()) == 2


async def test_message_changed_into_a_command_is_that_command(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    message = telegram.say(STAD_TOKEN, SANNE, "paspoort")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: paspoort")
    telegram.push(STAD_TOKEN, {"edited_message": {**message, "text": "/medewerker", "edit_date": message["date"] + 1}})
    await stage.until_owner(Owner.QUEUED)


PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
VOICE = {"file_id": "f", "file_unique_id": "u", "duration": 3}
DOCUMENT = {"file_id": "f", "file_unique_id": "u", "file_name": "paspoort.pdf"}
STICKER = {
    "file_id": "f",
    "file_unique_id": "u",
    "type": "regular",
    "width": 1,
    "height": 1,
    "is_animated": False,
    "is_video": False,
}


@pytest.mark.parametrize(
    ("content", "noun"),
    [
        ({"photo": PHOTO}, "foto"),
        ({"voice": VOICE}, "spraakbericht"),
        ({"document": DOCUMENT}, "bestand"),
        ({"document": DOCUMENT, "animation": {**VOICE, "width": 1, "height": 1}}, "bewegend plaatje"),
        ({"sticker": STICKER}, "sticker"),
        ({"poll_of_the_future": {"x": 1}, "caption": ""}, None),
    ],
)
async def test_what_is_no_text_gets_a_kind_sentence(
    stage: Stage, telegram: FakeTelegram, content: dict[str, object], noun: str | None
) -> None:
    await stage.open_telegram()
    telegram.push(STAD_TOKEN, {"message": telegram.message(SANNE, **content)})
    telegram.say(STAD_TOKEN, SANNE, "tot zover")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: tot zover")
    expected = [f"({noun}, niet bewaard)"] if noun else []
    assert await stage.said() == [*expected, "tot zover"]
    notices = [text for text in telegram.bot(STAD_TOKEN).texts(SANNE) if "alleen tekst lezen" in text]
    assert len(notices) == len(expected)


async def test_words_under_a_photo_are_answered(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    for number in range(3):
        words = {"caption": "kapotte stoeptegel"} if number == 0 else {}
        photo = telegram.message(SANNE, photo=PHOTO, media_group_id="album1", **words)
        telegram.push(STAD_TOKEN, {"message": photo})
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: kapotte stoeptegel")
    telegram.say(STAD_TOKEN, SANNE, "klaar")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: klaar")
    await stage.until_delivered()
    assert await stage.said() == ["(foto, niet bewaard)", "kapotte stoeptegel", "klaar"]
    notices = [text for text in telegram.bot(STAD_TOKEN).texts(SANNE) if "alleen tekst lezen" in text]
    assert len(notices) == 1, "three photos of one album get one sentence"


async def test_a_photo_that_is_too_large_for_an_employee_is_refused_in_a_sentence(
    stage: Stage, telegram: FakeTelegram
) -> None:
    samira = await stage.employee()
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    await telegram.until_text(STAD_TOKEN, SANNE, "aan de beurt")
    await stage.claim(samira)
    telegram.push(STAD_TOKEN, {"message": telegram.message(SANNE, photo=PHOTO)})
    await telegram.until_text(STAD_TOKEN, SANNE, "Dit bestand is te groot.")


async def test_message_that_is_too_long_is_kept_whole(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    sentence = "Ik heb een lang verhaal. "
    telegram.say(STAD_TOKEN, SANNE, sentence * 163)
    telegram.say(STAD_TOKEN, SANNE, "\u200b\u200b")
    await telegram.until_text(STAD_TOKEN, SANNE, "uw lege bericht")
    first, second, third = await stage.said()
    assert f"{first} {second}" == (sentence * 163).strip()
    assert len(first) <= 4_000
    assert third == "(leeg bericht, niet bewaard)"


async def test_group_is_declined_once_and_left(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    group = -100_200
    bot_user = {"id": 111, "is_bot": True, "first_name": "Balie"}
    change = {
        "chat": {"id": group, "type": "supergroup", "title": "Buurt"},
        "from": {"id": SANNE, "is_bot": False, "first_name": "Sanne"},
        "date": 1,
        "old_chat_member": {"user": bot_user, "status": "left"},
        "new_chat_member": {"user": bot_user, "status": "member"},
    }
    telegram.push(STAD_TOKEN, {"my_chat_member": change})
    telegram.push(STAD_TOKEN, {"message": telegram.message(group, "supergroup", text="@balie hallo")})
    telegram.push(
        STAD_TOKEN,
        {"my_chat_member": {**change, "new_chat_member": {"user": bot_user, "status": "left"}}},
    )
    bot = telegram.bot(STAD_TOKEN)
    await telegram.until(lambda: bot.called("leaveChat"))
    telegram.say(STAD_TOKEN, SANNE, "hallo")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: hallo")
    assert len(bot.to(group)) == 1
    assert "niet in een groep" in bot.to(group)[0].text
    assert await stage.said() == ["hallo"]


async def test_channel_is_left_without_publishing_in_it(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    post = {"message_id": 5, "date": 1, "chat": {"id": -100_300, "type": "channel", "title": "Nieuws"}, "text": "x"}
    telegram.push(STAD_TOKEN, {"channel_post": post})
    bot = telegram.bot(STAD_TOKEN)
    await telegram.until(lambda: bot.called("leaveChat"))
    assert bot.to(-100_300) == []
    assert await stage.conversations() == []


async def test_citizen_who_blocks_the_bot_leaves_queue_and_conversation(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    await telegram.until_text(STAD_TOKEN, SANNE, "aan de beurt")
    bot = telegram.bot(STAD_TOKEN)
    bot.blocked_by.add(SANNE)
    bot_user = {"id": 111, "is_bot": True, "first_name": "Balie"}
    telegram.push(
        STAD_TOKEN,
        {
            "my_chat_member": {
                "chat": {"id": SANNE, "type": "private", "first_name": "Sanne"},
                "from": {"id": SANNE, "is_bot": False, "first_name": "Sanne"},
                "date": 1,
                "old_chat_member": {"user": bot_user, "status": "member"},
                "new_chat_member": {"user": bot_user, "status": "kicked", "until_date": 0},
            }
        },
    )
    await stage.until_owner(Owner.CLOSED)
    await stage.until_delivered()
    assert "unreachable" in await stage.audit()
    bot.blocked_by.clear()
    telegram.say(STAD_TOKEN, SANNE, "ik ben er weer")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: ik ben er weer")


async def test_two_municipalities_stay_apart_for_the_same_citizen(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram(STAD, DAM)
    for number in range(5):
        telegram.say(STAD_TOKEN, SANNE, f"stad {number}")
        telegram.say(DAM_TOKEN, SANNE, f"dam {number}")
        telegram.say(DAM_TOKEN, PIET, f"piet {number}")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: stad 4")
    await telegram.until_text(DAM_TOKEN, SANNE, "Antwoord op: dam 4")
    await telegram.until_text(DAM_TOKEN, PIET, "Antwoord op: piet 4")
    stad, dam = telegram.bot(STAD_TOKEN), telegram.bot(DAM_TOKEN)
    assert "Voorbeeldstad" in stad.texts(SANNE)[0]
    assert "Fictiedam" in dam.texts(SANNE)[0]
    assert stad.texts(SANNE)[2:] == [f"Antwoord op: stad {number}" for number in range(5)]
    assert dam.texts(SANNE)[2:] == [f"Antwoord op: dam {number}" for number in range(5)]
    assert dam.texts(PIET)[2:] == [f"Antwoord op: piet {number}" for number in range(5)]
    assert {(asked[0], asked[1].split()[0]) for asked in stage.engine.asked} == {
        (STAD, "stad"),
        (DAM, "dam"),
        (DAM, "piet"),
    }
    assert len(await stage.conversations()) == 3


async def test_typing_shows_while_the_bot_thinks(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    stage.engine.gate.clear()
    telegram.say(STAD_TOKEN, SANNE, "moeilijke vraag")
    bot = telegram.bot(STAD_TOKEN)
    action, _ = (await telegram.until(lambda: len(bot.called("sendChatAction")) >= 2 and bot.called("sendChatAction")))[
        :2
    ]
    assert (int(action["chat_id"]), action["action"]) == (SANNE, "typing")
    stage.engine.gate.set()
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: moeilijke vraag")


async def test_typing_shows_while_an_employee_types(stage: Stage, telegram: FakeTelegram) -> None:
    samira = await stage.employee()
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    await telegram.until_text(STAD_TOKEN, SANNE, "aan de beurt")
    await stage.claim(samira)
    await telegram.until_text(STAD_TOKEN, SANNE, "U praat nu met Samira")
    bot = telegram.bot(STAD_TOKEN)
    assert bot.called("sendChatAction") == []
    (conversation,) = await stage.conversations()
    typing = Event(conversation_subject(conversation.id), "typing", {"who": Sender.EMPLOYEE, "on": True})
    await stage.desk.bus.publish(typing)
    await telegram.until(lambda: bot.called("sendChatAction"))


async def test_rasa_down_is_told_and_a_person_is_offered(stage: Stage, telegram: FakeTelegram) -> None:
    stage.engine.down = True
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "Wat kost een paspoort?")
    sorry = await telegram.until_text(STAD_TOKEN, SANNE, "Er is een storing")
    telegram.press(STAD_TOKEN, sorry, "Ja, graag")
    await telegram.until_text(STAD_TOKEN, SANNE, "aan de beurt")
    assert (await stage.conversations())[0].owner == Owner.QUEUED


async def test_crisis_text_comes_whole_in_one_message(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "ik denk aan zelfmoord")
    await telegram.until_text(STAD_TOKEN, SANNE, "113")
    await stage.until_owner(Owner.QUEUED)
    await stage.until_delivered()
    _, _, crisis, queued = telegram.bot(STAD_TOKEN).texts(SANNE)
    assert "0800-0113" in crisis
    assert "Bel 112" in crisis
    assert "0800-0113" not in queued
    assert stage.engine.asked == []


async def test_erasing_takes_a_confirmation_and_leaves_nothing_of_the_chat(
    stage: Stage, telegram: FakeTelegram, tmp_path: Path
) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "mijn geheim is een egel")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: mijn geheim")
    telegram.say(STAD_TOKEN, SANNE, "/wis")
    question = await telegram.until_text(STAD_TOKEN, SANNE, "alles wissen wat u hier typte")
    telegram.press(STAD_TOKEN, question, "Ja, wis alles")
    await telegram.until_text(STAD_TOKEN, SANNE, "is bij de gemeente gewist")
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("balie.db"))
    assert b"egel" not in stored
    telegram.say(STAD_TOKEN, SANNE, "hallo weer")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: hallo weer")


async def test_erasing_takes_every_conversation_of_the_chat_in_one_transaction(
    stage: Stage, telegram: FakeTelegram
) -> None:
    await stage.open_telegram()
    for number in range(2):
        telegram.say(STAD_TOKEN, SANNE, f"vraag {number}")
        await telegram.until_text(STAD_TOKEN, SANNE, f"Antwoord op: vraag {number}")
        await stage.close_by_citizen((await stage.conversations())[-1].id)
    telegram.say(STAD_TOKEN, PIET, "van een ander")
    await telegram.until_text(STAD_TOKEN, PIET, "Antwoord op: van een ander")
    assert len(await stage.conversations()) == 3

    with pytest.MonkeyPatch.context() as patch:
        erased: list[str] = []
        record = audit.record

        def fail_at_the_second(session: AsyncSession, action: str, **more: Any) -> None:
            erased.append(action)
            if len(erased) == 2:
                raise RuntimeError("the process dies")
            record(session, action, **more)

        patch.setattr(audit, "record", fail_at_the_second)
        with pytest.raises(RuntimeError):
            await peers.erase(stage.desk, STAD, SANNE)
    assert len(await stage.conversations()) == 3
    await peers.erase(stage.desk, STAD, SANNE)
    assert await stage.said() == ["van een ander"]
    assert len(await stage.conversations()) == 1


async def test_privacy_says_what_is_kept_and_how_long(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/privacy")
    said = await telegram.until_text(STAD_TOKEN, SANNE, "Wij bewaren wat u hier typt")
    assert "28 dagen" in said.text
    assert "https://www.voorbeeldstad.example/privacy" in said.text
    assert stage.engine.asked == []


async def test_stop_ends_the_conversation_and_opens_none(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/stop")
    await telegram.until_text(STAD_TOKEN, SANNE, "wij sturen u niets meer")
    assert await stage.conversations() == []
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    await stage.until_owner(Owner.QUEUED)
    telegram.say(STAD_TOKEN, SANNE, "/stop")
    await stage.until_owner(Owner.CLOSED)
    await telegram.until(lambda: sum("niets meer" in one for one in telegram.bot(STAD_TOKEN).texts(SANNE)) == 2)
    telegram.say(STAD_TOKEN, SANNE, "Toch nog iets")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: Toch nog iets")
    assert len(await stage.conversations()) == 2


async def test_the_menu_names_every_command_in_dutch(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    await telegram.until(lambda: telegram.bot(STAD_TOKEN).called("setMyCommands"))
    [given] = telegram.bot(STAD_TOKEN).called("setMyCommands")
    commands = json.loads(given["commands"]) if isinstance(given["commands"], str) else given["commands"]
    assert [one["command"] for one in commands] == [
        "start",
        "medewerker",
        "wachtrij",
        "code",
        "help",
        "privacy",
        "wis",
        "stop",
    ]


async def test_what_telegram_shows_before_the_first_message_names_the_municipality(
    stage: Stage, telegram: FakeTelegram
) -> None:
    await stage.open_telegram(STAD, DAM)
    for token, name in ((STAD_TOKEN, "Voorbeeldstad"), (DAM_TOKEN, "Fictiedam")):
        bot = telegram.bot(token)
        await telegram.until(lambda bot=bot: bot.called("setMyShortDescription"))
        [described], [short] = bot.called("setMyDescription"), bot.called("setMyShortDescription")
        for said in (described["description"], short["short_description"]):
            assert name in said
            assert "BSN" in said


async def test_one_chat_gets_one_message_a_second(stage: Stage, telegram: FakeTelegram) -> None:
    stage.pace = replace(stage.pace, chat_seconds=1.0)
    await stage.open_telegram()
    stage.engine.answers("drie", Reply("een"), Reply("twee"))
    telegram.say(STAD_TOKEN, SANNE, "drie")
    await telegram.until_text(STAD_TOKEN, SANNE, "twee")
    moments = [one.arrived_at for one in telegram.bot(STAD_TOKEN).to(SANNE)]
    assert all(later - earlier > 0.9 for earlier, later in pairwise(moments))
