"""Other open cases of the same citizen: that they exist is shown; what they hold needs the right and a reason."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from handoff import cases
from handoff.tables import AuditLine, Case, Conversation, Employee
from handoff.vocabulary import CaseKind
from tests.console_room import Browser
from tests.stage import CITY, Stage, new_case

SECRET = "geheim-van-het-wijkteam"


async def other_case(stage: Stage, case_id: str, team: str, *, linked: bool = False, city: str = CITY) -> str:
    """Another open case of the same conversation, or of one in which the citizen went on."""
    conversation_id = (await stage.case(case_id)).conversation_id
    if linked:
        first = conversation_id
        conversation_id = await stage.conversation(municipality=city)
        async with stage.database.write() as session:
            later = await session.get_one(Conversation, conversation_id)
            later.previous_id = first
    new = new_case(team=team, kind=CaseKind.REPORT, details={"description": SECRET})
    async with stage.database.write() as session:
        case = await cases.open_case(
            session, new, conversation_id=conversation_id, municipality=city, now=stage.clock()
        )
    return case.id


async def looks(stage: Stage) -> list[AuditLine]:
    async with stage.database.read() as session:
        return list(await session.scalars(select(AuditLine).where(AuditLine.action == "open_other")))


@pytest.mark.parametrize("linked", [False, True])
async def test_another_teams_case_shows_team_and_status_and_nothing_else(
    browser: Browser, stage: Stage, sam: Employee, linked: bool
) -> None:
    mine = await stage.held_case(sam.id)
    theirs = await other_case(stage, mine, "sociaal-wijkteam", linked=linked)
    page = (await browser.get(f"/medewerker/zaken/{mine}")).text
    assert "Melding bij Sociaal wijkteam, wacht" in page
    assert "Wat erin staat, kan alleen Sociaal wijkteam lezen." in page
    assert SECRET not in page
    answer = await browser.post(f"/medewerker/zaken/{mine}/andere", andere=theirs, reden="citizen_asked")
    assert answer.status_code == 404
    assert await looks(stage) == []


async def test_with_the_right_and_a_reason_it_opens_and_stands_in_the_audit(
    browser: Browser, stage: Stage, sam: Employee
) -> None:
    mine = await stage.held_case(sam.id)
    other = await other_case(stage, mine, "publieksbalie", linked=True)
    answer = await browser.post(f"/medewerker/zaken/{mine}/andere", andere=other, reden="citizen_asked")
    assert answer.headers["Location"] == f"/medewerker/zaken/{other}"
    (line,) = await looks(stage)
    references = {one: (await stage.case(one)).reference for one in (mine, other)}
    assert (line.actor, line.case_reference) == (f"employee:{sam.id}", references[other])
    assert line.details == {"reason": "citizen_asked", "from_case": references[mine]}


@pytest.mark.parametrize("reason", ["", "omdat het kan"])
async def test_without_a_reason_it_stays_closed(browser: Browser, stage: Stage, sam: Employee, reason: str) -> None:
    mine = await stage.held_case(sam.id)
    other = await other_case(stage, mine, "publieksbalie")
    answer = await browser.post(f"/medewerker/zaken/{mine}/andere", andere=other, reden=reason)
    assert answer.status_code == 422
    assert await looks(stage) == []


async def test_a_case_of_somebody_else_is_no_other_case(browser: Browser, stage: Stage, sam: Employee) -> None:
    mine, elsewhere = await stage.held_case(sam.id), await stage.waiting_case()
    answer = await browser.post(f"/medewerker/zaken/{mine}/andere", andere=elsewhere, reden="citizen_asked")
    assert answer.status_code == 404
    assert await looks(stage) == []


async def test_another_municipalitys_conversation_is_never_linked(
    browser: Browser, stage: Stage, sam: Employee
) -> None:
    mine = await stage.held_case(sam.id)
    await other_case(stage, mine, "publieksbalie", linked=True, city="fictiedam")
    assert "Ook open voor deze inwoner" not in (await browser.get(f"/medewerker/zaken/{mine}")).text


async def test_a_case_that_is_done_is_not_shown(browser: Browser, stage: Stage, sam: Employee) -> None:
    mine = await stage.held_case(sam.id)
    other = await other_case(stage, mine, "publieksbalie")
    async with stage.database.write() as session:
        (await session.get_one(Case, other)).state = "done"
    assert "Ook open voor deze inwoner" not in (await browser.get(f"/medewerker/zaken/{mine}")).text
