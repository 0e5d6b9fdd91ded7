"""Appointments as rows: booked, moved and cancelled; the database itself refuses a desk that is taken.

Each appointment takes cells of five minutes at one desk, and (municipality, desk, cell) is the key of a row. So two
bookings can never overlap, whichever process makes them.

An appointment names no person: its reference is what somebody shows at the counter.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import calendar
from handoff.calendar import Cell, Office, Product
from handoff.exceptions import HandoffError
from handoff.hours import local_date, midnight
from handoff.references import new_reference
from handoff.tables import Appointment, AppointmentCell

PREFIX = "AF"
KEPT_AFTER = dt.timedelta(days=1)
"""How long an appointment stays after its day, for somebody who comes too late to ask for it."""


class TimeTaken(HandoffError):
    """The time can't be booked (any more); offer others."""

    def __init__(self, start: dt.datetime) -> None:
        super().__init__(f"{start.isoformat()} can't be booked (any more); offer other times")
        self.start = start


class UnknownAppointment(HandoffError):
    """No appointment with this reference that is still to come."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"there is no appointment {reference} (any more); ask for the reference again")
        self.reference = reference


@dataclass(frozen=True)
class Wanted:
    """A booking to make."""

    municipality: str
    product: str
    start: dt.datetime
    key: str
    """The same key is one booking, however often it is asked for."""
    conversation_id: str | None = None


class Calendar(Protocol):
    """What a calendar must be able to do: the embedded one, or a municipality's own system behind the same verbs.

    Each change is asked for with a key or a reference and must be safe to repeat: a turn that failed is done again.
    """

    async def free(
        self, session: AsyncSession, municipality: str, product: str, first: dt.date, days: int
    ) -> Sequence[dt.datetime]:
        """Free starts in order, over `days` days from `first`."""

    async def book(self, session: AsyncSession, wanted: Wanted) -> Appointment:
        """Raises: TimeTaken."""

    async def move(self, session: AsyncSession, municipality: str, reference: str, start: dt.datetime) -> Appointment:
        """Raises: TimeTaken, UnknownAppointment."""

    async def cancel(self, session: AsyncSession, municipality: str, reference: str) -> Appointment:
        """Raises: UnknownAppointment."""

    async def find(self, session: AsyncSession, municipality: str, reference: str) -> Appointment:
        """Raises: UnknownAppointment."""


class EmbeddedCalendar:
    """The calendar in Balie's own database.

    Args:
        office: The counter of a municipality.
        clock: Says what time it is, in UTC.
    """

    def __init__(self, office: Callable[[str], Office], clock: Callable[[], dt.datetime]) -> None:
        self._office = office
        self._clock = clock

    async def free(
        self, session: AsyncSession, municipality: str, product: str, first: dt.date, days: int
    ) -> Sequence[dt.datetime]:
        """Free starts in order, over `days` days from `first`."""
        office = self._office(municipality)
        wanted = [first + dt.timedelta(days=number) for number in range(days)]
        taken = await _taken(session, municipality, wanted[0], wanted[-1])
        return calendar.free_starts(wanted, office.products[product], office, taken, self._clock())

    async def book(self, session: AsyncSession, wanted: Wanted) -> Appointment:
        """Take the first free desk.

        Raises:
            TimeTaken: it is no start of this counter, or somebody was first.
        """
        known = await session.scalar(select(Appointment).where(Appointment.key == wanted.key))
        if known is not None:
            return known
        office = self._office(wanted.municipality)
        product = office.products[wanted.product]
        appointment = Appointment(
            reference=await new_reference(session, PREFIX),
            download_key=secrets.token_urlsafe(24),
            municipality=wanted.municipality,
            product=product.key,
            starts_at=wanted.start,
            minutes=product.minutes,
            version=0,
            key=wanted.key,
            conversation_id=wanted.conversation_id,
        )
        session.add(appointment)
        await session.flush()
        await self._take(session, appointment, product, wanted.start)
        return appointment

    async def move(self, session: AsyncSession, municipality: str, reference: str, start: dt.datetime) -> Appointment:
        """Give the desk back and take another time; the reference stays.

        Raises:
            TimeTaken: the old time is kept then, for the transaction is the caller's to roll back.
            UnknownAppointment: it is over, cancelled, or never was.
        """
        appointment = await self.find(session, municipality, reference)
        if appointment.starts_at == start:
            return appointment
        product = self._office(municipality).products[appointment.product]
        await self._take(session, appointment, product, start)
        return appointment

    async def cancel(self, session: AsyncSession, municipality: str, reference: str) -> Appointment:
        """Give the desk back.

        Raises:
            UnknownAppointment: it is over, cancelled already, or never was.
        """
        appointment = await self.find(session, municipality, reference)
        await _give_back(session, appointment)
        appointment.cancelled_at = self._clock()
        appointment.version += 1
        return appointment

    async def find(self, session: AsyncSession, municipality: str, reference: str) -> Appointment:
        """The appointment that is still to come, locked until the transaction ends.

        Raises:
            UnknownAppointment: it is over, cancelled, or never was.
        """
        wanted = select(Appointment).where(
            Appointment.municipality == municipality,
            Appointment.reference == reference.upper(),
            Appointment.cancelled_at.is_(None),
            Appointment.starts_at > self._clock(),
        )
        found = await session.scalar(wanted.with_for_update(), execution_options={"populate_existing": True})
        if found is None:
            raise UnknownAppointment(reference)
        return found

    async def _take(
        self, session: AsyncSession, appointment: Appointment, product: Product, start: dt.datetime
    ) -> None:
        """Move the appointment to a free desk at `start`, trying again where another booking wins a desk."""
        office = self._office(appointment.municipality)
        if not calendar.is_offered(start, product, office, self._clock()):
            raise TimeTaken(start)
        day = local_date(start)
        for _ in range(office.desks):
            own = appointment.id
            taken = await _taken(session, appointment.municipality, day, day, besides=own)
            desk = calendar.free_desk(start, product, office, taken)
            if desk is None:
                break
            try:
                async with session.begin_nested():
                    await _give_back(session, appointment)
                    session.add_all(
                        AppointmentCell(
                            municipality=appointment.municipality, desk=desk, starts_at=cell, appointment_id=own
                        )
                        for cell in calendar.cells_of(start, product.minutes)
                    )
            except IntegrityError:
                continue
            if appointment.starts_at != start:
                appointment.starts_at = start
                appointment.version += 1
            return
        raise TimeTaken(start)


async def of_conversation(session: AsyncSession, conversation_id: str, now: dt.datetime) -> Sequence[Appointment]:
    """What was booked in a conversation and is still to come, the earliest first."""
    wanted = (
        select(Appointment)
        .where(
            Appointment.conversation_id == conversation_id,
            Appointment.cancelled_at.is_(None),
            Appointment.starts_at > now,
        )
        .order_by(Appointment.starts_at)
    )
    return (await session.scalars(wanted)).all()


async def count_by_day(session: AsyncSession, municipality: str, now: dt.datetime) -> Mapping[dt.date, int]:
    """How many are still to come on each day in the Netherlands."""
    wanted = select(Appointment.starts_at).where(
        Appointment.municipality == municipality, Appointment.cancelled_at.is_(None), Appointment.starts_at > now
    )
    return Counter(local_date(start) for start in await session.scalars(wanted))


async def by_download_key(session: AsyncSession, download_key: str) -> Appointment | None:
    """The appointment behind the link to its calendar file."""
    return await session.scalar(select(Appointment).where(Appointment.download_key == download_key))


async def forget_past(session: AsyncSession, now: dt.datetime) -> int:
    """Delete appointments that are over, and those cancelled, a day after; returns how many."""
    over = delete(Appointment).where(Appointment.starts_at < now - KEPT_AFTER).returning(Appointment.id)
    cancelled = delete(Appointment).where(Appointment.cancelled_at < now - KEPT_AFTER).returning(Appointment.id)
    return sum([len((await session.scalars(statement)).all()) for statement in (over, cancelled)])


async def _taken(
    session: AsyncSession, municipality: str, first: dt.date, last: dt.date, *, besides: str | None = None
) -> frozenset[Cell]:
    wanted = select(AppointmentCell.desk, AppointmentCell.starts_at).where(
        AppointmentCell.municipality == municipality,
        AppointmentCell.starts_at >= midnight(first),
        AppointmentCell.starts_at < midnight(last + dt.timedelta(days=1)),
    )
    if besides is not None:
        wanted = wanted.where(AppointmentCell.appointment_id != besides)
    return frozenset((row.desk, row.starts_at) for row in await session.execute(wanted))


async def _give_back(session: AsyncSession, appointment: Appointment) -> None:
    await session.execute(delete(AppointmentCell).where(AppointmentCell.appointment_id == appointment.id))
