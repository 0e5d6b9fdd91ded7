"""The fixed texts for crisis and urgent messages: reviewed by people, never made by a model."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import model_validator

from bot.content.answers import Content
from bot.content.exceptions import InvalidContent, Problem
from bot.content.loader import Reading
from bot.content.schema import BUILT_IN, LinkText, Reference, Text, variables
from bot.content.strict import Strict

ORDER = ("acute_danger", "suicide", "abuse", "threat", "homelessness", "cutoff")
"""Which text comes first when a message gives several reasons: what threatens life now."""


class CrisisText(Strict):
    """One fixed text."""

    checked: dt.date
    source: Reference
    text: Text
    without_values: Text | None = None
    """Said instead where a municipality lacks a value of `text`."""
    links: tuple[LinkText, ...] = ()

    @model_validator(mode="after")
    def _never_shows_a_brace(self) -> Self:
        if variables(self.text) - BUILT_IN and self.without_values is None:
            raise ValueError("add without_values: what to say when a municipality has no value")
        if self.without_values and variables(self.without_values) - BUILT_IN:
            raise ValueError("without_values can only use what every municipality has")
        return self

    def fill(self, content: Content, municipality: str, on: dt.date) -> str:
        """The text with the municipality's values; without those that may be missing, when one is."""
        filled = content.fill(self.text, municipality, on)
        if self.without_values is None or not variables(filled):
            return filled
        return content.fill(self.without_values, municipality, on)


@dataclass(frozen=True)
class CrisisTexts:
    """A text for every reason that has one."""

    by_reason: Mapping[str, CrisisText]

    @classmethod
    def load(cls, folder: Path) -> "CrisisTexts":
        """Read every text.

        Raises:
            InvalidContent: a text is wrong or missing; a crisis must never find an empty place.
        """
        reading = Reading()
        found = {}
        for reason in ORDER:
            path = folder / f"{reason}.yml"
            if not path.is_file():
                reading.problems.append(Problem(path, 1, "this text is missing: restore it"))
                continue
            if (read := reading.file(path, CrisisText)) is not None:
                found[reason] = read[1]
        if reading.problems:
            raise InvalidContent(reading.problems)
        return cls(found)

    def for_reasons(self, reasons: Iterable[str]) -> CrisisText | None:
        """The text to say first for these reasons; None when none of them has one."""
        given = set(reasons)
        return next((self.by_reason[reason] for reason in ORDER if reason in given), None)
