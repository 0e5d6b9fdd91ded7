"""Recognises labels by likeness to examples, with confidences that hold for authors it has not read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from balie_rasa.text import normalise

Ranking = list[tuple[str, float]]
Numbers = npt.NDArray[Any]

DEFAULTS: dict[str, Any] = {
    "words": [1, 3],
    "characters": [2, 5],
    "meaning": 2.0,
    "sharpness": 2.0,
    "ridge": 0.07,
}
"""Length of word and character n-grams; weight of the encoder's vectors beside them (1), and how fast likeness falls
with their distance; regularisation. Measured: docs/nlu.md."""

_BLOCK = 1000
"""Rows of the table of likenesses that are made at once: bounds the memory."""


class Unlearnable(Exception):
    """The examples can't be told apart by what they are given as; the message says what to do."""


@dataclass
class Head:
    """One question that is asked of each message: which topic, which aspect."""

    labels: list[str]
    temperature: float = 1.0


class Likeness:
    """Kernel ridge regression on n-grams and, when there are any, an encoder's vectors.

    All heads share one table of likenesses, which is inverted once. From that inverse follows exactly what each author
    would have scored had she been left out; confidences are fitted on these scores. So 0.7 means: of such messages by
    somebody new, about 7 in 10 are right.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = {name: config.get(name, value) for name, value in DEFAULTS.items()}
        words, characters = tuple(self.config["words"]), tuple(self.config["characters"])
        common = {"lowercase": False, "sublinear_tf": True, "min_df": 2, "dtype": np.float32}
        self._vectorizers = [
            TfidfVectorizer(ngram_range=words, token_pattern=r"\b\w+\b", **common),  # noqa: S106
            TfidfVectorizer(analyzer="char_wb", ngram_range=characters, **common),
        ]
        self.heads: dict[str, Head] = {}
        self._weights: Numbers = np.zeros((0, 0), dtype=np.float16)
        self._vectors: Numbers | None = None
        self._mean: Numbers = np.zeros(0, dtype=np.float32)
        self._duals: Numbers = np.zeros((0, 0), dtype=np.float32)

    def fit(
        self,
        texts: Sequence[str],
        vectors: Numbers | None,
        labels: Mapping[str, Sequence[str | None]],
        authors: Sequence[str],
    ) -> dict[str, Numbers]:
        """Learn from examples; `authors` says who wrote each, a label of None that there is nothing to learn of it.

        Returns for each head the confidence of every label in every example, as if its author had been left out.
        """
        normal = [normalise(text) for text in texts]
        grams = csr_matrix(hstack([v.fit_transform(normal) for v in self._vectorizers]))
        if vectors is not None:
            self._mean = vectors.mean(axis=0)
            self._vectors = self._centred(vectors)
        targets = self._targets(labels)
        inverse = _inverted(self._table(grams), self.config["ridge"])
        duals = inverse @ targets
        scores = _left_out(inverse, duals, targets, np.array(authors))
        self._weights = (csr_matrix(grams.T) @ duals * self._share(False) / 2).astype(np.float16)
        self._duals = duals
        return self._calibrate(scores, labels)

    def rank(self, text: str, vector: Numbers | None) -> dict[str, Ranking]:
        """Every label of each head with its confidence, best first; they add up to 1."""
        normal = [normalise(text)]
        grams = csr_matrix(hstack([v.transform(normal) for v in self._vectorizers]))
        # Only the rows of the n-grams in this text: multiplying with the whole matrix copies it each time.
        scores = grams.data @ self._weights[grams.indices].astype(np.float32)
        if self._vectors is not None and vector is not None:
            scores = scores + self._near(self._vectors @ self._centred(vector[np.newaxis])[0]) @ self._duals
        found = {}
        for name, own in self._columns():
            head = self.heads[name]
            chances = softmax(scores[np.newaxis, own] / head.temperature)[0]
            found[name] = [(head.labels[n], float(chances[n])) for n in np.argsort(-chances, kind="stable")]
        return found

    def save(self, folder: Path) -> None:
        """Write numbers and words only: loading runs no code of the file."""
        arrays = {"weights": self._weights, "duals": self._duals, "mean": self._mean}
        if self._vectors is not None:
            arrays["vectors"] = self._vectors.astype(np.float16)
        np.savez(folder / "numbers.npz", **arrays)
        about = {
            "config": self.config,
            "heads": {name: vars(head) for name, head in self.heads.items()},
            "vocabulary": [
                {"words": {word: int(n) for word, n in v.vocabulary_.items()}, "idf": v.idf_.tolist()}
                for v in self._vectorizers
            ],
        }
        (folder / "model.json").write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Likeness":
        """Read what `save` wrote."""
        data = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        model = cls(data["config"])
        model.heads = {name: Head(**head) for name, head in data["heads"].items()}
        for vectorizer, saved in zip(model._vectorizers, data["vocabulary"], strict=True):
            vectorizer.vocabulary_ = saved["words"]
            vectorizer.idf_ = np.array(saved["idf"], dtype=np.float32)
        with np.load(folder / "numbers.npz") as arrays:
            model._weights, model._duals, model._mean = arrays["weights"], arrays["duals"], arrays["mean"]
            if "vectors" in arrays:
                model._vectors = arrays["vectors"].astype(np.float32)
        return model

    def _targets(self, labels: Mapping[str, Sequence[str | None]]) -> Numbers:
        """A column for each label of each head: 1 where an example has it."""
        self.heads = {name: Head(sorted({one for one in given if one})) for name, given in labels.items()}
        size = len(next(iter(labels.values())))
        targets = np.zeros((size, sum(len(head.labels) for head in self.heads.values())), dtype=np.float32)
        for name, own in self._columns():
            index = {label: own.start + number for number, label in enumerate(self.heads[name].labels)}
            for row, label in enumerate(labels[name]):
                if label is not None:
                    targets[row, index[label]] = 1.0
        return targets

    def _columns(self) -> list[tuple[str, slice]]:
        start, found = 0, []
        for name, head in self.heads.items():
            found.append((name, slice(start, start + len(head.labels))))
            start += len(head.labels)
        return found

    def _table(self, grams: csr_matrix) -> Numbers:
        """How alike every two examples are, between 0 and 1."""
        size = grams.shape[0]
        table = np.empty((size, size), dtype=np.float32)
        turned = csr_matrix(grams.T)
        for start in range(0, size, _BLOCK):
            rows = slice(start, min(start + _BLOCK, size))
            table[rows] = (grams[rows] @ turned).toarray() * (self._share(False) / 2)
            if self._vectors is not None:
                table[rows] += self._near(self._vectors[rows] @ self._vectors.T)
        return table

    def _near(self, cosines: Numbers) -> Numbers:
        return np.asarray(np.exp(self.config["sharpness"] * (cosines - 1)) * self._share(True))

    def _share(self, meaning: bool) -> float:
        """Weight of the encoder's vectors or of the n-grams: together 1."""
        weight = float(self.config["meaning"]) if self._vectors is not None else 0.0
        return (weight if meaning else 1.0) / (1.0 + weight)

    def _centred(self, vectors: Numbers) -> Numbers:
        """An encoder's vectors all point one way; without that their angles tell more."""
        moved: Numbers = vectors - self._mean
        return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6), dtype=np.float32)

    def _calibrate(self, scores: Numbers, labels: Mapping[str, Sequence[str | None]]) -> dict[str, Numbers]:
        found = {}
        for name, own in self._columns():
            head = self.heads[name]
            index = {label: number for number, label in enumerate(head.labels)}
            known = np.array([label is not None for label in labels[name]])
            truth = np.array([index[label] for label in labels[name] if label is not None])
            head.temperature = _temperature(scores[known, own], truth)
            found[name] = softmax(scores[:, own] / head.temperature)
        return found


def softmax(scores: Numbers) -> Numbers:
    """Chances of each row, that add up to 1."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _inverted(table: Numbers, ridge: float) -> Numbers:
    """The inverse of `table` with `ridge` on its diagonal. Takes the memory of `table`."""
    table[np.diag_indices(len(table))] += ridge
    factor, failed = lapack.spotrf(table.T, lower=1, overwrite_a=1)
    if not failed:
        inverse, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise Unlearnable("too many examples are alike: give `ridge` in config.yml a higher value")
    for start in range(0, len(inverse), _BLOCK):  # LAPACK fills one triangle
        rows = slice(start, start + _BLOCK)
        square = np.tril(inverse[rows, rows])
        inverse[rows, rows] = square + np.tril(square, -1).T
        inverse[:start, rows] = inverse[rows, :start].T
    return np.asarray(inverse)


def _left_out(inverse: Numbers, duals: Numbers, targets: Numbers, authors: Numbers) -> Numbers:
    """Scores of each author's examples by a model of all others, as exact as if it had been trained."""
    scores = np.empty_like(targets)
    for author in np.unique(authors):
        own = np.flatnonzero(authors == author)
        scores[own] = targets[own] - np.linalg.solve(inverse[np.ix_(own, own)], duals[own])
    return scores


def _temperature(scores: Numbers, truth: Numbers) -> float:
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        chances = softmax(scores / np.exp(log_temperature))
        return float(-np.log(chances[rows, truth] + 1e-12).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-5.0, 3.0), method="bounded").x))
