"""From a folder of YAML files to checked data, or to a list of everything that is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bot.content import drawing, help_lines
from bot.content.drawing import Shape
from bot.content.exceptions import InvalidContent, Problem
from bot.content.help_lines import HelpLine, HelpLinesFile
from bot.content.municipality import Municipality
from bot.content.national import NationalFact, NationalFile
from bot.content.schema import AnswerText, Aspect, LocalFile, MunicipalityFile, Phrases, TopicFile
from bot.content.source import Source, read

Model = TypeVar("Model", bound=BaseModel)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Loaded:
    topics: dict[str, TopicFile]
    facts: dict[str, NationalFact]
    municipalities: dict[str, Municipality]
    phrases: Phrases
    help_lines: dict[str, HelpLine]


@dataclass
class Reading:
    """Goes on after a mistake, so that an editor sees all of them at once."""

    instead: Mapping[Path, str] = field(default_factory=dict)
    """Texts that are read in the place of what these files have now."""
    problems: list[Problem] = field(default_factory=list)
    done: list[tuple[Source, BaseModel]] = field(default_factory=list)
    """Every file that fits its schema."""

    def file(self, path: Path, model: type[Model]) -> tuple[Source, Model] | None:
        try:
            source = read(path, self.instead.get(path))
        except InvalidContent as error:
            self.problems += error.problems
            return None
        try:
            checked = model.model_validate(source.data)
        except ValidationError as error:
            for mistake in error.errors(include_url=False, include_context=False):
                where = [part for part in mistake["loc"] if part != "[key]"]
                message = mistake["msg"].removeprefix("Value error, ")
                self.problems.append(source.problem(where, message))
            return None
        self.done.append((source, checked))
        return source, checked


def whole(read_into: Callable[[Reading, Path], Found | None], folder: Path) -> Found:
    """What `read_into` finds in a folder.

    Raises:
        InvalidContent: with every mistake, each with file and line.
    """
    reading = Reading()
    found = read_into(reading, folder)
    if reading.problems or found is None:
        raise InvalidContent(reading.problems)
    return found


def load(path: Path, instead: Mapping[Path, str] | None = None) -> Loaded:
    """Read and check all of `path`.

    Args:
        instead: Texts that are read in the place of what these files have now.

    Raises:
        InvalidContent: with every mistake, each with file and line.
    """
    reading = Reading(instead or {})
    return load_into(reading, path)


def load_into(reading: Reading, path: Path) -> Loaded:
    """As `load`, and keeps in `reading` where everything stands.

    Raises:
        InvalidContent: with every mistake, each with file and line.
    """
    phrases = reading.file(path / "phrases.yml", Phrases)
    topics = _topics(path / "topics", reading)
    facts = _facts(path / "national.yml", reading)
    lines = _lines(path, reading)
    folders = sorted(p for p in _folder(path / "municipalities") if p.is_dir())
    municipalities = {folder.name: _municipality(folder, topics, facts, lines, reading) for folder in folders}
    if not municipalities:
        reading.problems.append(Problem(path / "municipalities", 1, "no municipality: add a folder with gemeente.yml"))
    if reading.problems or phrases is None:
        raise InvalidContent(reading.problems)
    complete = {key: municipality for key, municipality in municipalities.items() if municipality is not None}
    return Loaded(topics, facts, complete, phrases[1], lines)


def _folder(path: Path) -> list[Path]:
    return list(path.iterdir()) if path.is_dir() else []


def _topics(folder: Path, reading: Reading) -> dict[str, TopicFile]:
    topics: dict[str, TopicFile] = {}
    for path in sorted(folder.glob("*.yml")):
        if (found := reading.file(path, TopicFile)) is None:
            continue
        source, topic = found
        if topic.topic != path.stem:
            reading.problems.append(source.problem(["topic"], f"the file is called {path.name}: make them the same"))
        topics[topic.topic] = topic
    return topics


def _facts(path: Path, reading: Reading) -> dict[str, NationalFact]:
    found = reading.file(path, NationalFile) if path.is_file() else None
    return found[1].facts if found else {}


def _lines(folder: Path, reading: Reading) -> dict[str, HelpLine]:
    path = folder / help_lines.FILE
    found = reading.file(path, HelpLinesFile) if path.is_file() else None
    return found[1].lines if found else {}


def _municipality(
    folder: Path,
    topics: dict[str, TopicFile],
    facts: dict[str, NationalFact],
    national: dict[str, HelpLine],
    reading: Reading,
) -> Municipality | None:
    identity = reading.file(folder / "gemeente.yml", MunicipalityFile)
    lines = national | _lines(folder, reading)
    values = {name: fact.values for name, fact in facts.items()} | help_lines.values(lines)
    answers: dict[str, dict[Aspect, AnswerText]] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.name in ("gemeente.yml", help_lines.FILE) or (found := reading.file(path, LocalFile)) is None:
            continue
        source, local = found
        for name, rows in local.values.items():
            if name in values:
                where = "national.yml" if name in facts else "another file of this municipality"
                reading.problems.append(source.problem(["values", name], f"{where} has it too"))
            values[name] = rows
        for topic, texts in local.answers.items():
            if topic not in topics:
                reading.problems.append(source.problem(["answers", topic], "no topic has this name"))
            answers.setdefault(topic, {}).update(texts)
    if identity is None:
        return None
    for topic in identity[1].routing:
        if topic not in topics:
            reading.problems.append(identity[0].problem(["routing", topic], "no topic has this name"))
    logo = _logo(folder, *identity, reading)
    own = {name: getattr(identity[1], name) for name in MunicipalityFile.model_fields}
    return Municipality(key=folder.name, logo=logo, values=values, answers=answers, help_lines=lines, **own)


def _logo(folder: Path, source: Source, municipality: MunicipalityFile, reading: Reading) -> Shape | None:
    wanted = municipality.theme.logo
    if wanted is None:
        return None
    try:
        return drawing.read(folder / wanted.file)
    except FileNotFoundError:
        reading.problems.append(
            source.problem(["theme", "logo", "file"], f"there is no {wanted.file} beside this file")
        )
    except InvalidContent as error:
        reading.problems += error.problems
    return None
