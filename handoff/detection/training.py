"""Trains the detector's model from labelled conversations; whole authors are held apart to set thresholds.

Needs scikit-learn, which a running balie does not load.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from handoff.detection.assessment import Level, Reason, Role, Turn
from handoff.detection.detector import Detector
from handoff.detection.model import CRISIS, HUMAN, KIND_WEIGHTS, LEVELS, OFFER, URGENT, Model

VOICES = Path(__file__).with_name("data") / "voices"
TEAMS = ("publieksbalie", "leefomgeving", "parkeren", "belastingen", "wonen", "sociaal-wijkteam")
LEAST_OCCURRENCES = 2
INVERSE_PENALTY = 0.3
ROUTINE_WEIGHT = 0.3
"""What a question for the bot counts, against a conversation written for the detector."""
HIGHEST_FALSE_ALARMS = {HUMAN: 0.025, CRISIS: 0.008, URGENT: 0.012}
"""Share of false alarms on unseen authors that a level's threshold may cost."""
PRECISE = frozenset({Reason.ANGER, Reason.CONFUSION})
LEAST_PRECISION = 0.7

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """What is learned from."""

    author: str
    found: Mapping[str, float]
    level: Level | None
    reasons: frozenset[str]
    team: str
    weight: float = 1.0


def read_voices(detector: Detector, folder: Path = VOICES) -> list[Example]:
    """The labelled conversations; each file is an author."""
    return [example for path in sorted(folder.glob("*.jsonl")) for example in read_voice(detector, path)]


def read_voice(detector: Detector, path: Path) -> list[Example]:
    """The conversations of one author."""
    return [_example(detector, path.stem, json.loads(line)) for line in path.read_text().splitlines() if line.strip()]


def _example(detector: Detector, author: str, line: Mapping[str, Any]) -> Example:
    turns = [Turn(Role(turn["role"]), turn["text"]) for turn in line["turns"]]
    return Example(author, detector.features(turns), Level(line["level"]), frozenset(line["reasons"]), line["team"])


def routine_questions(detector: Detector, questions: Sequence[tuple[str, str]], limit: int = 2500) -> list[Example]:
    """Questions that the bot was trained on, with their team: what is ordinary, and who is about it."""
    chosen = random.Random(4).sample(list(questions), min(limit, len(questions)))  # noqa: S311  # the same each time
    return [
        Example("", detector.features([Turn(Role.CITIZEN, text)]), Level.NONE, frozenset(), team, ROUTINE_WEIGHT)
        for text, team in chosen
    ]


def train(voices: Sequence[Example], routine: Sequence[Example], tell: Callable[[str], None] = lambda _: None) -> Model:
    """A model of all authors, with thresholds set on each author unseen by the rest."""
    tell("learning from each author apart")
    authors = sorted({example.author for example in voices})
    unseen = {output: np.zeros(len(voices)) for output in _outputs()}
    for author in authors:
        held = np.array([example.author == author for example in voices])
        others = [example for example in voices if example.author != author]
        part = _fit(others, routine)
        for at in np.flatnonzero(held):
            for output, score in part.scores(voices[int(at)].found).items():
                unseen[output][at] = score
    tell("learning from all authors")
    whole = _fit(voices, routine)
    scale, shift, thresholds = [], [], {}
    for output in whole.outputs:
        truth = _truth(output, voices)
        a, b = _calibrated(unseen[output], truth)
        scale.append(a)
        shift.append(b)
        if not output.startswith("team:"):
            thresholds[output] = a * _threshold(output, unseen[output], voices) + b
    factors = np.array(scale, dtype=np.float32)
    return Model(
        outputs=whole.outputs,
        vocabulary=whole.vocabulary,
        weights=whole.weights * factors,
        bias=whole.bias * factors + np.array(shift, dtype=np.float32),
        thresholds=thresholds,
    )


def _outputs() -> tuple[str, ...]:
    return (*LEVELS, *(f"reason:{reason}" for reason in Reason), *(f"team:{team}" for team in TEAMS))


def _truth(output: str, examples: Sequence[Example]) -> NDArray[np.bool_]:
    kind, name = output.split(":")
    if kind == "level":
        return np.array([example.level is not None and example.level.rank >= Level(name).rank for example in examples])
    if kind == "reason":
        return np.array([name in example.reasons for example in examples])
    return np.array([example.team == name for example in examples])


def _fit(voices: Sequence[Example], routine: Sequence[Example]) -> Model:
    examples = [*voices, *routine]
    vocabulary = _vocabulary(examples)
    matrix = _matrix(examples, vocabulary)
    given = np.array([example.weight for example in examples])
    columns, biases = [], []
    for output in _outputs():
        truth = _truth(output, examples)
        if truth.all() or not truth.any():
            columns.append(np.zeros(len(vocabulary)))
            biases.append(-5.0)
            continue
        learner = LogisticRegression(
            C=INVERSE_PENALTY, class_weight="balanced", max_iter=60, tol=1e-3, solver="liblinear", random_state=4
        )
        with threadpool_limits(1):
            learner.fit(matrix, truth, sample_weight=given)
        columns.append(learner.coef_[0])
        biases.append(float(learner.intercept_[0]))
    return Model(
        outputs=_outputs(),
        vocabulary=vocabulary,
        weights=np.array(columns, dtype=np.float32).T.copy(),
        bias=np.array(biases, dtype=np.float32),
        thresholds={},
    )


def _vocabulary(examples: Sequence[Example]) -> dict[str, int]:
    counts = Counter(name for example in examples if example.weight == 1.0 for name in example.found)
    kept = sorted(name for name, count in counts.items() if count >= LEAST_OCCURRENCES and "\n" not in name)
    return {name: row for row, name in enumerate(kept)}


def _matrix(examples: Sequence[Example], vocabulary: Mapping[str, int]) -> csr_matrix:
    values, columns, ends = [], [], [0]
    for example in examples:
        for name, value in example.found.items():
            column = vocabulary.get(name)
            if column is not None:
                columns.append(column)
                values.append(value * KIND_WEIGHTS[name[0]])
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(examples), len(vocabulary)))


def _calibrated(scores: Vector, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Platt's two numbers: scores times the first plus the second are log-odds on unseen authors."""
    if truth.all() or not truth.any() or float(scores.std()) == 0.0:
        return 1.0, 0.0
    learner = LogisticRegression(C=1e3, solver="liblinear").fit(scores.reshape(-1, 1), truth)
    return max(float(learner.coef_[0][0]), 1e-3), float(learner.intercept_[0])


def _threshold(output: str, scores: Vector, voices: Sequence[Example]) -> float:
    truth = _truth(output, voices)
    if output in HIGHEST_FALSE_ALARMS:
        ordinary = scores[_ordinary(output, voices)]
        return float(np.quantile(ordinary, 1 - HIGHEST_FALSE_ALARMS[output])) if len(ordinary) else 0.0
    if output == OFFER:
        return _best_f1(scores, truth, least_precision=0.6)
    precise = output.removeprefix("reason:") in PRECISE
    return _best_f1(scores, truth, least_precision=LEAST_PRECISION if precise else 0.0)


def _ordinary(output: str, voices: Sequence[Example]) -> NDArray[np.bool_]:
    """Among whom a false alarm is counted: routine for a person, everyone else for a crisis."""
    if output == HUMAN:
        return np.array([example.level is Level.NONE for example in voices])
    return ~_truth(output, voices)


def _best_f1(scores: Vector, truth: NDArray[np.bool_], least_precision: float) -> float:
    if not truth.any():
        return 1e3
    order = np.argsort(-scores)
    right = np.cumsum(truth[order])
    said = np.arange(1, len(order) + 1)
    f1 = 2 * right / (said + truth.sum())
    allowed = right / said >= least_precision
    at = int(np.argmax(np.where(allowed, f1, -1.0)))
    return float(scores[order[at]])
