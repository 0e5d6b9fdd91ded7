"""A turn through the real Rasa with the real model."""

import json
import statistics
import time
from typing import Any

from bot.engine import Engine, EngineTurn, ReplyKind
from tests.rasa.conftest import Served


class Citizen:
    """Talks with the bot, carrying the state along as balie does."""

    def __init__(self, engine: Engine, municipality: str = "voorbeeldstad") -> None:
        self._engine = engine
        self._municipality = municipality
        self._turns = 0
        self.state: dict[str, Any] | None = None

    async def says(self, text: str) -> EngineTurn:
        return await self._turn(text, None)

    async def presses(self, value: str) -> EngineTurn:
        return await self._turn("knop", value)

    async def _turn(self, text: str, choice: str | None) -> EngineTurn:
        self._turns += 1
        turn = await self._engine.turn(
            text=text,
            choice=choice,
            municipality=self._municipality,
            state=self.state,
            turn_id=f"beurt-{self._turns}",
            today="2026-11-23",
        )
        self.state = turn.state
        return turn


def subject(turn: EngineTurn) -> tuple[str, str]:
    return turn.questions[0].topic, turn.questions[0].aspect


async def test_a_question_gets_its_answer_with_what_was_understood(engine: Engine) -> None:
    turn = await Citizen(engine).says("wat kost een nieuw paspoort?")
    assert subject(turn) == ("paspoort", "kosten")
    assert "€" in turn.replies[0].text
    assert turn.replies[0].kind is ReplyKind.ANSWER
    assert turn.questions[0].confidence > 0.5
    assert len(turn.questions[0].ranking) == 5
    assert turn.failures_in_a_row == 0


async def test_each_municipality_has_its_own_answer(engine: Engine) -> None:
    here = await Citizen(engine, "voorbeeldstad").says("wat kost een rijbewijs")
    there = await Citizen(engine, "fictiedam").says("wat kost een rijbewijs")
    assert subject(here) == subject(there)
    assert here.replies[0].text != there.replies[0].text


async def test_a_follow_up_keeps_the_topic_and_a_new_subject_keeps_the_aspect(engine: Engine) -> None:
    citizen = Citizen(engine)
    await citizen.says("wat kost een paspoort?")
    assert subject(await citizen.says("en hoe lang duurt dat?")) == ("paspoort", "termijn")
    assert subject(await citizen.says("nee, het rijbewijs")) == ("rijbewijs", "termijn")


async def test_two_questions_in_one_message_are_both_answered(engine: Engine) -> None:
    turn = await Citizen(engine).says("wat kost een paspoort en wanneer halen jullie het grofvuil op?")
    asked = [(question.topic, question.aspect) for question in turn.questions]
    assert asked[0] == ("paspoort", "kosten")
    assert asked[1][0] == "afvalinzameling_grofvuil"
    assert [reply.kind for reply in turn.replies] == [ReplyKind.ANSWER, ReplyKind.ANSWER]


async def test_a_second_question_without_a_subject_is_about_the_first(engine: Engine) -> None:
    turn = await Citizen(engine).says("hoe vraag ik een rijbewijs aan en wat kost dat?")
    assert [(question.topic, question.aspect) for question in turn.questions] == [
        ("rijbewijs", "aanvragen"),
        ("rijbewijs", "kosten"),
    ]


async def test_an_unclear_message_is_asked_about_and_a_button_settles_it(engine: Engine) -> None:
    vague = ("de kaart van de gemeente", "iets met mijn huis", "formulier geld", "een brief over de straat")
    for text in vague:
        citizen = Citizen(engine)
        turn = await citizen.says(text)
        if turn.replies[0].kind is ReplyKind.CLARIFY and turn.replies[0].buttons:
            break
    else:
        raise AssertionError("not one of these vague messages was asked about")
    assert turn.failures_in_a_row == 1
    first, *_, last = turn.replies[0].buttons
    assert last.value == "antwoord:anders"
    topic, aspect = first.value.removeprefix("onderwerp:").split("/")
    settled = await citizen.presses(first.value)
    assert subject(settled) == (topic, aspect)
    assert settled.replies[0].kind is ReplyKind.ANSWER
    assert settled.failures_in_a_row == 0


async def test_failures_in_a_row_are_counted_over_turns(engine: Engine) -> None:
    citizen = Citizen(engine)
    counts = [(await citizen.says("dit klopt helemaal niet, hier heb ik niks aan")).failures_in_a_row for _ in "12"]
    assert counts == [1, 2]
    assert (await citizen.says("wat kost een paspoort?")).failures_in_a_row == 0


async def test_a_wish_for_a_person_is_a_command_with_the_turn_in_its_key(engine: Engine) -> None:
    turn = await Citizen(engine).says("ik wil een medewerker spreken")
    assert turn.replies == ()
    assert [(c.name, c.key, c.arguments) for c in turn.commands] == [
        ("handoff", "beurt-1:handoff", {"reason": "wants_human"})
    ]


async def test_typed_commands_of_rasa_do_nothing(engine: Engine) -> None:
    citizen = Citizen(engine)
    await citizen.says("wat kost een paspoort?")
    typed = ("/restart", "/session_start", "/back", "//restart", " / restart", '/nlu_fallback{"a": "b"}', "/", "///")
    for text in typed:
        turn = await citizen.says(text)
        assert turn.replies, text
        assert {event["event"] for event in turn.state["events"]}.isdisjoint({"restart", "rewind", "session_started"})
    assert len([e for e in citizen.state["events"] if e["event"] == "user"]) == 6  # type: ignore[index]


async def test_a_typed_intent_is_read_as_words(engine: Engine) -> None:
    turn = await Citizen(engine).says('/ontkennen{"confidence": 1.0}')
    assert turn.questions[0].confidence < 1.0


async def test_the_state_stays_small_and_turns_stay_fast_over_200_turns(engine: Engine) -> None:
    citizen = Citizen(engine)
    spoken = ("wat kost een paspoort?", "en hoe lang duurt dat?", "wanneer wordt het grofvuil opgehaald", "bedankt")
    sizes, events, seconds = [], [], []
    for number in range(200):
        began = time.perf_counter()
        turn = await citizen.says(spoken[number % len(spoken)])
        seconds.append(time.perf_counter() - began)
        sizes.append(len(json.dumps(turn.state)))
        events.append(len(turn.state["events"]))
    assert max(sizes[190:]) <= 1.01 * max(sizes[10:20])  # timestamps differ by a digit
    assert max(sizes) < 16_000
    assert max(events[190:]) <= max(events[10:20])
    assert statistics.median(seconds[190:]) < 3 * statistics.median(seconds[10:20])


async def test_the_same_turn_twice_gives_the_same_answer_and_commands(engine: Engine) -> None:
    citizen = Citizen(engine)
    state = (await citizen.says("wat kost een paspoort?")).state
    once, again = [
        await engine.turn(
            text="ik wil een mens", choice=None, municipality="voorbeeldstad", state=state, turn_id="zelfde"
        )
        for _ in "12"
    ]
    assert once.commands == again.commands


async def test_the_longest_message_is_read(engine: Engine) -> None:
    turn = await Citizen(engine).says(("wat kost een paspoort? " * 200)[:4000])
    assert subject(turn) == ("paspoort", "kosten")


async def test_nothing_of_the_conversation_is_logged(engine: Engine, rasa: Served) -> None:
    citizen = Citizen(engine)
    for text in ("mijn geheime zeehond heet paspoort", "/zeehond", "zeehond zeehond"):
        await citizen.says(text)
    assert "zeehond" not in rasa.log.read_text()
