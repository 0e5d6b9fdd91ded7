"""What Rasa understood, what the bot remembers and what it does: plain data, without Rasa."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

Kind = Literal["answer", "clarify", "fallback", "smalltalk", "form"]
LONGEST_CHOICE = 60
"""Bytes of a button's value: Telegram allows 64."""
_CUT = "*"
RANKING_SHOWN = 5
"""Topics that go along with a question: enough for an employee to see what else was thought of."""


@dataclass(frozen=True)
class Subject:
    """A topic and what somebody wants to know about it; written `paspoort/kosten` in button values."""

    topic: str
    aspect: str

    def __str__(self) -> str:
        return f"{self.topic}/{self.aspect}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None when `text` is not of this form."""
        topic, slash, aspect = text.partition("/")
        return cls(topic, aspect) if slash and topic and aspect else None

    def choice(self, name: str) -> str:
        """Value of a button about this subject; the end of a very long topic is cut."""
        room = LONGEST_CHOICE - len(f"{name}:/{self.aspect}")
        topic = self.topic if len(self.topic) <= room else self.topic[: room - 1] + _CUT
        return f"{name}:{topic}/{self.aspect}"

    def among(self, topics: Collection[str]) -> Self | None:
        """This subject with its topic whole again; None when it is not one of `topics`."""
        if not self.topic.endswith(_CUT):
            return self if self.topic in topics else None
        whole = [topic for topic in topics if topic.startswith(self.topic.removesuffix(_CUT))]
        return replace(self, topic=whole[0]) if len(whole) == 1 else None


@dataclass(frozen=True)
class Understood:
    """One message, as Rasa's language understanding read it."""

    text: str
    intent: str
    ranking: tuple[tuple[str, float], ...] = ()
    """Topics with their confidence, best first, without Rasa's own fallback."""
    aspect: str = "algemeen"
    aspect_confidence: float = 1.0
    choice: str | None = None
    parts: "tuple[Understood, ...]" = ()
    """Each of two questions in one message, read alone."""

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Self:
        """From a tracker's latest message."""
        ranking = tuple(
            (row["name"], float(row["confidence"]))
            for row in message.get("intent_ranking", [])
            if row["name"] != "nlu_fallback"
        )
        aspect = message.get("aspect") or {}
        return cls(
            text=message.get("text") or "",
            intent=(message.get("intent") or {}).get("name") or "nlu_fallback",
            ranking=ranking,
            aspect=aspect.get("name", "algemeen"),
            aspect_confidence=float(aspect.get("confidence", 1.0)),
            choice=(message.get("metadata") or {}).get("choice"),
            parts=tuple(cls.from_message(part) for part in message.get("parts") or ()),
        )

    @property
    def best(self) -> tuple[str, float]:
        return self.ranking[0] if self.ranking else (self.intent, 1.0)


@dataclass(frozen=True)
class Memory:
    """What the bot remembers between turns, kept in slots."""

    topic: str | None = None
    aspect: str | None = None
    answered: bool = False
    """Whether the last turn gave an answer, so that a bare new subject can take over its aspect."""
    candidates: tuple[Subject, ...] = ()
    """What the last turn asked about: "ja" takes the first."""
    failures_in_a_row: int = 0

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> Self:
        found = (Subject.parse(text) for text in slots.get("candidates") or [])
        return cls(
            topic=slots.get("topic"),
            aspect=slots.get("aspect"),
            answered=bool(slots.get("answered")),
            candidates=tuple(subject for subject in found if subject is not None),
            failures_in_a_row=int(slots.get("failures_in_a_row") or 0),
        )

    def slots(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "aspect": self.aspect,
            "answered": self.answered,
            "candidates": [str(subject) for subject in self.candidates] or None,
            "failures_in_a_row": self.failures_in_a_row,
        }


@dataclass(frozen=True)
class Button:
    title: str
    value: str


@dataclass(frozen=True)
class Link:
    title: str
    url: str


@dataclass(frozen=True)
class Reply:
    text: str
    kind: Kind
    buttons: tuple[Button, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Question:
    subject: Subject
    confidence: float
    ranking: Sequence[tuple[str, float]] = ()


@dataclass(frozen=True)
class Command:
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """All that one turn leads to."""

    memory: Memory
    replies: tuple[Reply, ...] = ()
    questions: tuple[Question, ...] = ()
    commands: tuple[Command, ...] = ()
    form: str | None = None
    """The form that opens after this turn's replies."""
