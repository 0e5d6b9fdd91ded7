"""Any order of any verbs by anybody: the rules of ownership hold after every step (invariants 3, 4 and 5)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from handoff import employees, messages, offers, ownership, retention
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Level
from handoff.exceptions import HandoffError
from handoff.gravity import is_pressing
from handoff.messages import Draft
from handoff.ownership.holding import helps_in_crisis
from handoff.tables import AuditLine, Case, Conversation, Employee, Message
from handoff.vocabulary import CaseState, Outcome, Owner, Presence, Sender, Team
from tests.integration.conftest import empty
from tests.stage import Stage, StoppedClock, new_case, place_notice

LIMIT = 2
TEAMS = (Team.PUBLIEKSBALIE, Team.WONEN)
OFFER_FOR = timedelta(seconds=10)
ALLOWED = {
    (Owner.BOT, Owner.QUEUED),
    (Owner.QUEUED, Owner.EMPLOYEE),
    (Owner.BOT, Owner.EMPLOYEE),  # a pressing case whose citizen no longer wanted to wait
    (Owner.QUEUED, Owner.BOT),
    (Owner.EMPLOYEE, Owner.EMPLOYEE),
    (Owner.EMPLOYEE, Owner.QUEUED),
    (Owner.EMPLOYEE, Owner.BOT),
    (Owner.BOT, Owner.CLOSED),
    (Owner.QUEUED, Owner.CLOSED),
    (Owner.EMPLOYEE, Owner.CLOSED),
}


class OwnershipMachine(RuleBasedStateMachine):
    """Drives the real database; the database's own audit trail is the memory of what should be true."""

    url = ""
    conversations = Bundle("conversations")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = StoppedClock()
        self.database = Database(self.url, InProcessBus(), pool_size=2)
        self.stage = Stage(self.database, self.clock)
        self.cases: list[str] = []
        self.erased: set[str] = set()
        if not self.database.is_sqlite:
            self.run(empty(self.database))
        self.people = [
            self.run(self.stage.employee(name, limit=LIMIT, teams=TEAMS)) for name in ("Anna", "Bea", "Cato")
        ]

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def attempt(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do it; a refusal is one of the allowed ends, any other error is a bug."""
        self.clock.advance(1)
        try:
            return self.run(work)
        except HandoffError:
            return None

    def teardown(self) -> None:
        self.run(self.database.close())
        self.runner.close()

    @rule(target=conversations)
    def open(self) -> str:
        return str(self.run(self.stage.conversation(first="hallo")))

    @rule(conversation=conversations, sender=st.sampled_from([Sender.CITIZEN, Sender.BOT]))
    def say(self, conversation: str, sender: Sender) -> None:
        async def work() -> None:
            async with self.database.write() as session:
                await messages.append(
                    session,
                    conversation,
                    Draft("iets"),
                    sender=sender,
                    now=self.clock(),
                    expected_owner=Owner.BOT if sender is Sender.BOT else None,
                )

        self.attempt(work())

    @rule(conversation=conversations, level=st.sampled_from([Level.ESCALATE, Level.URGENT, Level.CRISIS]))
    def enqueue(self, conversation: str, level: Level) -> None:
        case = self.attempt(self.stage.enqueue(conversation, new_case(level)))
        if case is not None:
            self.cases.append(case)

    @rule(pick=st.integers(0, 50), who=st.integers(0, 2))
    def claim(self, pick: int, who: int) -> None:
        if not self.cases:
            return
        me = self.people[who]
        in_crisis = self.run(self._helps_in_crisis(me))
        claimed = self.attempt(self.stage.claim(self.cases[pick % len(self.cases)], me))
        assert not (in_crisis and claimed), "a crisis is a full load"

    async def _helps_in_crisis(self, employee_id: str) -> bool:
        async with self.database.read() as session:
            return await helps_in_crisis(session, employee_id)

    @rule(pick=st.integers(0, 50))
    def offer(self, pick: int) -> None:
        if not self.cases:
            return

        async def work() -> None:
            async with self.database.write() as session:
                waits = {case.id for case in await offers.due(session, now=self.clock())}
                if (case := self.cases[pick % len(self.cases)]) in waits:
                    await offers.make(session, case, offer_for=OFFER_FOR, now=self.clock())

        self.attempt(work())

    @rule(pick=st.integers(0, 50), who=st.integers(0, 2))
    def decline(self, pick: int, who: int) -> None:
        if not self.cases:
            return

        async def work() -> None:
            async with self.database.write() as session:
                case = self.cases[pick % len(self.cases)]
                await offers.decline(session, case, self.people[who], now=self.clock())

        self.attempt(work())

    @rule(who=st.integers(0, 2), presence=st.sampled_from(list(Presence)))
    def says_whether_she_is_there(self, who: int, presence: Presence) -> None:
        async def work() -> None:
            async with self.database.write() as session:
                me = await session.get(Employee, self.people[who])
                assert me is not None
                await employees.renew_lease(session, me.id, now=self.clock())
                await employees.set_presence(session, me, presence, now=self.clock())

        self.attempt(work())

    @rule(who=st.integers(0, 2))
    def vanish(self, who: int) -> None:
        async def notice_for(*_: object) -> ownership.Notice:
            return place_notice

        async def work() -> None:
            async with self.database.write() as session:
                await employees.end_lease(session, self.people[who])
                me = await employees.end_lapsed_lease(session, self.people[who], now=self.clock())
                assert me is not None
                await ownership.release_all(
                    session, me, now=self.clock(), notice_for=notice_for, actor="system", why="lease_lost"
                )

        self.attempt(work())

    @rule(pick=st.integers(0, 50))
    def two_claim_at_once(self, pick: int) -> None:
        if not self.cases:
            return
        case = self.cases[pick % len(self.cases)]

        async def work() -> list[Any]:
            racers = (self.stage.claim(case, person) for person in self.people[:2])
            return await asyncio.gather(*racers, return_exceptions=True)

        results = self.attempt(work())
        assert sum(isinstance(one, ownership.Claim) for one in results) <= 1
        assert all(isinstance(one, ownership.Claim | HandoffError) for one in results), results

    @rule(
        verb=st.sampled_from(["release", "hand_back", "close", "transfer", "to_team"]),
        pick=st.integers(0, 50),
        who=st.integers(0, 2),
        other=st.integers(0, 2),
    )
    def let_go(self, verb: str, pick: int, who: int, other: int) -> None:
        if not self.cases:
            return
        case, me = self.cases[pick % len(self.cases)], self.people[who]

        async def work() -> None:
            async with self.database.write() as session:
                if verb == "close":
                    await ownership.close(session, case, me, Outcome.RESOLVED, now=self.clock())
                elif verb == "transfer":
                    await ownership.transfer(session, case, me, self.people[other], now=self.clock())
                elif verb == "to_team":
                    team = TEAMS[other % 2]
                    await ownership.to_team(session, case, me, team, now=self.clock(), notice=place_notice)
                elif verb == "release":
                    await ownership.release(session, case, me, now=self.clock(), notice=place_notice)
                else:
                    await ownership.hand_back(session, case, me, now=self.clock())

        self.attempt(work())

    @rule(conversation=conversations, verb=st.sampled_from(["leave_queue", "close_by_citizen"]))
    def citizen_goes(self, conversation: str, verb: str) -> None:
        async def work() -> None:
            async with self.database.write() as session:
                await getattr(ownership, verb)(session, conversation, now=self.clock())

        self.attempt(work())

    @rule(conversation=conversations)
    def erase(self, conversation: str) -> None:
        async def work() -> bool:
            async with self.database.write() as session:
                await retention.erase(session, conversation, now=self.clock(), actor="citizen")
            return True

        if self.attempt(work()):
            self.erased.add(conversation)

    @invariant()
    def the_rules_hold(self) -> None:
        self.run(self._check())

    async def _check(self) -> None:
        async with self.database.read() as session:
            conversations = (await session.scalars(select(Conversation))).all()
            cases = (await session.scalars(select(Case))).all()
            people = {one.id: one for one in await session.scalars(select(Employee))}
            said = (await session.scalars(select(Message).order_by(Message.seq))).all()
            audit = (await session.scalars(select(AuditLine).order_by(AuditLine.epoch))).all()
        standing = [case for case in cases if offers.is_offered(case, self.clock()) and case.state == CaseState.WAITING]
        assert len({case.offered_to for case in standing}) == len(standing), "two offers to one employee"
        assert all(case.offered_to is None for case in cases if case.state == CaseState.HELD)
        for person in people.values():
            held = [case for case in cases if case.employee_id == person.id and case.state == CaseState.HELD]
            assert person.open_conversations == len(held) <= LIMIT
        for one in conversations:
            mine = [case for case in cases if case.conversation_id == one.id and case.state != CaseState.DONE]
            expected = {Owner.QUEUED: [CaseState.WAITING], Owner.EMPLOYEE: [CaseState.HELD]}.get(Owner(one.owner), [])
            if one.owner == Owner.BOT and mine:  # she left the queue, but is in danger
                assert all(is_pressing(case.level) for case in mine)
                expected = [CaseState.WAITING]
            assert [case.state for case in mine] == expected
            assert (one.employee_id is not None) == (one.owner == Owner.EMPLOYEE)
            if one.owner == Owner.EMPLOYEE:
                assert mine[0].employee_id == one.employee_id
            assert (one.closed_at is not None) == (one.owner == Owner.CLOSED)
            assert [message.seq for message in said if message.conversation_id == one.id] == [
                number + 1 for number in range(one.last_seq)
            ]
            self._replay(one, [line for line in audit if line.conversation_id == one.id])
        assert self.erased.isdisjoint({one.id for one in conversations} | {message.conversation_id for message in said})

    @staticmethod
    def _replay(conversation: Conversation, trail: list[AuditLine]) -> None:
        """The audit trail alone tells the same owner, one epoch a change, only by allowed ways."""
        assert [line.epoch for line in trail] == list(range(conversation.epoch + 1))
        owner = Owner.BOT
        for line in trail[1:]:
            assert line.from_owner == owner
            assert line.to_owner is not None
            assert (owner, Owner(line.to_owner)) in ALLOWED
            owner = Owner(line.to_owner)
        assert conversation.owner == owner


def drive(url: str, *, examples: int, steps: int) -> None:
    machine = type("Machine", (OwnershipMachine,), {"url": url})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


def test_ownership_holds_in_any_order_on_sqlite(
    tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = iter(range(100_000))

    def fresh(self: OwnershipMachine) -> None:
        path = shutil.copy(migrated_sqlite, tmp_path / f"{next(copies)}.db")
        self.url = f"sqlite+aiosqlite:///{path}"
        original(self)

    original = OwnershipMachine.__init__
    monkeypatch.setattr(OwnershipMachine, "__init__", fresh)
    drive("", examples=30, steps=25)


def test_ownership_holds_in_any_order_on_postgresql(migrated_postgres: str) -> None:
    drive(migrated_postgres, examples=8, steps=25)
