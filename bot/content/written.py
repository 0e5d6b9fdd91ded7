"""Every text in the files with the answers: what it says, where it stands and who may read it."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from bot.content.crisis_texts import AROUND, AroundTexts, CrisisText, FixedText
from bot.content.exceptions import Problem
from bot.content.schema import AnswerText, LinkText, LocalFile, Phrases, TopicFile
from bot.content.source import KeyPath, Source

MAIN = ("text", "more", "without_values")
SIMPLE = "simple"
_FRAGMENT = 24
"""Characters of a sentence to look for it by: a longer piece may go on over a line's end."""


@dataclass(frozen=True)
class Written:
    """One text."""

    source: Source
    where: KeyPath
    text: str
    municipalities: tuple[str, ...]
    """Where it may be said."""

    @property
    def field(self) -> str:
        """Its key in the file, such as `text` or `simple`."""
        return str(self.where[-1])

    def problem(self, message: str, fragment: str = "") -> Problem:
        """A mistake in this text; at the line of `fragment` where that can be found."""
        found = self.source.problem(self.where, message)
        if not fragment:
            return found
        lines = self.source.path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines[found.line - 1 :], start=found.line):
            if fragment[:_FRAGMENT] in line:
                return Problem(found.path, number, found.message)
        return found


@dataclass(frozen=True)
class WrittenLinks:
    """The links under one text."""

    source: Source
    where: KeyPath
    links: tuple[LinkText, ...]
    municipalities: tuple[str, ...]


def texts(source: Source, model: BaseModel, municipalities: tuple[str, ...]) -> Iterator[Written]:
    """The texts of one file."""
    for where, answer in _answers(model):
        for field in (*MAIN, SIMPLE):
            if text := getattr(answer, field):
                yield Written(source, (*where, field), text, municipalities)
    for where, fixed in _fixed(model):
        yield Written(source, (*where, "text"), fixed.text, municipalities)
        yield Written(source, (*where, "child"), fixed.child, municipalities)
    if isinstance(model, Phrases):
        for field, text in model.model_dump().items():
            yield Written(source, (field,), text, municipalities)


def links(source: Source, model: BaseModel, municipalities: tuple[str, ...]) -> Iterator[WrittenLinks]:
    """The links of one file."""
    for where, answer in _answers(model):
        yield WrittenLinks(source, (*where, "links"), answer.links, municipalities)


def _fixed(model: BaseModel) -> Iterator[tuple[KeyPath, FixedText]]:
    if isinstance(model, CrisisText):
        yield (), model
    if isinstance(model, AroundTexts):
        yield from (((name,), getattr(model, name)) for name in AROUND)


def _answers(model: BaseModel) -> Iterator[tuple[KeyPath, AnswerText]]:
    if isinstance(model, TopicFile):
        for aspect, answer in model.answers.items():
            yield ("answers", str(aspect)), answer
    if isinstance(model, LocalFile):
        for topic, answers in model.answers.items():
            for aspect, answer in answers.items():
                yield ("answers", topic, str(aspect)), answer
