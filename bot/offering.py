"""Offers waiting cases to employees, in the teams that want it so."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.desk import Desk
from handoff import offers
from handoff.exceptions import UnknownCase

log = structlog.get_logger(__name__)

EVERY_SECONDS = 2.0
"""How much later than it could a case may reach the next employee."""


@dataclass(frozen=True)
class Offering:
    """Looks which cases nobody is asked to take, and asks the next."""

    desk: Desk

    async def offer(self) -> int:
        """Make every offer that can be made now; returns how many."""
        now = self.desk.clock()
        async with self.desk.database.read() as session:
            waiting = await offers.due(session, now=now)
        made = 0
        for case in waiting:
            offer_for = self.desk.rules(case.municipality, case.team).offer_for
            if offer_for is None:
                continue
            try:
                async with self.desk.database.write() as session:
                    offer = await offers.make(session, case.id, offer_for=offer_for, now=now)
            except UnknownCase:
                continue  # erased meanwhile
            if offer is not None:
                made += 1
                log.info("offer.made", case=case.reference, employee=offer.employee_id)
        return made
