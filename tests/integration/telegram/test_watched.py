"""A citizen who may be watched: she is asked first, and until she is there nothing comes to her telephone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handoff import ownership
from handoff.messages import Draft
from handoff.reading_along import ReadsAlong
from handoff.tables import Employee
from handoff.vocabulary import Outcome, Owner
from tests.telegram_desk import STAD_TOKEN, Stage
from tests.telegram_server import FakeTelegram

SANNE = 4101
ABUSED = "mijn man slaat mij en de kinderen"


@pytest.fixture
async def samira(stage: Stage, telegram: FakeTelegram) -> Employee:
    """She has the conversation of a citizen who was asked who reads along."""
    samira = await stage.employee()
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, ABUSED)
    await telegram.until_text(STAD_TOKEN, SANNE, "Leest er iemand mee")
    await stage.claim(samira)
    await telegram.until_text(STAD_TOKEN, SANNE, "U praat nu met Samira")
    return samira


async def states(stage: Stage) -> list[str]:
    return [row.state for row in await stage.outbox()]


async def until_held(stage: Stage) -> None:
    async def held() -> bool:
        return "held" in await states(stage)

    await stage.until(held)


async def test_help_lines_come_first_and_whole_then_who_reads_along(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, ABUSED)
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Leest er iemand mee")
    _, _, lines, queued, last = telegram.bot(STAD_TOKEN).to(SANNE)
    assert "0800-2000" in lines.text
    assert "Bel 112" in lines.text
    assert "0800-2000" not in queued.text
    assert last == question
    assert "kies voor verwijderen" in question.text
    assert question.titles == ["Nee, niemand leest mee", "Ja, misschien"]


async def test_it_is_asked_once_and_not_after_other_troubles(stage: Stage, telegram: FakeTelegram) -> None:
    await stage.open_telegram()
    telegram.say(STAD_TOKEN, SANNE, ABUSED)
    await telegram.until_text(STAD_TOKEN, SANNE, "Leest er iemand mee")
    telegram.say(STAD_TOKEN, SANNE, "hij slaat mij al jaren")
    telegram.say(STAD_TOKEN, 4102, "ik denk aan zelfmoord")
    await telegram.until_text(STAD_TOKEN, 4102, "113")
    await stage.until_delivered()
    bot = telegram.bot(STAD_TOKEN)
    assert sum("Leest er iemand mee" in text for text in bot.texts(SANNE)) == 1
    assert not any("Leest er iemand mee" in text for text in bot.texts(4102))


async def test_what_comes_while_she_is_there_arrives_without_a_sound(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    await stage.employee_says(samira, "Ik lees met u mee.")
    await telegram.until_text(STAD_TOKEN, SANNE, "Ik lees met u mee.")
    quiet = [call["disable_notification"] for call in telegram.bot(STAD_TOKEN).called("sendMessage")]
    assert quiet[-1] == "true"


async def test_nothing_is_pushed_later_until_she_writes_again(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    stage.clock.ahead += timedelta(minutes=6)
    await stage.employee_says(samira, "Bent u er nog?")
    await until_held(stage)
    assert "Bent u er nog?" not in str(telegram.bot(STAD_TOKEN).texts(SANNE))
    telegram.say(STAD_TOKEN, SANNE, "ja, ik ben er weer")
    await telegram.until_text(STAD_TOKEN, SANNE, "Bent u er nog?")
    await stage.until_delivered()
    assert "held" not in await states(stage)


async def test_who_reads_alone_is_written_to(stage: Stage, telegram: FakeTelegram, samira: Employee) -> None:
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Leest er iemand mee")
    telegram.press(STAD_TOKEN, question, "Nee, niemand leest mee")
    await telegram.until_text(STAD_TOKEN, SANNE, "Dan leest u dat hier")
    stage.clock.ahead += timedelta(hours=2)
    await stage.employee_says(samira, "Ik heb iets voor u gevonden.")
    await telegram.until_text(STAD_TOKEN, SANNE, "iets voor u gevonden")
    assert (await stage.conversations())[-1].reads_along == ReadsAlong.NOBODY
    assert "reads_along" in await stage.audit()


async def test_who_is_watched_hears_nothing_until_she_writes(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Leest er iemand mee")
    telegram.press(STAD_TOKEN, question, "Ja, misschien")
    await telegram.until_text(STAD_TOKEN, SANNE, "Wij sturen u niets, tot u hier weer typt.")
    assert (await stage.conversations())[-1].owner == Owner.EMPLOYEE
    await stage.employee_says(samira, "Bent u er nog?")
    await until_held(stage)
    assert "Bent u er nog?" not in str(telegram.bot(STAD_TOKEN).texts(SANNE))
    assert stage.engine.asked == [], "her answer is no question to the assistant"


async def test_who_is_watched_is_written_to_once_she_types(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Leest er iemand mee")
    telegram.press(STAD_TOKEN, question, "Ja, misschien")
    await telegram.until_text(STAD_TOKEN, SANNE, "Wij sturen u niets, tot u hier weer typt.")
    await stage.employee_says(samira, "Ik lees met u mee.")
    await until_held(stage)
    telegram.say(STAD_TOKEN, SANNE, "ik ben nu alleen")
    await telegram.until_text(STAD_TOKEN, SANNE, "Ik lees met u mee.")
    await stage.until_delivered()
    assert "held" not in await states(stage)


async def test_closing_asks_for_no_judgement_and_waits_too(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    stage.clock.ahead += timedelta(minutes=6)
    case = await stage.open_case()
    async with stage.desk.database.write() as session:
        await ownership.close(session, case.id, samira.id, Outcome.RESOLVED, now=stage.clock())
    await until_held(stage)
    assert not any("vraag beantwoord" in one for one in await stage.told())


async def test_what_was_held_comes_with_her_next_words_though_the_conversation_was_closed(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    stage.clock.ahead += timedelta(minutes=6)
    await stage.employee_says(samira, "Bel mij op werkdagen.")
    case = await stage.open_case()
    async with stage.desk.database.write() as session:
        await ownership.close(session, case.id, samira.id, Outcome.RESOLVED, now=stage.clock())
    await until_held(stage)
    telegram.say(STAD_TOKEN, SANNE, "ik ben er weer")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: ik ben er weer")
    await stage.until_delivered()
    assert "held" not in await states(stage)
    texts = telegram.bot(STAD_TOKEN).texts(SANNE)
    held, answer = (
        next(at for at, text in enumerate(texts) if words in text)
        for words in ("Bel mij op werkdagen.", "Antwoord op: ik ben er weer")
    )
    assert held < answer


async def test_who_is_watched_is_so_in_the_conversation_that_goes_on_too(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Leest er iemand mee")
    telegram.press(STAD_TOKEN, question, "Ja, misschien")
    await telegram.until_text(STAD_TOKEN, SANNE, "Wij sturen u niets, tot u hier weer typt.")
    case = await stage.open_case()
    async with stage.desk.database.write() as session:
        await ownership.close(session, case.id, samira.id, Outcome.RESOLVED, now=stage.clock())
    telegram.say(STAD_TOKEN, SANNE, "ik heb nog een vraag")
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: ik heb nog een vraag")
    assert len(await stage.conversations()) == 2
    stage.clock.ahead += timedelta(minutes=6)
    await stage.bot_says(Draft("Uw afspraak is morgen."))
    await until_held(stage)
    assert "Uw afspraak is morgen." not in telegram.bot(STAD_TOKEN).texts(SANNE)


async def test_that_nobody_reads_along_is_asked_anew_in_another_conversation(
    stage: Stage, telegram: FakeTelegram, samira: Employee
) -> None:
    question = await telegram.until_text(STAD_TOKEN, SANNE, "Leest er iemand mee")
    telegram.press(STAD_TOKEN, question, "Nee, niemand leest mee")
    await telegram.until_text(STAD_TOKEN, SANNE, "Dan leest u dat hier")
    case = await stage.open_case()
    async with stage.desk.database.write() as session:
        await ownership.close(session, case.id, samira.id, Outcome.RESOLVED, now=stage.clock())
    telegram.say(STAD_TOKEN, SANNE, ABUSED)

    async def asked_again() -> bool:
        return (await stage.conversations())[-1].reads_along == ReadsAlong.ASKED

    await stage.until(asked_again)
    assert len(await stage.conversations()) == 2
