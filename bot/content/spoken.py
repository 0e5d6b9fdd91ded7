"""What is said to who writes in another language: fixed texts, each with the same in Dutch beside it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bot.content.crisis_texts import RIGHT_TO_LEFT
from bot.content.exceptions import Problem
from bot.content.loader import Reading, whole
from bot.content.strict import Line, Strict

LANGUAGES = ("en", "de", "fr", "es", "tr", "ar", "pl", "uk", "ro", "bg", "fa", "so", "ti")
OTHERWISE = "en"
"""Spoken to who writes in a language that has no texts, with the Dutch under it."""

_Words = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=40)]


class Said(Strict):
    """One text, and what it says in Dutch, so that an editor can judge it."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
    dutch: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]


class Language(Strict):
    """One language: languages/<code>.yml."""

    name: Line
    """In Dutch, for employees."""
    own_name: Line
    direction: Literal["ltr", "rtl"]
    read_by: Line | None
    """Who speaks the language and read these texts; null until somebody did."""
    read_on: dt.date | None
    offer: Said
    agree: Said
    decline: Said
    call: Said
    back: Said
    refused: Said
    present: Said
    absent: Said
    kept: Said
    takes_long: Said
    ask_phone: Said
    no_call: Said
    called: Said
    yes_words: Annotated[tuple[_Words, ...], Field(min_length=1)]
    no_words: Annotated[tuple[_Words, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Languages:
    """Every language that has texts."""

    by_code: Mapping[str, Language]

    @classmethod
    def load(cls, folder: Path) -> "Languages":
        """Read every language.

        Raises:
            InvalidContent: a language is wrong or missing.
        """
        return whole(read_into, folder)

    def of(self, code: str) -> tuple[str, Language]:
        """The language to answer in, with its code: the one asked for, or English."""
        known = code if code in self.by_code else OTHERWISE
        return known, self.by_code[known]


def read_into(reading: Reading, folder: Path) -> Languages:
    """As `load`, and keeps in `reading` what is wrong and where everything stands."""
    found = {}
    for code in LANGUAGES:
        path = folder / f"{code}.yml"
        if not path.is_file():
            reading.problems.append(Problem(path, 1, "deze taal ontbreekt: zet hem terug"))
        elif (read := reading.file(path, Language)) is not None:
            source, language = read
            if (language.direction == "rtl") != (code in RIGHT_TO_LEFT):
                reading.problems.append(source.problem(["direction"], "deze taal leest de andere kant op"))
            found[code] = language
    return Languages(found)
