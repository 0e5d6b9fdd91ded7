"""How long a citizen may have to wait, from how long others waited of late; and how often that was right."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.tables import Case
from handoff.vocabulary import CaseKind

RECENT = timedelta(hours=2)
"""What was picked up longer ago says little of now."""
MIN_PICK_UPS = 5
MAX_PICK_UPS = 30
LOW, HIGH = 0.2, 0.85
"""The share of recent waits (each divided by its place) below the range's ends."""
EXPECTED = "expected_wait"
"""Where a case keeps what its citizen was told: two numbers of minutes, in a list that no page shows as a detail."""


@dataclass(frozen=True)
class Wait:
    """A range in whole minutes."""

    low: int
    high: int


@dataclass(frozen=True)
class QueuePlace:
    """Where a citizen stands in the queue, 1 being next, and how long it may take; None where nobody can say."""

    place: int
    wait: Wait | None


@dataclass(frozen=True)
class PickUp:
    """One citizen who waited: when she came into the queue, and when she was no longer in it."""

    joined: datetime
    left: datetime | None
    picked_up: bool


@dataclass(frozen=True)
class Accuracy:
    """How often the waiting time fell in the range that the citizen was told."""

    told: int
    within: int


def expected(queue: Sequence[PickUp], place: int, now: datetime) -> Wait | None:
    """The range for this place in the queue; None when too few were picked up of late to say."""
    return forecast(queue, now)(place)


def forecast(queue: Sequence[PickUp], now: datetime) -> Callable[[int], Wait | None]:
    """The range for each place in the queue, as `expected` gives it; what it rests on is counted once.

    Each recent wait is divided by the place that its citizen had when she came, so that a long queue and a short one
    can be compared. Urgency is left out: who is pressing goes before, which the others' waits show.
    """
    recent = [one for one in queue if one.picked_up and one.left is not None and now - one.left <= RECENT]
    recent = sorted(recent, key=lambda one: one.left or now)[-MAX_PICK_UPS:]
    if len(recent) < MIN_PICK_UPS:
        return lambda _: None
    per_place = sorted(
        ((one.left or now) - one.joined).total_seconds() / 60 / _place_on_joining(one, queue) for one in recent
    )
    shortest, longest = _quantile(per_place, LOW), _quantile(per_place, HIGH)

    def at(place: int) -> Wait:
        low = max(1, math.floor(shortest * place))
        return Wait(low, max(low + 1, math.ceil(longest * place)))

    return at


def _place_on_joining(one: PickUp, queue: Sequence[PickUp]) -> int:
    return 1 + sum(other.joined < one.joined and (other.left is None or other.left > one.joined) for other in queue)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Linear between the two nearest."""
    at = share * (len(ordered) - 1)
    below = math.floor(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)


async def queue_of(session: AsyncSession, municipality: str, team: str, *, now: datetime) -> Sequence[PickUp]:
    """Who came into this team's queue, for as far back as says something of now."""
    left = func.coalesce(Case.claimed_at, Case.done_at)
    rows = await session.execute(
        select(Case.opened_at, Case.claimed_at, Case.done_at)
        .where(
            Case.municipality == municipality,
            Case.team == team,
            Case.kind == CaseKind.CONVERSATION,
            (left >= now - 2 * RECENT) | left.is_(None),
        )
        .order_by(Case.opened_at)
    )
    return [PickUp(row.opened_at, row.claimed_at or row.done_at, row.claimed_at is not None) for row in rows]


async def of_team(session: AsyncSession, municipality: str, team: str, place: int, *, now: datetime) -> Wait | None:
    """The range for a place in this team's queue now; None when nobody can say."""
    return expected(await queue_of(session, municipality, team, now=now), place, now)


def remember(case: Case, wait: Wait | None) -> None:
    """Keep with the case what its citizen was told."""
    if wait is not None:
        case.details = {**case.details, EXPECTED: [wait.low, wait.high]}


async def accuracy(session: AsyncSession, municipality: str, teams: Sequence[str], *, since: datetime) -> Accuracy:
    """Of those picked up since then who were told a range: how many waited within it, to the minute."""
    rows = await session.execute(
        select(Case.details, Case.opened_at, Case.claimed_at).where(
            Case.municipality == municipality,
            Case.team.in_(teams),
            Case.kind == CaseKind.CONVERSATION,
            Case.claimed_at >= since,
        )
    )
    told = within = 0
    for row in rows:
        if EXPECTED not in row.details:
            continue
        low, high = row.details[EXPECTED]
        minutes = (row.claimed_at - row.opened_at).total_seconds() / 60
        told += 1
        within += low <= math.ceil(minutes) <= high or (low == 1 and minutes < 1)
    return Accuracy(told, within)
