"""The rows of a period, and of a part of the municipality's work."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.figures.tables import CaseFact, ConversationFact
from handoff.hours import midnight
from handoff.tables import ServiceEvent


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
class Tally:
    """Conversations counted; of each pair the first is what the second is a part of."""

    talks: int = 0
    unanswered: int = 0
    handed_over: int = 0
    known: int = 0
    resolved: int = 0
    offers: int = 0
    offers_ignored: int = 0
    scores: int = 0
    score_sum: int = 0
    asked_again: int = 0
    told_again: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(one + another for one, another in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class Counted:
    """What the database counted.

    Args:
        teams: Of what was handed over.
        reasons: Conversations that were handed over for a reason.
        alone: Conversations that the bot resolved without an employee, by topic.
        service: Service levels that were met or not; none where a topic or channel is asked for: these are not kept
            with them.
    """

    days: Mapping[str, Tally]
    topics: Mapping[str | None, Tally]
    teams: Mapping[str | None, Tally]
    channels: Mapping[str | None, Tally]
    reasons: Mapping[str, int]
    alone: Mapping[str, int]
    cases: Sequence[Any]
    service: Sequence[Any]


async def read(session: AsyncSession, wanted: Wanted) -> Counted:
    """Count what `wanted` is about, in the database: a year of a large municipality is a hundred thousand rows."""
    fact, case = ConversationFact, CaseFact
    about = _about(fact, wanted)
    cases = select(
        case.day, case.kind, case.abandoned, case.waited_seconds, case.handled_seconds, case.on_time, case.marked
    )
    return Counted(
        days=await _tallies(session, fact.day, about),
        topics=await _tallies(session, fact.topic, about),
        teams=await _tallies(session, fact.team, [*about, fact.handed_over.is_(True)]),
        channels=await _tallies(session, fact.channel, about),
        reasons=await _reasons(session, about),
        alone=await _alone(session, about),
        cases=(await session.execute(cases.where(*_about(case, wanted)))).all(),
        service=() if wanted.topic or wanted.channel else await _service(session, wanted),
    )


async def _tallies(session: AsyncSession, key: Any, about: Sequence[ColumnElement[bool]]) -> dict[Any, Tally]:
    fact = ConversationFact
    columns = (
        func.count(),
        _yes(fact.unanswered),
        _yes(fact.handed_over),
        func.count(fact.resolved),
        _yes(fact.resolved),
        _yes(fact.offered),
        _yes(fact.offer_ignored),
        func.count(fact.score),
        func.coalesce(func.sum(fact.score), 0),
        func.count(fact.told_again),
        _yes(fact.told_again),
    )
    rows = await session.execute(select(key, *columns).where(*about).group_by(key))
    return {row[0]: Tally(*row[1:]) for row in rows}


def _yes(column: Any) -> ColumnElement[int]:
    return func.count().filter(column.is_(True))


async def _reasons(session: AsyncSession, about: Sequence[ColumnElement[bool]]) -> Counter[str]:
    written = cast(ConversationFact.reasons, String)  # PostgreSQL compares no JSON
    rows = await session.execute(select(written, func.count()).where(*about).group_by(written))
    found: Counter[str] = Counter()
    for reasons, count in rows:
        found.update(dict.fromkeys(json.loads(reasons), count))
    return found


async def _alone(session: AsyncSession, about: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    fact = ConversationFact
    by_bot = (fact.resolved.is_(True), fact.handed_over.is_(False), fact.by_person.is_(False), fact.topic.is_not(None))
    rows = await session.execute(select(fact.topic, func.count()).where(*about, *by_bot).group_by(fact.topic))
    return {str(topic): count for topic, count in rows}


def _about(table: type[ConversationFact | CaseFact], wanted: Wanted) -> list[ColumnElement[bool]]:
    narrowed = ((table.team, wanted.team), (table.topic, wanted.topic), (table.channel, wanted.channel))
    return [
        table.municipality == wanted.municipality,
        table.day >= wanted.first.isoformat(),
        table.day <= wanted.last.isoformat(),
        *(column == value for column, value in narrowed if value),
    ]


async def _service(session: AsyncSession, wanted: Wanted) -> Sequence[Any]:
    event = ServiceEvent
    query = select(event.case_reference, event.team, event.level, event.kind, event.at, event.due_at).where(
        event.municipality == wanted.municipality,
        event.at >= midnight(wanted.first),
        event.at < midnight(wanted.last + dt.timedelta(days=1)),
    )
    if wanted.team:
        query = query.where(event.team == wanted.team)
    return (await session.execute(query)).all()
