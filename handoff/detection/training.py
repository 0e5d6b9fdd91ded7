"""Trains the detector's model from labelled conversations; whole authors are held apart to set thresholds.

Needs scikit-learn, which a running balie does not load.
"""

from __future__ import annotations

import json
import math
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
from handoff.detection.model import CRISIS, HUMAN, KIND_WEIGHTS, LEVELS, OFFER, TEXT_KINDS, URGENT, Model, Vocabulary

VOICES = Path(__file__).with_name("data") / "voices"
TEAMS = ("publieksbalie", "leefomgeving", "parkeren", "belastingen", "wonen", "sociaal-wijkteam")
INVERSE_PENALTY = 1.0
ROUTINE_WEIGHT = 0.03
"""What a question for the bot counts for levels and reasons, against a conversation written for the detector: measured,
0.3 cost a tenth of human_recall at the same false alarms."""
ROUTINE_TEAM_WEIGHT = 0.1
"""The same for teams."""
RARITY_SCALE = 4.0
"""Divides the logarithm of how rare a word is, so that its scale stays near one."""
HIGHEST_FALSE_ALARMS = {HUMAN: 0.03, CRISIS: 0.025, URGENT: 0.02}
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
    level: Level | None
    reasons: frozenset[str]
    team: str
    floor: Level = Level.NONE
    """What expressions and course say that no score takes back."""


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
    return Example(author, found, level, reasons, team, floor)


def routine_questions(detector: Detector, questions: Sequence[tuple[str, str]], limit: int = 2500) -> list[Example]:
    """Questions that the bot was trained on, with their team: what is ordinary, and who is about it."""
    chosen = random.Random(4).sample(list(questions), min(limit, len(questions)))  # noqa: S311  # the same each time
    return [
        Example("", detector.features([Turn(Role.CITIZEN, text)]), Level.NONE, frozenset(), team)
        for text, team in chosen
    ]


def train(voices: Sequence[Example], routine: Sequence[Example], tell: Callable[[str], None] = lambda _: None) -> Model:
    """A model of all authors, with thresholds set on authors unseen by the model that judged them."""
    unseen = {output: np.zeros(len(voices)) for output in _outputs()}
    groups = groups_of_authors(voices)
    for number, group in enumerate(groups, start=1):
        tell(f"learning without some authors ({number} of {len(groups)})")
        part = _fit([example for example in voices if example.author not in group], routine)
        for at, example in enumerate(voices):
            if example.author in group:
                for output, score in part.scores(example.found).items():
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
        return np.array([example.level is not None and example.level.rank >= Level(name).rank for example in examples])
    if kind == "reason":
        return np.array([name in example.reasons for example in examples])
    return np.array([example.team == name for example in examples])


def _fit(voices: Sequence[Example], routine: Sequence[Example]) -> Model:
    examples = [*voices, *routine]
    vocabulary = _vocabulary(voices)
    matrix = _matrix(examples, vocabulary)
    columns, biases = [], []
    for output in _outputs():
        truth = _truth(output, examples)
        if truth.all() or not truth.any():
            columns.append(np.zeros(len(vocabulary.rows)))
            biases.append(-5.0)
            continue
        routine_weight = ROUTINE_TEAM_WEIGHT if output.startswith("team:") else ROUTINE_WEIGHT
        learner = LogisticRegression(
            C=INVERSE_PENALTY,
            class_weight="balanced",
            max_iter=300,
            tol=3e-3,
            solver="liblinear",
            dual=True,  # the same weights ten times sooner: features are many, conversations few
            random_state=4,
        )
        with threadpool_limits(1):
            learner.fit(matrix, truth, sample_weight=[1.0] * len(voices) + [routine_weight] * len(routine))
        columns.append(learner.coef_[0])
        biases.append(float(learner.intercept_[0]))
    return Model(
        outputs=_outputs(),
        vocabulary=vocabulary,
        weights=np.array(columns, dtype=np.float32).T.copy(),
        bias=np.array(biases, dtype=np.float32),
        thresholds={},
    )


def _vocabulary(voices: Sequence[Example]) -> Vocabulary:
    counts = Counter(name for example in voices for name in example.found)
    names = sorted(name for name in counts if "\n" not in name and (name[0] != "p" or counts[name] >= LEAST_TOGETHER))
    rarity = {name: math.log(len(voices) / counts[name]) / RARITY_SCALE for name in names if name[0] in TEXT_KINDS}
    scale = np.array([KIND_WEIGHTS[name[0]] * rarity.get(name, 1.0) for name in names], dtype=np.float32)
    return Vocabulary.of(names, scale)


def _matrix(examples: Sequence[Example], vocabulary: Vocabulary) -> csr_matrix:
    weighed = [vocabulary.weigh(example.found) for example in examples]
    ends = np.cumsum([0, *(len(rows) for rows, _ in weighed)])
    columns = np.concatenate([rows for rows, _ in weighed])
    values = np.concatenate([values for _, values in weighed]).astype(np.float64)
    return csr_matrix((values, columns, ends), shape=(len(examples), len(vocabulary.rows)))


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
