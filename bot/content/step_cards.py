"""What an employee does first with somebody in crisis, or with a threat: fixed steps, one card for each reason."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bot.content.exceptions import Problem
from bot.content.loader import Reading, whole
from bot.content.schema import Name, Reference
from bot.content.strict import Line, Strict

FILE = "step_cards.yml"
ORDER = ("acute_danger", "suicide", "abuse", "threat")
"""Reasons with a card of their own, what threatens life now first."""
OTHERWISE = "crisis"
"""The card of a crisis for another reason."""
THREAT_NOW = "threat_now"
"""Before the card of a threat that names a place, a time or a weapon."""


class StepCard(Strict):
    """One card; steps name help lines by their keys, as the fixed texts do."""

    title: Line
    checked: dt.date
    source: Reference
    steps: Annotated[tuple[Line, ...], Field(min_length=1)]


class StepCardsFile(Strict):
    """step_cards.yml."""

    cards: dict[Name, StepCard]


@dataclass(frozen=True)
class StepCards:
    """The cards by reason."""

    by_reason: Mapping[str, StepCard]

    @classmethod
    def load(cls, folder: Path) -> "StepCards":
        """Read the cards in a content folder.

        Raises:
            InvalidContent: the file or a card is wrong or missing.
        """
        return whole(read_into, folder)

    def of(self, reasons: Iterable[str], *, is_crisis: bool, threat_is_concrete: bool = False) -> tuple[StepCard, ...]:
        """The cards for these reasons, the gravest first; a crisis always has one.

        Args:
            threat_is_concrete: Whether a threat names a place, a time or a weapon.
        """
        given = set(reasons)
        keys = [reason for reason in ORDER if reason in given] or ([OTHERWISE] if is_crisis else [])
        if threat_is_concrete and "threat" in given:
            keys.insert(0, THREAT_NOW)
        return tuple(self.by_reason[key] for key in keys)


def read_into(reading: Reading, folder: Path) -> StepCards | None:
    """As `StepCards.load`, and keeps in `reading` what is wrong and where everything stands."""
    path = folder / FILE
    if not path.is_file():
        reading.problems.append(Problem(path, 1, "de stappenkaarten ontbreken: zet het bestand terug"))
        return None
    read = reading.file(path, StepCardsFile)
    if read is None:
        return None
    source, model = read
    missing = [key for key in (*ORDER, OTHERWISE, THREAT_NOW) if key not in model.cards]
    reading.problems += [source.problem(["cards"], f"de kaart {key} ontbreekt") for key in missing]
    return None if missing else StepCards(model.cards)
