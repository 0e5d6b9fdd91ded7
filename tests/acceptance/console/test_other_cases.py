"""Another open case of the same citizen, and what still has to happen after this one, as an employee meets them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from handoff import cases
from handoff.vocabulary import CaseKind
from tests.acceptance.console.desk import DESKTOP, Console, Counter, watched
from tests.chromium import ARTEFACTS, PHONE
from tests.stage import CITY, new_case

PICTURES = ARTEFACTS / "console"


async def with_others(counter: Counter, case_id: str) -> str:
    """A case of her own team and one of another's beside hers; returns the first."""
    conversation_id = (await counter.stage.case(case_id)).conversation_id
    for team in ("publieksbalie", "belastingen"):
        new = new_case(team=team, kind=CaseKind.REPORT, details={"description": "Een losse stoeptegel"})
        async with counter.database.write() as session:
            await cases.open_case(session, new, conversation_id=conversation_id, municipality=CITY, now=counter.clock())
    found = await counter.stage.cases_of(conversation_id)
    return next(case.id for case in found if case.kind == CaseKind.REPORT and case.team == "publieksbalie")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_opens_for_a_reason_and_a_task_can_be_left(
    browser: Browser, counter: Counter, errors: list[str], size: ViewportSize
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    context = watched(browser.new_context(viewport=size, locale="nl-NL", reduced_motion="reduce"), errors)
    console = Console(context.new_page(), counter).log_in()
    mine = counter.held(counter.samira)
    other = counter.run(with_others(counter, mine))
    console.go(mine)
    page = console.page
    page.locator("#actie-afsluiten > summary").click()
    page.get_by_text("Moet er nog iets gebeuren?").click()
    expect(page.get_by_label("Wat moet er gebeuren?")).to_be_visible()
    found = console.violations()
    page.screenshot(path=PICTURES / f"opvolgen-{size['width']}.png")
    page.get_by_label("Wat moet er gebeuren?").press("Escape")
    if size is PHONE:
        console.part("Dossier")
    page.get_by_text("Bekijk deze zaak").click()
    page.locator(".ook-open").scroll_into_view_if_needed()
    found += console.violations()
    page.screenshot(path=PICTURES / f"andere-zaken-{size['width']}.png")
    expect(page.get_by_text("kan alleen")).to_be_visible()
    page.get_by_label("De inwoner vraagt ernaar").check()
    page.get_by_role("button", name="Open de zaak").click()
    page.wait_for_url(f"**/zaken/{other}")
    context.close()
    assert found == []
    assert errors == []
