"""Who is present because a console of hers is open in this process: all leases are renewed together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import structlog
from sqlalchemy.exc import SQLAlchemyError

from handoff import employees
from handoff.clock import Clock
from handoff.database import Database
from handoff.employees import LoggedIn
from handoff.tables import Employee

log = structlog.get_logger(__name__)

RENEW_SECONDS = 10.0
"""A third of the lease: two renewals may get lost."""


class Seat:
    """One open console.

    Args:
        employee: Who sits there, as she was at the last renewal.
    """

    def __init__(self, token: str, employee: Employee) -> None:
        self.token = token
        self.employee = employee
        self.ended = asyncio.Event()
        """Set when her session has ended."""


class Attendance:
    """The consoles that are open in this process.

    One transaction renews them all. Each for itself, two hundred wrote twenty times a second.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._seats: set[Seat] = set()
        self._rounds: asyncio.Task[None] | None = None

    @property
    def is_anybody_here(self) -> bool:
        """Whether a console is open."""
        return bool(self._seats)

    async def arrive(self, token: str) -> Seat | None:
        """Count the employee of this session as present, at once; None when the session has ended."""
        now = self._clock()
        async with self._database.write() as session:
            me = await employees.by_session(session, token, now=now)
            if me is None:
                return None
            await employees.renew_lease(session, me.employee.id, now=now)
        return Seat(token, me.employee)

    @contextlib.contextmanager
    def staying(self, seat: Seat) -> Iterator[None]:
        """Keep her present for as long as this lasts."""
        self._seats.add(seat)
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._go_round(), name="attendance")
        try:
            yield
        finally:
            self._seats.discard(seat)
            if not self._seats and self._rounds is not None:
                self._rounds.cancel()
                self._rounds = None

    async def _go_round(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._renew(tuple(self._seats))
            except SQLAlchemyError:
                log.exception("attendance.failed")  # the next round is in time

    async def _renew(self, seats: tuple[Seat, ...]) -> None:
        now = self._clock()
        async with self._database.read() as session:
            here: dict[str, LoggedIn] = await employees.by_sessions(session, [one.token for one in seats], now=now)
        async with self._database.write() as session:
            await employees.renew_leases(session, {me.employee.id for me in here.values()}, now=now)
        for seat in seats:
            if seat.token in here:
                seat.employee = here[seat.token].employee
            else:
                seat.ended.set()
