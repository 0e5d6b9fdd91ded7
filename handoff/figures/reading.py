"""The rows of a period, and of a part of the municipality's work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.figures.tables import CaseFact, ConversationFact
from handoff.tables import ServiceEvent

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True)
class Wanted:
    """What to count: one municipality from one day until another, both included; "" is every team, topic or channel."""

    municipality: str
    first: dt.date
    last: dt.date
    team: str = ""
    topic: str = ""
    channel: str = ""


@dataclass(frozen=True)
class Counted:
    """The rows to count."""

    conversations: Sequence[Any]
    cases: Sequence[Any]
    service: Sequence[Any]
    """Service levels that were met or not; none where a topic or channel is asked for: these are not kept with them."""


async def read(session: AsyncSession, wanted: Wanted) -> Counted:
    """All rows that `wanted` is about."""
    fact, case = ConversationFact, CaseFact
    conversations = select(
        fact.day, fact.topic, fact.team, fact.channel, fact.unanswered, fact.handed_over, fact.reasons, fact.by_person,
        fact.offered, fact.offer_ignored, fact.resolved, fact.score, fact.told_again,
    )  # fmt: skip
    cases = select(
        case.day, case.team, case.kind, case.picked_up, case.abandoned, case.waited_seconds, case.handled_seconds,
        case.on_time, case.marked,
    )  # fmt: skip
    return Counted(
        (await session.execute(conversations.where(*_about(fact, wanted)))).all(),
        (await session.execute(cases.where(*_about(case, wanted)))).all(),
        () if wanted.topic or wanted.channel else await _service(session, wanted),
    )


def _about(table: type[ConversationFact | CaseFact], wanted: Wanted) -> list[ColumnElement[bool]]:
    narrowed = ((table.team, wanted.team), (table.topic, wanted.topic), (table.channel, wanted.channel))
    return [
        table.municipality == wanted.municipality,
        table.day >= wanted.first.isoformat(),
        table.day <= wanted.last.isoformat(),
        *(column == value for column, value in narrowed if value),
    ]


async def _service(session: AsyncSession, wanted: Wanted) -> Sequence[Any]:
    query = select(ServiceEvent.case_reference, ServiceEvent.kind, ServiceEvent.at, ServiceEvent.due_at).where(
        ServiceEvent.municipality == wanted.municipality,
        ServiceEvent.at >= _midnight(wanted.first),
        ServiceEvent.at < _midnight(wanted.last + dt.timedelta(days=1)),
    )
    if wanted.team:
        query = query.where(ServiceEvent.team == wanted.team)
    return (await session.execute(query)).all()


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), _AMSTERDAM)
