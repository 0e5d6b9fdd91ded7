"""Service levels: until when a waiting conversation should be picked up, in open time, and what became of that.

`watch` keeps each case's moment (`Case.pick_up_by`) and writes a `ServiceEvent` when it comes near, when it passes, and
when the case is picked up. These events are what reports count (`handoff.figures`): they have no content and outlive
the case.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, exists, select, update
from sqlalchemy.exc import IntegrityError

from handoff import hours
from handoff.bus import Event, queue_subject
from handoff.database import Database, emit
from handoff.tables import Case, ServiceEvent
from handoff.team_rules import RulesOf, TeamRules
from handoff.vocabulary import CaseKind, CaseState

WARNING_SHARE = 0.75
"""Of the time that is allowed: a quarter of it is left to act in."""
LOOKS_BACK = timedelta(hours=1)
"""How long ago a pick-up may be for `watch` to note it: longer than a restart takes."""


class Kind(StrEnum):
    """What a service event says."""

    WARNING = "warning"
    BREACH = "breach"
    PICKED_UP = "picked_up"


def pick_up_by(case: Case, rules: TeamRules) -> datetime | None:
    """Until when this case should be picked up, counted from the citizen's coming; None where it never opens."""
    return hours.after_open_time(case.opened_at, rules.pick_up_within[case.priority], rules.open_on)


def warns_at(case: Case, rules: TeamRules) -> datetime | None:
    """From when it is nearly too late."""
    within = rules.pick_up_within[case.priority] * WARNING_SHARE
    return hours.after_open_time(case.opened_at, within, rules.open_on)


async def watch(database: Database, rules_of: RulesOf, *, now: datetime) -> int:
    """Look at who waits for the first time, and at who was picked up of late; returns how many events were written."""
    is_waiting = and_(Case.kind == CaseKind.CONVERSATION, Case.state == CaseState.WAITING, Case.claimed_at.is_(None))
    known = select(ServiceEvent.case_reference, ServiceEvent.kind).where(
        ServiceEvent.case_reference.in_(select(Case.reference).where(is_waiting))
    )
    noted = exists().where(ServiceEvent.case_reference == Case.reference, ServiceEvent.kind == Kind.PICKED_UP)
    taken = select(Case).where(Case.kind == CaseKind.CONVERSATION, Case.claimed_at >= now - LOOKS_BACK, ~noted)
    async with database.read() as session:
        waiting = (await session.scalars(select(Case).where(is_waiting))).all()
        picked_up = (await session.scalars(taken)).all()
        stands = {(row.case_reference, row.kind) for row in await session.execute(known)}
    written = 0
    for case in waiting:
        rules = rules_of(case.municipality, case.team)
        due = pick_up_by(case, rules)
        if due is None:
            continue
        if due != case.pick_up_by:
            await _keep_due(database, case, due)
        kind = _stage(case, rules, due=due, now=now)
        if kind is not None and (case.reference, kind) not in stands:
            written += await _note(database, case, kind, rules, due=due, at=now)
    for case in picked_up:
        rules = rules_of(case.municipality, case.team)
        due = pick_up_by(case, rules)
        if due is not None and case.claimed_at is not None:
            written += await _note(database, case, Kind.PICKED_UP, rules, due=due, at=case.claimed_at)
    return written


def _stage(case: Case, rules: TeamRules, *, due: datetime, now: datetime) -> Kind | None:
    if now >= due:
        return Kind.BREACH
    near = warns_at(case, rules)
    return Kind.WARNING if near is not None and now >= near else None


async def _keep_due(database: Database, case: Case, due: datetime) -> None:
    async with database.write() as session:
        await session.execute(update(Case).where(Case.id == case.id).values(pick_up_by=due))
        emit(session, Event(queue_subject(case.municipality), "changed"))


async def _note(database: Database, case: Case, kind: Kind, rules: TeamRules, *, due: datetime, at: datetime) -> bool:
    """Write an event, once for each case and kind; False when it stood there."""
    known = select(ServiceEvent.id).where(ServiceEvent.case_reference == case.reference, ServiceEvent.kind == kind)
    try:
        async with database.write() as session:
            if await session.scalar(known) is not None:
                return False
            session.add(
                ServiceEvent(
                    at=at,
                    municipality=case.municipality,
                    team=case.team,
                    level=case.level,
                    case_reference=case.reference,
                    kind=kind,
                    due_at=due,
                    open_seconds=int(hours.open_seconds(case.opened_at, at, rules.open_on)),
                )
            )
            if kind is not Kind.PICKED_UP:
                emit(session, Event(queue_subject(case.municipality), "changed"))
    except IntegrityError:
        return False  # another process was first
    return True
