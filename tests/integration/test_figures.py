"""What is kept of a conversation to count, from real conversations; and that it survives erasure and names nobody."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from fastapi import FastAPI
from sqlalchemy import inspect, select

from handoff import cases, figures, marks, messages, ownership, ratings, retention
from handoff.conversations import get
from handoff.database import Database
from handoff.detection import Level, Reason
from handoff.figures.tables import CaseFact, ConversationFact
from handoff.messages import Button, Draft
from handoff.ratings import Given
from handoff.tables import AuditLine, Conversation, Employee, Message, Rating, ServiceEvent
from handoff.vocabulary import (
    ACCEPTS_PERSON,
    Answered,
    ChannelName,
    Consent,
    MessageKind,
    Outcome,
    Role,
    Sender,
)
from tests.console_room import Browser
from tests.stage import CITY, Stage, new_case, wish

WEEK = 7 * 24 * 3600


async def asks(stage: Stage, conversation_id: str, text: str = "wat kost een paspoort", **understood: object) -> None:
    """She says something, and the bot makes this of it."""
    said = await stage.citizen_says(conversation_id, text)
    async with stage.database.write() as session:
        (await session.get_one(Message, said.id)).understood = {"topic": "paspoort", "failed": False, **understood}
    stage.clock.advance(1)


async def says(stage: Stage, conversation_id: str, sender: Sender, kind: MessageKind, *buttons: str) -> None:
    async with stage.database.write() as session:
        draft = Draft("Tekst", kind, buttons=tuple(Button("Ja", value) for value in buttons))
        await messages.append(session, conversation_id, draft, sender=sender, now=stage.clock())
    stage.clock.advance(1)


async def answers(stage: Stage, conversation_id: str) -> None:
    await says(stage, conversation_id, Sender.BOT, MessageKind.ANSWER)


async def ends(stage: Stage, conversation_id: str) -> None:
    async with stage.database.write() as session:
        await ownership.close_by_citizen(session, conversation_id, now=stage.clock())


async def fact(stage: Stage, conversation_id: str) -> ConversationFact:
    """What is kept of it, made now."""
    async with stage.database.write() as session:
        await figures.keep(session, conversation_id, now=stage.clock())
    async with stage.database.read() as session:
        wanted = select(ConversationFact).where(ConversationFact.conversation_id == conversation_id)
        return (await session.scalars(wanted)).one()


async def case_facts(stage: Stage) -> list[CaseFact]:
    async with stage.database.read() as session:
        return list(await session.scalars(select(CaseFact).order_by(CaseFact.kind.desc())))


async def test_an_answered_question_is_answered(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    await asks(stage, conversation_id)
    await answers(stage, conversation_id)
    await ends(stage, conversation_id)
    kept = await fact(stage, conversation_id)
    assert (kept.unanswered, kept.handed_over, kept.by_person, kept.topic) == (False, False, False, "paspoort")
    assert (kept.day, kept.channel, kept.resolved, kept.is_final) == ("2026-11-23", "web", None, False)


@pytest.mark.parametrize("met", [True, False])
async def test_a_question_that_was_not_understood_is_left_unless_it_was_met_later(stage: Stage, met: bool) -> None:
    conversation_id = await stage.conversation()
    await asks(stage, conversation_id)
    await answers(stage, conversation_id)
    await asks(stage, conversation_id, "en de rooie", topic="rijbewijs", failed=True)
    await says(stage, conversation_id, Sender.BOT, MessageKind.TEXT)
    if met:
        await asks(stage, conversation_id, "wat kost een rijbewijs")
        await answers(stage, conversation_id)
    await ends(stage, conversation_id)
    kept = await fact(stage, conversation_id)
    assert kept.unanswered is not met
    assert kept.topic == "paspoort"  # what the bot only guessed is no topic


async def test_who_leaves_the_queue_is_left_without_an_answer_and_counts_as_gone(stage: Stage) -> None:
    conversation_id = await stage.conversation(first="Ik wil iemand spreken")
    stage.clock.advance(1)
    await stage.enqueue(conversation_id)
    stage.clock.advance(300)
    await ends(stage, conversation_id)
    kept = await fact(stage, conversation_id)
    assert (kept.unanswered, kept.handed_over, kept.reasons) == (True, True, ["wants_human"])
    [case] = await case_facts(stage)
    assert (case.abandoned, case.waited_seconds) == (True, None)


async def test_a_callback_that_was_taken_down_is_an_answer(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    await asks(stage, conversation_id, "het is ingewikkeld", topic=None, failed=True)
    await stage.callback(conversation_id)
    await ends(stage, conversation_id)
    assert (await fact(stage, conversation_id)).unanswered is False


async def test_what_an_employee_had_is_measured(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation(first="Ik wil iemand spreken")
    stage.clock.advance(1)
    case_id = await stage.enqueue(conversation_id)
    stage.clock.advance(120)
    await stage.claim(case_id, anna)
    await says(stage, conversation_id, Sender.EMPLOYEE, MessageKind.TEXT)
    stage.clock.advance(599)
    async with stage.database.write() as session:
        await ownership.close(session, case_id, anna, Outcome.RESOLVED, now=stage.clock())
    kept = await fact(stage, conversation_id)
    assert (kept.unanswered, kept.by_person, kept.team) == (False, True, "publieksbalie")
    [case] = await case_facts(stage)
    assert (case.abandoned, case.waited_seconds, case.handled_seconds) == (False, 120, 600)


@pytest.mark.parametrize("reaction", ["none", "refused", "accepted"])
async def test_an_offer_is_ignored_when_she_says_neither_yes_nor_no(stage: Stage, reaction: str) -> None:
    conversation_id = await stage.conversation()
    await asks(stage, conversation_id)
    await says(stage, conversation_id, Sender.BOT, MessageKind.QUESTION, ACCEPTS_PERSON)
    if reaction == "refused":
        await asks(stage, conversation_id, "nee", consent=Consent.REFUSED)
    if reaction == "accepted":
        await stage.enqueue(conversation_id)
    await ends(stage, conversation_id)
    kept = await fact(stage, conversation_id)
    assert (kept.offered, kept.offer_ignored) == (True, reaction == "none")


@pytest.mark.parametrize(("said", "resolved"), [(Answered.YES, True), (Answered.PARTLY, False), (Answered.NO, False)])
async def test_what_the_citizen_says_decides_whether_it_was_resolved(
    stage: Stage, said: Answered, resolved: bool
) -> None:
    conversation_id = await stage.conversation()
    await asks(stage, conversation_id)
    await ends(stage, conversation_id)
    async with stage.database.write() as session:
        await ratings.give(session, await get(session, conversation_id), Given(said, 4), now=stage.clock())
    kept = await fact(stage, conversation_id)
    assert (kept.resolved, kept.score) == (resolved, 4)


async def on_telegram(stage: Stage, peer: str = "p" * 64) -> str:
    conversation_id = await stage.conversation(channel=ChannelName.TELEGRAM)
    async with stage.database.write() as session:
        (await session.get_one(Conversation, conversation_id)).peer_hash = peer
    await asks(stage, conversation_id)
    await answers(stage, conversation_id)
    await ends(stage, conversation_id)
    return conversation_id


@pytest.mark.parametrize(("after_days", "resolved"), [(None, True), (6, False), (8, True)])
async def test_on_telegram_who_does_not_come_back_within_a_week_was_helped(
    stage: Stage, after_days: int | None, resolved: bool
) -> None:
    first = await on_telegram(stage)
    assert (await fact(stage, first)).resolved is None
    if after_days is not None:
        stage.clock.advance(after_days * 24 * 3600)
        await on_telegram(stage)
    stage.clock.advance(WEEK)
    kept = await fact(stage, first)
    assert (kept.resolved, kept.is_final) == (resolved, True)


async def test_on_the_website_only_going_on_from_here_shows_that_she_came_back(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    await asks(stage, conversation_id)
    await ends(stage, conversation_id)
    stage.clock.advance(WEEK)
    assert (await fact(stage, conversation_id)).resolved is None
    again = await stage.conversation()
    async with stage.database.write() as session:
        linked = await session.get_one(Conversation, again)
        linked.previous_id = conversation_id
        linked.opened_at = stage.clock() - dt.timedelta(days=2)
    assert (await fact(stage, conversation_id)).resolved is False


@pytest.mark.parametrize(("days_late", "on_time"), [(0, True), (1, False)])
async def test_a_callback_is_on_time_when_first_tried_on_its_day(stage: Stage, days_late: int, on_time: bool) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation(first="Bel mij")
    case_id = await stage.callback(conversation_id)
    stage.clock.advance(days_late * 24 * 3600)
    for _ in range(2):  # the second attempt moves its day
        await stage.claim(case_id, anna)
        async with stage.database.write() as session:
            later = stage.clock().date() + dt.timedelta(days=3)
            await ownership.not_reached(session, case_id, anna, now=stage.clock(), next_day=lambda _now: later)  # noqa: B023
        stage.clock.advance(60)
    await stage.claim(case_id, anna)
    async with stage.database.write() as session:
        await ownership.close(session, case_id, anna, Outcome.RESOLVED, now=stage.clock())
    await ends(stage, conversation_id)
    await fact(stage, conversation_id)
    [kept] = await case_facts(stage)
    assert (kept.kind, kept.on_time) == ("callback", on_time)


@pytest.mark.parametrize(
    ("was", "should_be", "kept"),
    [
        (Level.ESCALATE, Level.NONE, "false"),
        (Level.ESCALATE, Level.CRISIS, "missed"),
        (Level.ESCALATE, Level.ESCALATE, "right"),
        (Level.URGENT, Level.ESCALATE, "other"),
    ],
)
async def test_what_an_employee_says_of_the_assessment_is_kept(
    stage: Stage, was: Level, should_be: Level, kept: str
) -> None:
    anna = await stage.employee("Anna")
    case_id = await stage.held_case(anna, new_case(was))
    conversation_id = (await stage.case(case_id)).conversation_id
    await stage.citizen_says(conversation_id, "Hallo")
    async with stage.database.write() as session:
        case, employee = await cases.get(session, case_id), await session.get_one(Employee, anna)
        await marks.mark(session, case, employee, should_be, now=stage.clock())
        await ownership.close(session, case_id, anna, Outcome.RESOLVED, now=stage.clock())
    await fact(stage, conversation_id)
    assert [one.marked for one in await case_facts(stage)] == [kept]


async def test_erasing_keeps_the_figures_and_nothing_that_leads_to_anybody(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    await asks(stage, conversation_id)
    new = replace(new_case(), assessment=replace(wish(), reasons=(Reason.ANGER,)))
    await stage.enqueue(conversation_id, new)
    async with stage.database.write() as session:
        await retention.erase(session, conversation_id, now=stage.clock(), actor="citizen")
    async with stage.database.read() as session:
        kept = (await session.scalars(select(ConversationFact))).one()
    assert (kept.conversation_id, kept.topic, kept.reasons, kept.unanswered) == (None, "paspoort", ["anger"], True)
    assert {column.key for column in inspect(ConversationFact).columns} == {
        "id", "conversation_id", "municipality", "channel", "topic", "team", "day", "unanswered", "handed_over",
        "reasons", "by_person", "offered", "offer_ignored", "resolved", "score", "told_again", "is_final", "made_at",
    }  # fmt: skip
    assert {column.key for column in inspect(CaseFact).columns} == {
        "id", "conversation_id", "municipality", "channel", "topic", "team", "kind", "day", "abandoned",
        "waited_seconds", "handled_seconds", "on_time", "marked",
    }  # fmt: skip


async def test_a_conversation_in_which_nobody_spoke_is_not_counted(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    await ends(stage, conversation_id)
    assert await due(stage) == []
    async with stage.database.write() as session:
        await figures.keep(session, conversation_id, now=stage.clock())
    assert await stage.count(ConversationFact) == 0


async def due(stage: Stage) -> list[str]:
    async with stage.database.read() as session:
        return list(await figures.due(session, now=stage.clock(), limit=100))


async def test_rows_are_made_once_and_again_when_something_becomes_known(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    await asks(stage, conversation_id)
    assert await due(stage) == []  # it goes on
    await ends(stage, conversation_id)
    assert await due(stage) == [conversation_id]
    await fact(stage, conversation_id)
    assert await due(stage) == []
    stage.clock.advance(60)
    async with stage.database.write() as session:
        await ratings.give(session, await get(session, conversation_id), Given(Answered.YES), now=stage.clock())
    assert await due(stage) == [conversation_id]
    await fact(stage, conversation_id)
    assert await due(stage) == []
    stage.clock.advance(WEEK)
    assert await due(stage) == [conversation_id]
    await fact(stage, conversation_id)
    assert await due(stage) == []


async def test_rows_go_after_three_years(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    await asks(stage, conversation_id)
    await ends(stage, conversation_id)
    await fact(stage, conversation_id)
    for days, left in ((3 * 365, 1), (4, 0)):
        stage.clock.advance(days * 24 * 3600)
        async with stage.database.write() as session:
            await figures.forget_old(session, now=stage.clock())
        assert await stage.count(ConversationFact) == left


async def test_events_of_service_levels_go_after_three_years_too(stage: Stage) -> None:
    moment = stage.clock()
    async with stage.database.write() as session:
        session.add(
            ServiceEvent(
                at=moment, municipality=CITY, team="wonen", level="urgent", case_reference="ZK-1", kind="breach",
                due_at=moment, open_seconds=60,
            )
        )  # fmt: skip
    for days, left in ((3 * 366, 1), (1, 0)):
        stage.clock.advance(days * 24 * 3600)
        async with stage.database.write() as session:
            await figures.forget_old(session, now=stage.clock())
        assert await stage.count(ServiceEvent) == left


async def test_what_citizens_answered_goes_after_three_years_too(stage: Stage) -> None:
    conversation_id = await stage.conversation(first="Wat kost een paspoort?")
    await ends(stage, conversation_id)
    async with stage.database.write() as session:
        conversation = await get(session, conversation_id)
        await ratings.give(session, conversation, Given(Answered.YES, 5, comment="Fijn"), now=stage.clock())
        await retention.erase(session, conversation_id, now=stage.clock(), actor="system")
    for days, left in ((3 * 366, 1), (1, 0)):
        stage.clock.advance(days * 24 * 3600)
        async with stage.database.write() as session:
            await figures.forget_old(session, now=stage.clock())
        assert await stage.count(Rating) == left


# The page


def talk(number: int, **more: object) -> ConversationFact:
    plain: dict[str, object] = {
        "municipality": CITY, "channel": "web", "topic": "paspoort", "team": None, "day": "2026-10-20",
        "unanswered": number < 3, "handed_over": False, "reasons": [], "by_person": False, "offered": False,
        "offer_ignored": False, "resolved": None, "score": None, "told_again": None, "is_final": True,
        "made_at": dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
    }  # fmt: skip
    return ConversationFact(**{**plain, **more})


@pytest.fixture
async def lead(database: Database, app: FastAPI, sam: Employee) -> Browser:
    async with database.write() as session:
        (await session.get_one(Employee, sam.id)).role = Role.TEAM_LEAD
        session.add_all(talk(number) for number in range(12))
        session.add_all(talk(0, municipality="fictiedam") for _ in range(50))
        session.add_all(talk(0, day="2026-11-02") for _ in range(50))
        session.add_all(talk(9, channel="telegram", topic="rijbewijs") for _ in range(12))
    browser = Browser(app)
    await browser.log_in(sam.email)
    return browser


async def test_the_report_shows_the_figures_of_her_municipality_with_what_they_mean(lead: Browser) -> None:
    page = (await lead.get("/medewerker/rapport")).text
    assert "Van 1 oktober 2026 tot en met 31 oktober 2026" in page
    first, rest = page.split('class="cijfer cijfer--eerst"', 1)[1].split("</section>", 1)
    assert "12%" in first
    assert "van 24 gesprekken" in first
    assert "geen antwoord kreeg" in first
    assert rest.count('<section class="cijfer"') == 17
    assert 'role="img"' in page
    assert "style=" not in page


async def test_the_report_shows_for_each_team_and_urgency_how_the_service_level_was_met(
    lead: Browser, database: Database
) -> None:
    at = dt.datetime(2026, 10, 20, 9, tzinfo=dt.UTC)
    async with database.write() as session:
        session.add_all(
            ServiceEvent(
                at=at, municipality=CITY, team="wonen", level="urgent", case_reference=f"ZK-{number}",
                kind="picked_up", due_at=at if number < 9 else at - dt.timedelta(minutes=1), open_seconds=60,
            )
            for number in range(12)
        )  # fmt: skip
    page = (await lead.get("/medewerker/rapport")).text
    table = page.split("Servicenorm per team en spoed</h2>", 1)[1]
    assert "<strong>Op tijd opgepakt</strong>: Opgepakt voordat de norm voorbij was." in table
    cells = ("12", "75%", "minder dan 10", "minder dan 10")
    assert f'<th scope="row">wonen, spoed</th>{"".join(f"<td>{cell}</td>" for cell in cells)}' in table
    narrowed = (await lead.get("/medewerker/rapport?kanaal=web")).text
    assert "Dit weten wij alleen van alle onderwerpen en kanalen samen." in narrowed
    assert ";servicenorm;wonen/spoed;op_tijd_opgepakt;0.75;deel;12" in (await lead.get("/medewerker/rapport.csv")).text


async def test_the_report_can_be_narrowed(lead: Browser) -> None:
    page = (await lead.get("/medewerker/rapport?kanaal=web")).text
    assert "van 12 gesprekken" in page
    page = (await lead.get("/medewerker/rapport?periode=deze-maand")).text
    assert "van 50 gesprekken" in page
    page = (await lead.get("/medewerker/rapport?team=wonen&onderwerp=x%27--&kanaal=fax")).text
    assert "te weinig" in page


async def test_the_file_has_the_same_figures_and_taking_it_is_recorded(lead: Browser, database: Database) -> None:
    answer = await lead.get("/medewerker/rapport.csv?kanaal=web")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "balie-voorbeeldstad-2026-10-01-2026-10-31.csv" in answer.headers["content-disposition"]
    assert "voorbeeldstad;2026-10-01;2026-10-31;alles;;zonder_antwoord;0.25;deel;12" in answer.text
    async with database.read() as session:
        [line] = await session.scalars(select(AuditLine).where(AuditLine.action == "report_exported"))
    assert line.details == {"first": "2026-10-01", "last": "2026-10-31"}


async def test_an_employee_sees_no_report(browser: Browser) -> None:
    assert (await browser.get("/medewerker/rapport")).status_code == 404
    assert (await browser.get("/medewerker/rapport.csv")).status_code == 404
    assert ">Rapport</a>" not in (await browser.get("/medewerker/zaken")).text
