"""A whole shift: 50 consoles race for 200 cases, pass them on, vanish and are offered more; its trail is replayed.

Run with `-s` to see the counts.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Row, select, text

from handoff import employees, offers, ownership
from handoff.clock import system_clock
from handoff.database import Database
from handoff.detection import Level
from handoff.exceptions import HandoffError
from handoff.tables import Case
from handoff.vocabulary import CaseState, Outcome, Team
from tests.stage import Stage, StoppedClock, new_case, place_notice

CONSOLES, CASES, LIMIT = 50, 200, 3
TEAMS = (Team.PUBLIEKSBALIE, Team.WONEN)
LEVELS = (Level.ESCALATE,) * 8 + (Level.URGENT, Level.CRISIS)
VERBS = ("close", "close", "close", "hand_back", "transfer", "to_team", "release", "vanish")
OFFER_FOR = timedelta(milliseconds=300)
SHIFT_SECONDS = 240
LET_GO = {"release", "to_team", "hand_back", "close"}


class Shift:
    """Fifty people at work on one database."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.database = stage.database
        self.people: list[str] = []
        self.teams: dict[str, Sequence[Team]] = {}
        self.cases: list[str] = []
        self.counts: Counter[str] = Counter()

    async def prepare(self) -> None:
        for number in range(CONSOLES):
            teams = TEAMS if number % 2 else (TEAMS[number % 4 // 2],)
            skills = ("crisis",) if number % 5 == 0 else ()
            name = f"Medewerker{number}"
            self.people.append(await self.stage.employee(name, teams=teams, limit=LIMIT, skills=skills))
            self.teams[self.people[-1]] = teams
        for number in range(CASES):
            new = new_case(LEVELS[number % len(LEVELS)], team=TEAMS[number % 2])
            self.cases.append(await self.stage.waiting_case(new))

    async def done(self) -> bool:
        async with self.database.read() as session:
            open_case = select(Case.id).where(Case.state != CaseState.DONE).limit(1)
            return await session.scalar(open_case) is None

    async def console(self, number: int) -> None:
        """Take whatever can be taken, and let go of it in one way or another, until nobody waits."""
        chance, me = random.Random(number), self.people[number]
        async with self.database.write() as session:
            await employees.renew_lease(session, me, now=system_clock())
        while not await self.done():
            for case_id in await self.takes(me, chance):
                await self.lets_go(me, case_id, chance)

    async def takes(self, me: str, chance: random.Random) -> Sequence[str]:
        wanted = select(Case.id, Case.offered_to).where(Case.state == CaseState.WAITING, Case.team.in_(self.teams[me]))
        async with self.database.read() as session:
            waiting = (await session.execute(wanted)).all()
        mine = [one.id for one in waiting if one.offered_to == me]
        for case_id in mine or [one.id for one in chance.sample(waiting, min(2, len(waiting)))]:
            await self.tries("claim", case_id, me)
        holds = select(Case.id).where(Case.state == CaseState.HELD, Case.employee_id == me)
        async with self.database.read() as session:
            return (await session.scalars(holds)).all()

    async def lets_go(self, me: str, case_id: str, chance: random.Random) -> None:
        verb = chance.choice(VERBS)
        if verb == "vanish":
            await self.vanishes(me)
        else:
            await self.tries(verb, case_id, me, other=chance.choice(self.people), team=chance.choice(TEAMS))

    async def tries(self, verb: str, case_id: str, me: str, *, other: str = "", team: Team = TEAMS[0]) -> None:
        now = system_clock()
        try:
            async with self.database.write() as session:
                if verb == "claim":
                    await ownership.claim(session, case_id, me, now=now)
                elif verb == "close":
                    await ownership.close(session, case_id, me, Outcome.RESOLVED, now=now)
                elif verb == "hand_back":
                    await ownership.hand_back(session, case_id, me, now=now)
                elif verb == "transfer":
                    await ownership.transfer(session, case_id, me, other, now=now)
                elif verb == "to_team":
                    await ownership.to_team(session, case_id, me, team, now=now, notice=place_notice)
                else:
                    await ownership.release(session, case_id, me, now=now, notice=place_notice)
        except HandoffError as error:
            self.counts[f"{verb} refused: {type(error).__name__}"] += 1
        else:
            self.counts[verb] += 1

    async def vanishes(self, me: str) -> None:
        async def notice_for(*_: object) -> ownership.Notice:
            return place_notice

        async with self.database.write() as session:
            await employees.end_lease(session, me)
        async with self.database.write() as session:
            gone = await employees.end_lapsed_lease(session, me, now=system_clock())
            if gone is None:
                return
            now = system_clock()
            released = await ownership.release_all(session, gone, now=now, notice_for=notice_for, actor="system")
        self.counts["vanished"] += 1
        self.counts["released of who vanished"] += released

    async def offers(self) -> None:
        while not await self.done():
            async with self.database.read() as session:
                waiting = await offers.due(session, now=system_clock())
            for case in waiting[:2]:
                async with self.database.write() as session:
                    made = await offers.make(session, case.id, offer_for=OFFER_FOR, now=system_clock())
                self.counts["offers"] += made is not None
            await asyncio.sleep(0)


@pytest.fixture
async def ordered_audit(database: Database) -> str:
    """A column by which audit lines stand in the order in which they were written; what was locked then, stays so."""
    if database.is_sqlite:
        return "rowid"
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE audit ADD COLUMN IF NOT EXISTS written_nth BIGSERIAL"))
    return "written_nth"


@pytest.fixture
async def shift(database: Database, clock: StoppedClock) -> Shift:
    shift = Shift(Stage(database, clock))
    await shift.prepare()
    return shift


@pytest.mark.timeout(SHIFT_SECONDS + 120)
async def test_fifty_consoles_race_for_two_hundred_cases(
    shift: Shift, database: Database, ordered_audit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        async with asyncio.timeout(SHIFT_SECONDS):
            await asyncio.gather(*(shift.console(number) for number in range(CONSOLES)), shift.offers(), shift.offers())
        async with database.read() as session:
            trail = await session.execute(
                text(
                    "SELECT action, actor, conversation_id, details, from_owner, to_owner, epoch FROM audit "
                    f"WHERE conversation_id IS NOT NULL ORDER BY {ordered_audit}"
                )
            )
            lines = trail.all()
    finally:
        if not database.is_sqlite:
            async with database.engine.begin() as connection:
                await connection.execute(text("ALTER TABLE audit DROP COLUMN IF EXISTS written_nth"))
    await nobody_is_lost(shift)
    most = replayed(lines)
    with capsys.disabled():
        kind = "SQLite" if database.is_sqlite else "PostgreSQL"
        print(f"\n{kind}: {CONSOLES} consoles, {CASES} cases, {len(lines)} audit lines, most held at once {most}")
        print("\n".join(f"  {count:6} {what}" for what, count in sorted(shift.counts.items())))


async def nobody_is_lost(shift: Shift) -> None:
    """Every case is done, and every counter is back at nothing."""
    assert len(set(shift.cases)) == CASES
    states = Counter([(await shift.stage.case(case_id)).state for case_id in shift.cases])
    assert states == {CaseState.DONE: CASES}
    assert [await shift.stage.open_count(one) for one in shift.people] == [0] * CONSOLES


def replayed(lines: Sequence[Row[tuple[str, ...]]]) -> int:
    """Who held what, from the audit trail alone: never two, never over the limit, nothing beside a crisis."""
    holder: dict[str, str | None] = {}
    level: dict[str, str] = {}
    ended: set[str] = set()
    epochs: Counter[str] = Counter()
    held: dict[str, set[str]] = {}
    most = 0

    def take(employee: str, conversation: str) -> None:
        nonlocal most
        mine = held.setdefault(employee, set())
        assert not any(level[one] == Level.CRISIS for one in mine), "something beside a crisis"
        mine.add(conversation)
        holder[conversation] = employee
        most = max(most, len(mine))
        assert len(mine) <= LIMIT

    for line in lines:
        details = line.details if isinstance(line.details, dict) else json.loads(line.details or "{}")
        conversation, action = line.conversation_id, line.action
        if line.epoch is not None and line.to_owner is not None and action != "open":
            epochs[conversation] += 1
            assert line.epoch == epochs[conversation], "a change of owner is missing"
        if action == "enqueue":
            level[conversation] = details["level"]
            holder[conversation] = None
        elif action == "claim":
            assert holder[conversation] is None, "two holders"
            take(line.actor.removeprefix("employee:"), conversation)
        elif action == "transfer":
            giver = line.actor.removeprefix("employee:")
            assert holder[conversation] == giver
            held[giver].discard(conversation)
            take(details["to_employee"], conversation)
        elif action in LET_GO:
            had = holder[conversation]
            assert had is not None
            assert line.actor in (f"employee:{had}", "system")
            held[had].discard(conversation)
            holder[conversation] = None
            if action in ("close", "hand_back"):
                ended.add(conversation)
    assert len(level) == len(ended) == CASES
    assert not any(held.values())
    return most
