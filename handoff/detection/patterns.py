"""Expressions as an editor writes them, and how they are found in a message.

    niet meer leven          these words after each other
    wil .. leven             at most four words between; `...` at most eight
    hij|zij slaat|schopt     either word
    zelfmoord*               begins with; `*brand` ends with
    even?                    may be left out
    $family                  a class of words.yml
    op_straat                words that belong together within a choice
    slaat & mij              in either order, at most six words between
    < medewerker >           begins, or ends, a sentence

Nothing crosses the border of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from handoff.detection.words import Message, normalise

_GAPS = {"..": r"(?: [^ |]+){0,4}?", "...": r"(?: [^ |]+){0,8}?"}
MOST_SIDES = 3
_APART = r"(?: [^ |]+){0,6}?"


class InvalidExpression(Exception):
    """An expression cannot be read; the message holds it."""


@dataclass(frozen=True)
class Found:
    """Words `first` to `last` of a message."""

    first: int
    last: int


@dataclass(frozen=True)
class Expression:
    """One expression, compiled."""

    source: str
    regex: str
    needs: tuple[frozenset[str], ...]
    """Of each of these at least one word must occur; spares looking for most expressions."""

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The regular expression over `Message.line`."""
        return re.compile(self.regex)

    def find(self, message: Message) -> Found | None:
        """The first place of the expression in a message."""
        return next(self.all(message), None)

    def all(self, message: Message) -> Iterator[Found]:
        """Every place of the expression in a message."""
        if any(message.known.isdisjoint(words) for words in self.needs):
            return
        for match in self.compiled.finditer(message.line):
            if match.end() > match.start():
                yield Found(message.word_at(match.start()), message.word_at(match.end() - 1))


def compile_expression(source: str, classes: Mapping[str, tuple[str, ...]]) -> Expression:
    """Read an expression.

    Raises:
        InvalidExpression: it is empty, or names an unknown class.
    """
    sides = [side.split() for side in source.split("&")]
    if not all(sides) or len(sides) > MOST_SIDES:
        raise InvalidExpression(f"{source!r} is no expression")
    read = [_sequence(side, classes, source) for side in sides]
    if len(read) == 1:
        regex, needs = read[0]
    else:
        orders = permutations([regex for regex, _ in read])
        regex = f"(?:{'|'.join(_APART.join(order) for order in orders)})"
        needs = tuple(one for _, needs in read for one in needs)
    return Expression(source, regex, needs)


def _sequence(
    elements: list[str], classes: Mapping[str, tuple[str, ...]], source: str
) -> tuple[str, tuple[frozenset[str], ...]]:
    parts = []
    needs = []
    for element in elements:
        if element in _GAPS:
            parts.append(_GAPS[element])
        elif element == "<":
            parts.append(r"(?<= \|)")
        elif element == ">":
            parts.append(r"(?= \|)")
        else:
            optional = element.endswith("?")
            words = _words(element.removesuffix("?"), classes, source)
            choice = f" (?:{'|'.join(_word(word) for word in words)})(?= )"
            parts.append(f"(?:{choice})?" if optional else choice)
            if not optional:
                needs.append(_anchors(words))
    return "".join(parts), tuple(sorted((one for one in needs if one), key=len))


def _words(element: str, classes: Mapping[str, tuple[str, ...]], source: str) -> list[str]:
    words: list[str] = []
    for choice in element.split("|"):
        if choice.startswith("$"):
            if choice[1:] not in classes:
                raise InvalidExpression(f"{source!r} names {choice}, which words.yml does not have")
            words.extend(classes[choice[1:]])
        elif choice:
            words.append(choice)
        else:
            raise InvalidExpression(f"{source!r} has an empty choice")
    return words


def _spelled(word: str) -> str:
    """The word as messages are read: "mijn" is "mij" there."""
    return " ".join(" ".join(normalise(part)) for part in word.split("_"))


def _word(word: str) -> str:
    if word.endswith("*"):
        return re.escape(word[:-1]) + r"[^ |]*"
    if word.startswith("*"):
        return r"[^ |]*" + re.escape(word[1:])
    return re.escape(_spelled(word))


def _anchors(words: list[str]) -> frozenset[str]:
    """One word of each choice; nothing where a choice is open-ended."""
    if any("*" in word for word in words):
        return frozenset()
    return frozenset(max(_spelled(word).split(), key=len) for word in words)
