"""References that somebody can say over the telephone, such as "ZK-4827-BKT"."""

from __future__ import annotations

import secrets

from sqlalchemy import select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.tables import Appointment, Case, Report

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: no words; no I or O: nothing to confuse with digits


async def new_reference(session: AsyncSession, prefix: str) -> str:
    """A reference that nothing has yet: the prefix says what it is of, four digits and three letters are random.

    There are 80 million of each prefix, so among the cases of some years the same one is drawn now and then. Two that
    are drawn at the same moment are kept apart by the tables' constraints alone.
    """
    while await _is_known(session, drawn := _draw(prefix)):
        pass
    return drawn


def _draw(prefix: str) -> str:
    digits = f"{secrets.randbelow(10_000):04d}"
    letters = "".join(secrets.choice(_LETTERS) for _ in range(3))
    return f"{prefix}-{digits}-{letters}"


async def _is_known(session: AsyncSession, reference: str) -> bool:
    known = union_all(*(select(table.id).where(table.reference == reference) for table in (Appointment, Case, Report)))
    return (await session.execute(known)).first() is not None
