"""Appointments at the counter: which times are free. Plain functions; rows and transactions are in `appointments`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from handoff.hours import AMSTERDAM, local_date

CELL_MINUTES = 5
"""The grain of the calendar: a booking takes whole cells of one desk, and a cell is taken once."""
DAYS_AHEAD = 60
"""Days that can be booked; further away people forget to come."""
NOTICE = dt.timedelta(hours=1)
"""Between booking and coming: she has to get there."""

Cell = tuple[int, dt.datetime]
"""A desk's number, from 1, and the start of a cell in UTC."""


@dataclass(frozen=True)
class Product:
    """Something people come to the counter for."""

    key: str
    title: str
    minutes: int


@dataclass(frozen=True)
class Office:
    """The counter of one municipality."""

    name: str
    address: str
    desks: int
    products: Mapping[str, Product]
    open_on: Callable[[dt.date], Sequence[tuple[dt.time, dt.time]]]
    """Opening periods of a day, local time; none when closed."""


def cells_of(start: dt.datetime, minutes: int) -> tuple[dt.datetime, ...]:
    """Starts of the cells, in UTC, that an appointment takes: `minutes` rounded up to whole cells."""
    first = start.astimezone(dt.UTC)
    count = -(-minutes // CELL_MINUTES)
    return tuple(first + dt.timedelta(minutes=CELL_MINUTES * number) for number in range(count))


def starts_on(day: dt.date, product: Product, office: Office) -> tuple[dt.datetime, ...]:
    """All starts of a day, taken or not: one after the other from opening, done before closing."""
    step = dt.timedelta(minutes=product.minutes)
    starts = []
    for opens, closes in office.open_on(day):
        start = dt.datetime.combine(day, opens, AMSTERDAM)
        end = dt.datetime.combine(day, closes, AMSTERDAM)
        while start + step <= end:
            starts.append(start)
            start += step
    return tuple(starts)


def is_offered(start: dt.datetime, product: Product, office: Office, now: dt.datetime) -> bool:
    """Whether the counter offers this start at all: in its hours, not too soon and not too far ahead."""
    local = start.astimezone(AMSTERDAM)
    last = local_date(now) + dt.timedelta(days=DAYS_AHEAD)
    return now + NOTICE <= start and local.date() <= last and local in starts_on(local.date(), product, office)


def free_desk(start: dt.datetime, product: Product, office: Office, taken: Collection[Cell]) -> int | None:
    """The first desk that is free for the whole appointment; None when there is none."""
    cells = cells_of(start, product.minutes)
    desks = range(1, office.desks + 1)
    return next((desk for desk in desks if not any((desk, cell) in taken for cell in cells)), None)


def free_starts(
    days: Iterable[dt.date], product: Product, office: Office, taken: Collection[Cell], now: dt.datetime
) -> tuple[dt.datetime, ...]:
    """The starts that can still be booked, in order."""
    return tuple(
        start
        for day in days
        for start in starts_on(day, product, office)
        if is_offered(start, product, office, now) and free_desk(start, product, office, taken) is not None
    )
