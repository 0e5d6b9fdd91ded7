"""A lost event costs a moment: at intervals somebody looks whether a conversation changed of which nobody was told.

Once for everybody in this process who watches one, in a few queries. Each window and console used to look for itself:
two hundred of each took half a processor to find nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.bus import Bus, Event, conversation_of, conversation_subject
from handoff.database import Database
from handoff.tables import Case, Conversation
from handoff.vocabulary import CaseState

EVERY_SECONDS = 10.0
LOOK, ERASED = "look", "erased"
"""Kinds of events: this is how it stands; there is nothing any more."""
_AT_ONCE = 500


OfCase = tuple[str, str, str | None, str]
"""State, level, employee and team."""


@dataclass(frozen=True)
class Standing:
    """What differs once there is something new to show to the citizen or in a console.

    Args:
        cases: Those that are open, by id.
    """

    epoch: int
    last_seq: int
    seen_seq: int
    cases: Mapping[str, OfCase]


def standing_of(case: Case) -> OfCase:
    """How a case stands."""
    return (case.state, case.level, case.employee_id, case.team)


class LookingAgain:
    """Compares the conversations that are watched in this process with how they stood the last time."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._stood: dict[str, Standing] = {}

    async def look(self) -> int:
        """Tell the watchers how it stands where that changed since the last time or was not watched then.

        Returns of how many conversations. Whoever was told before knows it by what she has, and need not read anything.
        """
        watched = sorted({one for subject in self._bus.watched() if (one := conversation_of(subject)) is not None})
        stand: dict[str, Standing] = {}
        for start in range(0, len(watched), _AT_ONCE):
            async with self._database.read() as session:
                stand |= await _standing(session, watched[start : start + _AT_ONCE])
        changed = [one for one in watched if one not in stand or stand[one] != self._stood.get(one)]
        for one in changed:
            subject, standing = conversation_subject(one), stand.get(one)
            self._bus.deliver(Event(subject, LOOK, {"standing": standing}) if standing else Event(subject, ERASED))
        self._stood = stand
        return len(changed)


async def _standing(session: AsyncSession, ids: Sequence[str]) -> dict[str, Standing]:
    open_cases: dict[str, dict[str, OfCase]] = defaultdict(dict)
    wanted = select(Case.conversation_id, Case.id, Case.state, Case.level, Case.employee_id, Case.team).where(
        Case.conversation_id.in_(ids), Case.state != CaseState.DONE
    )
    for conversation_id, case_id, state, level, employee_id, team in await session.execute(wanted):
        open_cases[conversation_id][case_id] = (state, level, employee_id, team)
    rows = await session.execute(
        select(Conversation.id, Conversation.epoch, Conversation.last_seq, Conversation.seen_seq).where(
            Conversation.id.in_(ids)
        )
    )
    return {row.id: Standing(row.epoch, row.last_seq, row.seen_seq, open_cases[row.id]) for row in rows}
