"""The trained model: a weight for each feature and output, in a file without code. Reading it needs numpy only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

KIND_WEIGHTS = {
    "w": 0.7,
    "c": 0.3,
    "h": 0.3,
    "a": 0.2,
    "r": 1.0,
    "b": 1.0,
    "k": 1.0,
    "g": 1.0,
    "p": 0.6,
    "e": 0.5,
    "t": 1.5,
    "u": 0.8,
}
"""How much a kind of feature counts before training: expressions generalise to other authors, pieces of words less."""
TEXT_KINDS = frozenset("wcha")
"""Kinds of which a message has as many as it is long: together they weigh the same in each message."""
TEXT_WEIGHT = 6.0
HUMAN, URGENT, CRISIS, OFFER = "level:escalate", "level:urgent", "level:crisis", "level:offer"
LEVELS = (OFFER, HUMAN, URGENT, CRISIS)


class UnusableModel(Exception):
    """The model's file is not the one that was trained; the message says what to do."""


@dataclass(frozen=True)
class Vocabulary:
    """The features that a model knows."""

    rows: Mapping[str, int]
    scale: Numbers
    """What one occurrence counts: its kind's weight, and for words more the rarer they are."""
    is_text: NDArray[np.bool_]

    @classmethod
    def of(cls, names: Sequence[str], scale: Numbers) -> Vocabulary:
        """Features by name, each with its scale."""
        rows = {name: row for row, name in enumerate(names)}
        return cls(rows, scale, np.array([name[0] in TEXT_KINDS for name in names], dtype=np.bool_))

    def weigh(self, found: Mapping[str, float]) -> tuple[NDArray[np.intp], Numbers]:
        """The rows of a conversation's features and what each counts."""
        known = [(row, value) for name, value in found.items() if (row := self.rows.get(name)) is not None]
        rows = np.array([row for row, _ in known], dtype=np.intp)
        values = np.array([value for _, value in known], dtype=np.float32) * self.scale[rows]
        text = self.is_text[rows]
        length = float(np.sqrt(np.square(values[text]).sum()))
        if length:
            values[text] *= TEXT_WEIGHT / length
        return rows, values


@dataclass(frozen=True)
class Space:
    """Where meanings lie: how near two are, between 0 and 1.

    The vectors of an encoder all point one way; without what they share, their angles tell more.
    """

    centre: Numbers
    sharpness: float
    """How fast nearness falls with the angle."""

    @classmethod
    def around(cls, vectors: Numbers, sharpness: float) -> Space:
        """The space of vectors (one a row) of which a good many are known."""
        return cls(vectors.mean(axis=0), sharpness)

    def directions(self, vectors: Numbers) -> Numbers:
        """Where each vector points, seen from the centre; of length 1."""
        moved = vectors - self.centre
        return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=-1, keepdims=True), 1e-6), dtype=np.float32)

    def near(self, cosines: Numbers) -> Numbers:
        """Nearness of directions with these cosines."""
        return np.asarray(np.exp(self.sharpness * (cosines - 1)), dtype=np.float32)


@dataclass(frozen=True)
class Landmarks:
    """Messages that stand for all that were learned from: what each says of a message, the more the nearer it lies."""

    space: Space
    directions: Numbers
    """A row for each landmark."""
    weights: Numbers
    """A row for each landmark, a column for each output."""

    def scores(self, vector: Numbers) -> Numbers:
        """What a message with this meaning adds to each output."""
        # Without BLAS, whose threads cost more than they bring on so little.
        cosines = np.einsum("ld,d->l", self.directions, self.space.directions(vector))
        return np.asarray(np.einsum("l,lo->o", self.space.near(cosines), self.weights))


@dataclass(frozen=True)
class Judge:
    """What was learned: a weight of each feature for each output, and from which score an output counts."""

    weights: Numbers
    bias: Numbers
    thresholds: Mapping[str, float]
    """Teams have none, the highest wins."""
    landmarks: Landmarks | None = None
    """Where it judges by meaning too."""


@dataclass(frozen=True)
class Scores:
    """Calibrated log-odds by output, so 0 is as likely as not."""

    of: Mapping[str, float]
    thresholds: Mapping[str, float]

    def says(self, output: str) -> bool:
        """Whether the score of an output reaches its threshold."""
        return self.of[output] >= self.thresholds[output]

    def best(self, outputs: Sequence[str]) -> str:
        """The output with the highest score."""
        return max(outputs, key=lambda name: self.of[name])


@dataclass(frozen=True)
class Model:
    """Two judges: one for a message of which words are all that is known, one that has its meaning as a vector too."""

    outputs: tuple[str, ...]
    vocabulary: Vocabulary
    by_words: Judge
    by_meaning: Judge | None = None

    def scores(self, found: Mapping[str, float], meaning: Sequence[float] | None = None) -> Scores:
        """A score for every output.

        Args:
            found: The features of the conversation.
            meaning: The encoder's vector of the judged message; None where there is none.
        """
        rows, values = self.vocabulary.weigh(found)
        judge = self.by_meaning if self.by_meaning is not None and meaning is not None else self.by_words
        total = judge.bias
        if len(rows):  # summed without BLAS, as above
            total = total + (judge.weights[rows] * values[:, None]).sum(axis=0)
        if judge.landmarks is not None:
            total = total + judge.landmarks.scores(np.asarray(meaning, dtype=np.float32))
        return Scores(dict(zip(self.outputs, total.tolist(), strict=True)), judge.thresholds)

    def weight_of(self, names: Iterable[str], output: str) -> float:
        """How much these features speak for an output."""
        column = self.outputs.index(output)
        rows = [self.vocabulary.rows[name] for name in names if name in self.vocabulary.rows]
        weights = self.by_words.weights[rows, column] * self.vocabulary.scale[rows]
        return float(weights.sum()) if rows else 0.0

    def save(self, path: Path) -> None:
        """Write `path` and, beside it, its SHA-256."""
        judges = {"words": self.by_words} | ({"meaning": self.by_meaning} if self.by_meaning else {})
        thresholds = {name: dict(judge.thresholds) for name, judge in judges.items()}
        about: dict[str, Any] = {"outputs": self.outputs, "thresholds": thresholds}
        arrays: dict[str, Any] = {}
        for name, judge in judges.items():
            arrays |= {f"{name}_weights": judge.weights.astype(np.float16), f"{name}_bias": judge.bias}
            if (landmarks := judge.landmarks) is not None:
                about["sharpness"] = landmarks.space.sharpness
                arrays["centre"] = landmarks.space.centre
                arrays["landmarks"] = landmarks.directions.astype(np.float16)
                arrays["landmark_weights"] = landmarks.weights
        unfinished = path.with_suffix(".unfinished.npz")
        np.savez_compressed(
            unfinished,
            scale=self.vocabulary.scale,
            vocabulary=_as_bytes("\n".join(self.vocabulary.rows)),
            about=_as_bytes(json.dumps(about)),
            **arrays,
        )
        checksum(path).write_text(f"{hashlib.sha256(unfinished.read_bytes()).hexdigest()}\n")
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> Model:
        """Read a model that `save` wrote.

        Raises:
            UnusableModel: a file is missing or is not what was written.
        """
        try:
            expected = checksum(path).read_text().strip()
            actual = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise UnusableModel(f"The detector's model cannot be read ({error}): run `balie train`.") from None
        if actual != expected:
            raise UnusableModel(f"{path} is not the file that was trained: delete it and run `balie train`.")
        with np.load(path, allow_pickle=False) as stored:
            about = json.loads(stored["about"].tobytes().decode())
            names = stored["vocabulary"].tobytes().decode().split("\n")
            return cls(
                outputs=tuple(about["outputs"]),
                vocabulary=Vocabulary.of(names, stored["scale"]),
                by_words=_judge("words", stored, about),
                by_meaning=_judge("meaning", stored, about) if "landmarks" in stored else None,
            )


def _judge(name: str, stored: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> Judge:
    landmarks = None
    if name == "meaning":
        directions = stored["landmarks"].astype(np.float32)
        landmarks = Landmarks(Space(stored["centre"], about["sharpness"]), directions, stored["landmark_weights"])
    weights = stored[f"{name}_weights"].astype(np.float32)
    return Judge(weights, stored[f"{name}_bias"], about["thresholds"][name], landmarks)


def checksum(path: Path) -> Path:
    """Where the SHA-256 of a model stands."""
    return path.with_suffix(".sha256")


def _as_bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)
