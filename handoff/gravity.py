"""What is grave: what cannot wait, and what is too heavy to ask about or to show to others."""

from __future__ import annotations

from collections.abc import Iterable

from handoff.detection import Level, Reason

PRESSING = frozenset({Level.URGENT, Level.CRISIS})
HEAVY = frozenset({Reason.GRIEF, Reason.ABUSE, Reason.THREAT})


def is_pressing(level: str) -> bool:
    """Crisis or urgent: it goes first, no timer closes it, and a refusal does not lower it."""
    return level in PRESSING


def is_grave(level: str, reasons: Iterable[str]) -> bool:
    """Pressing, or about something heavy: nobody is asked what she thinks of it, and no editor reads it."""
    return is_pressing(level) or not HEAVY.isdisjoint(reasons)
