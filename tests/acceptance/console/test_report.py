"""A report that may be in the other system too, as an employee of public space reads it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from handoff import messages, reports
from handoff.outbox import OutboxState
from handoff.reports import Reported
from handoff.tables import Report
from tests.acceptance.console.desk import DESKTOP, Console, Counter, watched
from tests.chromium import ARTEFACTS, PHONE

PICTURES = ARTEFACTS / "console"


async def _perhaps_arrived(counter: Counter) -> tuple[str, str]:
    """A report of which nobody knows whether it arrived; returns the case's id and its reference."""
    conversation_id = await counter.stage.conversation(first="er ligt een gat in de weg")
    now = counter.clock()
    async with counter.database.write() as session:
        masked = await messages.mask_in_conversation(session, counter.vault, conversation_id, "Dorpsstraat 12")
        said = Reported("weg", "Weg, stoep of fietspad", "Er zit een diep gat in het fietspad.", masked.text, "nee")
        # The demo employees of this scene are in the team of the counter.
        session.add(
            Report(
                reference="ML-1234-BCD",
                conversation_id=conversation_id,
                municipality="voorbeeldstad",
                key="beurt:report",
                kind=said.kind,
                details=said.details,
                state=OutboxState.SENDING,
                holder="x",
                next_attempt_at=now,
                created_at=now,
            )
        )
        await session.flush()
        ((report_id, _),) = await reports.interrupted(session, older_than=now.replace(year=now.year + 1))
        case = await reports.give_to_team(
            session, report_id, OutboxState.UNCERTAIN, "geen antwoord op tijd", holder="x", now=now
        )
        assert case is not None
        case.team = "publieksbalie"
    return case.id, case.reference


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_says_where_to_look_first_on_every_screen(
    browser: Browser, counter: Counter, errors: list[str], size: ViewportSize
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    case_id, reference = counter.run(_perhaps_arrived(counter))
    context = watched(browser.new_context(viewport=size, locale="nl-NL", reduced_motion="reduce"), errors)
    console = Console(context.new_page(), counter).log_in().go(case_id)
    if size == PHONE:
        console.part("Dossier")
    told = console.page.get_by_text(
        f"Misschien al in het meldingensysteem (geen antwoord op tijd). Zoek daar eerst op {reference}."
    )
    expect(told).to_be_visible()
    expect(console.page.get_by_text("Let op", exact=True)).to_be_visible()
    told.scroll_into_view_if_needed()
    console.page.screenshot(path=PICTURES / f"melding-onzeker-{size['width']}.png")
    assert console.violations() == []
    context.close()
    assert errors == []
