"""Delivery through the outbox: in order, tried again where that is safe, never blindly repeated."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from bot.engine import Button as EngineButton
from bot.engine import Reply
from handoff.messages import Button, Draft, Link
from handoff.outbox import MAX_ATTEMPTS
from handoff.tables import Case, Employee
from handoff.vocabulary import Owner
from tests.telegram_desk import DAM, DAM_TOKEN, STAD, STAD_TOKEN, Stage, staged
from tests.telegram_process import balie_process
from tests.telegram_server import FakeTelegram, Fault

SANNE, PIET = 4101, 4102


async def greeted(stage: Stage, telegram: FakeTelegram, chat_id: int = SANNE) -> str:
    """A conversation in which everything is delivered; returns its id."""
    if stage.channel is None:
        await stage.open_telegram()
    telegram.say(STAD_TOKEN, chat_id, "hallo")
    await telegram.until_text(STAD_TOKEN, chat_id, "Antwoord op: hallo")
    await stage.until_delivered()
    return (await stage.conversations())[-1].id


@pytest.mark.parametrize(
    "fault",
    [Fault(status=500), Fault(status=502, description="Bad Gateway"), Fault(status=503)],
    ids=["500", "502", "503"],
)
async def test_refusal_by_a_failing_server_is_tried_again_in_order(
    stage: Stage, telegram: FakeTelegram, fault: Fault
) -> None:
    conversation = await greeted(stage, telegram)
    telegram.fail(STAD_TOKEN, "sendMessage", fault)
    await stage.bot_says(Draft("een"), conversation)
    await stage.bot_says(Draft("twee"), conversation)
    await telegram.until_text(STAD_TOKEN, SANNE, "twee")
    assert telegram.bot(STAD_TOKEN).texts(SANNE)[-2:] == ["een", "twee"]


async def test_retry_after_is_kept_to_and_holds_up_no_other_chat(stage: Stage, telegram: FakeTelegram) -> None:
    sanne = await greeted(stage, telegram)
    piet = await greeted(stage, telegram, PIET)
    telegram.fail(STAD_TOKEN, "sendMessage", Fault(retry_after=2))
    started = time.monotonic()
    await stage.bot_says(Draft("even geduld"), sanne)
    await telegram.until(lambda: not telegram.bot(STAD_TOKEN).faults["sendMessage"])
    await stage.bot_says(Draft("meteen"), piet)
    at_once = await telegram.until_text(STAD_TOKEN, PIET, "meteen")
    waited = await telegram.until_text(STAD_TOKEN, SANNE, "even geduld")
    assert at_once.arrived_at < waited.arrived_at
    assert waited.arrived_at - started >= 2.0
    await stage.until_delivered()
    assert telegram.bot(STAD_TOKEN).texts(SANNE).count("even geduld") == 1


async def test_connection_that_is_refused_is_tried_again(stage: Stage, telegram: FakeTelegram) -> None:
    conversation = await greeted(stage, telegram)
    await asyncio.to_thread(telegram.stop)
    await stage.bot_says(Draft("later"), conversation)

    with structlog.testing.capture_logs() as logged:

        async def tried_oftener_than_a_fault_is() -> bool:
            return sum(line["event"] == "telegram.send_again" for line in logged) > MAX_ATTEMPTS

        await stage.until(tried_oftener_than_a_fault_is)
    assert (await stage.outbox())[-1].state in ("pending", "sending")
    telegram.start()
    await telegram.until_text(STAD_TOKEN, SANNE, "later")
    await stage.until_delivered()
    assert telegram.bot(STAD_TOKEN).texts(SANNE).count("later") == 1


@pytest.mark.parametrize(
    "fault",
    [Fault(drop_after=True), Fault(hold=True), Fault(status=504, description="Gateway Timeout")],
    ids=["connection lost", "no answer in time", "gateway gave up"],
)
async def test_send_that_may_have_arrived_is_uncertain_and_not_repeated(
    stage: Stage, telegram: FakeTelegram, fault: Fault
) -> None:
    conversation = await greeted(stage, telegram)
    telegram.fail(STAD_TOKEN, "sendMessage", fault)
    await stage.bot_says(Draft("misschien"), conversation)
    await stage.bot_says(Draft("daarna"), conversation)
    await telegram.until_text(STAD_TOKEN, SANNE, "daarna")
    await stage.until_delivered()
    *_, first, second = await stage.outbox()
    assert (first.state, second.state) == ("uncertain", "sent")
    assert telegram.bot(STAD_TOKEN).texts(SANNE).count("misschien") <= 1
    calls = [call for call in telegram.bot(STAD_TOKEN).called("sendMessage") if call["text"] == "misschien"]
    assert len(calls) == 1


async def test_killed_while_sending_leaves_it_uncertain(tmp_path: Path, telegram: FakeTelegram) -> None:
    telegram.fail(STAD_TOKEN, "sendMessage", Fault(hold=True))
    telegram.say(STAD_TOKEN, SANNE, "hallo")
    bot = telegram.bot(STAD_TOKEN)
    with balie_process(tmp_path / "balie.db", telegram.url, "nowhere"):
        await telegram.until(lambda: bot.called("sendMessage"))
        await telegram.until(lambda: not bot.updates)  # the citizen's message is stored and confirmed
    telegram.release()
    async with staged(tmp_path / "balie.db", telegram.url) as stage:
        await stage.open_telegram()
        await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: hallo")
        await stage.until_delivered()
        states = [row.state for row in await stage.outbox()]
        assert states == ["uncertain", "sent", "sent"]
        assert sum("Telegram is niet van" in text for text in bot.texts(SANNE)) == 1


async def test_citizen_who_blocked_the_bot_gives_the_employee_room_again(stage: Stage, telegram: FakeTelegram) -> None:
    samira = await stage.employee()
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    await stage.until_owner(Owner.QUEUED)
    await stage.until_delivered()
    await stage.claim(samira)
    await telegram.until_text(STAD_TOKEN, SANNE, "U praat nu met Samira")
    telegram.bot(STAD_TOKEN).blocked_by.add(SANNE)
    await stage.employee_says(samira, "Bent u er nog?")
    conversation = await stage.until_owner(Owner.CLOSED)
    await stage.until_delivered()
    assert conversation.employee_id is None
    assert (await stage.all(Employee))[0].open_conversations == 0
    assert [case.outcome for case in await stage.all(Case)] == ["citizen_left"]
    assert "unreachable" in await stage.audit()
    assert {row.state for row in await stage.outbox()} == {"sent", "failed"}
    assert len([call for call in telegram.bot(STAD_TOKEN).called("sendMessage") if "nog?" in call["text"]]) == 1


HOSTILE = [
    "<b>vet</b> & <script>alert(1)</script>",
    "</b></b> &lt; &amp;amp; \"'",
    "_*[]()~`>#+-=|{}.! \\_ \\\\",
    "**open en nooit dicht",
    "** los ** en **** en *** en **a**b**",
    "**<i>schuin</i>** **&**",
    '<a href="tg://user?id=1">klik</a>',
    "- **vet** in een lijst\n- </b>\n-geen lijst",
    "👩‍👩‍👧‍👦 \u202e omgekeerd \x00 nul",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_formatting_arrives_as_it_was_typed(stage: Stage, telegram: FakeTelegram, text: str) -> None:
    conversation = await greeted(stage, telegram)
    await stage.bot_says(Draft(text), conversation)
    await stage.bot_says(Draft("daarna"), conversation)
    await telegram.until_text(STAD_TOKEN, SANNE, "daarna")
    arrived = telegram.bot(STAD_TOKEN).to(SANNE)[-2]
    assert arrived.parse_mode == "HTML", "no fallback was needed"

    def bare(shown: str) -> str:
        return shown.replace("*", "").replace("• ", "- ")

    assert bare(arrived.text) == bare(text)


async def test_name_of_an_employee_cannot_break_the_markup(stage: Stage, telegram: FakeTelegram) -> None:
    samira = await stage.employee("Samira<b>&")
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    await stage.until_owner(Owner.QUEUED)
    await stage.claim(samira)
    await stage.employee_says(samira, "Goedemiddag")
    spoken = await telegram.until_text(STAD_TOKEN, SANNE, "Goedemiddag")
    assert spoken.text == "Samira<b>&\nGoedemiddag"


async def test_markup_that_telegram_refuses_is_sent_plain(stage: Stage, telegram: FakeTelegram) -> None:
    conversation = await greeted(stage, telegram)
    refusal = Fault(status=400, description="Bad Request: can't parse entities", refuse_markup=True)
    telegram.fail(STAD_TOKEN, "sendMessage", refusal, times=2)
    links = (Link("Website", "https://www.voorbeeldstad.example"),)
    await stage.bot_says(Draft("**Let op**", buttons=(Button("Ja", "antwoord:ja"),), links=links), conversation)
    plain = await telegram.until_text(STAD_TOKEN, SANNE, "Website:")
    assert plain.text == "**Let op**\nWebsite: https://www.voorbeeldstad.example"
    assert plain.titles == ["Ja"]


async def test_message_that_telegram_never_accepts_fails_and_lets_the_next_pass(
    stage: Stage, telegram: FakeTelegram
) -> None:
    conversation = await greeted(stage, telegram)
    telegram.fail(STAD_TOKEN, "sendMessage", Fault(status=400, description="Bad Request: nee"), times=2)
    with structlog.testing.capture_logs() as logged:
        await stage.bot_says(Draft("onmogelijk"), conversation)
        await stage.bot_says(Draft("daarna"), conversation)
        await telegram.until_text(STAD_TOKEN, SANNE, "daarna")
        await stage.until_delivered()
    *_, first, _ = await stage.outbox()
    assert first.state == "failed"
    assert any(line["event"] == "telegram.message_refused" for line in logged)


async def test_long_answer_is_split_at_sentences_and_ends_with_its_buttons(
    stage: Stage, telegram: FakeTelegram
) -> None:
    sentence = "U neemt **uw paspoort** mee naar het gemeentehuis. "
    buttons = (EngineButton("Kosten", "onderwerp:paspoort/kosten"),)
    stage.engine.answers("alles", Reply(sentence * 100 + "Tot slot 😀.", buttons))
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "alles")
    await telegram.until_text(STAD_TOKEN, SANNE, "Tot slot")
    first, last = telegram.bot(STAD_TOKEN).to(SANNE)[-2:]
    assert first.text.endswith("gemeentehuis.")
    assert last.text.startswith("U neemt")
    assert (first.titles, last.titles) == ([], ["Kosten"])
    await stage.until_delivered()
    assert f"{first.text} {last.text}" == (sentence * 100).replace("**", "") + "Tot slot 😀."
    assert (await stage.outbox())[-1].state == "sent"


async def test_later_part_that_must_wait_does_not_repeat_the_first(stage: Stage, telegram: FakeTelegram) -> None:
    conversation = await greeted(stage, telegram)
    bot = telegram.bot(STAD_TOKEN)
    bot.faults["sendMessage"].extend([Fault(), Fault(retry_after=1), Fault(status=500), Fault()])
    await stage.bot_says(Draft("Begin. " + "Een zin van niets. " * 300 + "Einde."), conversation)
    await telegram.until_text(STAD_TOKEN, SANNE, "Einde.")
    await stage.until_delivered()
    assert sum("Begin." in text for text in bot.texts(SANNE)) == 1
    assert (await stage.outbox())[-1].state == "sent"


async def test_what_cannot_be_a_button_is_said_in_words(stage: Stage, telegram: FakeTelegram) -> None:
    conversation = await greeted(stage, telegram)
    buttons = (Button("Kort", "x" * 64), Button("Lang", "x" * 65), Button("Euro", "€" * 22))
    links = (Link("Bel ons", "tel:14099"), Link("Kijk", "https://www.voorbeeldstad.example"))
    await stage.bot_says(Draft("Kies", buttons=buttons, links=links), conversation)
    shown = await telegram.until_text(STAD_TOKEN, SANNE, "Kies")
    assert shown.text == "Kies\n• Lang\n• Euro\nBel ons: 14099"
    assert shown.titles == ["Kort", "Kijk"]


async def test_links_are_shown_without_a_preview(stage: Stage, telegram: FakeTelegram) -> None:
    await greeted(stage, telegram)
    call = telegram.bot(STAD_TOKEN).called("sendMessage")[0]
    assert '"is_disabled": true' in call["link_preview_options"]


async def test_refused_token_waits_for_the_operator(stage: Stage, telegram: FakeTelegram) -> None:
    conversation = await greeted(stage, telegram)
    bot = telegram.bot(STAD_TOKEN)
    bot.refused = True
    await stage.bot_says(Draft("later"), conversation)

    async def tried() -> bool:
        return (await stage.outbox())[-1].last_error == "InvalidToken"

    await stage.until(tried)
    bot.refused = False
    await telegram.until_text(STAD_TOKEN, SANNE, "later")


async def test_municipality_without_a_bot_delivers_when_it_has_one_again(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram(STAD, DAM)
    telegram.say(DAM_TOKEN, SANNE, "hallo")
    await telegram.until_text(DAM_TOKEN, SANNE, "Antwoord op: hallo")
    await stage.until_delivered()
    conversation = (await stage.conversations())[-1].id
    await stage.close_telegram()
    await stage.open_telegram(STAD)
    await stage.bot_says(Draft("later"), conversation)

    async def tried() -> bool:
        return (await stage.outbox())[-1].last_error == "this municipality has no bot"

    await stage.until(tried)
    await stage.close_telegram()
    stage.clock.ahead = timedelta(minutes=6)
    await stage.open_telegram(STAD, DAM)
    await telegram.until_text(DAM_TOKEN, SANNE, "later")


async def test_new_conversation_waits_for_the_last_words_of_the_former(stage: Stage, telegram: FakeTelegram) -> None:
    samira = await stage.employee()
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "/medewerker")
    await stage.until_owner(Owner.QUEUED)
    await stage.until_delivered()
    await stage.claim(samira)
    await stage.until_delivered()
    telegram.fail(STAD_TOKEN, "sendMessage", Fault(status=500))
    former = (await stage.conversations())[0].id
    await stage.bot_says(Draft("laatste woord"), former)
    await stage.close_by_citizen(former)
    telegram.say(STAD_TOKEN, SANNE, "nog iets")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: nog iets")
    texts = telegram.bot(STAD_TOKEN).texts(SANNE)
    assert texts[-4] == "laatste woord"
    assert "beëindigd" in texts[-3]
    assert "nieuw gesprek" in texts[-2]


async def test_many_chats_get_their_messages_in_order(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram(STAD)
    for number in range(4):
        for chat_id in range(SANNE, SANNE + 15):
            telegram.say(STAD_TOKEN, chat_id, f"vraag {number}")
    telegram.fail(STAD_TOKEN, "sendMessage", Fault(status=500), times=10)
    for chat_id in range(SANNE, SANNE + 15):
        await telegram.until_text(STAD_TOKEN, chat_id, "Antwoord op: vraag 3")
        expected = [f"Antwoord op: vraag {number}" for number in range(4)]
        assert telegram.bot(STAD_TOKEN).texts(chat_id)[2:] == expected
    assert {municipality for municipality, _, _ in stage.engine.asked} == {STAD}


async def test_the_place_of_a_report_is_sent_in_her_own_words(stage: Stage, telegram: FakeTelegram) -> None:
    conversation = await greeted(stage, telegram)
    telegram.say(STAD_TOKEN, SANNE, "er ligt een gat bij Dorpsstraat 12")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: er ligt een gat bij het adres dat u noemde")
    await stage.bot_says(Draft("Klopt dit?\n- Waar: bij [adres-1]"), conversation)
    await telegram.until_text(STAD_TOKEN, SANNE, "Klopt dit?\n• Waar: bij Dorpsstraat 12")
