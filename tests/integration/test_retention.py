"""What must be deleted is deleted, everywhere; the audit proves it and keeps nothing of the content."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import String, cast, func, or_, select, update
from sqlalchemy.engine import make_url

from handoff import conversations, employees, messages, ownership, retention
from handoff.bus import InProcessBus, conversation_subject, queue_subject
from handoff.database import Database
from handoff.exceptions import UnknownConversation
from handoff.messages import Draft
from handoff.tables import Base, Conversation, EmployeeSession
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, ChannelName, Outcome, Owner, Sender
from tests.integration.test_ownership_races import waits_for_a_lock
from tests.stage import CITY, Stage, new_case

SECRET = "vertrouwelijk-over-zorgtoeslag"


async def full_conversation(stage: Stage, vault: Vault) -> str:
    """A Telegram conversation with messages, personal data, bot state, a case and rows in the outbox."""
    conversation_id = await stage.conversation(channel=ChannelName.TELEGRAM)
    async with stage.database.write() as session:
        masked = await messages.mask_in_conversation(session, vault, conversation_id, f"{SECRET} bel 06 12345678")
        await messages.append(session, conversation_id, Draft(masked.text), sender=Sender.CITIZEN, now=stage.clock())
        await messages.append(session, conversation_id, Draft(SECRET), sender=Sender.BOT, now=stage.clock())
        await session.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id)
            .values(engine_state={"slots": {"naam": SECRET}}, pending_offer={"told": SECRET})
        )
    return conversation_id


async def rows_with(stage: Stage, needle: str) -> dict[str, int]:
    """In how many rows of which table a text stands, in any column."""
    found = {}
    async with stage.database.read() as session:
        for table in Base.metadata.sorted_tables:
            anywhere = [cast(column, String).contains(needle) for column in table.columns]
            number = await session.scalar(select(func.count()).select_from(table).where(or_(*anywhere)))
            if number:
                found[table.name] = int(number)
    return found


async def erase(stage: Stage, conversation_id: str, actor: str = "citizen") -> None:
    async with stage.database.write() as session:
        await retention.erase(session, conversation_id, now=stage.clock(), actor=actor)


async def test_erasing_leaves_nothing_but_the_audit_trail(stage: Stage, vault: Vault) -> None:
    conversation_id = await full_conversation(stage, vault)
    await stage.enqueue(conversation_id, new_case(details={"topic": SECRET}))
    held = await rows_with(stage, conversation_id)
    assert set(held) == {"conversation", "message", "personal_value", "handoff_case", "outbox", "audit"}
    await erase(stage, conversation_id)
    assert set(await rows_with(stage, conversation_id)) == {"audit"}
    assert await rows_with(stage, SECRET) == {}
    line = (await stage.audit(conversation_id))[-1]
    assert (line.action, line.actor, line.from_owner) == ("erase", "citizen", "queued")


async def test_of_several_conversations_all_are_erased_or_none(stage: Stage, vault: Vault) -> None:
    anna = await stage.employee("Anna")
    one, other = await full_conversation(stage, vault), await full_conversation(stage, vault)
    for conversation_id in (one, other):
        await stage.claim(await stage.enqueue(conversation_id), anna)
    before = await rows_with(stage, one)
    with pytest.raises(UnknownConversation):
        async with stage.database.write() as session:
            await retention.erase(session, one, "no-such-conversation", now=stage.clock(), actor="citizen")
    assert await rows_with(stage, one) == before
    async with stage.database.write() as session:
        await retention.erase(session, one, other, now=stage.clock(), actor="citizen")
    assert set(await rows_with(stage, one)) == set(await rows_with(stage, other)) == {"audit"}
    assert await stage.open_count(anna) == 0


async def test_erasing_one_conversation_leaves_every_other_one(stage: Stage, vault: Vault) -> None:
    kept = await full_conversation(stage, vault)
    before = await rows_with(stage, kept)
    await erase(stage, await full_conversation(stage, vault))
    assert await rows_with(stage, kept) == before


async def test_what_was_erased_is_overwritten_in_the_sqlite_file(
    sqlite_url: str, bus: InProcessBus, clock: Any, vault: Vault
) -> None:
    database = Database(sqlite_url, bus)
    stage = Stage(database, clock)
    conversation_id = await full_conversation(stage, vault)
    await erase(stage, conversation_id)
    await database.close()
    path = Path(str(make_url(sqlite_url).database))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert SECRET.encode() not in path.read_bytes()


async def test_erasing_a_held_conversation_gives_the_employee_room_again(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    await stage.held_case(anna)
    case_id = await stage.held_case(anna)
    await erase(stage, (await stage.case(case_id)).conversation_id)
    assert await stage.open_count(anna) == 1


async def test_erasing_counts_down_for_everybody_who_held_something_of_it(stage: Stage) -> None:
    anna, bea = await stage.employee("Anna"), await stage.employee("Bea")
    conversation_id = await stage.conversation()
    await stage.claim(await stage.callback(conversation_id), bea)
    await stage.claim(await stage.enqueue(conversation_id), anna)
    await erase(stage, conversation_id)
    assert (await stage.open_count(anna), await stage.open_count(bea)) == (0, 0)


@pytest.mark.parametrize("kind", [CaseKind.CONVERSATION, CaseKind.CALLBACK])
async def test_a_claim_that_is_being_written_does_not_stop_an_erasure(stage: Stage, kind: CaseKind) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    opened = stage.enqueue if kind is CaseKind.CONVERSATION else stage.callback
    case_id = await opened(conversation_id)
    async with stage.database.write() as session:
        await ownership.claim(session, case_id, anna, now=stage.clock())
        erasing = asyncio.create_task(erase(stage, conversation_id))
        await waits_for_a_lock(stage, erasing)
    await erasing
    assert set(await rows_with(stage, conversation_id)) == {"audit"}
    assert await stage.open_count(anna) == 0


async def test_a_message_that_is_being_stored_is_erased_too(stage: Stage) -> None:
    conversation_id = await stage.conversation(first="hallo")
    async with stage.database.write() as session:
        await conversations.lock(session, conversation_id)
        await messages.append(session, conversation_id, Draft(SECRET), sender=Sender.CITIZEN, now=stage.clock())
        erasing = asyncio.create_task(erase(stage, conversation_id))
        await waits_for_a_lock(stage, erasing)
    await erasing
    assert await rows_with(stage, SECRET) == {}
    assert set(await rows_with(stage, conversation_id)) == {"audit"}


async def test_erasing_twice_says_that_there_is_nothing(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    await erase(stage, conversation_id)
    with pytest.raises(UnknownConversation):
        await erase(stage, conversation_id)


async def test_an_erasure_is_told_to_whoever_watches(stage: Stage, bus: InProcessBus) -> None:
    conversation_id = await stage.conversation()
    async with bus.subscribe(conversation_subject(conversation_id), queue_subject(CITY)) as watching:
        await erase(stage, conversation_id)
        kinds = [(await watching.next(1)), (await watching.next(1))]
    assert [event.kind for event in kinds if event] == ["erased", "erased"]


async def close(stage: Stage, conversation_id: str) -> None:
    async with stage.database.write() as session:
        await ownership.close_by_citizen(session, conversation_id, now=stage.clock())


async def overdue(
    stage: Stage, days: Mapping[str, int] | None = None, *, limit: int = 100, after_id: str = ""
) -> list[str]:
    async with stage.database.read() as session:
        found = await retention.overdue(
            session, now=stage.clock(), days=days or {}, otherwise_days=28, limit=limit, after_id=after_id
        )
    return list(found)


async def test_a_closed_conversation_is_overdue_when_its_days_are_over_and_not_before(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    await close(stage, conversation_id)
    stage.clock.advance(timedelta(days=28).total_seconds() - 1)
    assert await overdue(stage) == []
    stage.clock.advance(1)
    assert await overdue(stage) == [conversation_id]


async def test_each_municipality_keeps_for_its_own_number_of_days(stage: Stage) -> None:
    here, there = await stage.conversation(), await stage.conversation(municipality="fictiedam")
    await close(stage, here)
    await close(stage, there)
    stage.clock.advance(timedelta(days=8).total_seconds())
    assert await overdue(stage, {"fictiedam": 7}) == [there]


async def test_what_is_overdue_is_read_in_parts_each_once(stage: Stage) -> None:
    closed = [await stage.conversation() for _ in range(5)]
    for conversation_id in closed:
        await close(stage, conversation_id)
    stage.clock.advance(timedelta(days=28).total_seconds())
    first = await overdue(stage, limit=3)
    second = await overdue(stage, limit=3, after_id=first[-1])
    assert (len(first), len(second)) == (3, 2)
    assert {*first, *second} == set(closed)
    assert await overdue(stage, limit=3, after_id=second[-1]) == []


async def test_an_open_conversation_is_never_overdue(stage: Stage) -> None:
    await stage.conversation()
    await stage.waiting_case()
    stage.clock.advance(timedelta(days=400).total_seconds())
    assert await overdue(stage) == []


async def test_a_closed_conversation_with_an_open_callback_is_kept_until_that_is_done(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    case_id = await stage.callback(conversation_id)
    await close(stage, conversation_id)
    stage.clock.advance(timedelta(days=30).total_seconds())
    assert await overdue(stage) == []
    await stage.claim(case_id, anna)
    async with stage.database.write() as session:
        await ownership.close(session, case_id, anna, Outcome.CALLBACK_AGREED, now=stage.clock())
    assert await overdue(stage) == [conversation_id]


async def test_only_quiet_conversations_with_the_bot_are_left_alone(stage: Stage) -> None:
    quiet = await stage.conversation(first="hallo")
    await stage.waiting_case()
    await close(stage, await stage.conversation())
    stage.clock.advance(24 * 3600)
    await stage.conversation(first="net begonnen")
    async with stage.database.read() as session:
        a_day_ago = stage.clock() - timedelta(hours=24)
        assert await retention.left_alone(session, quiet_since=a_day_ago, limit=10) == [quiet]
        assert await retention.left_alone(session, quiet_since=a_day_ago, limit=10, after_id=quiet) == []
    assert (await stage.read(quiet)).owner == Owner.BOT


async def test_log_ins_that_ended_are_forgotten_and_others_stay(stage: Stage) -> None:
    anna = await stage.employee("Anna")
    async with stage.database.write() as session:
        employee = await session.get(employees.Employee, anna)
        assert employee is not None
        employees.open_session(session, employee, now=stage.clock(), hours=1)
        employees.open_session(session, employee, now=stage.clock(), hours=9)
    stage.clock.advance(3600)
    async with stage.database.write() as session:
        await retention.drop_expired_sessions(session, now=stage.clock())
    assert await stage.count(EmployeeSession) == 1
