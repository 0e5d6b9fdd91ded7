"""What the privacy officer finds, that her search is recorded, and the proof that what was erased is gone."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from handoff import accountability, audit, retention, review
from handoff.accountability import Proof, Wanted
from handoff.database import Database
from handoff.exceptions import NotAllowed
from handoff.review import Missed, Why
from handoff.tables import AuditLine, Base, Employee
from handoff.vocabulary import Role
from tests.console_room import Browser
from tests.stage import CITY, Stage


async def officer(stage: Stage, role: Role = Role.PRIVACY_OFFICER) -> Employee:
    employee_id = await stage.employee("Olga", teams=[])
    async with stage.database.write() as session:
        employee = await session.get_one(Employee, employee_id)
        employee.role = role
    return employee


async def found(stage: Stage, olga: Employee, wanted: Wanted) -> list[str]:
    async with stage.database.write() as session:
        return [line.action for line in await accountability.search(session, olga, wanted, now=stage.clock())]


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.PRIVACY_OFFICER])
async def test_only_a_privacy_officer_searches(stage: Stage, role: Role) -> None:
    somebody = await officer(stage, role)
    with pytest.raises(NotAllowed):
        await found(stage, somebody, Wanted())


async def test_lines_are_found_by_conversation_case_actor_action_and_moment(stage: Stage) -> None:
    olga = await officer(stage)
    anna = await stage.employee("Anna")
    case = await stage.case(await stage.waiting_case())
    other = stage.clock.advance(60)
    await stage.claim(case.id, anna)
    await stage.conversation(municipality="fictiedam")
    assert set(await found(stage, olga, Wanted(conversation_id=case.conversation_id))) == {"open", "enqueue", "claim"}
    assert set(await found(stage, olga, Wanted(case_reference=case.reference))) == {"enqueue", "claim"}
    assert await found(stage, olga, Wanted(actor=f"employee:{anna}")) == ["claim"]
    assert await found(stage, olga, Wanted(action="open")) == ["open"]
    assert "claim" not in await found(stage, olga, Wanted(until=other))
    assert "open" not in await found(stage, olga, Wanted(since=other))


async def test_that_she_searched_is_a_line(stage: Stage) -> None:
    olga = await officer(stage)
    await found(stage, olga, Wanted(conversation_id="c" * 36, action="reveal"))
    async with stage.database.read() as session:
        [line] = await session.scalars(select(AuditLine).where(AuditLine.action == "audit_searched"))
    assert (line.actor, line.conversation_id, line.details) == (
        f"employee:{olga.id}",
        "c" * 36,
        {"asked": {"action": "reveal"}},
    )


async def test_an_erased_conversation_is_proven_to_be_gone(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    message = await stage.citizen_says(conversation_id, "Mijn verhaal")
    await stage.enqueue(conversation_id)
    async with stage.database.write() as session:
        await review.note(session, message, CITY, Missed(Why.NOT_UNDERSTOOD), now=stage.clock())
    async with stage.database.read() as session:
        before = await accountability.proof(session, CITY, conversation_id)
    assert before is not None
    assert set(before.left) >= {"conversation", "message", "handoff_case", "review_item"}
    assert before.erased_at is None
    erased_at = stage.clock.advance(60)
    async with stage.database.write() as session:
        await retention.erase(session, conversation_id, now=erased_at, actor="citizen")
    async with stage.database.read() as session:
        after = await accountability.proof(session, CITY, conversation_id)
        elsewhere = await accountability.proof(session, "fictiedam", conversation_id)
    assert after is not None
    assert (after.left, after.erased_at, after.erased_by) == ({}, erased_at, "citizen")
    assert elsewhere is None


async def sought(stage: Stage, olga: Employee, conversation_id: str) -> Proof | None:
    """What a second search for this number proves: the first has left its own line."""
    for _ in range(2):
        async with stage.database.write() as session:
            await accountability.search(session, olga, Wanted(conversation_id=conversation_id), now=stage.clock())
            proof = await accountability.proof(session, olga.municipality, conversation_id)
    return proof


async def test_a_mistyped_number_proves_nothing_however_often_it_is_searched(stage: Stage) -> None:
    assert await sought(stage, await officer(stage), "c" * 36) is None


async def test_a_conversation_of_another_municipality_is_not_known_here(stage: Stage) -> None:
    elsewhere = await stage.conversation(municipality="fictiedam", first="Hallo")
    assert await sought(stage, await officer(stage), elsewhere) is None


async def test_searching_leaves_the_proof_of_her_own_municipality_as_it_was(stage: Stage) -> None:
    olga, conversation_id = await officer(stage), await stage.conversation(first="Hallo")
    there = await sought(stage, olga, conversation_id)
    assert there is not None
    assert there.left["conversation"] == 1
    async with stage.database.write() as session:
        await retention.erase(session, conversation_id, now=stage.clock(), actor="citizen")
    gone = await sought(stage, olga, conversation_id)
    assert gone is not None
    assert (gone.left, gone.erased_by) == ({}, "citizen")


async def test_the_page_knows_no_number_that_was_never_a_conversation_here(olga: Browser, stage: Stage) -> None:
    for unknown in ("c" * 36, await stage.conversation(municipality="fictiedam", first="Hallo")):
        page = (await olga.get(f"/medewerker/verantwoording?gesprek={unknown}")).text
        assert "Balie kent geen gesprek met dit nummer in uw gemeente." in page


def test_every_table_with_a_link_to_a_conversation_is_looked_in() -> None:
    """A link by another name would be missed; then the proof has to learn it."""
    for table in Base.metadata.sorted_tables:
        links = {key.parent.name for key in table.foreign_keys if key.column.table.name == "conversation"}
        assert links <= {"conversation_id"}, table.name


@pytest.fixture
async def olga(database: Database, app: FastAPI, sam: Employee) -> Browser:
    async with database.write() as session:
        account = await session.get_one(Employee, sam.id)
        account.role, account.teams = Role.PRIVACY_OFFICER, []
    browser = Browser(app)
    assert (await browser.log_in(sam.email)).headers["location"] == "/medewerker/verantwoording"
    return browser


async def test_the_page_shows_lines_and_proof(olga: Browser, stage: Stage) -> None:
    conversation_id = await stage.conversation(first="Hallo")
    page = (await olga.get("/medewerker/verantwoording")).text
    assert "regels, de nieuwste eerst" not in page
    page = (await olga.get(f"/medewerker/verantwoording?gesprek={conversation_id}&van=2026-11-01&tot=onzin")).text
    assert "Nee, het gesprek is er nog." in page
    async with stage.database.write() as session:
        await retention.erase(session, conversation_id, now=stage.clock(), actor="citizen")
        audit.record(
            session,
            "reveal",
            at=stage.clock(),
            municipality=CITY,
            actor="operator",
            placeholder="<script>alert(1)</script>",
        )
    page = (await olga.get(f"/medewerker/verantwoording?gesprek={conversation_id}")).text
    assert "Gewist op 23 november 2026, 11.00 uur, door: Inwoner." in page
    page = (await olga.get("/medewerker/verantwoording?handeling=reveal")).text
    assert "&lt;script&gt;" in page
    assert "Technisch beheer" in page
    assert "Er is niets gevonden." in (await olga.get("/medewerker/verantwoording?kenmerk=ZK-0")).text


async def test_others_are_turned_away(browser: Browser) -> None:
    assert (await browser.get("/medewerker/verantwoording?handeling=open")).status_code == 404
