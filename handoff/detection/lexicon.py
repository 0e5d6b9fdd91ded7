"""Reads the expressions that editors keep in `expressions/*.yml`, with the classes of words in words.yml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from handoff.detection.assessment import Level, Reason
from handoff.detection.concepts import TOPICS, Concepts
from handoff.detection.patterns import Expression, Found, InvalidExpression, compile_expression
from handoff.detection.words import Message

Place = tuple[int, int]
"""The number of a rule, and of an expression in what it says."""
FOLDER = Path(__file__).with_name("expressions")
_KEYS = {"name", "level", "about", "weak", "say", "unless", "anywhere"}


@dataclass(frozen=True)
class Rule:
    """Expressions that mean the same; a rule without a level only tells the model something."""

    name: str
    reason: Reason | None
    level: Level | None
    about: str
    """What the employee reads, in Dutch: "noemt huisuitzetting"."""
    weak: bool
    """Also said in jest or of other things: the model, where there is one, may find it routine."""
    say: tuple[Expression, ...]
    unless: tuple[Expression, ...]
    """Cancels it where it stands in the same sentence."""
    anywhere: tuple[Expression, ...]
    """Cancels it wherever it stands in the message."""

    def find(self, message: Message, expression: Expression) -> Found | None:
        """Where the message says it in the words of one of its expressions, if nothing cancels it."""
        for found in expression.all(message):
            if not self._cancelled(message, found):
                return found
        return None

    def _cancelled(self, message: Message, found: Found) -> bool:
        if any(expression.find(message) for expression in self.anywhere):
            return True
        low, high = _sentence(message, found)
        for expression in self.unless:
            for other in expression.all(message):
                if other.last >= low and other.first <= high:
                    return True
        return False


def _sentence(message: Message, found: Found) -> tuple[int, int]:
    """First and last word of the sentence that holds the words found."""
    before = message.line.rfind("|", 0, message.starts[found.first])
    after = message.line.find("|", message.starts[found.last])
    first = message.word_at(before + 2)
    return first, max(first, message.word_at(after - 1))


@dataclass(frozen=True)
class Lexicon:
    """All that editors wrote."""

    rules: tuple[Rule, ...]
    classes: Mapping[str, tuple[str, ...]]
    concepts: Concepts
    topics: Concepts

    def said(self, message: Message) -> Iterator[tuple[Rule, Found]]:
        """Every rule that the message says, in the order of the files, with the first place where it does."""
        by_word, anywhere = self._index
        places = set(anywhere).union(*(by_word[word] for word in message.known if word in by_word))
        done = -1
        for number, place in sorted(places):
            if number == done:
                continue
            rule = self.rules[number]
            found = rule.find(message, rule.say[place])
            if found is not None:
                done = number
                yield rule, found

    @cached_property
    def _index(self) -> tuple[Mapping[str, Sequence[Place]], Sequence[Place]]:
        """The expressions by a word that they cannot do without, and those that have no such word.

        A message has some of the hundreds of words, so a tenth of the expressions need looking for.
        """
        by_word: dict[str, list[Place]] = {}
        anywhere: list[Place] = []
        for number, rule in enumerate(self.rules):
            for place, expression in enumerate(rule.say):
                if not expression.needs:
                    anywhere.append((number, place))
                for word in min(expression.needs, key=len, default=frozenset()):
                    by_word.setdefault(word, []).append((number, place))
        return by_word, anywhere

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Lexicon:
        """Read every file.

        Raises:
            InvalidExpression: names the file and what is wrong in it.
        """
        classes = {
            name: tuple(text.split())
            for name, text in yaml.safe_load((folder / "words.yml").read_text(encoding="utf-8")).items()
        }
        rules: list[Rule] = []
        for path in sorted(folder.glob("*.yml")):
            if path.name != "words.yml":
                try:
                    rules.extend(_rules(yaml.safe_load(path.read_text(encoding="utf-8")), classes))
                except (InvalidExpression, ValueError, KeyError, TypeError, AttributeError) as error:
                    raise InvalidExpression(f"{path.name}: {error}") from None
        return cls(tuple(rules), classes, Concepts.load(), Concepts.load(TOPICS))


def _rules(written: Mapping[str, Any], classes: Mapping[str, tuple[str, ...]]) -> Iterator[Rule]:
    reason = Reason(written["reason"]) if written.get("reason") else None
    for group in written["rules"]:
        unknown = set(group) - _KEYS
        if unknown:
            raise InvalidExpression(f"unknown key {', '.join(sorted(unknown))}")

        def compiled(key: str, group: Mapping[str, Any] = group) -> tuple[Expression, ...]:
            return tuple(compile_expression(source, classes) for source in group.get(key) or ())

        yield Rule(
            name=str(group["name"]),
            reason=reason,
            level=Level(group["level"]) if group.get("level") else None,
            about=str(group.get("about", "")),
            weak=bool(group.get("weak")),
            say=compiled("say"),
            unless=compiled("unless"),
            anywhere=compiled("anywhere"),
        )
