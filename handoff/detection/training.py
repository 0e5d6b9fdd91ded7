"""Trains the detector's model from labelled conversations; whole authors are held apart to set thresholds.

Needs scikit-learn, which a running balie does not load.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from handoff.detection.assessment import Level, Reason, Role, Turn, last_said
from handoff.detection.detector import Detector
from handoff.detection.model import (
    CRISIS,
    HUMAN,
    KIND_WEIGHTS,
    LEVELS,
    OFFER,
    TEXT_KINDS,
    URGENT,
    Judge,
    Landmarks,
    Model,
    Numbers,
    Space,
    Vocabulary,
)

VOICES = Path(__file__).with_name("data") / "voices"
TEAMS = ("publieksbalie", "leefomgeving", "parkeren", "belastingen", "wonen", "sociaal-wijkteam")
RIDGE = 0.1
"""Keeps weights small, against a likeness of a conversation with itself of 1, or of 2 with meaning."""
ROUTINE = 3000
"""Questions for the bot that are learned from. On other authors they halve what is raised of such questions and lose
nothing of the conversations."""
ROUTINE_RIDGE = 0.5
"""The same for these: of a dozen such questions one may well need a person."""
SHARPNESS = 2.0
LANDMARKS = 1500
BLOCK = 1000
"""Rows of the table of likenesses that are made at once: bounds the memory."""
RARITY_SCALE = 4.0
"""Divides the logarithm of how rare a word is, so that its scale stays near one."""
HIGHEST_FALSE_ALARMS = {HUMAN: 0.03, CRISIS: 0.035, URGENT: 0.02}
"""Share of false alarms on unseen authors that a level's threshold may cost.

For a crisis more than the target of 0.01: a missed one is worse, and a person looks either way.
"""
LEAST_BY_MODEL = 0.5
"""Of those alarms, the share that the model may raise however many the expressions raise already."""
LEAST_TOGETHER = 3
"""Conversations in which two families of words must occur together for their combination to be learned."""
NEVER = 1e3
"""The threshold of what no example shows."""
FOLDS = 5
"""Groups of whole authors that are kept apart in turn: leaving out each alone costs a training an author."""
PRECISE = frozenset({Reason.ANGER, Reason.CONFUSION})
LEAST_PRECISION = 0.7

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """What is learned from."""

    author: str
    found: Mapping[str, float]
    level: Level
    reasons: frozenset[str]
    team: str
    floor: Level = Level.NONE
    """What expressions and course say that no score takes back."""
    said: str = ""
    """The message that is judged."""


def read_voices(detector: Detector, folder: Path = VOICES) -> list[Example]:
    """The labelled conversations; each file is an author."""
    return [example for path in sorted(folder.glob("*.jsonl")) for example in read_voice(detector, path)]


def read_voice(detector: Detector, path: Path) -> list[Example]:
    """The conversations of one author."""
    return [_example(detector, path.stem, json.loads(line)) for line in path.read_text().splitlines() if line.strip()]


def _example(detector: Detector, author: str, line: Mapping[str, Any]) -> Example:
    turns = [Turn(Role(turn["role"]), turn["text"]) for turn in line["turns"]]
    level, reasons, team = Level(line["level"]), frozenset(line["reasons"]), str(line["team"])
    found, floor = detector.lesson(turns)
    return Example(author, found, level, reasons, team, floor, last_said(turns))


def routine_questions(detector: Detector, questions: Sequence[tuple[str, str]]) -> list[Example]:
    """Questions that the bot answers, each with the team of its topic: what is ordinary, and who is about it."""
    chosen = random.Random(4).sample(list(questions), min(ROUTINE, len(questions)))  # noqa: S311  # the same each time
    return [
        Example("", detector.features([Turn(Role.CITIZEN, text)]), Level.NONE, frozenset(), team, said=text)
        for text, team in chosen
    ]


def train(
    voices: Sequence[Example],
    routine: Sequence[Example],
    meanings: Numbers | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Model:
    """A model of all authors, with thresholds set on authors unseen by the model that judged them.

    Args:
        voices: The labelled conversations.
        routine: Ordinary questions; learned from, but no threshold is set on them.
        meanings: The encoder's vector of what was said last, a row for each of the voices and then of the routine;
            None when there is none: the model then knows words only.
        tell: Hears what is going on.
    """
    vocabulary = _vocabulary(voices)
    matrix = _matrix([example.found for example in (*voices, *routine)], vocabulary)
    size = float(matrix.multiply(matrix).sum() / matrix.shape[0])
    likeness = _likeness_of_words(matrix, size)
    tell("learning from the words")
    words = _learned(likeness, voices, routine)
    by_words = _judge(words, voices, np.asarray(matrix.T @ words.duals) / size)
    by_meaning = None
    if meanings is not None:
        tell("learning from the words and what they mean")
        space = Space.around(meanings, SHARPNESS)
        directions = space.directions(meanings)
        _add_nearness(likeness, space, directions)
        both = _learned(likeness, voices, routine)
        landmarks = _landmarks(space, directions, both.duals)
        by_meaning = _judge(both, voices, np.asarray(matrix.T @ both.duals) / size, landmarks)
    return Model(_outputs(), vocabulary, by_words, by_meaning)


def groups_of_authors(voices: Sequence[Example]) -> list[frozenset[str]]:
    """At most FOLDS groups of whole authors, about as large as one another."""
    sizes = Counter(example.author for example in voices)
    groups: list[set[str]] = [set() for _ in range(min(FOLDS, len(sizes)))]
    for author, _ in sorted(sizes.items(), key=lambda one: (-one[1], one[0])):
        min(groups, key=lambda group: sum(sizes[one] for one in group)).add(author)
    return [frozenset(group) for group in groups]


def _outputs() -> tuple[str, ...]:
    return (*LEVELS, *(f"reason:{reason}" for reason in Reason), *(f"team:{team}" for team in TEAMS))


def _truth(output: str, examples: Sequence[Example]) -> NDArray[np.bool_]:
    kind, name = output.split(":")
    if kind == "level":
        return np.array([example.level.rank >= Level(name).rank for example in examples])
    if kind == "reason":
        return np.array([name in example.reasons for example in examples])
    return np.array([example.team == name for example in examples])


@dataclass(frozen=True)
class _Learned:
    """What came of kernel ridge regression: how much each conversation counts, and what is made of unseen authors."""

    duals: Vector
    """A row for each conversation and each routine question, a column for each output."""
    unseen: Vector
    """The scores of each conversation by a model without its author."""


def _likeness_of_words(matrix: csr_matrix, size: float) -> Numbers:
    """How alike every two conversations are by their features; on average 1 with itself."""
    turned = csr_matrix(matrix.T)
    likeness = np.empty((matrix.shape[0], matrix.shape[0]), dtype=np.float32)
    for start in range(0, len(likeness), BLOCK):
        likeness[start : start + BLOCK] = (matrix[start : start + BLOCK] @ turned).toarray() / size
    return likeness


def _add_nearness(likeness: Numbers, space: Space, directions: Numbers) -> None:
    """What is alike in meaning counts as much as what is alike in words."""
    for start in range(0, len(likeness), BLOCK):
        likeness[start : start + BLOCK] += space.near(directions[start : start + BLOCK] @ directions.T)


def _learned(likeness: Numbers, voices: Sequence[Example], routine: Sequence[Example]) -> _Learned:
    examples = [*voices, *routine]
    truths = np.stack([_truth(output, examples) for output in _outputs()], axis=1)
    targets = np.where(truths, 1.0, -1.0).astype(np.float32)
    ridge = np.array([RIDGE] * len(voices) + [ROUTINE_RIDGE] * len(routine), dtype=np.float32)
    unseen = np.empty(targets.shape)
    for group in groups_of_authors(voices):
        apart = np.array([example.author in group for example in examples])
        duals = _solved(likeness[np.ix_(~apart, ~apart)], ridge[~apart], targets[~apart])
        unseen[apart] = likeness[np.ix_(apart, ~apart)] @ duals
    return _Learned(_solved(likeness.copy(), ridge, targets), unseen[: len(voices)])


def _solved(likeness: Numbers, ridge: Numbers, targets: Numbers) -> Vector:
    """The weights with which likeness gives the targets, kept small by the ridge. Overwrites `likeness`."""
    likeness[np.diag_indices(len(likeness))] += ridge
    # A table that is alike turned over, in the order that LAPACK wants: it works in it and copies nothing.
    return np.asarray(solve(likeness.T, targets, assume_a="pos", overwrite_a=True, check_finite=False))


def _landmarks(space: Space, directions: Numbers, duals: Vector) -> Landmarks:
    """A few messages that give nearly the scores that all of them give (Nyström)."""
    chosen = np.sort(np.random.default_rng(4).permutation(len(directions))[:LANDMARKS])
    some = directions[chosen]
    among = space.near(some @ some.T).astype(np.float64)
    among[np.diag_indices(len(among))] += 1e-4
    wanted = np.zeros((len(some), duals.shape[1]))
    for start in range(0, len(directions), BLOCK):
        wanted += space.near(some @ directions[start : start + BLOCK].T) @ duals[start : start + BLOCK]
    return Landmarks(space, some, solve(among, wanted, assume_a="pos").astype(np.float32))


def _judge(learned: _Learned, voices: Sequence[Example], weights: Vector, landmarks: Landmarks | None = None) -> Judge:
    """Calibrated, with thresholds."""
    outputs = _outputs()
    scale, shift, thresholds = [], [], {}
    for column, output in enumerate(outputs):
        scores = learned.unseen[:, column]
        a, b = _calibrated(scores, _truth(output, voices))
        scale.append(a)
        shift.append(b)
        if not output.startswith("team:"):
            thresholds[output] = a * _threshold(output, scores, voices) + b
    factors = np.array(scale, dtype=np.float32)
    if landmarks is not None:
        landmarks = replace(landmarks, weights=landmarks.weights * factors)
    bias = np.array(shift, dtype=np.float32)
    return Judge((weights * factors).astype(np.float32), bias, thresholds, landmarks)


def _vocabulary(voices: Sequence[Example]) -> Vocabulary:
    counts = Counter(name for example in voices for name in example.found)
    names = sorted(name for name in counts if "\n" not in name and (name[0] != "p" or counts[name] >= LEAST_TOGETHER))
    rarity = {name: math.log(len(voices) / counts[name]) / RARITY_SCALE for name in names if name[0] in TEXT_KINDS}
    scale = np.array([KIND_WEIGHTS[name[0]] * rarity.get(name, 1.0) for name in names], dtype=np.float32)
    return Vocabulary.of(names, scale)


def _matrix(found: Sequence[Mapping[str, float]], vocabulary: Vocabulary) -> csr_matrix:
    weighed = [vocabulary.weigh(one) for one in found]
    ends = np.cumsum([0, *(len(rows) for rows, _ in weighed)])
    columns = np.concatenate([rows for rows, _ in weighed])
    values = np.concatenate([values for _, values in weighed])
    return csr_matrix((values, columns, ends), shape=(len(found), len(vocabulary.rows)))


def _calibrated(scores: Vector, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Platt's two numbers: scores times the first plus the second are log-odds on unseen authors."""
    if truth.all() or not truth.any() or float(scores.std()) == 0.0:
        return 1.0, 0.0
    learner = LogisticRegression(C=1e3, solver="liblinear").fit(scores.reshape(-1, 1), truth)
    return max(float(learner.coef_[0][0]), 1e-3), float(learner.intercept_[0])


def _threshold(output: str, scores: Vector, voices: Sequence[Example]) -> float:
    truth = _truth(output, voices)
    if output in HIGHEST_FALSE_ALARMS:
        return _within(HIGHEST_FALSE_ALARMS[output], output, scores, voices)
    if output == OFFER:
        return _best_f1(scores, truth, least_precision=0.6)
    precise = output.removeprefix("reason:") in PRECISE
    return _best_f1(scores, truth, least_precision=LEAST_PRECISION if precise else 0.0)


def _within(share: float, output: str, scores: Vector, voices: Sequence[Example]) -> float:
    """The lowest threshold with which expressions, course and model together raise at most this share of alarms."""
    if not _truth(output, voices).any():
        return NEVER
    ordinary = _ordinary(output, voices)
    level = Level(output.removeprefix("level:"))
    raised = np.array([example.floor.rank >= level.rank for example in voices])
    left = np.sort(scores[ordinary & ~raised])[::-1]
    if not len(left):
        return 0.0
    allowed = share * ordinary.sum() - (ordinary & raised).sum()
    return float(left[int(min(max(allowed, LEAST_BY_MODEL * share * ordinary.sum()), len(left) - 1))])


def _ordinary(output: str, voices: Sequence[Example]) -> NDArray[np.bool_]:
    """Among whom a false alarm is counted: routine for a person, everyone else for a crisis."""
    if output == HUMAN:
        return np.array([example.level is Level.NONE for example in voices])
    return ~_truth(output, voices)


def _best_f1(scores: Vector, truth: NDArray[np.bool_], least_precision: float) -> float:
    if not truth.any():
        return NEVER
    order = np.argsort(-scores)
    right = np.cumsum(truth[order])
    said = np.arange(1, len(order) + 1)
    f1 = 2 * right / (said + truth.sum())
    allowed = right / said >= least_precision
    at = int(np.argmax(np.where(allowed, f1, -1.0)))
    return float(scores[order[at]])
