"""Reads labelled questions of citizens: a CSV file with the columns text, topic and aspect (docs/evaluation.md)."""

from __future__ import annotations

import csv
import difflib
import io
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.content import Aspect
from bot.evaluation.conversations import UnreadableData
from handoff.exceptions import InvalidText
from handoff.messages import MAX_CHARACTERS, clean

OUT_OF_SCOPE = "buiten_bereik"
CONTEXT_SEPARATOR = "||"
_NEEDED = ("text", "topic", "aspect")
_CONTEXT = "context"
_DELIMITERS = (",", ";", "\t")
"""What programs put between columns; Dutch Excel writes semicolons."""
_ASPECTS = {str(aspect) for aspect in Aspect}


@dataclass(frozen=True)
class Question:
    """What a citizen typed, and what she needed."""

    line: int
    """Where it stands in the file."""
    text: str
    topic: str
    aspect: str
    """Empty where nobody labelled it: the row then counts for no aspect."""
    context: tuple[str, ...] = ()
    """What she typed before, in the same conversation."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """The file's other columns."""

    @property
    def in_scope(self) -> bool:
        """Whether it is the municipality's work, or about the conversation itself."""
        return self.topic != OUT_OF_SCOPE


def known_topics(nlu_data: Path) -> set[str]:
    """Every topic that the language model learns."""
    return {file.stem for file in nlu_data.glob("topics/*.yml")} | topics_without_aspect(nlu_data)


def topics_without_aspect(nlu_data: Path) -> set[str]:
    """Topics about the conversation itself, and what is out of scope: a greeting has no costs."""
    return {file.stem for file in nlu_data.glob("conversation/*.yml")}


def read(path: Path, topics: Collection[str]) -> list[Question]:
    """Every question of a file, in order; empty lines are skipped.

    Args:
        topics: What a row may have as its topic.

    Raises:
        UnreadableData: the file cannot be read, or a row is no labelled question; names the line.
    """
    text = _decoded(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows = _rows(path, reader)
    line, names = next(rows, (1, []))
    names = _columns(path, line, names)
    full = _full(path, names, rows)
    found = [_question(path, line, dict(zip(names, cells, strict=True)), topics) for line, cells in full]
    if not found:
        raise UnreadableData(f"{path} holds no question: it has a header and nothing below it")
    return found


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableData(f"{path} cannot be read: {error.strerror}") from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableData(f"{path}, line 1: this is UTF-16; {_SAVE_AS}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableData(f"{path}, line {line}: not UTF-8; {_SAVE_AS}") from None


_SAVE_AS = 'save the file as UTF-8 (in Excel: "CSV UTF-8")'


def _delimiter(text: str) -> str:
    """The sign that makes most of the header's columns."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=lambda sign: len(set(_NEEDED) & set(_names(header.split(sign)))))


def _names(cells: Sequence[str]) -> list[str]:
    return [cell.strip().strip('"').strip().casefold() for cell in cells]


def _rows(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the line that it begins on: a quoted text may hold line ends."""
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableData(f"{path}, line {begins}: {error}; is a quotation mark missing?") from None
        if any(cell.strip() for cell in cells):
            yield begins, cells


def _columns(path: Path, line: int, cells: Sequence[str]) -> list[str]:
    names = _names(cells)
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise UnreadableData(f"{path}, line {line}: the header has no column {', '.join(missing)}")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise UnreadableData(f"{path}, line {line}: the header has {', '.join(twice)} twice")
    return names


def _full(path: Path, names: Sequence[str], rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The rows with as many cells as the header; spreadsheets leave empty ones out or add some."""
    for line, cells in rows:
        if any(cell.strip() for cell in cells[len(names) :]):
            raise UnreadableData(
                f"{path}, line {line}: {len(cells)} cells, and the header has {len(names)}; "
                "put a text that holds the separator between quotation marks"
            )
        yield line, [*cells, *[""] * len(names)][: len(names)]


def _question(path: Path, line: int, row: Mapping[str, str], topics: Collection[str]) -> Question:
    topic, aspect = row["topic"].strip(), row["aspect"].strip()
    try:
        text = _message("text", row["text"])
        _known("topic", topic, topics)
        if aspect:
            _known("aspect", aspect, _ASPECTS)
        context = tuple(_message("context", one) for one in _context(row.get(_CONTEXT, "").strip()))
    except ValueError as error:
        raise UnreadableData(f"{path}, line {line}: {error}") from None
    extra = {name: value for name, value in row.items() if name and name not in (*_NEEDED, _CONTEXT)}
    return Question(line, text, topic, aspect, context, extra)


def _message(where: str, text: str) -> str:
    """What a channel makes of it."""
    try:
        return clean(text)
    except InvalidText:
        raise ValueError(f"{where} is empty or longer than {MAX_CHARACTERS} characters") from None


def _known(what: str, word: str, words: Collection[str]) -> None:
    if word in words:
        return
    like = difflib.get_close_matches(word, words, n=1)
    raise ValueError(f"there is no {what} {word!r}" + (f"; did you mean {like[0]}?" if like else ""))


def _context(cell: str) -> Sequence[str]:
    """Earlier messages: a JSON list of texts, or texts with `||` between them."""
    try:
        said: Any = json.loads(cell) if cell.startswith("[") else None
    except ValueError:
        said = None  # a message may begin with a placeholder, such as [bsn-1]
    if said is None:
        return cell.split(CONTEXT_SEPARATOR) if cell else ()
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        raise ValueError("context is no JSON list of texts")
    return said
