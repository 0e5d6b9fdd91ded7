"""`balie content show`: an answer as a citizen of one municipality reads it, and where it comes from."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from babel.dates import format_date

from bot.content import hours
from bot.content.answers import Answer, Content
from bot.content.schema import Aspect, TopicFile

_INDENT = "  "


@dataclass(frozen=True)
class Shown:
    """One answer with what an editor wants to know of it."""

    asked: Aspect
    answer: Answer
    is_local: bool
    """The municipality has this answer of its own."""


def preview(content: Content, topic: str, aspects: tuple[Aspect, ...], municipality: str, on: dt.date) -> list[str]:
    """Lines to print: the answer to each aspect on a day; without aspects, to each that is written.

    Raises:
        UnknownTopic: no file has the topic.
        UnknownMunicipality: no folder has the municipality.
    """
    written, where = content.topic(topic), content.municipality(municipality)
    own = where.answers.get(topic, {})
    wanted = aspects or tuple(aspect for aspect in Aspect if aspect in {*written.answers, *own})
    lines = [f"{written.title} ({topic}), {where.full_name}, {on:%d-%m-%Y}", ""]
    for aspect in wanted:
        answer = content.answer(topic, aspect, municipality, on)
        lines += _answer(Shown(aspect, answer, answer.aspect in own), content)
    return [*lines, *_origin(written)]


def _answer(shown: Shown, content: Content) -> Iterator[str]:
    answer, phrases = shown.answer, content.phrases
    heading = str(shown.asked)
    if answer.aspect != shown.asked:
        heading += f": geen eigen antwoord, de inwoner leest {answer.aspect}"
    if shown.is_local:
        heading += " (eigen tekst van deze gemeente)"
    yield f"== {heading}"
    yield from _indented(answer.text)
    for link in answer.links:
        yield f"{_INDENT}> {link.title}: {link.url}"
    for button, text in ((phrases.simple_button, answer.simple), (phrases.more_button, answer.more)):
        if text and text != answer.text:
            yield f"{_INDENT}[{button}]"
            yield from _indented(text, depth=2)
    yield ""


def _indented(text: str, depth: int = 1) -> Iterator[str]:
    return (f"{_INDENT * depth}{line}" for line in text.splitlines())


def _origin(topic: TopicFile) -> Iterator[str]:
    yield f"Nagekeken op {topic.checked:%d-%m-%Y}."
    for source in topic.sources:
        yield f"Bron: {source.title}, {source.url}"
    if topic.sensitive:
        yield "Gevoelig onderwerp: bij dit antwoord biedt de assistent meteen een medewerker aan."
    if topic.team is not None:
        yield f"Team: {topic.team}"


def holidays(content: Content, year: int) -> list[str]:
    """Each holiday of a year and whether the counter of each municipality is open then, line by line."""
    lines = []
    for key, where in sorted(content.municipalities.items()):
        confirmed = "nagekeken" if year in where.holidays_confirmed else "nog niet nagekeken: zie holidays_confirmed"
        lines += [f"{where.full_name} ({key}/gemeente.yml), {confirmed}"]
        for day, name in sorted(hours.holidays_of(year).items()):
            is_open = hours.periods_on(day, where.opening_hours, where.closed_days)
            lines.append(
                f"  {format_date(day, 'EEEE d MMMM', locale='nl'):24} {name:20} {'open' if is_open else 'dicht'}"
            )
    return lines
