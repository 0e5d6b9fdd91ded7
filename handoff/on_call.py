"""A crisis that nobody picks up: whom the municipality has on call is told, again and again, until she has seen it.

At once where no employee of the team is there, else after two minutes. What was told stands with the case.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, queue
from handoff.bus import Event, queue_subject
from handoff.cases import get
from handoff.database import emit
from handoff.detection import Level
from handoff.tables import Case
from handoff.vault import Vault
from handoff.vocabulary import CaseState

PICKED_UP_WITHIN = timedelta(minutes=2)
AGAIN_AFTER = timedelta(minutes=5)
AFTER_FAILURE = timedelta(seconds=30)
_KEY = "on_call"
_TOKEN_CHARACTERS = 32
"""Hexadecimal: 128 bits."""


@dataclass(frozen=True)
class Alert:
    """What is told, without a word of the citizen."""

    case_id: str
    reference: str
    municipality: str
    since: datetime
    nobody_there: bool
    times: int
    """This one included."""


@dataclass(frozen=True)
class Told:
    """What was told of a case until now."""

    times: int = 0
    last: datetime | None = None
    seen: datetime | None = None


def told(case: Case) -> Told:
    """What was told of this case."""
    kept = case.details.get(_KEY, {})
    return Told(kept.get("times", 0), _moment(kept.get("last")), _moment(kept.get("seen")))


async def candidates(session: AsyncSession) -> Sequence[str]:
    """Crises in the queue that may have to be told of."""
    waits = select(Case).where(Case.state == CaseState.WAITING, Case.level == Level.CRISIS).order_by(Case.opened_at)
    return [case.id for case in await session.scalars(waits) if told(case).seen is None]


async def take(session: AsyncSession, case_id: str, *, now: datetime) -> Alert | None:
    """The alert to send now, noted as sent: one process sends it. None when none is due.

    Write first, send then: who dies in between is late by `AGAIN_AFTER`, and never silent for good.
    """
    case = await session.scalar(select(Case).where(Case.id == case_id).with_for_update())
    if case is None or case.state != CaseState.WAITING or case.level != Level.CRISIS:
        return None
    before = told(case)
    if before.seen is not None or (before.last is not None and now < before.last + AGAIN_AFTER):
        return None
    nobody = not await queue.anybody_present(session, case.municipality, case.team, now=now)
    if not nobody and now < case.waiting_since + PICKED_UP_WITHIN:
        return None
    _keep(case, times=before.times + 1, last=now.isoformat())
    _record(session, case, "on_call_told", now, times=before.times + 1)
    return Alert(case.id, case.reference, case.municipality, case.waiting_since, nobody, before.times + 1)


async def failed(session: AsyncSession, alert: Alert, *, now: datetime, again_after: timedelta = AFTER_FAILURE) -> None:
    """It reached nobody: again a little later, and not counted."""
    case = await session.scalar(select(Case).where(Case.id == alert.case_id).with_for_update())
    if case is not None:
        _keep(case, times=alert.times - 1, last=(now - AGAIN_AFTER + again_after).isoformat())
        _record(session, case, "on_call_unreachable", now, times=alert.times)


async def seen(session: AsyncSession, case_id: str, *, now: datetime) -> Case:
    """Whoever is on call has seen it: no more alerts. Doing it twice changes nothing.

    Raises:
        UnknownCase: it is not there any more.
    """
    case = await get(session, case_id)
    if told(case).seen is None:
        _keep(case, seen=now.isoformat())
        _record(session, case, "on_call_seen", now)
        emit(session, Event(queue_subject(case.municipality), "changed"))
    return case


def token(vault: Vault, case_id: str) -> str:
    """What makes the address of the page on which she says that she has seen it."""
    return vault.equality_hash(f"on-call:{case_id}")[:_TOKEN_CHARACTERS]


def is_token(vault: Vault, case_id: str, given: str) -> bool:
    """Whether this is the token of this case."""
    return hmac.compare_digest(token(vault, case_id).encode(), given.encode())


def _keep(case: Case, **changed: Any) -> None:
    case.details = {**case.details, _KEY: {**case.details.get(_KEY, {}), **changed}}


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _record(session: AsyncSession, case: Case, action: str, now: datetime, times: int | None = None) -> None:
    details: dict[str, Any] = {} if times is None else {"times": times}
    audit.record(
        session,
        action,
        at=now,
        municipality=case.municipality,
        actor="system",
        conversation_id=case.conversation_id,
        case_reference=case.reference,
        **details,
    )
