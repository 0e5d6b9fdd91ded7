"""Which times the counter offers."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from handoff.calendar import AMSTERDAM, NOTICE, Office, Product, cells_of, free_desk, free_starts, starts_on

TUESDAY = dt.date(2026, 11, 24)
MORNING = dt.datetime(2026, 11, 24, 7, 0, tzinfo=dt.UTC)
"""Eight o'clock on that Tuesday."""
PASSPORT = Product("paspoort", "Paspoort", 15)
MOVING = Product("verhuizen", "Verhuizen", 20)


def office(desks: int = 1, *periods: tuple[dt.time, dt.time]) -> Office:
    open_on_tuesday = periods or ((dt.time(9), dt.time(10)),)
    return Office(
        name="gemeente Fictiedam",
        address="Nergensplein 1",
        desks=desks,
        products={"paspoort": PASSPORT, "verhuizen": MOVING},
        open_on=lambda day: open_on_tuesday if day == TUESDAY else (),
    )


def local(hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(TUESDAY, dt.time(hour, minute), AMSTERDAM)


def test_appointments_follow_each_other_and_end_before_closing() -> None:
    starts = starts_on(TUESDAY, MOVING, office())
    assert starts == (local(9), local(9, 20), local(9, 40))


def test_a_closed_day_has_no_times() -> None:
    assert starts_on(TUESDAY + dt.timedelta(days=1), PASSPORT, office()) == ()


def test_a_break_is_not_booked_through() -> None:
    split = office(1, (dt.time(9), dt.time(9, 30)), (dt.time(13), dt.time(13, 15)))
    assert starts_on(TUESDAY, PASSPORT, split) == (local(9), local(9, 15), local(13))


def test_a_time_is_gone_when_every_desk_is_taken() -> None:
    two = office(2)
    first = {(1, cell) for cell in cells_of(local(9), 15)}
    assert free_desk(local(9), PASSPORT, two, first) == 2
    both = first | {(2, cell) for cell in cells_of(local(9), 15)}
    assert local(9) not in free_starts([TUESDAY], PASSPORT, two, both, MORNING)


def test_a_longer_appointment_takes_the_times_it_overlaps() -> None:
    taken = {(1, cell) for cell in cells_of(local(9), MOVING.minutes)}
    assert free_starts([TUESDAY], PASSPORT, office(), taken, MORNING) == (local(9, 30), local(9, 45))


def test_what_is_too_soon_is_not_offered() -> None:
    now = local(9) - NOTICE + dt.timedelta(minutes=1)
    assert free_starts([TUESDAY], PASSPORT, office(), (), now)[0] == local(9, 15)


def test_the_clock_going_back_does_not_move_appointments() -> None:
    sunday = dt.date(2026, 10, 25)  # summer time ends
    open_on_sunday = Office("", "", 1, {}, lambda day: ((dt.time(9), dt.time(10)),) if day == sunday else ())
    starts = starts_on(sunday, PASSPORT, open_on_sunday)
    assert [start.time() for start in starts] == [dt.time(9), dt.time(9, 15), dt.time(9, 30), dt.time(9, 45)]
    assert cells_of(starts[0], 5) == (dt.datetime(2026, 10, 25, 8, 0, tzinfo=dt.UTC),)


@given(st.lists(st.tuples(st.sampled_from([PASSPORT, MOVING]), st.integers(0, 20)), max_size=30), st.integers(1, 3))
def test_whoever_books_no_desk_has_two_at_once(wishes: list[tuple[Product, int]], desks: int) -> None:
    counter = office(desks, (dt.time(9), dt.time(12)))
    taken: set[tuple[int, dt.datetime]] = set()
    for product, number in wishes:
        free = free_starts([TUESDAY], product, counter, taken, MORNING)
        if not free:
            continue
        start = free[number % len(free)]
        desk = free_desk(start, product, counter, taken)
        assert desk is not None
        cells = {(desk, cell) for cell in cells_of(start, product.minutes)}
        assert not cells & taken
        taken |= cells
