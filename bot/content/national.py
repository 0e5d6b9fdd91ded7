"""What is the same in every municipality and changes with the law: national.yml."""

import datetime as dt
from typing import Annotated

from pydantic import Field, field_validator

from bot.content import periods
from bot.content.schema import BUILT_IN, Dated, Name, Reference
from bot.content.strict import Strict


class NationalFact(Strict):
    """A value that answers use as a variable, with where it comes from and when somebody last looked."""

    source: Reference
    checked: dt.date
    values: Annotated[tuple[Dated, ...], Field(min_length=1)]


class NationalFile(Strict):
    facts: dict[Name, NationalFact] = Field(default_factory=dict)

    @field_validator("facts")
    @classmethod
    def _one_value_a_day(cls, facts: dict[str, NationalFact]) -> dict[str, NationalFact]:
        for name, fact in facts.items():
            if name in BUILT_IN:
                raise ValueError(f"{name} comes from gemeente.yml")
            if day := periods.overlap(fact.values):
                raise ValueError(f"{name} has two values on {day}: give the earlier one a valid_to")
        return facts
