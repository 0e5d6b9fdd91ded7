"""Families of words with one meaning: another author says it in other words, but of the same families.

A linear model cannot see that "kluis" matters beside "hij" alone, so combinations of two families are features too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from handoff.detection.words import Message, fold, normalise, without_quotes

FILE = Path(__file__).with_name("concepts.yml")
LANGUAGES = Path(__file__).with_name("concepts_languages.yml")
"""The same families in other languages than Dutch."""
TOPICS = Path(__file__).with_name("topics.yml")
"""The words that tell which team it is about, written the same way."""
LONGEST = 3
"""Words of the longest entry."""
SHORTEST_STEM = 3
WORDS_READ = 120


@dataclass(frozen=True)
class Concepts:
    """Words, and beginnings of words, with the families they belong to."""

    words: Mapping[str, tuple[str, ...]]
    """Words and runs of words (a space between) as `Message` has them."""
    stems: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, *paths: Path) -> Concepts:
        """Read the families; of no file in particular: concepts.yml and its other languages.

        Raises:
            ValueError: a family is not a line of words, or a stem is too short.
        """
        words: dict[str, tuple[str, ...]] = {}
        stems: dict[str, tuple[str, ...]] = {}
        for path, family, entry in _entries(paths or (FILE, LANGUAGES)):
            if entry.endswith("*"):
                stem = fold(entry[:-1])
                if len(stem) < SHORTEST_STEM:
                    raise ValueError(f"{path.name}: {entry} of {family} is too short a stem")
                stems[stem] = tuple(dict.fromkeys((*stems.get(stem, ()), family)))
            else:
                spelled = _spelled(entry)
                words[spelled] = tuple(dict.fromkeys((*words.get(spelled, ()), family)))
        return cls(words, stems)

    def of(self, message: Message) -> frozenset[str]:
        """The families that a message has a word of."""
        return self.of_words([word.text for word in message.words[:WORDS_READ]])

    def of_words(self, said: Sequence[str]) -> frozenset[str]:
        """The same for words after each other."""
        found: set[str] = set()
        for at, word in enumerate(said):
            found.update(self._of_word(word))
            if word in self._begins:
                run = word
                for following in said[at + 1 : at + LONGEST + 1]:
                    run = f"{run} {following}"
                    found.update(self.words.get(run, ()))
        return frozenset(found)

    def _of_word(self, word: str) -> tuple[str, ...]:
        known = self._cache.get(word)
        if known is None:
            known = self.words.get(word, ())
            for size in range(SHORTEST_STEM, len(word) + 1):
                known += self.stems.get(word[:size], ())
            if len(self._cache) < 20_000:
                self._cache[word] = known
        return known

    @cached_property
    def _begins(self) -> frozenset[str]:
        return frozenset(entry.split(" ")[0] for entry in self.words if " " in entry)

    @cached_property
    def _cache(self) -> dict[str, tuple[str, ...]]:
        return {}


def _entries(paths: Sequence[Path]) -> Iterator[tuple[Path, str, str]]:
    for path in paths:
        for family, text in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if not isinstance(text, str):
                raise ValueError(f"{path.name}: {family} is not a line of words")
            for entry in text.split():
                yield path, family, entry


def _spelled(entry: str) -> str:
    """The entry as messages are read: without accents and quotes, spoken forms as words.py writes them."""
    return " ".join(" ".join(normalise(without_quotes(fold(part)))) for part in entry.split("_"))
