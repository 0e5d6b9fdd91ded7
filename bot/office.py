"""The counter of a municipality as its files describe it, and the file for a citizen's own calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from icalendar import Calendar, Event

from bot.content import ContentStore, Municipality, hours
from handoff.calendar import Office, Product
from handoff.tables import Appointment


def offices(answers: ContentStore) -> Callable[[str], Office]:
    """The counter of a municipality, as the files are at the moment of asking."""
    return lambda key: office_of(answers.current().municipality(key))


def office_of(where: Municipality) -> Office:
    """The counter of one municipality; without products where it gives out no appointments."""

    def open_on(day: dt.date) -> Sequence[tuple[dt.time, dt.time]]:
        return [(period.start, period.end) for period in hours.periods_on(day, where.opening_hours, where.closed_days)]

    written = where.appointments
    products = {} if written is None else written.products
    return Office(
        name=where.full_name,
        address=where.address,
        desks=0 if written is None else written.desks,
        products={key: Product(key, product.title, product.minutes) for key, product in products.items()},
        open_on=open_on,
    )


def calendar_file(appointment: Appointment, where: Municipality, now: dt.datetime) -> bytes:
    """The appointment in iCalendar form (RFC 5545); a later version replaces an earlier one in the same calendar."""
    office = office_of(where)
    product = office.products.get(appointment.product)
    event = Event()
    event.add("uid", f"{appointment.id}@balie")
    event.add("sequence", appointment.version)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.starts_at + dt.timedelta(minutes=appointment.minutes))
    event.add("summary", f"Afspraak {office.name}")
    event.add("location", office.address)
    title = product.title if product else appointment.product
    event.add("description", f"{title}. Nummer van uw afspraak: {appointment.reference}.")
    event.add("status", "CANCELLED" if appointment.cancelled_at else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//Balie//NL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
