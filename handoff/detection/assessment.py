"""What goes into the detector and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How much a person is needed; later members are graver."""

    NONE = "none"
    OFFER = "offer"
    ESCALATE = "escalate"
    URGENT = "urgent"
    CRISIS = "crisis"

    @property
    def rank(self) -> int:
        """0 for none to 4 for crisis."""
        return list(Level).index(self)

    @property
    def wants_person(self) -> bool:
        """Whether the conversation should go to a person (escalate and graver)."""
        return self.rank >= Level.ESCALATE.rank


class Reason(StrEnum):
    """Why a person is needed."""

    WANTS_HUMAN = "wants_human"
    ANGER = "anger"
    DISTRESS = "distress"
    FEAR = "fear"
    GRIEF = "grief"
    CONFUSION = "confusion"
    BOT_FAILURE = "bot_failure"
    COMPLEXITY = "complexity"
    LEGAL = "legal"
    LANGUAGE = "language"
    VULNERABILITY = "vulnerability"
    DEBT = "debt"
    HOMELESSNESS = "homelessness"
    CUTOFF = "cutoff"
    SUICIDE = "suicide"
    ABUSE = "abuse"
    ACUTE_DANGER = "acute_danger"
    THREAT = "threat"


class Role(StrEnum):
    """Who said a turn."""

    CITIZEN = "citizen"
    BOT = "bot"
    EMPLOYEE = "employee"


@dataclass(frozen=True)
class Turn:
    """One message of the conversation."""

    role: Role
    text: str


def last_said(turns: Sequence[Turn]) -> str:
    """The citizen's last message, which is what is judged; empty when she said nothing."""
    return next((turn.text for turn in reversed(turns) if turn.role is Role.CITIZEN), "")


@dataclass(frozen=True)
class Trigger:
    """The words that led to a reason: characters `start` to `end` of turn number `turn` (0 is the first given)."""

    turn: int
    start: int
    end: int
    reason: Reason


@dataclass(frozen=True)
class NluSignals:
    """What the bot made of the last message."""

    topic: str | None = None
    team: str | None = None
    sensitive: bool = False
    failed: bool = False
    failures_in_a_row: int = 0
    wants_human: bool = False
    form_abandoned: bool = False


@dataclass(frozen=True)
class Assessment:
    """Whether a person is needed after the last turn, and why."""

    level: Level
    reasons: tuple[Reason, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    team: str = "publieksbalie"
    explanation: str = ""
    """One line in Dutch for the employee."""
    version: str = field(default="")
