"""What `balie content check` found."""

from dataclasses import dataclass, field

from bot.content.exceptions import Problem

STALE_DAYS = 365
"""How long a fact holds before somebody has to look again."""


@dataclass
class Report:
    """What was found."""

    errors: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    answers: int = 0
    measured: bool = True
    """Whether ease and rare words were measured."""
