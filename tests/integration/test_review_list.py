"""The review list: what comes on it, who sees it, what becomes of it, and that it goes with its conversation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot import turn
from bot.engine import Button, EngineTurn, Question, Ranked, Reply, ReplyKind
from handoff import retention, review
from handoff.database import Database
from handoff.detection import Level, Reason
from handoff.exceptions import InvalidText, NotAllowed
from handoff.review import Dismissal, Example, Missed, Wanted, Why
from handoff.review.tables import MissingAnswer, ReviewItem, TrainingExample
from handoff.tables import AuditLine, Employee, Message
from handoff.vault import Vault
from handoff.vocabulary import Role, Sender
from tests.counter import FakeRasa, make_desk
from tests.stage import CITY, Stage, StoppedClock, new_case, wish

QUESTION = "hoe zit dat met die rode bak"


@pytest.fixture
async def editor(stage: Stage) -> Employee:
    return await with_role(stage, Role.EDITOR)


async def with_role(stage: Stage, role: Role, municipality: str = CITY) -> Employee:
    employee_id = await stage.employee("Lotte", municipality=municipality)
    async with stage.database.write() as session:
        employee = await session.get_one(Employee, employee_id)
        employee.role = role
    return employee


async def missed(stage: Stage, text: str = QUESTION, why: Why = Why.NOT_UNDERSTOOD, **more: object) -> Message:
    """A citizen's message that the bot missed."""
    message = await stage.citizen_says(await stage.conversation(municipality=str(more.get("municipality", CITY))), text)
    await put(stage, message, why, **more)
    return message


async def put(
    stage: Stage, message: Message, why: Why, *, topic: str | None = "paspoort", municipality: str = CITY
) -> None:
    async with stage.database.write() as session:
        await review.note(session, message, municipality, Missed(why, topic, "kosten", 0.41), now=stage.clock())


async def listed(stage: Stage, editor: Employee, wanted: Wanted = Wanted()) -> list[str]:  # noqa: B008
    async with stage.database.read() as session:
        return [one.text for one in await review.groups(session, editor, wanted, now=stage.clock(), limit=50)]


async def first(stage: Stage, editor: Employee) -> str:
    async with stage.database.read() as session:
        return (await review.groups(session, editor, Wanted(), now=stage.clock(), limit=50))[0].item_id


# What comes on it


async def say(stage: Stage, rasa: FakeRasa, desk: object, conversation_id: str, text: str, reply: EngineTurn) -> None:
    rasa.reply = reply
    await stage.citizen_says(conversation_id, text, owed_a_turn=True)
    assert await turn.answer_next(desk, conversation_id)  # type: ignore[arg-type]


def replied(kind: ReplyKind, *, topic: str = "paspoort", confidence: float = 0.4, failures: int = 0) -> EngineTurn:
    question = Question(topic, "kosten", confidence, (Ranked(topic, confidence), Ranked("rijbewijs", 0.2)))
    reply = Reply("Bedoelt u een paspoort?", (Button("Ja", "onderwerp:paspoort/kosten"),), kind=kind)
    return EngineTurn((reply,), (question,), (), (), {}, failures)


@pytest.fixture
async def desk(database: Database, bus: object, vault: Vault, clock: StoppedClock) -> tuple[object, FakeRasa]:
    rasa = FakeRasa()
    return make_desk(database, bus, vault, clock, rasa), rasa  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (replied(ReplyKind.FALLBACK, failures=1), Why.NOT_UNDERSTOOD),
        (replied(ReplyKind.CLARIFY, failures=1), Why.ASKED),
        (replied(ReplyKind.CLARIFY, failures=2), Why.SECOND_FAILURE),
        (replied(ReplyKind.SMALLTALK, topic="buiten_bereik", confidence=0.45), Why.DOUBTFUL),
        (replied(ReplyKind.SMALLTALK, topic="buiten_bereik", confidence=0.9), None),
        (replied(ReplyKind.ANSWER, confidence=0.95), None),
    ],
)
async def test_what_the_bot_misses_comes_on_the_list(
    stage: Stage, desk: tuple[object, FakeRasa], reply: EngineTurn, why: Why | None
) -> None:
    conversation_id = await stage.conversation()
    await say(stage, desk[1], desk[0], conversation_id, QUESTION, reply)
    async with stage.database.read() as session:
        found = (await session.scalars(select(ReviewItem))).all()
    assert [one.why for one in found] == ([] if why is None else [why])
    assert all(one.guesses == ["rijbewijs"] for one in found)


async def test_what_the_citizen_chose_after_all_is_not_missed(
    stage: Stage, desk: tuple[object, FakeRasa], editor: Employee, clock: StoppedClock
) -> None:
    conversation_id = await stage.conversation()
    await say(stage, desk[1], desk[0], conversation_id, QUESTION, replied(ReplyKind.CLARIFY, failures=1))
    clock.advance(3600)
    assert await listed(stage, editor) == [QUESTION]
    await say(stage, desk[1], desk[0], conversation_id, "ja", replied(ReplyKind.ANSWER, confidence=1.0))
    assert await listed(stage, editor) == []


async def test_who_may_still_be_choosing_is_given_a_quarter_of_an_hour(
    stage: Stage, editor: Employee, clock: StoppedClock
) -> None:
    await missed(stage, why=Why.ASKED)
    assert await listed(stage, editor) == []
    clock.advance(15 * 60)
    assert await listed(stage, editor) == [QUESTION]


@pytest.mark.parametrize(
    ("level", "reason"),
    [(Level.CRISIS, Reason.SUICIDE), (Level.URGENT, Reason.CUTOFF), (Level.ESCALATE, Reason.GRIEF)],
)
async def test_a_sentence_leaves_the_list_when_its_conversation_turns_grave(
    stage: Stage, editor: Employee, level: Level, reason: Reason
) -> None:
    message = await missed(stage)
    await stage.enqueue(
        message.conversation_id, replace(new_case(level), assessment=replace(wish(level), reasons=(reason,)))
    )
    assert await listed(stage, editor) == []


async def test_an_employee_marks_what_the_bot_should_have_known(stage: Stage, editor: Employee) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation(first=QUESTION)
    case = await stage.case(await stage.enqueue(conversation_id))
    async with stage.database.write() as session:
        message = (await session.scalars(select(Message).where(Message.sender == Sender.CITIZEN))).one()
        for _ in range(2):
            await review.mark(session, case, message, await session.get_one(Employee, anna), now=stage.clock())
    async with stage.database.read() as session:
        [group] = await review.groups(session, editor, Wanted(), now=stage.clock(), limit=50)
        lines = (await session.scalars(select(AuditLine).where(AuditLine.action == "bot_should_know"))).all()
    assert (group.text, group.why, group.times) == (QUESTION, Why.MARKED, 1)
    assert [one.details for one in lines] == [{"seq": 1}, {"seq": 1}]


async def test_what_was_said_in_a_crisis_cannot_be_marked(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    case = await stage.case(await stage.enqueue(await stage.conversation(first=QUESTION), new_case(Level.CRISIS)))
    async with stage.database.write() as session:
        message = (await session.scalars(select(Message).where(Message.sender == Sender.CITIZEN))).one()
        with pytest.raises(NotAllowed):
            await review.mark(session, case, message, await session.get_one(Employee, anna), now=stage.clock())


# Who sees it


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.EDITOR])
async def test_only_an_editor_sees_it(stage: Stage, role: Role) -> None:
    await missed(stage)
    somebody = await with_role(stage, role)
    with pytest.raises(NotAllowed):
        await listed(stage, somebody)


async def test_an_editor_sees_her_own_municipality(stage: Stage, editor: Employee) -> None:
    other = await missed(stage, municipality="fictiedam")
    assert await listed(stage, editor) == []
    async with stage.database.read() as session:
        item = (await session.scalars(select(ReviewItem).where(ReviewItem.message_id == other.id))).one()
        with pytest.raises(NotAllowed):
            await review.one_group(session, editor, item.id, now=stage.clock())


async def test_the_same_sentence_stands_once_and_the_most_said_goes_first(
    stage: Stage, editor: Employee, clock: StoppedClock
) -> None:
    for text in ("Wat kost dat?", "iets anders", "wat kost dat", "WAT  KOST DAT??"):
        await missed(stage, text)
        clock.advance(60)
    await missed(stage, "gemarkeerd", Why.MARKED)
    async with stage.database.read() as session:
        found = await review.groups(session, editor, Wanted(), now=clock(), limit=50)
        amounts = await review.summary(session, editor, Wanted(), now=clock())
    assert [(one.text, one.times) for one in found] == [
        ("gemarkeerd", 1),
        ("WAT  KOST DAT??", 3),
        ("iets anders", 1),
    ]
    assert [(one.why, one.sentences, one.times) for one in amounts] == [
        (Why.MARKED, 1, 1),
        (Why.NOT_UNDERSTOOD, 2, 4),
    ]


async def test_a_sentence_that_is_said_again_counts_for_its_gravest_reason_and_its_last_guess(
    stage: Stage, editor: Employee, clock: StoppedClock
) -> None:
    await missed(stage, why=Why.SECOND_FAILURE, topic="rijbewijs")
    clock.advance(60)
    await missed(stage, topic=None)
    async with stage.database.read() as session:
        [group] = await review.groups(session, editor, Wanted(), now=clock(), limit=50)
        amounts = await review.summary(session, editor, Wanted(), now=clock())
        [one] = await review.groups(session, editor, Wanted(topic=review.NO_TOPIC), now=clock(), limit=50)
    assert (group.why, group.topic, group.times) == (Why.SECOND_FAILURE, None, 2)
    assert amounts == [review.Amount(Why.SECOND_FAILURE, None, sentences=1, times=2)]
    assert one == group
    assert await listed(stage, editor, Wanted(topic="rijbewijs")) == []


async def test_the_list_is_read_a_page_at_a_time(stage: Stage, editor: Employee, clock: StoppedClock) -> None:
    for number in range(5):
        await missed(stage, f"zin {number}")
        clock.advance(60)
    async with stage.database.read() as session:
        pages = [
            [one.text for one in await review.groups(session, editor, Wanted(), now=clock(), limit=2, offset=offset)]
            for offset in (0, 2, 4)
        ]
    assert pages == [["zin 4", "zin 3"], ["zin 2", "zin 1"], ["zin 0"]]


async def test_the_list_can_be_narrowed(stage: Stage, editor: Employee, clock: StoppedClock) -> None:
    await missed(stage, "oud", topic="rijbewijs")
    since = clock.advance(3600)
    await missed(stage, "nieuw", Why.DOUBTFUL)
    assert await listed(stage, editor, Wanted(since=since)) == ["nieuw"]
    assert await listed(stage, editor, Wanted(until=since)) == ["oud"]
    assert await listed(stage, editor, Wanted(why=Why.DOUBTFUL)) == ["nieuw"]
    assert await listed(stage, editor, Wanted(topic="rijbewijs")) == ["oud"]


# What becomes of it


async def test_teaching_keeps_one_example_and_takes_all_that_say_the_same_off_the_list(
    stage: Stage, editor: Employee
) -> None:
    for text in ("Wat kost dat?", "wat kost dat"):
        await missed(stage, text)
        async with stage.database.write() as session:
            example = Example("paspoort", "kosten", "  wat kost\u2028dat ")
            await review.teach(session, editor, await first(stage, editor), example, now=stage.clock())
    assert await listed(stage, editor) == []
    async with stage.database.read() as session:
        [kept] = await review.examples(session, CITY)
        audited = (await session.scalars(select(AuditLine).where(AuditLine.action == "review_taught"))).all()
    assert kept.example == Example("paspoort", "kosten", "wat kost dat")
    assert [one.details["topic"] for one in audited] == ["paspoort", "paspoort"]


@pytest.mark.parametrize("sentence", ["bel 06 12 34 56 78", "mail a.b@voorbeeld.nl", "", "x" * 501])
async def test_personal_data_and_nonsense_are_not_kept_as_example(
    stage: Stage, editor: Employee, sentence: str
) -> None:
    await missed(stage)
    item_id = await first(stage, editor)
    async with stage.database.write() as session:
        with pytest.raises(InvalidText):
            await review.teach(session, editor, item_id, Example("paspoort", "kosten", sentence), now=stage.clock())
    assert await listed(stage, editor) == [QUESTION]


async def test_a_missing_answer_stands_on_the_list_until_it_is_written(stage: Stage, editor: Employee) -> None:
    await missed(stage)
    await missed(stage)
    async with stage.database.write() as session:
        item_id = await first(stage, editor)
        await review.miss(session, editor, item_id, "Waar gaat de rode bak heen?", "afvalkalender", now=stage.clock())
    async with stage.database.write() as session:
        [answer] = await review.missing_answers(session, CITY)
        assert (answer.question, answer.times_asked) == ("Waar gaat de rode bak heen?", 2)
        await review.finish(session, editor, answer.id, now=stage.clock())
    async with stage.database.read() as session:
        assert await review.missing_answers(session, CITY) == []
    assert await listed(stage, editor) == []


async def test_a_dismissed_sentence_keeps_the_reason_and_leaves_the_list(stage: Stage, editor: Employee) -> None:
    await missed(stage)
    async with stage.database.write() as session:
        await review.dismiss(session, editor, await first(stage, editor), Dismissal.NO_QUESTION, now=stage.clock())
    assert await listed(stage, editor) == []
    async with stage.database.read() as session:
        item = (await session.scalars(select(ReviewItem))).one()
    assert (item.state, item.dismissed_as, item.decided_by) == ("dismissed", "no_question", editor.id)


async def test_erasing_a_conversation_takes_its_sentences_and_leaves_what_the_editor_wrote(
    stage: Stage, editor: Employee
) -> None:
    message = await missed(stage)
    await missed(stage, "blijft")
    async with stage.database.write() as session:
        async_id = (await session.scalars(select(ReviewItem.id).where(ReviewItem.message_id == message.id))).one()
        await review.teach(session, editor, async_id, Example("paspoort", "kosten", "eigen woorden"), now=stage.clock())
    async with stage.database.write() as session:
        await retention.erase(session, message.conversation_id, now=stage.clock(), actor="citizen")
    assert await listed(stage, editor) == ["blijft"]
    assert await stage.count(ReviewItem) == 1
    assert await stage.count(TrainingExample) == 1
    assert await stage.count(MissingAnswer) == 0


async def test_a_proposal_can_be_withdrawn_by_an_editor_of_that_municipality(stage: Stage, editor: Employee) -> None:
    await missed(stage)
    async with stage.database.write() as session:
        item_id = await first(stage, editor)
        await review.teach(session, editor, item_id, Example("paspoort", "kosten", "wat kost dat"), now=stage.clock())
    other = await with_role(stage, Role.EDITOR, "fictiedam")
    async with stage.database.write() as session:
        [kept] = await review.examples(session, CITY)
        with pytest.raises(NotAllowed):
            await review.withdraw(session, other, kept.id, now=stage.clock())
        await review.withdraw(session, editor, kept.id, now=stage.clock())
    assert await stage.count(TrainingExample) == 0
