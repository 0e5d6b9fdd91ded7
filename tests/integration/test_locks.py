"""Everything that writes locks in the order of `handoff.ownership`, so that no two changes wait for each other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event

from bot import callbacks, conversation, turn
from bot.callbacks import Wanted
from bot.desk import Desk
from bot.handover import CHOSE_LEAVE_QUEUE
from bot.housekeeping import COMING_BACK_SECONDS, ROLL_CALL_SECONDS, RollCall, round_once
from handoff import ownership
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.exceptions import UnknownConversation
from handoff.tables import Case, Conversation, Message
from handoff.vault import Vault
from handoff.vocabulary import CaseState, Outcome
from tests.counter import Citizen, FakeRasa, make_desk
from tests.stage import Stage, StoppedClock

PEOPLE = 12
ORDER = ("employee", "handoff_case", "conversation", "message")
_LOCKS = re.compile(r"\s*(?:UPDATE|DELETE FROM) (\w+)|\s*SELECT\s.*\sFROM (\w+)\s.*FOR UPDATE", re.DOTALL)


class Locks:
    """The tables that each transaction locked first, second, ... (rows that it made itself are nobody else's)."""

    def __init__(self) -> None:
        self.transactions: list[list[str]] = []
        self._marks: list[int] = []

    def begin(self, _: Connection) -> None:
        self.transactions.append([])

    def execute(self, _conn: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        found = _LOCKS.match(statement)
        table = (found[1] or found[2]) if found else None
        if table in ORDER and table not in self.transactions[-1]:
            self.transactions[-1].append(table)

    def savepoint(self, _conn: Connection, _name: str) -> None:
        self._marks.append(len(self.transactions[-1]))

    def release(self, _conn: Connection, _name: str, _context: Any) -> None:
        self._marks.pop()

    def rollback(self, _conn: Connection, _name: str, _context: Any) -> None:
        del self.transactions[-1][self._marks.pop() :]

    @property
    def out_of_order(self) -> list[list[str]]:
        return [tables for tables in self.transactions if tables != sorted(tables, key=ORDER.index)]


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    return make_desk(database, bus, vault, clock, FakeRasa())


async def waits(desk: Desk) -> Citizen:
    """A citizen who waits for a person and has just typed something."""
    citizen = await Citizen.starts(desk)
    await citizen.asks("Ik wil een medewerker spreken")
    await citizen.sends("Hoe lang duurt het nog?")
    return citizen


async def left_in_danger(desk: Desk) -> Citizen:
    """A citizen with the bot whose case waits on, and who has just typed something."""
    citizen = await Citizen.starts(desk)
    await citizen.asks("Ik wil er een eind aan maken")
    await citizen.asks("Terug naar de assistent", CHOSE_LEAVE_QUEUE)
    await citizen.sends("Wat kost een paspoort?")
    return citizen


@pytest.mark.parametrize("scene", [waits, left_in_danger])
async def test_citizens_who_write_and_erase_at_the_same_moment_end_without_a_deadlock(
    stage: Stage, desk: Desk, scene: Any
) -> None:
    people = [await scene(desk) for _ in range(PEOPLE)]
    async with asyncio.timeout(60):
        results = await asyncio.gather(
            *(
                work
                for one in people
                for work in (
                    turn.answer_next(desk, one.id),
                    conversation.erase(desk, one.id),
                    one.sends("Laat maar"),
                )
            ),
            return_exceptions=True,
        )
    failures = [one for one in results if isinstance(one, BaseException) and not isinstance(one, UnknownConversation)]
    assert failures == []
    assert [await stage.count(table) for table in (Conversation, Case, Message)] == [0, 0, 0]


class TestOnPostgresql:
    @pytest.fixture
    def database_url(self, migrated_postgres: str) -> str:
        """SQLite has one writer at a time, and no locks to see."""
        return migrated_postgres

    @pytest.fixture
    def locks(self, database: Database) -> Iterator[Locks]:
        locks, engine = Locks(), database.engine.sync_engine
        listeners = {
            "begin": locks.begin,
            "before_cursor_execute": locks.execute,
            "savepoint": locks.savepoint,
            "release_savepoint": locks.release,
            "rollback_savepoint": locks.rollback,
        }
        for name, listener in listeners.items():
            event.listen(engine, name, listener)
        yield locks
        for name, listener in listeners.items():
            event.remove(engine, name, listener)

    async def test_no_transaction_of_a_whole_day_locks_out_of_order(
        self, stage: Stage, desk: Desk, clock: StoppedClock, locks: Locks
    ) -> None:
        citizen = await left_in_danger(desk)
        await citizen.asks("Ik wil een medewerker spreken")
        (case,) = await stage.cases_of(citizen.id)
        anna, bea = [await stage.employee(name, teams=[case.team]) for name in ("Anna", "Bea")]
        await stage.claim(case.id, anna)
        await citizen.asks("Er is brand in mijn huis")
        await stage.release(case.id, anna)
        await stage.claim(case.id, bea)
        async with stage.database.write() as session:
            await ownership.transfer(session, case.id, bea, anna, now=clock())
        roll_call = RollCall(desk)
        for _ in range(int(COMING_BACK_SECONDS // ROLL_CALL_SECONDS)):
            clock.advance(ROLL_CALL_SECONDS)
            await roll_call.call()
        assert (await stage.case(case.id)).state == CaseState.WAITING
        await citizen.asks("Hallo?")
        await stage.claim(case.id, anna)
        async with stage.database.write() as session:
            await ownership.hand_back(session, case.id, anna, now=clock())
        await callbacks.request(desk, citizen.id, Wanted("verzoek-1", phone="06 12345678"))
        await conversation.end(desk, citizen.id)
        await conversation.erase(desk, citizen.id)

        other = await waits(desk)
        case = next(one for one in await stage.cases_of(other.id) if one.state == CaseState.WAITING)
        cato = await stage.employee("Cato", teams=[case.team])
        await stage.claim(case.id, cato)
        async with stage.database.write() as session:
            await ownership.close(session, case.id, cato, Outcome.RESOLVED, now=clock())
        third = await waits(desk)
        held = next(one for one in await stage.cases_of(third.id) if one.state == CaseState.WAITING)
        await stage.claim(held.id, cato)
        await conversation.erase(desk, third.id)
        clock.advance(40 * 24 * 3600)
        assert await round_once(desk) == (0, 1)

        assert locks.out_of_order == []
        assert list(ORDER) in locks.transactions, "nothing was seen that goes through all tables"
