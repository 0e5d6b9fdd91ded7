"""How one team of one municipality works: its hours, how many may wait and how long, and whether cases are offered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from handoff.hours import OpenOn

LONGEST_WAIT = dt.timedelta(minutes=20)
PICK_UP_WITHIN: Mapping[int, dt.timedelta] = {
    0: dt.timedelta(minutes=2),
    1: dt.timedelta(minutes=5),
    2: dt.timedelta(minutes=15),
}
"""By priority: crisis, urgent, the rest. Crisis is when whoever is on call hears of it too (handoff/on_call.py)."""


def _always_open(_day: dt.date) -> Sequence[tuple[dt.time, dt.time]]:
    return ((dt.time.min, dt.time.max),)


@dataclass(frozen=True)
class TeamRules:
    """Settings of a team.

    Args:
        open_on: When its employees answer, day by day.
        holiday: Why a day is closed, where it is a holiday or a day that the municipality named.
        most_waiting: From this place in the queue on it counts as full; None never.
        longest_wait: Open time after which who waits is told that it takes long.
        offer_for: How long a case is offered to one employee; None: everybody claims for herself.
        pick_up_within: Open time in which a case should be picked up, by priority.
    """

    open_on: OpenOn = _always_open
    holiday: Callable[[dt.date], str | None] = field(default=lambda _day: None)
    most_waiting: int | None = None
    longest_wait: dt.timedelta = LONGEST_WAIT
    offer_for: dt.timedelta | None = None
    pick_up_within: Mapping[int, dt.timedelta] = field(default_factory=lambda: PICK_UP_WITHIN)


RulesOf = Callable[[str, str], TeamRules]
"""The rules of a municipality's team, by both keys, as the settings are at the moment of asking."""
