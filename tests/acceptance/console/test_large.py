"""A queue of 500 cards and a conversation of 1,000 messages stay quick to work in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from handoff import cases, conversations
from handoff.tables import Message
from handoff.vocabulary import ChannelName, MessageKind, Sender
from tests.acceptance.console.desk import Console, Counter
from tests.chromium import wait_until
from tests.stage import CITY, new_case

CARDS = 500
MESSAGES = 1_000
TARGET_MS = 100.0
"""From a key or click to the next picture, on a machine that does nothing else."""
BOUND_MS = 500.0
"""What fails: test machines are shared, and a graver fault takes seconds."""

_WATCH = """() => {
  window.slowest = {};
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      const kind = one.name.startsWith('key') || one.name === 'input' ? 'key' : 'click';
      if (one.interactionId) window.slowest[kind] = Math.max(window.slowest[kind] ?? 0, one.duration);
    }
  }).observe({ type: 'event', durationThreshold: 16, buffered: false });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.slowest.blocked = Math.max(window.slowest.blocked ?? 0, one.duration);
  }).observe({ type: 'longtask' });
}"""


async def fill(counter: Counter, mine: str) -> None:
    """500 who wait, and 1,000 messages in the conversation of `mine`."""
    now = counter.clock()
    async with counter.database.write() as session:
        for number in range(CARDS):
            waits = await conversations.open_conversation(session, municipality=CITY, channel=ChannelName.WEB, now=now)
            await session.flush()
            words = f"Vraag {number}: ik begrijp de brief over mijn aanslag niet en wil graag iemand spreken."
            session.add(_message(waits.id, 1, words, Sender.CITIZEN, now))
            waits.last_seq = 1
            await cases.open_case(session, new_case(), conversation_id=waits.id, municipality=CITY, now=now)
        conversation = await conversations.get(session, (await cases.get(session, mine)).conversation_id)
        for number in range(conversation.last_seq + 1, MESSAGES + 1):
            sender = Sender.CITIZEN if number % 2 else Sender.EMPLOYEE
            session.add(_message(conversation.id, number, f"Bericht {number}. " + "Een zin. " * 8, sender, now))
        conversation.last_seq = MESSAGES


def _message(conversation_id: str, seq: int, text: str, sender: Sender, now: dt.datetime) -> Message:
    return Message(
        conversation_id=conversation_id,
        seq=seq,
        sender=sender,
        kind=MessageKind.TEXT,
        text=text,
        created_at=now,
        handled_at=now,
    )


def slowest(page: Page) -> dict[str, float]:
    page.wait_for_timeout(300)  # entries come after the picture; there is no event for "no more to come"
    found: dict[str, Any] = page.evaluate("() => window.slowest")
    return {name: float(value) for name, value in found.items()}


@pytest.mark.timeout(400)
def test_typing_choosing_and_live_updates_stay_quick(console: Console, counter: Counter) -> None:
    mine = counter.held(counter.samira)
    counter.run(fill(counter, mine))
    console.go(mine)
    page = console.page
    expect(console.lines).to_have_count(MESSAGES, timeout=60_000)
    expect(page.locator("#kaarten-rij .kaart")).to_have_count(CARDS)
    page.evaluate(_WATCH)
    console.field.focus()
    page.keyboard.type("Goedemiddag, ik kijk het voor u na.")
    typed = slowest(page).get("key", 0)
    page.evaluate("() => (window.slowest = {})")
    page.locator("#actie-afsluiten > summary").click()
    page.keyboard.press("Escape")
    clicked = slowest(page)
    page.evaluate("() => (window.slowest = {})")
    counter.citizen_says(mine, "Nog één vraag")
    expect(console.lines.last).to_contain_text("Nog één vraag")
    new = counter.waiting("Ik ben er ook nog")
    wait_until(page, lambda: console.card(new).count() == 1)
    updated = slowest(page).get("blocked", 0)
    print(
        f"\n{CARDS} cards, {MESSAGES} messages, slowest of each: key {typed:.0f} ms, click "
        f"{clicked.get('click', 0):.0f} ms, main thread blocked by a live update {updated:.0f} ms; "
        f"target {TARGET_MS:.0f} ms"
    )
    assert max(typed, clicked.get("click", 0), clicked.get("key", 0), updated) < BOUND_MS
