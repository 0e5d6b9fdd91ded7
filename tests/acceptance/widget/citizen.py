"""The widget as a citizen meets it, on any page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.chromium import wait_until
from tests.fake_balie import FakeBalie

QUESTION = "Wat kost een paspoort?"


class Widget:
    """The widget as a citizen meets it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.get_by_role("button", name="Stel uw vraag", exact=False).and_(page.locator(".start"))
        self.panel = page.locator("balie-chat dialog")
        self.field = page.get_by_label("Uw bericht")
        self.messages = page.locator("balie-chat .bericht")
        self.own = page.locator("balie-chat .bericht.burger")
        self.log = page.locator("balie-chat dialog [role=log]")
        self.notice = page.locator("balie-chat .melding")
        self.who = page.locator("balie-chat .wie")

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name)

    def open(self) -> None:
        self.launcher.click()
        expect(self.messages.first).to_be_visible()

    def send(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def menu(self, item: str) -> None:
        self.button("Meer mogelijkheden").click()
        self.panel.locator(".menu").get_by_text(item, exact=True).click()

    @staticmethod
    def attempts(balie: FakeBalie) -> int:
        """How often the widget tried to open a conversation."""
        return [(method, path) for method, path, _ in balie.requests].count(("POST", "/api/v1/gesprekken"))

    def expect_texts(self, *texts: str) -> None:
        """All messages after the welcome, in order, each once."""
        expect(self.page.locator("balie-chat .bericht .bel")).to_have_text([re.compile("Welkom"), *texts])


Visit = Callable[..., "Widget"]


def connected(balie: FakeBalie, page: Page) -> None:
    """Wait until the page has its WebSocket."""
    wait_until(page, lambda: balie.sockets > 0)


def storage(page: Page, name: str) -> list[str]:
    found: list[str] = page.evaluate(f"() => Object.keys({name}).filter((key) => key.startsWith('balie:'))")
    return found


def focused(page: Page) -> str:
    name: str = page.evaluate(
        """() => {
          const one = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement;
          return one.getAttribute('aria-label') || one.labels?.[0]?.textContent || one.textContent;
        }"""
    )
    return name
