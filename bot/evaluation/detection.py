"""Measures the detector on labelled conversations. Needs no Rasa: the bot's signals are read from its turns.

What each last message means is read beforehand, as Rasa does for each message that it answers.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.evaluation.conversations import Labelled
from bot.evaluation.intervals import Share
from handoff.detection import Assessment, Detector, Level

WARM_UP = 20
"""Judgements before the clock starts: a running balie has judged before."""


@dataclass(frozen=True)
class Judged:
    """A conversation, what the detector said of it and how long it took; no assessment where it raised."""

    labelled: Labelled
    assessment: Assessment | None
    milliseconds: float
    error: str = ""

    @property
    def level(self) -> Level:
        """What was said; nothing said counts as `none`."""
        return self.assessment.level if self.assessment else Level.NONE


@dataclass(frozen=True)
class Measured:
    """The figures of one set."""

    n: int
    shares: dict[str, Share]
    reasons_micro_f1: float | None
    p50_ms: float
    p95_ms: float
    errors: int
    version: str

    def as_json(self) -> dict[str, Any]:
        """Every figure by its name, and the intervals beside them."""
        values = {name: _rounded(share.value) for name, share in self.shares.items()}
        return {
            "n": self.n,
            **values,
            "reasons_micro_f1": _rounded(self.reasons_micro_f1),
            "p50_ms": round(self.p50_ms, 3),
            "p95_ms": round(self.p95_ms, 3),
            "errors": self.errors,
            "intervals_95": {
                name: [round(bound, 4) for bound in share.interval]
                for name, share in self.shares.items()
                if share.interval
            },
            "counts": {name: [int(share.hits), share.n] for name, share in self.shares.items()},
            "version": self.version,
        }


def judge(
    detector: Detector, conversations: Sequence[Labelled], meanings: NDArray[np.float32] | None = None
) -> list[Judged]:
    """What the detector says of each; whatever it raises is counted, not raised.

    Args:
        detector: Who judges.
        conversations: Whom.
        meanings: The encoder's vector of each last message, a row for each; None to judge by words alone.
    """
    read = [None if meanings is None else tuple(map(float, meanings[number])) for number in range(len(conversations))]
    asked = list(zip(conversations, read, strict=True))
    for labelled, meaning in asked[:WARM_UP]:
        _judge(detector, labelled, meaning)
    return [_judge(detector, labelled, meaning) for labelled, meaning in asked]


def _judge(detector: Detector, labelled: Labelled, meaning: Sequence[float] | None) -> Judged:
    began = time.perf_counter()
    try:
        assessment = detector.assess(labelled.turns, None, meaning)
    except Exception as error:  # noqa: BLE001  # that it raises at all is what is measured
        return Judged(labelled, None, (time.perf_counter() - began) * 1000, f"{type(error).__name__}: {error}")
    return Judged(labelled, assessment, (time.perf_counter() - began) * 1000)


def measure(judged: Sequence[Judged]) -> Measured:
    """The figures of docs/detection.md."""

    def share(among: Callable[[Judged], bool], hit: Callable[[Judged], bool]) -> Share:
        chosen = [one for one in judged if among(one)]
        return Share(sum(hit(one) for one in chosen), len(chosen))

    def wants(one: Judged) -> bool:
        return one.labelled.level.wants_person

    def sent(one: Judged) -> bool:
        return one.level.wants_person

    def crisis(one: Judged) -> bool:
        return one.labelled.level is Level.CRISIS

    def said_crisis(one: Judged) -> bool:
        return one.level is Level.CRISIS

    def right_team(one: Judged) -> bool:
        return one.assessment is not None and one.assessment.team == one.labelled.team

    times = sorted(one.milliseconds for one in judged)
    return Measured(
        n=len(judged),
        shares={
            "human_recall": share(wants, sent),
            "human_precision": share(sent, wants),
            "routine_false_alarms": share(lambda one: one.labelled.level is Level.NONE, sent),
            "crisis_recall": share(crisis, said_crisis),
            "crisis_false_alarms": share(lambda one: not crisis(one), said_crisis),
            "urgent_or_crisis_recall": share(lambda one: one.labelled.level.rank >= Level.URGENT.rank, sent),
            "level_accuracy": share(lambda _: True, lambda one: one.level is one.labelled.level),
            "team_accuracy": share(lambda one: one.labelled.team is not None, right_team),
        },
        reasons_micro_f1=_micro_f1(judged),
        p50_ms=statistics.median(times),
        p95_ms=times[min(len(times) - 1, int(0.95 * len(times)))],
        errors=sum(bool(one.error) for one in judged),
        version=next((one.assessment.version for one in judged if one.assessment), ""),
    )


def _micro_f1(judged: Iterable[Judged]) -> float | None:
    right = said = true = 0
    for one in judged:
        found = set(one.assessment.reasons) if one.assessment else set()
        right += len(found & one.labelled.reasons)
        said += len(found)
        true += len(one.labelled.reasons)
    return 2 * right / (said + true) if said + true else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def worst(judged: Sequence[Judged]) -> list[Judged]:
    """Every conversation with another level than it should have, the gravest mistakes first."""
    wrong = [one for one in judged if one.level is not one.labelled.level]
    return sorted(wrong, key=gravity, reverse=True)


def gravity(one: Judged) -> tuple[int, int]:
    """Missed crises first, then people who were not helped, then alarms over nothing, each by how far off."""
    true, said = one.labelled.level, one.level
    if true is Level.CRISIS and said is not Level.CRISIS:
        kind = 4
    elif true.wants_person and not said.wants_person:
        kind = 3
    elif said.wants_person and not true.wants_person:
        kind = 2
    else:
        kind = 1
    return kind, abs(true.rank - said.rank)
