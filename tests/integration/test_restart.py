"""A process that starts takes over what another left, and says nothing where a person speaks (invariant 5)."""

from __future__ import annotations

import asyncio

from bot.housekeeping import RollCall, round_once
from handoff import conversations
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.vault import Vault
from handoff.vocabulary import Owner, Sender
from tests.counter import Citizen, FakeRasa, make_desk, make_runner
from tests.stage import Stage, StoppedClock


async def test_after_a_restart_the_bot_is_silent_where_an_employee_has_an_unanswered_message(
    stage: Stage, database: Database, database_url: str, bus: InProcessBus, vault: Vault, clock: StoppedClock
) -> None:
    citizen = await Citizen.starts(make_desk(database, bus, vault, clock, FakeRasa()))
    await citizen.asks("Ik wil een medewerker spreken")
    (case,) = await stage.cases_of(citizen.id)
    anna = await stage.employee("Anna", teams=[case.team])
    await stage.claim(case.id, anna)
    before = await stage.read(citizen.id)
    sent = (await citizen.sends("Bent u er nog? Wat kost een paspoort?")).message

    restarted, rasa = Database(database_url, InProcessBus()), FakeRasa()
    desk = make_desk(restarted, InProcessBus(), vault, clock, rasa)
    runner, roll_call = make_runner(desk), RollCall(desk)
    try:
        await runner.start()
        await round_once(desk)
        assert await roll_call.call() == 0
        async with asyncio.timeout(30):
            while await _is_owed_a_turn(restarted, clock):
                await asyncio.sleep(0)
    finally:
        await runner.stop()
        await restarted.close()

    assert rasa.asked == []
    after = await stage.read(citizen.id)
    assert (after.owner, after.epoch, after.employee_id) == (Owner.EMPLOYEE, before.epoch, anna)
    said = [message for message in await stage.said(citizen.id) if message.seq >= sent.seq]
    assert [(message.sender, message.text) for message in said] == [(Sender.CITIZEN, sent.text)]


async def _is_owed_a_turn(database: Database, clock: StoppedClock) -> bool:
    async with database.read() as session:
        return bool(await conversations.awaiting_turn(session, now=clock.advance(1)))
