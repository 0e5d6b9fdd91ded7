"""Offers waiting cases to employees, in the teams that want it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.desk import Desk
from handoff import offers
from handoff.exceptions import UnknownCase
from handoff.tables import Case, Employee

log = structlog.get_logger(__name__)

EVERY_SECONDS = 2.0
"""How much later than it could a case may reach the next employee."""


@dataclass(frozen=True)
class Offering:
    """Looks which cases nobody is asked to take, and asks the next."""

    desk: Desk

    async def offer(self) -> int:
        """Make every offer that can be made now; returns how many. A case that nobody can take costs no write."""
        now = self.desk.clock()
        async with self.desk.database.read() as session:
            due = await offers.due(session, now=now)
            waiting = [(case, self.desk.rules(case.municipality, case.team).offer_for) for case in due]
            wanting = {case.municipality for case, offer_for in waiting if offer_for is not None}
            free = {one: list(await offers.free(session, one, now=now)) for one in sorted(wanting)}
        made = 0
        for case, offer_for in waiting:
            # an offer that has passed is taken off the case even when nobody else can be asked
            if offer_for is None or not (case.offered_to or _can_be_asked(free[case.municipality], case)):
                continue
            try:
                async with self.desk.database.write() as session:
                    offer = await offers.make(session, case.id, offer_for=offer_for, now=now)
            except UnknownCase:
                continue  # erased meanwhile
            if offer is not None:
                made += 1
                free[case.municipality] = [one for one in free[case.municipality] if one.id != offer.employee_id]
                log.info("offer.made", case=case.reference, employee=offer.employee_id)
        return made


def _can_be_asked(free: Sequence[Employee], case: Case) -> bool:
    return any(case.team in one.teams for one in free)
