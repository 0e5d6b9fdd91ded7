"""The trained model: a weight for each feature and output, in a file without code. Reading it needs numpy only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
    scale: NDArray[np.float32]
    """What one occurrence counts: its kind's weight, and for words more the rarer they are."""
    is_text: NDArray[np.bool_]

    @classmethod
    def of(cls, names: Sequence[str], scale: NDArray[np.float32]) -> Vocabulary:
        """Features by name, each with its scale."""
        rows = {name: row for row, name in enumerate(names)}
        return cls(rows, scale, np.array([name[0] in TEXT_KINDS for name in names], dtype=np.bool_))

    def weigh(self, found: Mapping[str, float]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
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
class Model:
    """Weights and thresholds. `scores` are log-odds, so 0 is as likely as not after calibration."""

    outputs: tuple[str, ...]
    vocabulary: Vocabulary
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    thresholds: Mapping[str, float]
    """The score from which an output counts; teams have none, the highest wins."""

    def scores(self, found: Mapping[str, float]) -> dict[str, float]:
        """A calibrated log-odds score for every output."""
        rows, values = self.vocabulary.weigh(found)
        total = self.bias
        if len(rows):  # summed without BLAS, whose threads cost more than they bring on so little
            total = total + (self.weights[rows] * values[:, None]).sum(axis=0)
        return dict(zip(self.outputs, total.tolist(), strict=True))

    def weight_of(self, names: Iterable[str], output: str) -> float:
        """How much these features speak for an output."""
        column = self.outputs.index(output)
        rows = [self.vocabulary.rows[name] for name in names if name in self.vocabulary.rows]
        return float((self.weights[rows, column] * self.vocabulary.scale[rows]).sum()) if rows else 0.0

    def says(self, scores: Mapping[str, float], output: str) -> bool:
        """Whether the score of an output reaches its threshold."""
        return scores[output] >= self.thresholds[output]

    def save(self, path: Path) -> None:
        """Write `path` and, beside it, its SHA-256."""
        about = json.dumps({"outputs": self.outputs, "thresholds": dict(self.thresholds)})
        unfinished = path.with_suffix(".unfinished.npz")
        np.savez_compressed(
            unfinished,
            weights=self.weights.astype(np.float16),
            bias=self.bias,
            scale=self.vocabulary.scale,
            vocabulary=_as_bytes("\n".join(self.vocabulary.rows)),
            about=_as_bytes(about),
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
                weights=stored["weights"].astype(np.float32),
                bias=stored["bias"].astype(np.float32),
                thresholds=about["thresholds"],
            )


def checksum(path: Path) -> Path:
    """Where the SHA-256 of a model stands."""
    return path.with_suffix(".sha256")


def _as_bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def best(scores: Mapping[str, float], names: Sequence[str]) -> str:
    """The name with the highest score."""
    return max(names, key=lambda name: scores[name])
