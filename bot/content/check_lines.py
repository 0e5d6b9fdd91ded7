"""The part of `balie content check` about help: every line is there and looked after, and every fixed text names it."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.content import crisis_texts, help_lines, spoken, step_cards
from bot.content.crisis_texts import CrisisText, FixedText, Reader, ReadingAlongTexts
from bot.content.exceptions import Problem
from bot.content.help_lines import HelpLine, HelpLinesFile
from bot.content.loader import Reading
from bot.content.municipality import Municipality
from bot.content.report import STALE_DAYS, Report
from bot.content.schema import VARIABLE
from bot.content.source import KeyPath, Source
from bot.content.spoken import LANGUAGES, Language
from bot.content.step_cards import StepCardsFile

_CHILD, _ADULT = Reader(is_child=True), Reader()
_NUMBER = re.compile(r"\b(?:112|113|0\d{2,3}[- ]?\d{2,4}(?:[- ]?\d+)*)\b")


def check(
    folder: Path,
    reading: Reading,
    municipalities: Mapping[str, Municipality],
    national: Mapping[str, HelpLine],
    on: dt.date,
    report: Report,
) -> None:
    """Read the fixed texts and the languages too, and say what is wrong with them or with the help lines."""
    crisis_texts.read_into(reading, folder / "crisis")
    spoken.read_into(reading, folder / "languages")
    step_cards.read_into(reading, folder)
    for key in (one for one in help_lines.NATIONAL if one not in national):
        report.errors.append(Problem(folder / help_lines.FILE, 1, f"de hulplijn {key} ontbreekt"))
    for where, municipality in municipalities.items():
        path = folder / "municipalities" / where / help_lines.FILE
        for key in (one for one in help_lines.LOCAL if one not in municipality.help_lines):
            report.errors.append(Problem(path, 1, f"de hulplijn {key} ontbreekt"))
    for source, model in reading.done:
        if isinstance(model, HelpLinesFile):
            _lines(source, model, on, report)
        elif isinstance(model, CrisisText):
            report.errors += _texts(source, model)
        elif isinstance(model, ReadingAlongTexts):
            report.errors += _languages(source, model)
        elif isinstance(model, StepCardsFile):
            report.errors += _steps(source, model)
        elif isinstance(model, Language) and model.read_by is None:
            message = f"niemand die {model.name} spreekt, las deze teksten na: vul `read_by` en `read_on` in"
            report.remarks.append(source.problem(["read_by"], message))


def _lines(source: Source, model: HelpLinesFile, on: dt.date, report: Report) -> None:
    for key, line in model.lines.items():
        where = ("lines", key, "checked")
        if line.checked > on:
            report.errors.append(source.problem(where, f"{line.checked} ligt in de toekomst"))
        elif (on - line.checked).days > STALE_DAYS:
            report.remarks.append(source.problem(where, f"{line.name}: langer dan een jaar niet nagekeken"))


def _texts(source: Source, model: CrisisText) -> Iterator[Problem]:
    """Every text names its lines, by their keys, in every language."""
    for code in (one for one in LANGUAGES if one not in model.languages):
        yield source.problem(["languages"], f"de taal {code} ontbreekt")
    for where, text, lines in _all(model):
        for key in (one for one in lines if one not in crisis_texts.named(text)):
            yield source.problem(where, f"noem de hulplijn {{lijn_{key}}}")
        yield from _bare_number(source, where, text)


def _languages(source: Source, model: ReadingAlongTexts) -> Iterator[Problem]:
    """Every text is there in every language."""
    for name in model.TEXTS:
        fixed: FixedText = getattr(model, name)
        for code in (one for one in LANGUAGES if one not in fixed.languages):
            yield source.problem([name, "languages"], f"de taal {code} ontbreekt")


def _steps(source: Source, model: StepCardsFile) -> Iterator[Problem]:
    known = (*help_lines.NATIONAL, *help_lines.LOCAL)
    for key, card in model.cards.items():
        for number, step in enumerate(card.steps):
            where: KeyPath = ("cards", key, "steps", number)
            yield from (
                source.problem(where, f"de hulplijn {line} bestaat niet")
                for line in sorted(crisis_texts.named(step))
                if line not in known
            )
            yield from _bare_number(source, where, step)


def _bare_number(source: Source, where: KeyPath, text: str) -> Iterator[Problem]:
    if number := _NUMBER.search(VARIABLE.sub("", text)):
        yield source.problem(where, f"{number[0]}: noem de lijn bij zijn naam; het nummer staat in help_lines.yml")


def _all(model: CrisisText) -> Iterator[tuple[KeyPath, str, tuple[str, ...]]]:
    fixed: FixedText = model
    yield ("text",), fixed.text, model.lines_for(_ADULT)
    yield ("child",), fixed.child, model.lines_for(_CHILD)
    for code, text in fixed.languages.items():
        yield ("languages", code), text, model.lines_for(Reader(language=code))
