"""What still has to happen after a conversation stands in the team's queue, with its day."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff import follow_up
from handoff.exceptions import InvalidText
from handoff.tables import Case, Employee
from handoff.vocabulary import CaseState
from tests.console_room import Browser
from tests.stage import MONDAY_MORNING, Stage

TODAY = MONDAY_MORNING.date()


async def close(browser: Browser, case_id: str, **fields: str) -> object:
    return await browser.post(f"/medewerker/zaken/{case_id}/afsluiten", uitkomst="resolved", **fields)


async def follow_ups(stage: Stage, case_id: str) -> list[Case]:
    conversation_id = (await stage.case(case_id)).conversation_id
    return [case for case in await stage.cases_of(conversation_id) if case.kind == "follow_up"]


async def test_closing_can_leave_a_task_with_a_day_in_the_queue(browser: Browser, stage: Stage, sam: Employee) -> None:
    case_id = await stage.held_case(sam.id)
    await close(browser, case_id, opvolgen="Bel over de aanvraag: 06 12 34 56 78", opvolgdag="2026-11-27")
    (task,) = await follow_ups(stage, case_id)
    assert (task.state, task.team, task.due_on, task.priority) == (CaseState.WAITING, "publieksbalie", "2026-11-27", 2)
    assert task.details == {"task": "Bel over de aanvraag: [telefoon-1]"}
    assert task.reference.startswith("OV-")
    page = (await browser.get("/medewerker/zaken")).text
    assert "uiterlijk vrijdag 27 november" in page
    assert "Bel over de aanvraag: [telefoon-1]" in page
    lines = [line for line in await stage.audit(task.conversation_id) if line.action == "follow_up"]
    assert [(line.actor, line.details) for line in lines] == [(f"employee:{sam.id}", {"due": "2026-11-27"})]


async def test_it_is_done_like_any_other_case(browser: Browser, stage: Stage, sam: Employee) -> None:
    case_id = await stage.held_case(sam.id)
    await close(browser, case_id, opvolgen="Stuur het formulier na", opvolgdag="2026-11-23")
    (task,) = await follow_ups(stage, case_id)
    await browser.post(f"/medewerker/zaken/{task.id}/overnemen")
    page = (await browser.get(f"/medewerker/zaken/{task.id}")).text
    assert "Wat er moet gebeuren" in page
    assert "Stuur het formulier na" in page
    await close(browser, task.id)
    assert (await stage.case(task.id)).state == CaseState.DONE


async def test_without_a_task_closing_leaves_nothing(browser: Browser, stage: Stage, sam: Employee) -> None:
    case_id = await stage.held_case(sam.id)
    await close(browser, case_id, opvolgen=" ", opvolgdag="")
    assert (await stage.case(case_id)).state == CaseState.DONE
    assert await follow_ups(stage, case_id) == []


@pytest.mark.parametrize(
    ("task", "day", "said"),
    [
        ("Bel terug", "", "Kies voor het opvolgen een dag"),
        ("Bel terug", "2026-11-22", "van vandaag tot 90 dagen"),
        ("Bel terug", "2027-02-22", "van vandaag tot 90 dagen"),
        ("Bel terug", "morgen", "Kies voor het opvolgen een dag"),
        ("", "2026-11-27", "Schrijf op wat er moet gebeuren"),
        ("x" * 501, "2026-11-27", "te lang"),
    ],
)
async def test_half_a_task_closes_nothing_and_what_was_typed_stays(
    browser: Browser, stage: Stage, sam: Employee, task: str, day: str, said: str
) -> None:
    case_id = await stage.held_case(sam.id)
    answer = await close(browser, case_id, opvolgen=task, opvolgdag=day)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert said in answer.text  # type: ignore[attr-defined]
    if task:
        assert task in answer.text  # type: ignore[attr-defined]
    assert (await stage.case(case_id)).state == CaseState.HELD


@given(days=st.integers(-400, 400))
def test_a_day_is_taken_from_today_until_ninety_days_on(days: int) -> None:
    typed = (TODAY + dt.timedelta(days=days)).isoformat()
    if 0 <= days <= follow_up.LONGEST_DAYS:
        assert follow_up.due_day(typed, MONDAY_MORNING) == TODAY + dt.timedelta(days=days)
    else:
        with pytest.raises(InvalidText):
            follow_up.due_day(typed, MONDAY_MORNING)
