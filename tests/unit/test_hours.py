"""Office hours: open time between two moments, and the half-days on which a municipality calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff import hours
from handoff.hours import AMSTERDAM, DayPart


def office(day: dt.date) -> Sequence[tuple[dt.time, dt.time]]:
    """Weekdays from nine to five, on Thursdays until eight; closed at the weekend."""
    if day.weekday() >= 5:
        return ()
    return ((dt.time(9), dt.time(20 if day.weekday() == 3 else 17)),)


def local(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=AMSTERDAM)


FRIDAY, MONDAY, THURSDAY = 27, 30, 26


def test_the_night_and_the_weekend_are_no_open_time() -> None:
    assert hours.open_seconds(local(FRIDAY, 16), local(MONDAY, 10), office) == 2 * 3600


def test_no_time_is_open_backwards_or_while_it_is_closed() -> None:
    assert hours.open_seconds(local(FRIDAY, 16), local(FRIDAY, 15), office) == 0
    assert hours.open_seconds(local(FRIDAY, 18), local(MONDAY, 8), office) == 0


def test_open_time_runs_on_at_the_next_opening() -> None:
    late = hours.after_open_time(local(FRIDAY, 16, 50), dt.timedelta(minutes=15), office)
    assert late == local(MONDAY, 9, 5)


def test_an_office_that_never_opens_reaches_no_open_time_and_has_no_opening() -> None:
    assert hours.after_open_time(local(FRIDAY, 16), dt.timedelta(minutes=1), lambda _day: ()) is None
    assert hours.next_opening(local(FRIDAY, 16), lambda _day: ()) is None


@pytest.mark.parametrize("day", [dt.date(2026, 3, 29), dt.date(2026, 10, 25)], ids=["summer begins", "summer ends"])
def test_a_night_in_which_the_clock_changes_has_its_real_length(day: dt.date) -> None:
    whole_day = hours.open_seconds(
        dt.datetime.combine(day, dt.time(0), AMSTERDAM),
        dt.datetime.combine(day, dt.time(12), AMSTERDAM),
        lambda _day: ((dt.time(0), dt.time(12)),),
    )
    assert whole_day == (11 if day.month == 3 else 13) * 3600


@given(minutes=st.integers(0, 3000), start=st.integers(0, 10_000))
def test_after_open_time_is_the_inverse_of_open_seconds(minutes: int, start: int) -> None:
    begins = local(FRIDAY, 0) + dt.timedelta(minutes=start)
    length = dt.timedelta(minutes=minutes)
    reached = hours.after_open_time(begins, length, office)
    assert reached is not None
    assert hours.open_seconds(begins, reached, office) == length.total_seconds()


def test_half_days_lie_inside_the_opening_hours() -> None:
    found = hours.half_days(local(THURSDAY, 13), office, count=4, notice=dt.timedelta(hours=1))
    assert [(half.day.day, half.part) for half in found] == [
        (THURSDAY, DayPart.AFTERNOON),
        (THURSDAY, DayPart.EVENING),
        (FRIDAY, DayPart.MORNING),
        (FRIDAY, DayPart.AFTERNOON),
    ]
    assert (found[1].starts, found[1].ends) == (local(THURSDAY, 18), local(THURSDAY, 20))


def test_a_half_day_that_is_nearly_over_is_not_offered() -> None:
    (first, *_) = hours.half_days(local(FRIDAY, 16, 30), office, count=1, notice=dt.timedelta(hours=1))
    assert first.key == "2026-11-30-ochtend"


@pytest.mark.parametrize("key", ["2026-11-28-ochtend", "2026-11-27-avond", "2026-13-45-ochtend", "morgen", ""])
def test_a_half_day_that_is_closed_or_unreadable_is_none(key: str) -> None:
    assert hours.half_day(key, office) is None


def test_a_key_names_its_half_day() -> None:
    half = hours.half_day("2026-11-27-middag", office)
    assert half is not None
    assert (half.starts, half.ends) == (local(FRIDAY, 12), local(FRIDAY, 17))
