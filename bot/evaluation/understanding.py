"""Measures how citizens' questions are understood: topic and aspect, when the bot asks back, what it sends away.

Every question is a conversation of its own, through the same door as a citizen's: masked first, and with the bot's own
decision to answer, to ask which topic is meant, or to say that it does not understand.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.engine import Engine, EngineError, EngineTurn, ReplyKind
from bot.evaluation.intervals import Share
from bot.evaluation.questions import OUT_OF_SCOPE, Question
from handoff import personal_data

CHOICES_COUNTED = 3
"""Topics on buttons that count as an offer; more would be a list to search."""
WARM_UP = 5
"""Turns before the clock starts: a running Rasa has answered before."""
_TOPIC_BUTTON = "onderwerp:"
_CUT = "*"
"""Ends a topic that was too long for a button (actions.dialogue)."""


class Reaction(StrEnum):
    """What the bot did with a question."""

    ANSWERED = "answered"
    ASKED = "asked"
    """It asked what was meant, with topics to choose from or openly."""
    NOT_UNDERSTOOD = "not understood"
    """It said so, and named no topic."""
    PERSON = "person"
    FAILED = "failed"
    """Rasa gave no reply."""


@dataclass(frozen=True)
class Understood:
    """A question and what became of it."""

    question: Question
    reaction: Reaction
    topic: str | None = None
    """Of the first question in the message, the best guess where the bot asked back."""
    aspect: str | None = None
    confidence: float | None = None
    choices: tuple[str, ...] = ()
    """Topics on the buttons, as they stood."""
    milliseconds: float = 0.0
    error: str = ""

    @property
    def right(self) -> bool:
        return self.topic == self.question.topic

    @property
    def offered(self) -> bool:
        """The right topic was one of the first choices."""
        return self.question.topic in self.choices[:CHOICES_COUNTED]

    @property
    def confident(self) -> bool:
        """Went ahead on the topic it took it for."""
        return self.reaction in (Reaction.ANSWERED, Reaction.PERSON)

    @property
    def sent_away(self) -> bool:
        """Told that it is not the municipality's work, or that the bot does not understand it.

        A bot that asks "do you mean a passport?" does not send away, whatever its best guess was.
        """
        said_so = self.reaction is Reaction.ANSWERED and self.topic == OUT_OF_SCOPE
        return said_so or self.reaction is Reaction.NOT_UNDERSTOOD


@dataclass(frozen=True)
class OfTopic:
    """How one topic is recognised."""

    topic: str
    recall: Share
    precision: Share


@dataclass(frozen=True)
class Measured:
    """The figures of one set."""

    n: int
    shares: dict[str, Share]
    p50_ms: float
    p95_ms: float
    failed: int
    topics: tuple[OfTopic, ...]
    model: str = field(default="")

    def as_json(self) -> dict[str, Any]:
        """Every figure by its name, and the intervals beside them."""
        return {
            "n": self.n,
            **{name: _rounded(share.value) for name, share in self.shares.items()},
            "p50_ms": round(self.p50_ms, 1),
            "p95_ms": round(self.p95_ms, 1),
            "failed": self.failed,
            "intervals_95": {
                name: [round(bound, 4) for bound in share.interval]
                for name, share in self.shares.items()
                if share.interval
            },
            "counts": {name: [int(share.hits), share.n] for name, share in self.shares.items()},
            "topics": {
                one.topic: {
                    "n": one.recall.n,
                    "recall": _rounded(one.recall.value),
                    "said": one.precision.n,
                    "precision": _rounded(one.precision.value),
                }
                for one in self.topics
            },
            "model": self.model,
        }


async def ask_all(
    engine: Engine, questions: Sequence[Question], municipality: str, tell: Callable[[int], None] = lambda _: None
) -> list[Understood]:
    """Ask each question in a conversation of its own, one after the other.

    Args:
        tell: Hears how many are done.
    """
    for question in questions[:WARM_UP]:
        await _ask(engine, question, municipality)
    found = []
    for question in questions:
        found.append(await _ask(engine, question, municipality))
        tell(len(found))
    return found


async def _ask(engine: Engine, question: Question, municipality: str) -> Understood:
    numbering = personal_data.Numbering()
    state: dict[str, Any] | None = None
    began = time.perf_counter()
    try:
        for number, text in enumerate((*question.context, question.text)):
            masked = personal_data.mask(text, numbering).text
            began = time.perf_counter()
            turn = await engine.turn(
                text=masked,
                choice=None,
                municipality=municipality,
                state=state,
                turn_id=f"{question.line}-{number}",
            )
            state = turn.state
    except EngineError as error:
        spent = (time.perf_counter() - began) * 1000
        return Understood(question, Reaction.FAILED, milliseconds=spent, error=f"{type(error).__name__}: {error}")
    return read(question, turn, (time.perf_counter() - began) * 1000)


def read(question: Question, turn: EngineTurn, milliseconds: float) -> Understood:
    """What a turn of the bot amounts to."""
    first = turn.questions[0] if turn.questions else None
    choices = [
        button.value.removeprefix(_TOPIC_BUTTON).partition("/")[0]
        for reply in turn.replies
        for button in reply.buttons
        if button.value.startswith(_TOPIC_BUTTON)
    ]
    return Understood(
        question,
        _reaction(turn),
        topic=first.topic if first else None,
        aspect=first.aspect if first else None,
        confidence=first.confidence if first else None,
        choices=tuple(_whole(choice, question.topic) for choice in choices),
        milliseconds=milliseconds,
    )


def _reaction(turn: EngineTurn) -> Reaction:
    kinds = {reply.kind for reply in turn.replies}
    if ReplyKind.CLARIFY in kinds:
        return Reaction.ASKED
    if ReplyKind.FALLBACK in kinds:
        return Reaction.NOT_UNDERSTOOD
    if any(command.name == "handoff" for command in turn.commands):
        return Reaction.PERSON
    return Reaction.ANSWERED


def _whole(topic: str, expected: str) -> str:
    """A topic that was cut to fit its button, whole again if it is the expected one."""
    return expected if topic.endswith(_CUT) and expected.startswith(topic.removesuffix(_CUT)) else topic


def measure(understood: Sequence[Understood], no_aspect: Collection[str] = (), model: str = "") -> Measured:
    """The figures of docs/evaluation.md.

    Args:
        no_aspect: Topics without aspects; their rows count for no aspect.
        model: Which language model answered.
    """

    def share(among: Callable[[Understood], bool], hit: Callable[[Understood], bool]) -> Share:
        chosen = [one for one in understood if among(one)]
        return Share(sum(hit(one) for one in chosen), len(chosen))

    def everything(_: Understood) -> bool:
        return True

    def inside(one: Understood) -> bool:
        return one.question.in_scope

    def outside(one: Understood) -> bool:
        return not one.question.in_scope

    def has_aspect(one: Understood) -> bool:
        return one.right and bool(one.question.aspect) and one.question.topic not in no_aspect

    times = sorted(one.milliseconds for one in understood)
    return Measured(
        n=len(understood),
        shares={
            "topic_accuracy": share(everything, lambda one: one.right),
            "aspect_accuracy": share(has_aspect, lambda one: one.aspect == one.question.aspect),
            "confident_wrong": share(inside, lambda one: one.confident and not one.right),
            "asked_rate": share(inside, lambda one: one.reaction is Reaction.ASKED),
            "right_or_offered": share(everything, lambda one: one.right or one.offered),
            "out_of_scope_caught": share(outside, lambda one: one.sent_away),
            "in_scope_rejected": share(inside, lambda one: one.sent_away),
        },
        p50_ms=statistics.median(times),
        p95_ms=times[min(len(times) - 1, int(0.95 * len(times)))],
        failed=sum(one.reaction is Reaction.FAILED for one in understood),
        topics=_by_topic(understood),
        model=model,
    )


def _by_topic(understood: Sequence[Understood]) -> tuple[OfTopic, ...]:
    true = Counter(one.question.topic for one in understood)
    said = Counter(one.topic for one in understood if one.topic)
    both = Counter(one.topic for one in understood if one.topic and one.right)
    return tuple(
        OfTopic(topic, Share(both[topic], true[topic]), Share(both[topic], said[topic]))
        for topic in sorted(true.keys() | said.keys())
    )


def worst(understood: Sequence[Understood], no_aspect: Collection[str] = ()) -> list[Understood]:
    """Everything that went wrong, the gravest first: a wrong topic said with confidence, the surest one on top."""
    wrong = [one for one in understood if gravity(one, no_aspect)]
    return sorted(wrong, key=lambda one: (-gravity(one, no_aspect), -(one.confidence or 0)))


def gravity(one: Understood, no_aspect: Collection[str] = ()) -> int:
    """0 where all is well. Who asks back may still put it right; who goes ahead on a wrong topic does not."""
    if not one.right:
        if one.reaction is Reaction.FAILED or one.confident:
            return 4
        if one.question.in_scope or not one.sent_away:
            return 2 if one.offered else 3
        return 0  # out of scope, and honest about it
    labelled = bool(one.question.aspect) and one.question.topic not in no_aspect
    return 1 if labelled and one.aspect != one.question.aspect else 0


def as_error(one: Understood) -> dict[str, Any]:
    """A mistake for a machine: the row with its own columns, and what was said instead."""
    asked = one.question
    found: dict[str, Any] = {
        "line": asked.line,
        "text": asked.text,
        "topic": asked.topic,
        "aspect": asked.aspect,
        "said_topic": one.topic,
        "said_aspect": one.aspect,
        "confidence": _rounded(one.confidence),
        "reaction": one.reaction.value,
        "choices": list(one.choices),
    }
    if asked.context:
        found["context"] = list(asked.context)
    if one.error:
        found["error"] = one.error
    return found | ({"columns": dict(asked.extra)} if asked.extra else {})


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
