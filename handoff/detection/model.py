"""The trained model: a weight for each feature and output, in a file without code. Reading it needs numpy only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

KIND_WEIGHTS = {"w": 0.5, "c": 0.3, "r": 2.0, "p": 1.0, "b": 1.0, "h": 0.3, "k": 1.0}
"""How much a kind of feature counts before training: expressions generalise to other authors, pieces of words less."""
HUMAN, URGENT, CRISIS, OFFER = "level:escalate", "level:urgent", "level:crisis", "level:offer"
LEVELS = (OFFER, HUMAN, URGENT, CRISIS)


class UnusableModel(Exception):
    """The model's file is not the one that was trained; the message says what to do."""


@dataclass(frozen=True)
class Model:
    """Weights and thresholds. `scores` are log-odds, so 0 is as likely as not after calibration."""

    outputs: tuple[str, ...]
    vocabulary: Mapping[str, int]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    thresholds: Mapping[str, float]
    """The score from which an output counts; teams have none, the highest wins."""

    def scores(self, found: Mapping[str, float]) -> dict[str, float]:
        """A calibrated log-odds score for every output."""
        rows, values = [], []
        for name, value in found.items():
            row = self.vocabulary.get(name)
            if row is not None:
                rows.append(row)
                values.append(value * KIND_WEIGHTS[name[0]])
        total = self.bias
        if rows:  # summed without BLAS, whose threads cost more than they bring on so little
            total = total + (self.weights[rows] * np.asarray(values, dtype=np.float32)[:, None]).sum(axis=0)
        return dict(zip(self.outputs, total.tolist(), strict=True))

    def weight_of(self, names: Iterable[str], output: str) -> float:
        """How much these features speak for an output."""
        column = self.outputs.index(output)
        rows = [self.vocabulary[name] for name in names if name in self.vocabulary]
        return float(self.weights[rows, column].sum()) if rows else 0.0

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
            vocabulary=_as_bytes("\n".join(self.vocabulary)),
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
                vocabulary={name: row for row, name in enumerate(names)},
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
