"""Who waits in the queue sees her place change in her chat: one notice without a sound, changed in place."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from bot.channels.telegram import peers, texts
from bot.channels.telegram.api import make_bot
from bot.channels.telegram.place_notice import PlaceNotices
from bot.channels.telegram.throttle import Throttle
from bot.conversation import ASK_FOR_PERSON, InboundMessage, open_conversation, receive
from handoff import cases, ownership, reading_along
from handoff.bus import Event, queue_subject
from handoff.messages import Draft
from handoff.tables import Case, Employee, PlaceNotice
from handoff.vocabulary import CaseState, ChannelName, MessageKind, Owner
from tests.telegram_desk import DAM, DAM_TOKEN, ON_BOTH, STAD, STAD_TOKEN, Stage
from tests.telegram_server import FakeTelegram, Fault, Sent

SANNE, PIET = 4101, 4102
ABUSED = "mijn man slaat mij en de kinderen"


@pytest.fixture
async def samira(stage: Stage) -> Employee:
    return await stage.employee()


async def line_up(stage: Stage, telegram: FakeTelegram, *, ahead: int) -> list[str]:
    """Citizens who wait on the website, by conversation, and then Sanne on Telegram."""
    if stage.channel is None:
        await stage.open_telegram()
    before = [await waits_on_website(stage) for _ in range(ahead)]
    await joins(stage, telegram, SANNE)
    return before


async def joins(stage: Stage, telegram: FakeTelegram, chat: int) -> None:
    """A citizen on Telegram comes into the queue."""
    telegram.say(STAD_TOKEN, chat, "/medewerker")
    await telegram.until(lambda: queued(telegram, chat))
    await stage.until_delivered()


async def waits_on_website(stage: Stage) -> str:
    opened = await open_conversation(stage.desk, STAD, ChannelName.WEB)
    wish = InboundMessage("1", "Praat met een medewerker", ASK_FOR_PERSON)
    await receive(stage.desk, opened.conversation.id, wish)

    async def waits() -> bool:
        return (await stage.all(Case, Case.conversation_id == opened.conversation.id)) != []

    await stage.until(waits)
    return opened.conversation.id


def queued(telegram: FakeTelegram, chat: int) -> Sent | None:
    """The message that told her that she waits."""
    return next((one for one in telegram.bot(STAD_TOKEN).to(chat) if "Terug naar de assistent" in one.titles), None)


async def sanne(stage: Stage) -> str:
    """Her newest conversation."""
    newest = await peers.newest(stage.desk, STAD, SANNE)
    assert newest is not None
    return newest.id


async def case_of(stage: Stage, conversation_id: str) -> Case:
    async with stage.desk.database.read() as session:
        case = await cases.open_case_of(session, conversation_id)
    assert case is not None
    return case


async def picks_up(stage: Stage, employee: Employee, *conversation_ids: str) -> None:
    for one in conversation_ids:
        case = await case_of(stage, one)
        async with stage.desk.database.write() as session:
            await ownership.claim(session, case.id, employee.id, now=stage.clock())


def notices(telegram: FakeTelegram, chat: int = SANNE) -> list[Sent]:
    """What was sent to keep her up to date, as it was sent."""
    return [one for one in telegram.bot(STAD_TOKEN).to(chat) if "passen wij dit bericht aan" in one.text]


async def until_told(telegram: FakeTelegram, words: str, chat: int = SANNE) -> Sent:
    """Wait until the one notice in her chat reads so."""
    bot = telegram.bot(STAD_TOKEN)

    def reads() -> Sent | None:
        shown = [bot.shown(chat, one.message_id) for one in notices(telegram, chat)]
        return next((one for one in shown if one is not None and words in one.text), None)

    found: Sent = await telegram.until(reads)
    return found


async def until_looked(stage: Stage) -> None:
    """Let the places be looked at a few times."""
    async with stage.desk.bus.subscribe("nothing") as events:
        for _ in range(4):
            await stage.desk.bus.publish(Event(queue_subject(STAD), "changed"))
            await events.next(0.2)


async def until_ended(telegram: FakeTelegram, first: Sent) -> str:
    """Wait until the notice says something else; returns what."""
    await telegram.until(lambda: telegram.changed(STAD_TOKEN, first))
    ended = telegram.changed(STAD_TOKEN, first)
    assert ended is not None
    return ended.text


def asked(telegram: FakeTelegram) -> int:
    """How often a change of a text was asked for."""
    return len(telegram.bot(STAD_TOKEN).called("editMessageText"))


def later(stage: Stage, seconds: float = 21) -> None:
    stage.clock.ahead += timedelta(seconds=seconds)


@ON_BOTH
async def test_place_is_sent_once_without_a_sound_and_then_changed_in_place(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    one, two = await line_up(stage, telegram, ahead=2)
    before = len(telegram.bot(STAD_TOKEN).to(SANNE))
    await picks_up(stage, samira, one)
    first = await until_told(telegram, "U bent nummer 2 in de rij. Hoe lang het duurt, weten wij nu niet.")
    call = telegram.bot(STAD_TOKEN).called("sendMessage")[-1]
    assert (call["text"], call["disable_notification"]) == (first.text, "true")

    later(stage)
    await picks_up(stage, samira, two)
    changed = await until_told(telegram, "U bent als eerste aan de beurt.")
    assert changed.message_id == first.message_id
    assert len(telegram.bot(STAD_TOKEN).to(SANNE)) == before + 1, "no message but the notice"
    assert asked(telegram) == 1
    assert not any(first.text in text for text in await stage.told()), "it stands outside of the conversation"


async def test_everybody_who_waits_has_her_own(stage: Stage, telegram: FakeTelegram, samira: Employee) -> None:
    (one,) = await line_up(stage, telegram, ahead=1)
    await joins(stage, telegram, PIET)
    await picks_up(stage, samira, one)
    await until_told(telegram, "als eerste aan de beurt")
    await until_told(telegram, "U bent nummer 2 in de rij.", PIET)


async def test_who_is_picked_up_before_anything_changes_gets_no_notice(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    await line_up(stage, telegram, ahead=0)
    await until_looked(stage)
    await picks_up(stage, samira, await sanne(stage))
    await telegram.until_text(STAD_TOKEN, SANNE, "U praat nu met Samira")
    await until_forgotten(stage)
    assert notices(telegram) == []
    assert asked(telegram) == 0


async def until_forgotten(stage: Stage) -> None:
    async def forgotten() -> bool:
        return await stage.all(PlaceNotice) == []

    await stage.until(forgotten)


@ON_BOTH
async def test_at_most_one_change_in_twenty_seconds_and_then_the_latest(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    one, *others = await line_up(stage, telegram, ahead=3)
    await picks_up(stage, samira, one)
    await until_told(telegram, "U bent nummer 3 in de rij.")
    await picks_up(stage, samira, *others)
    later(stage, 18)
    await until_looked(stage)
    assert asked(telegram) == 0
    later(stage, 3)
    await until_told(telegram, "U bent als eerste aan de beurt.")
    await picks_up(stage, samira, await sanne(stage))
    await until_looked(stage)
    assert asked(telegram) == 1, "its end keeps to that too"
    later(stage)
    await telegram.until(lambda: telegram.bot(STAD_TOKEN).edits[-1].text == texts.PLACE_PICKED_UP)
    assert asked(telegram) == 2


@ON_BOTH
async def test_range_that_changes_is_told_too(stage: Stage, telegram: FakeTelegram, samira: Employee) -> None:
    (one,) = await line_up(stage, telegram, ahead=1)
    mine, now = await case_of(stage, await sanne(stage)), stage.clock()
    present = update(Employee).where(Employee.id == samira.id)
    async with stage.desk.database.write() as session:
        for number in range(6):  # six who waited five minutes each, one after the other
            came = now - timedelta(minutes=60 - 6 * number)
            session.add(
                Case(
                    reference=f"ZK-{number}",
                    conversation_id=one,
                    municipality=STAD,
                    team=mine.team,
                    kind=mine.kind,
                    state=CaseState.DONE,
                    level=mine.level,
                    priority=mine.priority,
                    consent=mine.consent,
                    opened_at=came,
                    waiting_since=came,
                    claimed_at=came + timedelta(minutes=5),
                )
            )
        await session.execute(present.values(lease_until=now + timedelta(hours=1)))
    first = await until_told(telegram, "U bent nummer 2 in de rij. De wachttijd is ongeveer 10 tot 11 minuten.")
    later(stage)
    async with stage.desk.database.write() as session:
        await session.execute(present.values(lease_until=None))
    unknown = await until_told(telegram, "U bent nummer 2 in de rij. Hoe lang het duurt, weten wij nu niet.")
    assert unknown.message_id == first.message_id


async def told_she_is_second(stage: Stage, telegram: FakeTelegram, samira: Employee) -> tuple[Sent, str]:
    """Her notice, and who is before her."""
    one, two = await line_up(stage, telegram, ahead=2)
    await picks_up(stage, samira, one)
    return await until_told(telegram, "U bent nummer 2 in de rij."), two


@ON_BOTH
async def test_notice_ends_when_she_is_picked_up(stage: Stage, telegram: FakeTelegram, samira: Employee) -> None:
    first, _ = await told_she_is_second(stage, telegram, samira)
    await picks_up(stage, samira, await sanne(stage))
    later(stage)
    assert await until_ended(telegram, first) == texts.PLACE_PICKED_UP
    await until_forgotten(stage)


@pytest.mark.parametrize("way", ["Terug naar de assistent", "/stop"])
async def test_notice_ends_when_she_leaves_or_the_conversation_ends(
    stage: Stage, telegram: FakeTelegram, samira: Employee, way: str
) -> None:
    first, _ = await told_she_is_second(stage, telegram, samira)
    if way == "/stop":
        telegram.say(STAD_TOKEN, SANNE, way)
        await telegram.until_text(STAD_TOKEN, SANNE, "wij sturen u niets meer")
    else:
        told = queued(telegram, SANNE)
        assert told is not None
        telegram.press(STAD_TOKEN, told, way)
        await stage.until_owner(Owner.BOT)
    later(stage)
    assert await until_ended(telegram, first) == texts.PLACE_NO_MORE
    await until_forgotten(stage)


@ON_BOTH
async def test_notice_ends_when_she_has_everything_erased(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    first, _ = await told_she_is_second(stage, telegram, samira)
    telegram.say(STAD_TOKEN, SANNE, "/wis")
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Wilt u alles wissen")
    telegram.press(STAD_TOKEN, question, "Ja, wis alles")
    await telegram.until_text(STAD_TOKEN, SANNE, "Uw gesprek is bij de gemeente gewist.")
    assert await until_ended(telegram, first) == texts.PLACE_NO_MORE
    assert await stage.all(PlaceNotice) == []


@ON_BOTH
async def test_who_is_given_back_gets_a_notice_of_her_own_again(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    first, _ = await told_she_is_second(stage, telegram, samira)
    await picks_up(stage, samira, await sanne(stage))
    case = await case_of(stage, await sanne(stage))
    told = Draft("U gaat terug naar de rij.", MessageKind.HANDOVER)
    async with stage.desk.database.write() as session:
        await ownership.release(session, case.id, samira.id, now=stage.clock(), notice=lambda _: told)
    later(stage)
    assert await until_ended(telegram, first) == texts.PLACE_EARLIER
    later(stage)
    await telegram.until(lambda: len(notices(telegram)) == 2)
    assert "U bent als eerste aan de beurt." in notices(telegram)[-1].text


async def test_wait_that_telegram_asks_for_is_kept_to_and_holds_up_nothing_else(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    first, two = await told_she_is_second(stage, telegram, samira)
    telegram.fail(STAD_TOKEN, "editMessageText", Fault(retry_after=45))
    later(stage)
    await picks_up(stage, samira, two)
    await telegram.until(lambda: asked(telegram))
    telegram.say(STAD_TOKEN, SANNE, "duurt het nog lang?")
    await telegram.until_text(STAD_TOKEN, SANNE, "Uw bericht is bewaard.")
    later(stage, 40)
    await until_looked(stage)
    assert asked(telegram) == 1
    later(stage, 6)
    assert (await until_told(telegram, "als eerste aan de beurt")).message_id == first.message_id
    assert asked(telegram) == 2


@pytest.mark.parametrize("reason", ["message to edit not found", "message can't be edited"])
async def test_notice_that_cannot_be_changed_any_more_is_left_and_nothing_else_suffers(
    stage: Stage, telegram: FakeTelegram, samira: Employee, reason: str
) -> None:
    _, two = await told_she_is_second(stage, telegram, samira)
    telegram.fail(STAD_TOKEN, "editMessageText", Fault(status=400, description=f"Bad Request: {reason}"))
    later(stage)
    await picks_up(stage, samira, two)
    await telegram.until(lambda: asked(telegram))
    later(stage)
    await until_looked(stage)
    await picks_up(stage, samira, await sanne(stage))
    await telegram.until_text(STAD_TOKEN, SANNE, "U praat nu met Samira")
    later(stage)
    await until_forgotten(stage)
    assert asked(telegram) == 1
    assert len(notices(telegram)) == 1, "it is not sent anew"


async def test_notice_that_she_deleted_is_not_missed(stage: Stage, telegram: FakeTelegram, samira: Employee) -> None:
    first, two = await told_she_is_second(stage, telegram, samira)
    telegram.bot(STAD_TOKEN).deleted.add(first.message_id)
    later(stage)
    await picks_up(stage, samira, two)
    await telegram.until(lambda: asked(telegram))
    telegram.say(STAD_TOKEN, SANNE, "/wachtrij")
    await telegram.until_text(STAD_TOKEN, SANNE, "U bent als eerste aan de beurt.")
    assert len(notices(telegram)) == 1


@pytest.mark.parametrize(
    "fault",
    [Fault(status=502, description="Bad Gateway"), Fault(drop=True), Fault(drop_after=True)],
    ids=["502", "cut", "done and cut"],
)
async def test_change_that_failed_is_made_later(
    stage: Stage, telegram: FakeTelegram, samira: Employee, fault: Fault
) -> None:
    _, two = await told_she_is_second(stage, telegram, samira)
    telegram.fail(STAD_TOKEN, "editMessageText", fault)
    later(stage)
    await picks_up(stage, samira, two)
    await telegram.until(lambda: asked(telegram))
    await until_looked(stage)
    assert asked(telegram) == 1
    later(stage)
    await telegram.until(lambda: asked(telegram) == 2)
    await until_told(telegram, "als eerste aan de beurt")

    async def known() -> bool:
        return [one.place for one in await stage.all(PlaceNotice)] == [1]

    await stage.until(known)


async def goes_without_a_word(stage: Stage, conversation_id: str) -> None:
    """Who was before her is gone, without a word that a bot would have to send."""
    gone = update(Case).where(Case.conversation_id == conversation_id)
    async with stage.desk.database.write() as session:
        await session.execute(gone.values(state=CaseState.DONE))


async def test_notice_that_may_have_arrived_is_not_sent_a_second_time(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    one, two = await line_up(stage, telegram, ahead=2)
    telegram.fail(STAD_TOKEN, "sendMessage", Fault(drop_after=True))
    await goes_without_a_word(stage, one)
    await telegram.until(lambda: notices(telegram))
    later(stage)
    await goes_without_a_word(stage, two)
    later(stage, 100)
    await until_looked(stage)
    assert len(notices(telegram)) == 1


async def test_notice_that_did_not_arrive_is_sent_when_it_can(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    (one,) = await line_up(stage, telegram, ahead=1)
    telegram.fail(STAD_TOKEN, "sendMessage", Fault(retry_after=30))
    await goes_without_a_word(stage, one)
    await telegram.until(lambda: not telegram.bot(STAD_TOKEN).faults["sendMessage"])
    await until_looked(stage)
    assert notices(telegram) == []
    later(stage, 31)
    await until_told(telegram, "als eerste aan de beurt")


@ON_BOTH
async def test_after_a_restart_the_same_notice_is_changed(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    first, two = await told_she_is_second(stage, telegram, samira)
    await stage.close_telegram()
    await picks_up(stage, samira, two)
    later(stage)
    await stage.open_telegram()
    changed = await until_told(telegram, "als eerste aan de beurt")
    assert changed.message_id == first.message_id
    assert len(notices(telegram)) == 1


async def test_what_changed_while_balie_was_away_is_told_after_the_start(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    (one,) = await line_up(stage, telegram, ahead=1)
    await stage.close_telegram()
    await picks_up(stage, samira, one)
    await stage.open_telegram()
    await until_told(telegram, "als eerste aan de beurt")


async def test_notice_of_who_was_picked_up_while_balie_was_away_ends_after_the_start(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    first, _ = await told_she_is_second(stage, telegram, samira)
    await stage.close_telegram()
    await picks_up(stage, samira, await sanne(stage))
    later(stage)
    await stage.open_telegram()
    assert await until_ended(telegram, first) == texts.PLACE_PICKED_UP


@ON_BOTH
async def test_several_processes_change_it_once(stage: Stage, telegram: FakeTelegram, samira: Employee) -> None:
    _, two = await told_she_is_second(stage, telegram, samira)
    bot, throttle = make_bot(SecretStr(STAD_TOKEN), telegram.url, stage.pace), Throttle(0.001)
    others = [PlaceNotices(stage.desk, {STAD: (bot, throttle)}, stage.pace) for _ in range(3)]
    await bot.initialize()
    for one in others:
        one.start()
    later(stage)
    await picks_up(stage, samira, two)
    await until_told(telegram, "als eerste aan de beurt")
    await until_looked(stage)
    await asyncio.gather(*(one.stop() for one in others))
    await bot.shutdown()
    assert asked(telegram) == 1


async def test_who_may_be_watched_gets_no_notice_whatever_she_said_of_it(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    await stage.open_telegram()
    for chat in (PIET, SANNE):
        telegram.say(STAD_TOKEN, chat, ABUSED)
        question = await telegram.until_text(STAD_TOKEN, chat, "Leest er iemand mee")
    telegram.press(STAD_TOKEN, question, "Nee, niemand leest mee")
    await telegram.until_text(STAD_TOKEN, SANNE, "Dan leest u dat hier")
    piet = await peers.newest(stage.desk, STAD, PIET)
    assert piet is not None
    await goes_without_a_word(stage, piet.id)
    later(stage)
    await until_looked(stage)
    assert notices(telegram) == []
    assert asked(telegram) == 0


async def test_notice_of_who_tells_of_abuse_is_emptied_while_she_is_there_and_left_then(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    first, two = await told_she_is_second(stage, telegram, samira)
    telegram.say(STAD_TOKEN, SANNE, ABUSED)
    await telegram.until_text(STAD_TOKEN, SANNE, "Leest er iemand mee")
    later(stage)
    assert await until_ended(telegram, first) == texts.PLACE_QUIET
    later(stage, 400)
    await picks_up(stage, samira, two)
    await until_looked(stage)
    await picks_up(stage, samira, await sanne(stage))
    later(stage)
    await until_forgotten(stage)
    assert asked(telegram) == 1


async def test_nothing_changes_on_the_screen_of_who_may_be_watched_until_she_writes(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    first, _ = await told_she_is_second(stage, telegram, samira)
    await stage.close_telegram()  # while Telegram is not written to she has told it on, and went away from her screen
    async with stage.desk.database.write() as session:
        await reading_along.asked(session, await sanne(stage))
    await picks_up(stage, samira, await sanne(stage))
    later(stage, 600)
    await stage.open_telegram()
    await until_looked(stage)
    assert asked(telegram) == 0
    telegram.say(STAD_TOKEN, SANNE, "ik ben er weer")
    assert await until_ended(telegram, first) == texts.PLACE_PICKED_UP


async def test_who_is_in_a_crisis_gets_no_notice(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    for chat in (PIET, SANNE):
        telegram.say(STAD_TOKEN, chat, "ik denk aan zelfmoord")
        await telegram.until_text(STAD_TOKEN, chat, "113")
    await stage.until_delivered()
    piet = await peers.newest(stage.desk, STAD, PIET)
    assert piet is not None
    await goes_without_a_word(stage, piet.id)
    await until_looked(stage)
    assert notices(telegram) == []


async def test_who_was_told_no_place_in_her_language_is_told_it_after_that(
    stage: Stage, telegram: FakeTelegram
) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, "Hello, I do not speak Dutch. Can I talk to somebody about my residence permit?")
    offer = await telegram.until_text(STAD_TOKEN, SANNE, "employee")
    telegram.press(STAD_TOKEN, offer, offer.titles[0])
    await until_told(telegram, "U bent als eerste aan de beurt.")
    assert notices(telegram) == [telegram.bot(STAD_TOKEN).to(SANNE)[-1]]


@ON_BOTH
async def test_erased_while_the_notice_was_on_its_way_it_is_ended_at_once(stage: Stage, telegram: FakeTelegram) -> None:
    (one,) = await line_up(stage, telegram, ahead=1)
    telegram.fail(STAD_TOKEN, "sendMessage", Fault(hold=True))
    await goes_without_a_word(stage, one)
    await telegram.until(lambda: notices(telegram))
    await peers.erase(stage.desk, STAD, SANNE)
    telegram.release()
    await telegram.until(lambda: telegram.bot(STAD_TOKEN).edits)
    assert [one.text for one in telegram.bot(STAD_TOKEN).edits] == [texts.PLACE_NO_MORE]


async def test_queue_of_another_municipality_says_nothing_here(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    await stage.open_telegram(STAD, DAM)
    telegram.say(DAM_TOKEN, SANNE, "/medewerker")
    await telegram.until(lambda: any("aan de beurt" in text for text in telegram.bot(DAM_TOKEN).texts(SANNE)))
    (one,) = await line_up(stage, telegram, ahead=1)
    await picks_up(stage, samira, one)
    await until_told(telegram, "als eerste aan de beurt")
    assert not any("passen wij dit bericht aan" in text for text in telegram.bot(DAM_TOKEN).texts(SANNE))
