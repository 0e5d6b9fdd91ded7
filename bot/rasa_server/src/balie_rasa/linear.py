"""A linear classifier of short texts whose confidences hold for authors it has not read."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GroupKFold, KFold
from sklearn.svm import LinearSVC

from balie_rasa.text import normalise

Ranking = list[tuple[str, float]]
Numbers = npt.NDArray[Any]

DEFAULTS: dict[str, Any] = {"words": [1, 2], "characters": [2, 5], "C": 0.5, "folds": 3}
"""Length of word and character n-grams; regularisation; parts of the authors held out to fit the confidence."""


class LinearText:
    """Word and character n-grams, one linear boundary a label, and one temperature.

    The temperature is fitted on authors held out in turn, so a confidence of 0.7 means: of such
    messages by somebody new, about 7 in 10 are right.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = {**DEFAULTS, **config}
        words, characters = tuple(self.config["words"]), tuple(self.config["characters"])
        self._vectorizers = [
            TfidfVectorizer(ngram_range=words, token_pattern=r"\b\w+\b", lowercase=False, sublinear_tf=True),  # noqa: S106
            TfidfVectorizer(analyzer="char_wb", ngram_range=characters, lowercase=False, sublinear_tf=True, min_df=2),
        ]
        self.labels: list[str] = []
        self.temperature = 1.0
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._bias = np.zeros(0, dtype=np.float32)

    def fit(self, texts: Sequence[str], labels: Sequence[str], authors: Sequence[str]) -> None:
        """Learn from examples; `authors` says who wrote each."""
        normal = [normalise(text) for text in texts]
        features = csr_matrix(hstack([v.fit_transform(normal) for v in self._vectorizers]))
        self.labels = sorted(set(labels))
        index = {label: number for number, label in enumerate(self.labels)}
        targets = np.array([index[label] for label in labels])
        self.temperature = self._fit_temperature(features, targets, np.array(authors))
        weights, self._bias = self._boundaries(features, targets)
        self._weights = np.ascontiguousarray(weights.T)

    def rank(self, text: str) -> Ranking:
        """Every label with its confidence, best first; they add up to 1."""
        normal = [normalise(text)]
        features = csr_matrix(hstack([v.transform(normal) for v in self._vectorizers]))
        # Only the rows of the n-grams in this text: multiplying with the whole matrix copies it each time.
        scores = features.data.astype(np.float32) @ self._weights[features.indices] + self._bias
        chances = _softmax(scores[np.newaxis] / self.temperature)[0]
        order = np.argsort(-chances)
        return [(self.labels[number], float(chances[number])) for number in order]

    def save(self, folder: Path) -> None:
        """Write numbers and words only: loading runs no code of the file."""
        np.savez_compressed(folder / "weights.npz", weights=self._weights, bias=self._bias)
        vocabulary = [
            {"words": {word: int(n) for word, n in v.vocabulary_.items()}, "idf": v.idf_.tolist()}
            for v in self._vectorizers
        ]
        about = {"labels": self.labels, "temperature": self.temperature, "config": self.config}
        (folder / "model.json").write_text(json.dumps({**about, "vocabulary": vocabulary}), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "LinearText":
        """Read what `save` wrote."""
        data = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        model = cls(data["config"])
        model.labels, model.temperature = data["labels"], data["temperature"]
        for vectorizer, saved in zip(model._vectorizers, data["vocabulary"], strict=True):
            vectorizer.vocabulary_ = saved["words"]
            vectorizer.idf_ = np.array(saved["idf"])
        with np.load(folder / "weights.npz") as arrays:
            model._weights, model._bias = arrays["weights"], arrays["bias"]
        return model

    def _boundaries(self, features: csr_matrix, targets: Numbers) -> tuple[Numbers, Numbers]:
        """Weights and bias for every label; a label without examples here gets a boundary nothing passes."""
        learner = LinearSVC(C=self.config["C"], random_state=1, tol=1e-3)
        learner.fit(features, targets)
        weights = np.zeros((len(self.labels), features.shape[1]), dtype=np.float32)
        bias = np.full(len(self.labels), -2.0, dtype=np.float32)
        if len(learner.classes_) == 2:  # scikit-learn keeps one boundary for two labels
            weights[learner.classes_] = np.vstack([-learner.coef_[0], learner.coef_[0]])
            bias[learner.classes_] = [-learner.intercept_[0], learner.intercept_[0]]
        else:
            weights[learner.classes_] = learner.coef_
            bias[learner.classes_] = learner.intercept_
        return weights, bias

    def _fit_temperature(self, features: csr_matrix, targets: Numbers, authors: Numbers) -> float:
        enough = len(set(authors)) >= self.config["folds"]
        splitter = GroupKFold(self.config["folds"]) if enough else KFold(self.config["folds"])
        scores, truth = [], []
        for known, unknown in splitter.split(features, targets, authors):
            weights, bias = self._boundaries(features[known], targets[known])
            scores.append(features[unknown] @ weights.T + bias)
            truth.append(targets[unknown])
        all_scores, all_truth = np.vstack(scores), np.concatenate(truth)
        rows = np.arange(len(all_truth))

        def loss(log_temperature: float) -> float:
            chances = _softmax(all_scores / np.exp(log_temperature))
            return float(-np.log(chances[rows, all_truth] + 1e-12).mean())

        return float(np.exp(minimize_scalar(loss, bounds=(-5.0, 3.0), method="bounded").x))


def _softmax(scores: Numbers) -> Numbers:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
