"""The fixed texts for crisis and urgent messages: reviewed by people, never made by a model."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeVar

from bot.content.answers import Content
from bot.content.exceptions import Problem
from bot.content.loader import Reading, whole
from bot.content.schema import Name, Reference, Text, variables
from bot.content.strict import Strict

RIGHT_TO_LEFT = frozenset({"ar", "fa"})
ORDER = (
    "acute_danger",
    "suicide",
    "abuse",
    "vulnerability",
    "homelessness",
    "threat",
    "cutoff",
    "debt",
    "distress",
)
"""Which text comes first when a message gives several reasons: what threatens life now."""
OTHERWISE = "distress"
"""The text for what is grave and has none of these reasons."""
AROUND = ("always", "employee_reads", "nobody_reads")
"""What stands with every text: what we cannot do, and whether somebody reads along."""


@dataclass(frozen=True)
class Reader:
    """Who reads a fixed text."""

    language: str | None = None
    """Another language than Dutch, by its code; None for Dutch."""
    is_child: bool = False


class FixedText(Strict):
    """What is said, in Dutch to adults and to children, and in other languages."""

    text: Text
    child: Text
    """The same to somebody who wrote that she is a child: "je", and easier."""
    languages: dict[Name, Text]

    def for_reader(self, reader: Reader) -> str:
        """The text that she can read: her language, else "je" for a child, else "u"."""
        if reader.language is not None:
            return self.languages.get(reader.language) or self.languages["en"]
        return self.child if reader.is_child else self.text


class CrisisText(FixedText):
    """The text for one reason."""

    checked: dt.date
    source: Reference
    lines: tuple[Name, ...]
    """Help lines that the text names in every language, the first one first; their chats stand under it as links."""
    child_lines: tuple[Name, ...] = ()
    """Help lines that a child hears of as well."""

    def lines_for(self, reader: Reader) -> tuple[str, ...]:
        """The help lines that this reader is told of."""
        if reader.is_child and reader.language is None:
            return tuple(dict.fromkeys((*self.child_lines, *self.lines)))
        return self.lines


class AroundTexts(Strict):
    """around.yml: what stands with every text."""

    checked: dt.date
    always: FixedText
    employee_reads: FixedText
    nobody_reads: FixedText


class ReadingAlongTexts(Strict):
    """reading_along.yml: what is asked on a channel that pushes, after abuse."""

    TEXTS: ClassVar = ("question", "alone", "somebody", "quiet", "goes_on")

    checked: dt.date
    question: FixedText
    alone: FixedText
    """The answer that nobody reads along, on a button."""
    somebody: FixedText
    """The answer that somebody may."""
    quiet: FixedText
    """That nothing is sent until she writes."""
    goes_on: FixedText


@dataclass(frozen=True)
class ToSay:
    """One fixed text as a citizen reads it."""

    text: str
    links: tuple[tuple[str, str], ...] = ()
    """Chats of the help lines: title and address."""


@dataclass(frozen=True)
class CrisisTexts:
    """A text for every reason that has one."""

    by_reason: Mapping[str, CrisisText]
    around: AroundTexts
    reading_along: ReadingAlongTexts

    @classmethod
    def load(cls, folder: Path) -> "CrisisTexts":
        """Read every text.

        Raises:
            InvalidContent: a text is wrong or missing; a crisis must never find an empty place.
        """
        return whole(read_into, folder)

    def say(self, reasons: Iterable[str], reader: Reader, content: Content, municipality: str, on: dt.date) -> ToSay:
        """What to say first for these reasons, with what we cannot do under it."""
        given = set(reasons)
        reason = next((one for one in ORDER if one in given), OTHERWISE)
        written = self.by_reason[reason]
        whole = f"{written.for_reader(reader)}\n{self.around.always.for_reader(reader)}"
        lines = content.help_lines(municipality)
        chats = [line.chat for key in written.lines_for(reader) if (line := lines.get(key)) and line.chat]
        links = tuple((chat.title if reader.language is None else chat.site, chat.url) for chat in chats)
        return ToSay(content.fill_known(whole, municipality, on, isolated=reader.language in RIGHT_TO_LEFT), links)

    def presence(self, reader: Reader, *, present: bool) -> str:
        """Whether somebody reads along now: never a false promise."""
        return (self.around.employee_reads if present else self.around.nobody_reads).for_reader(reader)


def read_into(reading: Reading, folder: Path) -> CrisisTexts | None:
    """As `CrisisTexts.load`, and keeps in `reading` what is wrong and where everything stands."""
    found = {}
    for name in (*ORDER, "around", "reading_along"):
        path = folder / f"{name}.yml"
        if not path.is_file():
            reading.problems.append(Problem(path, 1, "deze tekst ontbreekt: zet hem terug"))
    for reason in ORDER:
        path = folder / f"{reason}.yml"
        if path.is_file() and (read := reading.file(path, CrisisText)) is not None:
            found[reason] = read[1]
    around = _read(reading, folder / "around.yml", AroundTexts)
    reading_along = _read(reading, folder / "reading_along.yml", ReadingAlongTexts)
    if around is None or reading_along is None or len(found) < len(ORDER):
        return None
    return CrisisTexts(found, around, reading_along)


_Texts = TypeVar("_Texts", bound=Strict)


def _read(reading: Reading, path: Path, kind: type[_Texts]) -> _Texts | None:
    read = reading.file(path, kind) if path.is_file() else None
    return read[1] if read is not None else None


def named(text: str) -> set[str]:
    """The help lines that a text names."""
    return {name.removeprefix("lijn_").removesuffix("_2") for name in variables(text) if name.startswith("lijn_")}
