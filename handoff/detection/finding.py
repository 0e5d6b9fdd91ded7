"""One thing found: how much it matters, why, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.detection.assessment import Level, Reason, Trigger


@dataclass(frozen=True)
class Finding:
    """A reason with its level; `about` is what the employee reads, empty for the reason's own words."""

    level: Level
    reason: Reason
    about: str = ""
    trigger: Trigger | None = None
    weak: bool = False
    """Counts only where the model does not find the conversation routine."""
