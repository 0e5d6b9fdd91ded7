"""Booking, moving and cancelling, on both databases."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from sqlalchemy import func, select

from handoff import appointments
from handoff.appointments import EmbeddedCalendar, TimeTaken, UnknownAppointment, Wanted
from handoff.calendar import AMSTERDAM, Office, Product
from handoff.database import Database
from handoff.tables import Appointment, AppointmentCell
from tests.stage import StoppedClock

TOWN = "fictiedam"
PASSPORT = Product("paspoort", "Paspoort", 15)
MOVING = Product("verhuizen", "Verhuizen", 20)
DESKS = 2


@pytest.fixture
def counter(clock: StoppedClock) -> EmbeddedCalendar:
    """Two desks, open each day from nine to ten."""
    office = Office(
        name="gemeente Fictiedam",
        address="Nergensplein 1",
        desks=DESKS,
        products={"paspoort": PASSPORT, "verhuizen": MOVING},
        open_on=lambda _: ((dt.time(9), dt.time(10)),),
    )
    return EmbeddedCalendar(lambda _: office, clock)


@pytest.fixture
def tomorrow(clock: StoppedClock) -> dt.date:
    return clock().astimezone(AMSTERDAM).date() + dt.timedelta(days=1)


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), AMSTERDAM)


async def book(
    database: Database, counter: EmbeddedCalendar, start: dt.datetime, key: str, product: str = "paspoort"
) -> Appointment:
    async with database.write() as session:
        return await counter.book(session, Wanted(TOWN, product, start, key))


async def free(database: Database, counter: EmbeddedCalendar, day: dt.date, product: str = "paspoort") -> list[str]:
    async with database.read() as session:
        starts = await counter.free(session, TOWN, product, day, 1)
    return [start.strftime("%H.%M") for start in starts]


async def test_a_booked_time_is_free_until_every_desk_is_taken(
    database: Database, counter: EmbeddedCalendar, tomorrow: dt.date
) -> None:
    for desk in range(DESKS):
        assert "09.00" in await free(database, counter, tomorrow)
        await book(database, counter, at(tomorrow, 9), f"key-{desk}")
    assert await free(database, counter, tomorrow) == ["09.15", "09.30", "09.45"]
    with pytest.raises(TimeTaken):
        await book(database, counter, at(tomorrow, 9), "one-too-many")


async def test_the_same_key_is_one_booking(database: Database, counter: EmbeddedCalendar, tomorrow: dt.date) -> None:
    first = await book(database, counter, at(tomorrow, 9), "same")
    second = await book(database, counter, at(tomorrow, 9), "same")
    assert first.reference == second.reference
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Appointment)) == 1


@pytest.mark.parametrize("start", [(8, 45), (9, 5), (10, 0)])
async def test_only_times_that_the_counter_offers_can_be_booked(
    database: Database, counter: EmbeddedCalendar, tomorrow: dt.date, start: tuple[int, int]
) -> None:
    with pytest.raises(TimeTaken):
        await book(database, counter, at(tomorrow, *start), "odd")
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Appointment)) == 0


async def test_forty_at_once_for_eight_places_give_eight_bookings(
    database: Database, counter: EmbeddedCalendar, tomorrow: dt.date
) -> None:
    starts = [at(tomorrow, 9, minute) for minute in (0, 15, 30, 45)]

    async def one(number: int) -> str | None:
        try:
            return (await book(database, counter, starts[number % 4], f"race-{number}")).reference
        except TimeTaken:
            return None

    won = [reference for reference in await asyncio.gather(*map(one, range(40))) if reference is not None]
    assert len(won) == len(set(won)) == len(starts) * DESKS
    assert await free(database, counter, tomorrow) == []


async def test_appointments_of_different_length_never_overlap(
    database: Database, counter: EmbeddedCalendar, tomorrow: dt.date
) -> None:
    wanted = [("paspoort", minute) for minute in (0, 15, 30, 45)] + [("verhuizen", minute) for minute in (0, 20, 40)]

    async def one(number: int) -> None:
        product, minute = wanted[number % len(wanted)]
        try:
            await book(database, counter, at(tomorrow, 9, minute), f"mixed-{number}", product)
        except TimeTaken:
            return

    await asyncio.gather(*map(one, range(28)))
    async with database.read() as session:
        booked = (await session.scalars(select(Appointment))).all()
        cells = await session.scalar(select(func.count()).select_from(AppointmentCell))
    assert booked
    assert cells == sum(one.minutes // 5 for one in booked)


async def test_moving_keeps_the_reference_and_gives_the_old_time_back(
    database: Database, counter: EmbeddedCalendar, tomorrow: dt.date
) -> None:
    for number in range(DESKS):
        booked = await book(database, counter, at(tomorrow, 9), f"move-{number}")
    async with database.write() as session:
        moved = await counter.move(session, TOWN, booked.reference.lower(), at(tomorrow, 9, 30))
    assert (moved.reference, moved.version) == (booked.reference, 1)
    assert "09.00" in await free(database, counter, tomorrow)


async def test_who_cannot_move_keeps_her_old_time(
    database: Database, counter: EmbeddedCalendar, tomorrow: dt.date
) -> None:
    for number in range(DESKS):
        await book(database, counter, at(tomorrow, 9), f"full-{number}")
    mine = await book(database, counter, at(tomorrow, 9, 30), "mine")
    with pytest.raises(TimeTaken):
        async with database.write() as session:
            await counter.move(session, TOWN, mine.reference, at(tomorrow, 9))
    async with database.read() as session:
        kept = await counter.find(session, TOWN, mine.reference)
    assert kept.starts_at == at(tomorrow, 9, 30)


async def test_a_cancelled_time_can_be_booked_again_and_cancelling_twice_is_told(
    database: Database, counter: EmbeddedCalendar, tomorrow: dt.date
) -> None:
    for number in range(DESKS):
        booked = await book(database, counter, at(tomorrow, 9), f"cancel-{number}")
    async with database.write() as session:
        await counter.cancel(session, TOWN, booked.reference)
    assert "09.00" in await free(database, counter, tomorrow)
    with pytest.raises(UnknownAppointment):
        async with database.write() as session:
            await counter.cancel(session, TOWN, booked.reference)


async def test_another_municipality_finds_nothing(
    database: Database, counter: EmbeddedCalendar, tomorrow: dt.date
) -> None:
    booked = await book(database, counter, at(tomorrow, 9), "here")
    with pytest.raises(UnknownAppointment):
        async with database.write() as session:
            await counter.find(session, "voorbeeldstad", booked.reference)


async def test_what_is_over_is_forgotten_a_day_later(
    database: Database, counter: EmbeddedCalendar, tomorrow: dt.date, clock: StoppedClock
) -> None:
    await book(database, counter, at(tomorrow, 9), "over")
    later = await book(database, counter, at(tomorrow + dt.timedelta(days=7), 9), "later")
    clock.now = at(tomorrow, 9).astimezone(dt.UTC) + appointments.KEPT_AFTER + dt.timedelta(minutes=1)
    async with database.write() as session:
        assert await appointments.forget_past(session, clock()) == 1
    async with database.read() as session:
        assert [one.reference for one in await session.scalars(select(Appointment))] == [later.reference]
        assert await session.scalar(select(func.count()).select_from(AppointmentCell)) == 3
