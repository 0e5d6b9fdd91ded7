"""The time, as an argument: rules never read the wall clock themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives an aware datetime in UTC."""


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)
