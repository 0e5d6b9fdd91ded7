"""Reads a message: its topic, and the aspect that is asked of that topic."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from balie_rasa.likeness import Likeness, Ranking

Example = tuple[str, str, str, str]
"""Text, topic, aspect, author."""
Numbers = npt.NDArray[Any]

PRIOR = {"prior": 0.3, "unseen": 3.0}
"""How much is made of how often an aspect is asked of the topic, and how many sentences such counts begin with."""


class Reading(NamedTuple):
    """Topics and aspects with their confidence, best first."""

    topics: Ranking
    aspects: Ranking


class Reader:
    """Learns topics and aspects from the same sentences, and which aspects go with which topic."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._likeness = Likeness(config)
        self.config = {name: float(config.get(name, value)) for name, value in PRIOR.items()}
        self._usual: dict[str, dict[str, float]] = {}

    def fit(self, rows: Sequence[Example], vectors: Numbers | None) -> list[Reading]:
        """Learn; returns how each example would have been read with its author left out."""
        texts, topics, aspects, authors = zip(*rows, strict=True)
        seen: dict[str, set[str]] = defaultdict(set)
        for topic, aspect in zip(topics, aspects, strict=True):
            seen[topic].add(aspect)
        # Greetings have no aspect: only topics with more than one teach anything about aspects.
        taught = [aspect if len(seen[topic]) > 1 else None for topic, aspect in zip(topics, aspects, strict=True)]
        chances = self._likeness.fit(texts, vectors, {"topic": topics, "aspect": taught}, authors)
        self._usual = self._count(topics, taught)
        heads = self._likeness.heads
        return [
            self._reading(_ranking(heads["topic"].labels, topic), _ranking(heads["aspect"].labels, aspect))
            for topic, aspect in zip(chances["topic"], chances["aspect"], strict=True)
        ]

    def read(self, text: str, vector: Numbers | None) -> Reading:
        found = self._likeness.rank(text, vector)
        return self._reading(found["topic"], found["aspect"])

    def save(self, folder: Path) -> None:
        """Write what was learned; loading runs no code of the files."""
        self._likeness.save(folder)
        (folder / "usual.json").write_text(json.dumps({"config": self.config, "usual": self._usual}), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Reader":
        """Read what `save` wrote."""
        saved = json.loads((folder / "usual.json").read_text(encoding="utf-8"))
        reader = cls(saved["config"])
        reader._usual = saved["usual"]
        reader._likeness = Likeness.load(folder)
        return reader

    def _reading(self, topics: Ranking, aspects: Ranking) -> Reading:
        """Weigh each aspect by how usual it is for the topics that are likely."""
        weighed = []
        for aspect, chance in aspects:
            usual = sum(likely * self._usual.get(topic, {}).get(aspect, 1.0) for topic, likely in topics[:5])
            known = sum(likely for _, likely in topics[:5])
            weighed.append((aspect, chance * (usual / known) ** self.config["prior"]))
        total = sum(chance for _, chance in weighed)
        return Reading(topics, sorted(((a, c / total) for a, c in weighed), key=lambda one: -one[1]))

    def _count(self, topics: Sequence[str], aspects: Sequence[str | None]) -> dict[str, dict[str, float]]:
        """How many times as usual each aspect is with a topic as with all topics together."""
        counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        overall: dict[str, int] = defaultdict(int)
        for topic, aspect in zip(topics, aspects, strict=True):
            if aspect is not None:
                counts[topic][aspect] += 1
                overall[aspect] += 1
        size, start = sum(overall.values()), self.config["unseen"]
        shares = {aspect: count / size for aspect, count in overall.items()}
        return {
            topic: {
                aspect: (own.get(aspect, 0) + start * share) / (sum(own.values()) + start) / share
                for aspect, share in shares.items()
            }
            for topic, own in counts.items()
        }


def _ranking(labels: Sequence[str], chances: Numbers) -> Ranking:
    return [(labels[number], float(chances[number])) for number in np.argsort(-chances, kind="stable")]
