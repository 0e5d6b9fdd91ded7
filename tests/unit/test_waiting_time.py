"""The waiting range, on queues whose answer is known by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from bot import texts
from handoff.waiting_time import PickUp, Wait, expected

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)


def waited(minutes: float, *, until: float) -> PickUp:
    """Somebody who was picked up `until` minutes ago after `minutes` of waiting."""
    left = NOW - dt.timedelta(minutes=until)
    return PickUp(left - dt.timedelta(minutes=minutes), left, picked_up=True)


def alone(*minutes: float) -> list[PickUp]:
    """Each came into an empty queue."""
    return [waited(one, until=100 - 15 * number) for number, one in enumerate(minutes)]


def test_who_is_next_waits_as_long_as_who_was_next_before() -> None:
    assert expected(alone(4, 4, 4, 4, 4), 1, NOW) == Wait(4, 5)


def test_the_range_grows_with_the_place() -> None:
    assert expected(alone(2, 2, 2, 2, 2), 3, NOW) == Wait(6, 7)


def test_the_range_leaves_out_the_shortest_fifth_and_the_longest_seventh() -> None:
    # sorted 1 2 3 4 10: at 0.2 × 4 = 0.8 → 1.8, at 0.85 × 4 = 3.4 → 6.4
    assert expected(alone(10, 1, 4, 2, 3), 1, NOW) == Wait(1, 7)


def test_a_wait_counts_for_the_place_that_she_had_on_joining() -> None:
    first = waited(5, until=60)
    second = PickUp(first.joined + dt.timedelta(minutes=1), first.joined + dt.timedelta(minutes=11), picked_up=True)
    # the second waited 10 minutes in place 2: 5 for each place
    assert expected([first, second, *alone(5, 5, 5)], 2, NOW) == Wait(10, 11)


@pytest.mark.parametrize(
    "queue",
    [
        [],
        alone(4, 4, 4, 4),
        [waited(4, until=121 + 10 * number) for number in range(9)],
        [PickUp(NOW - dt.timedelta(minutes=9), NOW, picked_up=False) for _ in range(9)],
    ],
    ids=["nobody", "too few", "too long ago", "all left by themselves"],
)
def test_nobody_can_say_without_recent_pick_ups(queue: list[PickUp]) -> None:
    assert expected(queue, 1, NOW) is None


def test_the_words() -> None:
    assert texts.waiting_time(Wait(4, 9)) == "De wachttijd is ongeveer 4 tot 9 minuten."
    assert texts.waiting_time(Wait(75, 90)) == "De wachttijd is langer dan een uur."
    assert texts.waiting_time(None) == "Hoe lang het duurt, weten wij nu niet."
