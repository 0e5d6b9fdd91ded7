"""A citizen who falls silent with an employee is asked, can take more time, and finds a way back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import conversation, turn
from bot.conversation import InboundMessage
from bot.desk import Desk
from bot.quiet_citizens import QuietCitizens
from handoff import messages, quiet, reading_along
from handoff.bus import InProcessBus
from handoff.detection import Level
from handoff.messages import Draft
from handoff.quiet import Patience, Step
from handoff.tables import Message
from handoff.vault import Vault
from handoff.vocabulary import CaseState, ChannelName, MessageKind, Outcome, Owner, Sender
from tests.counter import FakeRasa, make_desk
from tests.stage import MONDAY_MORNING, Stage, StoppedClock, new_case

PATIENCE = Patience(timedelta(minutes=15), timedelta(minutes=10))
MINUTE = 60.0


@pytest.fixture
def desk(stage: Stage, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    return make_desk(stage.database, bus, vault, clock, FakeRasa())


@pytest.fixture
def watch(desk: Desk) -> QuietCitizens:
    return QuietCitizens(desk, PATIENCE)


class Talk:
    """A conversation that Anna has, and in which she spoke last."""

    def __init__(self, stage: Stage, desk: Desk, case_id: str, conversation_id: str, anna: str) -> None:
        self.stage, self.desk, self.case_id, self.id, self.anna = stage, desk, case_id, conversation_id, anna

    async def employee_says(self, text: str = "Waar staat de lantaarn?") -> None:
        async with self.stage.database.write() as session:
            await messages.append(
                session, self.id, Draft(text), sender=Sender.EMPLOYEE, now=self.stage.clock(), employee_id=self.anna
            )

    async def citizen(self, text: str, choice: str | None = None) -> None:
        key = f"bericht-{len(await self.stage.said(self.id)):04d}"
        await conversation.receive(self.desk, self.id, InboundMessage(key, text, choice))
        while await turn.answer_next(self.desk, self.id):
            pass

    async def owner(self) -> str:
        return (await self.stage.read(self.id)).owner


async def talk_of(stage: Stage, desk: Desk, level: Level = Level.ESCALATE) -> Talk:
    anna = await stage.employee("Anna")
    case_id = await stage.enqueue(await stage.conversation(first="Er is een lantaarn kapot"), new_case(level))
    await stage.claim(case_id, anna)
    talk = Talk(stage, desk, case_id, (await stage.case(case_id)).conversation_id, anna)
    await talk.employee_says()
    return talk


@pytest.fixture
async def talk(stage: Stage, desk: Desk) -> Talk:
    return await talk_of(stage, desk)


async def test_after_a_quarter_of_an_hour_she_is_asked_once_until_when(
    stage: Stage, watch: QuietCitizens, talk: Talk
) -> None:
    stage.clock.advance(15 * MINUTE - 1)
    assert await watch.look() == 0
    stage.clock.advance(1)
    assert await watch.look() == 1
    assert await watch.look() == 0
    asked = (await stage.said(talk.id))[-1]
    assert asked.text.startswith("Bent u er nog?")
    assert "om 11.25 uur" in asked.text
    assert [button["title"] for button in asked.buttons] == ["Ik ben er nog"]


async def test_who_stays_silent_is_let_go_with_a_way_back(stage: Stage, watch: QuietCitizens, talk: Talk) -> None:
    stage.clock.advance(15 * MINUTE)
    await watch.look()
    stage.clock.advance(10 * MINUTE - 1)
    assert await watch.look() == 0
    stage.clock.advance(1)
    assert await watch.look() == 1
    assert await talk.owner() == Owner.CLOSED
    last = (await stage.said(talk.id))[-1]
    assert "Wilt u verder praten?" in last.text
    assert last.buttons[0]["value"] == "medewerker:graag"
    case = await stage.case(talk.case_id)
    assert (case.state, case.outcome) == (CaseState.DONE, Outcome.CITIZEN_LEFT)
    assert await stage.open_count(talk.anna) == 0
    line = (await stage.audit(talk.id))[-1]
    assert (line.action, line.actor, line.details) == ("close", "system", {"why": "silent"})


async def test_the_button_gives_her_another_quarter_as_often_as_she_likes(
    stage: Stage, watch: QuietCitizens, talk: Talk
) -> None:
    for _ in range(12):
        stage.clock.advance(15 * MINUTE)
        assert await watch.look() == 1
        stage.clock.advance(9 * MINUTE)
        await talk.citizen("Ik ben er nog", quiet.STILL_THERE)
        assert await watch.look() == 0
    assert await talk.owner() == Owner.EMPLOYEE


async def test_a_word_of_hers_ends_the_waiting(stage: Stage, watch: QuietCitizens, talk: Talk) -> None:
    stage.clock.advance(15 * MINUTE)
    await watch.look()
    stage.clock.advance(9 * MINUTE)
    await talk.citizen("Bij de Dorpsstraat")
    stage.clock.advance(3600)
    assert await watch.look() == 0
    assert await talk.owner() == Owner.EMPLOYEE


async def test_never_while_the_employee_owes_the_answer(stage: Stage, watch: QuietCitizens, talk: Talk) -> None:
    await talk.citizen("Bij de Dorpsstraat. Wanneer komt u?")
    stage.clock.advance(24 * 3600)
    assert await watch.look() == 0


async def test_never_before_the_employee_has_said_anything(stage: Stage, desk: Desk, watch: QuietCitizens) -> None:
    anna = await stage.employee("Anna")
    await stage.held_case(anna)
    stage.clock.advance(24 * 3600)
    assert await watch.look() == 0


@pytest.mark.parametrize("level", [Level.URGENT, Level.CRISIS])
async def test_never_in_a_crisis_or_urgent_case(stage: Stage, desk: Desk, watch: QuietCitizens, level: Level) -> None:
    talk = await talk_of(stage, desk, level)
    stage.clock.advance(24 * 3600)
    assert await watch.look() == 0
    assert await talk.owner() == Owner.EMPLOYEE


async def test_a_case_that_became_a_crisis_after_the_question_is_not_closed(
    stage: Stage, watch: QuietCitizens, talk: Talk
) -> None:
    stage.clock.advance(15 * MINUTE)
    await watch.look()
    async with stage.database.write() as session:
        from handoff import cases

        case = await cases.get(session, talk.case_id)
        case.level, case.priority = Level.CRISIS, 0
    stage.clock.advance(3600)
    assert await watch.look() == 0
    assert await talk.owner() == Owner.EMPLOYEE


async def test_a_restart_in_between_changes_nothing(stage: Stage, desk: Desk, talk: Talk) -> None:
    stage.clock.advance(15 * MINUTE)
    assert await QuietCitizens(desk, PATIENCE).look() == 1
    assert await QuietCitizens(desk, PATIENCE).look() == 0
    stage.clock.advance(10 * MINUTE)
    assert await QuietCitizens(desk, PATIENCE).look() == 1
    assert await talk.owner() == Owner.CLOSED


async def test_after_a_transfer_the_new_employee_speaks_first(stage: Stage, watch: QuietCitizens, talk: Talk) -> None:
    from handoff import ownership

    bas = await stage.employee("Bas")
    async with stage.database.write() as session:
        await ownership.transfer(session, talk.case_id, talk.anna, bas, now=stage.clock())
    stage.clock.advance(24 * 3600)
    assert await watch.look() == 0


async def test_who_writes_another_language_is_left_to_the_employee(
    stage: Stage, desk: Desk, watch: QuietCitizens
) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation(first="Hello, I would like to talk about my rent with somebody please")
    case_id = await stage.enqueue(conversation_id)
    await stage.claim(case_id, anna)
    await Talk(stage, desk, case_id, conversation_id, anna).employee_says("Hello, how can I help?")
    stage.clock.advance(24 * 3600)
    assert await watch.look() == 0


async def test_a_message_at_the_last_moment_wins_from_closing(stage: Stage, desk: Desk, talk: Talk) -> None:
    from handoff import ownership
    from handoff.exceptions import StaleOwner

    stage.clock.advance(15 * MINUTE)
    await QuietCitizens(desk, PATIENCE).look()
    asked = (await stage.said(talk.id))[-1]
    epoch = (await stage.read(talk.id)).epoch
    stage.clock.advance(10 * MINUTE)
    await talk.citizen("Sorry, de bel ging")
    with pytest.raises(StaleOwner):
        async with stage.database.write() as session:
            await ownership.close_silent(
                session,
                talk.id,
                expected_epoch=epoch,
                quiet_since=asked.created_at,
                now=stage.clock(),
                told=Draft("Afgesloten."),
            )
    assert await talk.owner() == Owner.EMPLOYEE
    assert await stage.open_count(talk.anna) == 1


async def test_the_button_pressed_too_late_brings_her_to_a_person_again(
    stage: Stage, desk: Desk, watch: QuietCitizens, talk: Talk
) -> None:
    stage.clock.advance(15 * MINUTE)
    await watch.look()
    stage.clock.advance(10 * MINUTE)
    await watch.look()
    opened = await conversation.open_conversation(desk, "voorbeeldstad", ChannelName.WEB, previous_id=talk.id)
    again = Talk(stage, desk, "", opened.conversation.id, talk.anna)
    await again.citizen("Ik ben er nog", quiet.STILL_THERE)
    assert await again.owner() == Owner.QUEUED


def _said(moments: list[tuple[Sender, bool]]) -> list[Message]:
    """Messages ten minutes apart; of a citizen's True asks for time, of the system's True asks whether she is there."""
    told = []
    for number, (sender, special) in enumerate(moments):
        buttons = (
            [{"title": "Ik ben er nog", "value": quiet.STILL_THERE}] if sender is Sender.SYSTEM and special else []
        )
        told.append(
            Message(
                seq=number + 1,
                sender=sender,
                kind=MessageKind.TEXT,
                text="x",
                choice=quiet.STILL_THERE if sender is Sender.CITIZEN and special else None,
                buttons=buttons,
                created_at=MONDAY_MORNING + timedelta(minutes=10 * number),
            )
        )
    return told


@given(
    moments=st.lists(st.tuples(st.sampled_from([Sender.CITIZEN, Sender.EMPLOYEE, Sender.SYSTEM]), st.booleans())),
    minutes=st.integers(0, 60),
)
def test_whatever_was_said_nobody_is_asked_or_let_go_who_waits_for_the_employee(
    moments: list[tuple[Sender, bool]], minutes: int
) -> None:
    said = _said(moments)
    now = (said[-1].created_at if said else MONDAY_MORNING) + timedelta(minutes=minutes)
    step = quiet.due(said, PATIENCE, now)
    words = [one for one in said if one.sender is not Sender.SYSTEM and one.choice is None]
    if step is Step.ASK:
        assert words[-1].sender is Sender.EMPLOYEE
        assert minutes >= 15
    if step is Step.CLOSE:
        assert quiet.is_question(said[-1])
        assert minutes >= 10


async def test_who_may_be_watched_is_not_asked_and_not_let_go(stage: Stage, watch: QuietCitizens, talk: Talk) -> None:
    async with stage.database.write() as session:
        await reading_along.asked(session, talk.id)
    for _ in range(3):
        stage.clock.advance(15 * MINUTE)
        assert await watch.look() == 0
    assert await talk.owner() == Owner.EMPLOYEE
