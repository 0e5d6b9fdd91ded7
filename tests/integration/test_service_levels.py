"""Service levels in open time: warned of, broken or met, kept as events that reports can count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from bot.desk import Desk
from bot.housekeeping import watch_service_levels
from handoff import cases, retention, wall
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Level
from handoff.tables import Employee, ServiceEvent
from handoff.vault import Vault
from handoff.vocabulary import Role
from tests.counter import FakeRasa, make_desk, with_team
from tests.stage import Stage, StoppedClock, new_case, writes

TEAM = "publieksbalie"


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    within = {"crisis": 2, "urgent": 4, "normal": 20}
    return with_team(make_desk(database, bus, vault, clock, FakeRasa()), TEAM, pick_up_within=within)


async def written(stage: Stage) -> list[tuple[str, str, bool]]:
    """Level and kind of every event, and whether it was in time; in order."""
    async with stage.database.read() as session:
        rows = await session.scalars(select(ServiceEvent).order_by(ServiceEvent.at, ServiceEvent.level))
        return [(row.level, row.kind, row.at <= row.due_at) for row in rows]


async def test_a_case_is_warned_of_broken_and_picked_up_too_late_each_once(
    stage: Stage, desk: Desk, clock: StoppedClock
) -> None:
    case_id = await stage.waiting_case()
    assert await watch_service_levels(desk) == 0
    assert (await stage.case(case_id)).pick_up_by == clock() + timedelta(minutes=20)
    clock.advance(15 * 60)
    assert [await watch_service_levels(desk) for _ in range(2)] == [1, 0]
    clock.advance(5 * 60)
    assert [await watch_service_levels(desk) for _ in range(2)] == [1, 0]
    clock.advance(60)
    await stage.claim(case_id, await stage.employee("Anna"))
    assert [await watch_service_levels(desk) for _ in range(2)] == [1, 0]
    assert await written(stage) == [
        ("escalate", "warning", True),
        ("escalate", "breach", True),
        ("escalate", "picked_up", False),
    ]


async def test_nothing_is_written_for_who_waits_on_after_it_was_noted(
    stage: Stage, desk: Desk, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await stage.waiting_case()
    clock.advance(20 * 60)
    assert await watch_service_levels(desk) == 3
    assert await writes(stage.database, monkeypatch, watch_service_levels(desk)) == 0


async def test_no_table_is_read_from_end_to_end(
    stage: Stage, desk: Desk, clock: StoppedClock, database: Database
) -> None:
    await stage.claim(await stage.waiting_case(), await stage.employee("Anna"))
    await stage.waiting_case()
    read: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: object) -> None:
        if statement.startswith("SELECT") and "WHERE" in statement:
            read.append((statement, values))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    assert await watch_service_levels(desk) == 1
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    plans = [await plan(database, statement, values) for statement, values in read]
    assert len(plans) >= 3
    assert [one for one in plans if "Seq Scan" in one or "SCAN" in one] == []


async def plan(database: Database, statement: str, values: Any) -> str:
    """How the database carries out a statement that reads, if it may choose an index for few rows too."""
    async with database.engine.connect() as connection:
        if not database.is_sqlite:
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        rows = await connection.exec_driver_sql(f"{explain} {statement}", values)
        return "\n".join(str(row[-1]) for row in rows)


async def test_what_is_picked_up_in_time_counts_as_such(stage: Stage, desk: Desk, clock: StoppedClock) -> None:
    anna = await stage.employee("Anna")
    await stage.held_case(anna)
    case_id = await stage.waiting_case(new_case(Level.URGENT))
    clock.advance(4 * 60)
    await stage.claim(case_id, anna)
    await watch_service_levels(desk)
    assert await written(stage) == [("escalate", "picked_up", True), ("urgent", "picked_up", True)]


async def test_the_night_does_not_count(stage: Stage, desk: Desk, clock: StoppedClock) -> None:
    clock.now = datetime(2026, 11, 27, 16, 20, tzinfo=UTC)
    case_id = await stage.waiting_case()
    await watch_service_levels(desk)
    assert (await stage.case(case_id)).pick_up_by == datetime(2026, 11, 30, 7, 40, tzinfo=UTC)
    clock.now = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    assert await watch_service_levels(desk) == 0


async def test_a_case_that_gets_worse_has_to_be_picked_up_sooner(stage: Stage, desk: Desk, clock: StoppedClock) -> None:
    case_id = await stage.waiting_case()
    await watch_service_levels(desk)
    opened = clock()
    async with stage.database.write() as session:
        cases.raise_level(await cases.get(session, case_id), new_case(Level.URGENT).assessment)
    clock.advance(60)
    await watch_service_levels(desk)
    assert (await stage.case(case_id)).pick_up_by == opened + timedelta(minutes=4)


async def test_the_events_outlive_the_case_and_hold_nothing_of_it(
    stage: Stage, desk: Desk, clock: StoppedClock
) -> None:
    case_id = await stage.waiting_case()
    clock.advance(3600)
    await watch_service_levels(desk)
    async with stage.database.write() as session:
        await retention.erase(session, (await stage.case(case_id)).conversation_id, now=clock(), actor="citizen")
    assert [kind for _level, kind, _in_time in await written(stage)] == ["breach"]


async def test_the_overview_counts_who_should_have_been_picked_up(
    stage: Stage, desk: Desk, clock: StoppedClock
) -> None:
    lead = await stage.employee("Joost", role=Role.TEAM_LEAD)
    await stage.waiting_case()
    await watch_service_levels(desk)
    clock.advance(20 * 60)
    await stage.waiting_case()
    await watch_service_levels(desk)
    async with stage.database.read() as session:
        me = await session.get(Employee, lead)
        assert me is not None
        (team,) = (await wall.read(session, me, now=clock(), today=clock().date())).teams
    assert (team.waiting, team.late) == (2, 1)
