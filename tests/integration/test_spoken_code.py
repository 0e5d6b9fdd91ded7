"""A code said at the counter: good once, for a day, in its own municipality, and not to be guessed."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from handoff import retention, spoken_code
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.spoken_code import MAX_WRONG, TooManyCodes, UnknownCode
from handoff.tables import Employee, SpokenCode
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, CaseState, Consent, Owner
from tests.console_room import Browser, add_employee, make_log_ins_quick, mounted
from tests.stage import Stage, StoppedClock

DAY = 24 * 3600


async def given(stage: Stage, vault: Vault, conversation_id: str) -> str:
    async with stage.database.write() as session:
        return (await spoken_code.give(session, vault, conversation_id, now=stage.clock())).code


async def used(stage: Stage, vault: Vault, code: str, employee_id: str) -> str:
    async with stage.database.write() as session:
        employee = await session.get_one(Employee, employee_id)
        return (await spoken_code.use(session, vault, code, employee, now=stage.clock())).id


async def test_the_code_opens_a_case_with_the_whole_story_once(stage: Stage, vault: Vault) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation(first="Mijn aanvraag loopt vast")
    code = await given(stage, vault, conversation_id)
    assert re.fullmatch(r"\d\d \d\d \d\d", code)
    case = await stage.case(await used(stage, vault, code.replace(" ", "-"), anna))
    assert (case.kind, case.state, case.conversation_id) == (CaseKind.VISIT, CaseState.WAITING, conversation_id)
    assert case.consent == Consent.CODE
    assert (await stage.read(conversation_id)).owner == Owner.BOT  # the chat goes on as it was
    with pytest.raises(UnknownCode):
        await used(stage, vault, code, anna)


async def test_a_code_ends_after_a_day_and_with_the_next_one(stage: Stage, vault: Vault, clock: StoppedClock) -> None:
    anna = await stage.employee("Anna")
    conversation_id = await stage.conversation()
    first = await given(stage, vault, conversation_id)
    second = await given(stage, vault, conversation_id)
    if first != second:
        with pytest.raises(UnknownCode):
            await used(stage, vault, first, anna)
    clock.advance(DAY)
    with pytest.raises(UnknownCode):
        await used(stage, vault, second, anna)


@pytest.mark.parametrize("said", ["", "48 21 0", "letters", "48 21 07 1", "💥"])
async def test_what_is_no_code_opens_nothing(stage: Stage, vault: Vault, said: str) -> None:
    anna = await stage.employee("Anna")
    await given(stage, vault, await stage.conversation())
    with pytest.raises(UnknownCode):
        await used(stage, vault, said, anna)


async def test_a_code_of_another_municipality_opens_nothing(stage: Stage, vault: Vault) -> None:
    elsewhere = await stage.employee("Femke", municipality="fictiedam")
    code = await given(stage, vault, await stage.conversation())
    with pytest.raises(UnknownCode):
        await used(stage, vault, code, elsewhere)


async def test_codes_are_kept_as_a_hash_and_erased_with_the_conversation(stage: Stage, vault: Vault) -> None:
    conversation_id = await stage.conversation()
    code = await given(stage, vault, conversation_id)
    async with stage.database.write() as session:
        row = (await session.scalars(select(SpokenCode))).one()
        assert code.replace(" ", "") not in row.code_hash
        await retention.erase(session, conversation_id, now=stage.clock(), actor="citizen")
    assert await stage.count(SpokenCode) == 0


async def test_few_wrong_codes_may_be_tried(stage: Stage, vault: Vault, clock: StoppedClock) -> None:
    anna = await stage.employee("Anna")
    code = await given(stage, vault, await stage.conversation())
    async with stage.database.write() as session:
        for _ in range(MAX_WRONG):
            spoken_code.count_wrong(session, await session.get_one(Employee, anna), now=clock())
    with pytest.raises(TooManyCodes):
        await used(stage, vault, code, anna)
    clock.advance(16 * 60)
    assert await used(stage, vault, code, anna)


async def test_the_console_opens_the_conversation_and_refuses_what_is_wrong(
    database: Database,
    bus: InProcessBus,
    clock: StoppedClock,
    vault: Vault,
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_log_ins_quick(monkeypatch)
    sam = await add_employee(database, clock, "Sam", limit=1)
    app: FastAPI = mounted(database, bus, clock, vault)
    browser = Browser(app)
    await browser.log_in(sam.email)
    conversation_id = await stage.conversation(first="Mijn aanvraag loopt vast")
    code = await given(stage, vault, conversation_id)
    wrong = await browser.post("/medewerker/code", code="000" if code != "000" else "111")
    assert wrong.status_code == 422
    assert "Deze code klopt niet" in wrong.text
    right = await browser.post("/medewerker/code", code=code)
    assert right.status_code == 303
    page = (await browser.get(right.headers["location"])).text
    assert "Mijn aanvraag loopt vast" in page
    assert "De inwoner gaf u zelf de code" in page
    assert await stage.open_count(sam.id) == 1
    full = await browser.post("/medewerker/code", code=await given(stage, vault, await stage.conversation()))
    assert full.headers["location"].endswith("?melding=code-vol")
    assert await stage.open_count(sam.id) == 1
    for _ in range(MAX_WRONG):
        last = await browser.post("/medewerker/code", code="1")
    assert last.status_code in {422, 429}
    assert (await browser.post("/medewerker/code", code="1")).status_code == 429
