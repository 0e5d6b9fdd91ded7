"""What an employee sees of a conversation on Telegram: corrections, and what did not surely arrive."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, ViewportSize, expect
from sqlalchemy import select

from handoff import messages, outbox
from handoff.messages import Draft
from handoff.tables import OutboxRow
from handoff.vocabulary import ChannelName, Sender
from tests.acceptance.console.desk import DESKTOP, Console, Counter
from tests.chromium import ARTEFACTS, PHONE

PICTURES = ARTEFACTS / "console"


def on_telegram(counter: Counter) -> str:
    """A case of hers, of a citizen who was answered by the assistant; returns its id."""

    async def prepare() -> str:
        conversation_id = await counter.stage.conversation(channel=ChannelName.TELEGRAM, first="Ik zoek mijn pas")
        async with counter.database.write() as session:
            answer = Draft("U kunt uw paspoort **hier** aanvragen.")
            await messages.append(session, conversation_id, answer, sender=Sender.BOT, now=counter.clock())
        case_id = await counter.stage.enqueue(conversation_id)
        await counter.stage.claim(case_id, counter.samira.id)
        return case_id

    return counter.run(prepare())


def corrects(counter: Counter, case_id: str, text: str) -> None:
    """She changes her first message."""

    async def change() -> None:
        conversation_id = (await counter.stage.case(case_id)).conversation_id
        async with counter.database.write() as session:
            await messages.append(
                session, conversation_id, Draft(text), sender=Sender.CITIZEN, now=counter.clock(), corrects_seq=1
            )

    counter.run(change())


def nobody_knows(counter: Counter, case_id: str, seq: int) -> None:
    """Whether this message arrived."""

    async def change() -> None:
        conversation_id = (await counter.stage.case(case_id)).conversation_id
        async with counter.database.write() as session:
            wanted = select(OutboxRow.id).where(OutboxRow.conversation_id == conversation_id, OutboxRow.seq == seq)
            row = (await session.scalars(wanted)).one()
            await outbox.uncertain(session, row, "no answer in time")

    counter.run(change())


def test_a_correction_stands_beside_the_first_words_at_once_and_after_a_reload(
    console: Console, counter: Counter
) -> None:
    case_id = on_telegram(counter)
    console.go(case_id)
    first = console.page.locator("#bericht-1")
    expect(first).to_contain_text("ek mijn pas")
    corrects(counter, case_id, "Ik zoek mijn <b>paspoort</b>")
    for _ in range(2):
        expect(first).to_contain_text("Verbeterd om")
        expect(first).to_contain_text("Ik zoek mijn <b>paspoort</b>")
        last = console.page.locator("#regels .regel--citizen").last
        expect(last).to_contain_text("Ik zoek mijn <b>paspoort</b>")
        expect(last).to_contain_text("Daar stond:")
        expect(last).to_contain_text("Ik zoek mijn pas")
        console.page.reload()
        console.is_live()


def test_what_may_not_have_arrived_is_told_at_that_message_also_of_the_assistant(
    console: Console, counter: Counter
) -> None:
    case_id = on_telegram(counter)
    console.go(case_id)
    answer = console.page.locator("#bericht-2")
    expect(answer).to_contain_text("aanvragen")
    expect(answer.locator("[data-bezorging]")).to_be_hidden()
    nobody_knows(counter, case_id, 2)
    expect(answer).to_contain_text("let op: niet zeker bezorgd, vraag de inwoner of dit aankwam")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_on_it_and_the_picture_is_kept(
    browser: Browser, counter: Counter, size: ViewportSize
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    case_id = on_telegram(counter)
    corrects(counter, case_id, "Ik zoek mijn paspoort, niet mijn pas")
    nobody_knows(counter, case_id, 2)
    context = browser.new_context(viewport=size, locale="nl-NL", reduced_motion="reduce")
    console = Console(context.new_page(), counter).log_in().go(case_id)
    expect(console.page.locator("#regels")).to_contain_text("Daar stond:")
    console.page.screenshot(path=PICTURES / f"telegram-{size['width']}.png")
    assert console.violations() == []
    context.close()
