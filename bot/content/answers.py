"""All answers at one moment, and the choice of the right one."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.content import loader
from bot.content.exceptions import UnknownMunicipality, UnknownTopic
from bot.content.help_lines import HelpLine
from bot.content.municipality import Municipality
from bot.content.schema import VARIABLE, AnswerText, Aspect, Phrases, Team, TopicFile, variables

_ISOLATE, _END = "\u2066", "\u2069"
"""Unicode's isolates: without them "(099) 123 40 24" comes out in another order in Arabic."""


@dataclass(frozen=True)
class AnswerLink:
    title: str
    url: str


@dataclass(frozen=True)
class Answer:
    """What is said, with the municipality's own values filled in."""

    topic: str
    aspect: Aspect
    """The aspect that was answered: `algemeen` when the one asked for has no answer of its own."""
    title: str
    text: str
    more: str | None
    simple: str | None
    links: tuple[AnswerLink, ...]
    sensitive: bool
    team: Team | None


@dataclass(frozen=True)
class Content:
    """An immutable snapshot of the folder with answers."""

    topics: Mapping[str, TopicFile]
    municipalities: Mapping[str, Municipality]
    phrases: Phrases

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read every file under `path`.

        Raises:
            InvalidContent: names each mistake with file and line.
        """
        loaded = loader.load(path)
        return cls(loaded.topics, loaded.municipalities, loaded.phrases)

    def topic(self, key: str) -> TopicFile:
        """Raises:
        UnknownTopic: no file has it.
        """
        try:
            return self.topics[key]
        except KeyError:
            raise UnknownTopic(key) from None

    def municipality(self, key: str) -> Municipality:
        """Raises:
        UnknownMunicipality: no folder has it.
        """
        try:
            return self.municipalities[key]
        except KeyError:
            raise UnknownMunicipality(key) from None

    def answer(self, topic: str, aspect: str, municipality: str, on: dt.date) -> Answer:
        """The answer on one day, in one municipality.

        Raises:
            UnknownTopic: no file has the topic.
            UnknownMunicipality: no folder has the municipality.
        """
        written = self.topic(topic)
        where = self.municipality(municipality)
        found, text = _choose(written, where, aspect)
        values = where.values_on(on)
        main = _fill(text.text, values)
        if main is None and text.without_values is not None:
            main = _fill(text.without_values, values)
        links = ((link.title, _fill(link.url, values)) for link in text.links)
        return Answer(
            topic=topic,
            aspect=found,
            title=written.title,
            text=main or self.fill_known(text.text, municipality, on),
            more=_fill(text.more, values),
            simple=_fill(text.simple, values),
            links=tuple(AnswerLink(title, url) for title, url in links if url is not None),
            sensitive=written.sensitive,
            team=written.team,
        )

    def fill(self, text: str, municipality: str, on: dt.date) -> str:
        """`text` with the values of a municipality; a variable without a value stays as it is."""
        values = self.municipality(municipality).values_on(on)
        return VARIABLE.sub(lambda match: values.get(match[1], match[0]), text)

    def fill_known(self, text: str, municipality: str, on: dt.date, *, isolated: bool = False) -> str:
        """`text` with its values, without the lines that lack one: a number that is not there helps nobody.

        Args:
            isolated: Keep each value in its own direction, inside a text that goes from right to left.
        """
        values = self.municipality(municipality).values_on(on)
        if isolated:
            values = {name: f"{_ISOLATE}{value}{_END}" for name, value in values.items()}
        filled = (_fill(line, values) for line in text.splitlines())
        return "\n".join(line for line in filled if line is not None)

    def help_lines(self, municipality: str) -> Mapping[str, HelpLine]:
        """Who helps now, in the whole country and in this municipality."""
        return self.municipality(municipality).help_lines


def _choose(topic: TopicFile, municipality: Municipality, aspect: str) -> tuple[Aspect, AnswerText]:
    merged = {**topic.answers, **municipality.answers.get(topic.topic, {})}
    wanted = Aspect(aspect) if aspect in set(Aspect) else Aspect.ALGEMEEN
    found = wanted if wanted in merged else Aspect.ALGEMEEN
    return found, merged[found]


def _fill(text: str | None, values: Mapping[str, str]) -> str | None:
    """`text` with its values, or None when one of them is missing: half a sentence is worse than none."""
    if text is None or not variables(text) <= values.keys():
        return None
    return VARIABLE.sub(lambda match: values[match[1]], text)
