"""A citizen at the widget and an employee at the console, as they would act in a browser."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.acceptance.whole.stack import PASSWORD, Stack


class AtTheWidget:
    """A citizen on the municipality's demo page."""

    def __init__(self, page: Page, stack: Stack, municipality: str = "voorbeeldstad") -> None:
        self.page = page
        page.goto(f"{stack.url}/demo/{municipality}")
        self.chat = page.locator("balie-chat")
        self.open()
        expect(self.chat.get_by_text("digitale assistent").first).to_be_visible()

    def open(self) -> None:
        """Press the button that opens the chat."""
        self.chat.get_by_role("button", name="Stel uw vraag").click()

    def say(self, text: str) -> None:
        """Type and send."""
        self.chat.get_by_role("textbox", name="Uw bericht").fill(text)
        self.chat.get_by_role("button", name="Verstuur", exact=True).click()

    def sees(self, text: str | re.Pattern[str], seconds: float = 20) -> None:
        """Wait until this text shows."""
        expect(self.chat.get_by_text(text).last).to_be_visible(timeout=seconds * 1000)


class AtTheConsole:
    """An employee who is logged in."""

    def __init__(self, context: BrowserContext, stack: Stack, name: str, municipality: str = "voorbeeldstad") -> None:
        self.page = context.new_page()
        self.page.goto(f"{stack.url}/medewerker/")
        self.page.get_by_label("E-mailadres").fill(f"{name.lower()}@{municipality}.example")
        self.page.get_by_label("Wachtwoord").fill(PASSWORD)
        self.page.get_by_role("button", name="Inloggen").click()
        expect(self.page.get_by_role("heading", name="Wachtrij")).to_be_visible()

    def card(self, words: str) -> object:
        """The waiting case whose card holds these words."""
        return self.page.locator("#kaarten-rij li", has_text=words)

    def claim(self, words: str) -> None:
        """Take the case over."""
        self.page.locator("#kaarten-rij li", has_text=words).get_by_role("button", name=re.compile("Neem over")).click()

    def say(self, text: str) -> None:
        """Answer the citizen."""
        self.page.get_by_label("Uw bericht aan de inwoner").fill(text)
        self.page.get_by_role("button", name="Verstuur", exact=True).click()

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until this text shows."""
        expect(self.page.get_by_text(text).locator("visible=true").last).to_be_visible()
