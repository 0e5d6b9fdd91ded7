"""The same handover on Telegram: channels are only adapters."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext

from tests.acceptance.whole.people import AtTheConsole
from tests.acceptance.whole.stack import TELEGRAM_TOKEN, Stack
from tests.telegram_server import FakeTelegram, Sent

CHAT = 4242


def test_a_citizen_on_telegram_is_taken_over_and_given_back(
    context: BrowserContext, stack: Stack, telegram: FakeTelegram
) -> None:
    bot = telegram.bot(TELEGRAM_TOKEN)

    def arrived(words: str) -> Sent:
        def newest() -> Sent | None:
            return next((one for one in reversed(bot.to(CHAT)) if re.search(words, one.text)), None)

        found: Sent = telegram.wait(newest, 60)
        return found

    telegram.say(TELEGRAM_TOKEN, CHAT, "Wat kost een paspoort?")
    arrived("digitale assistent")
    arrived("€ 88,65")
    telegram.say(TELEGRAM_TOKEN, CHAT, "kan ik een medewerker spreken over telegram en mijn tante")
    arrived("in de rij|aan de beurt")
    samira = AtTheConsole(context, stack, "Samira")
    samira.sees("telegram en mijn tante")
    samira.claim("telegram en mijn tante")
    arrived("U praat nu met Samira")
    samira.say("Dag, waarmee kan ik uw tante helpen?")
    arrived("uw tante helpen")
    telegram.say(TELEGRAM_TOKEN, CHAT, "Zij zoekt haar pas.")
    samira.sees("Zij zoekt haar pas.")
    samira.page.locator("#actie-overdragen summary").click()
    samira.page.get_by_role("button", name=re.compile("Geef terug")).click()
    arrived("digitale assistent. Wilt u toch")
    telegram.say(TELEGRAM_TOKEN, CHAT, "hoe lang is een paspoort geldig?")
    arrived("10 jaar geldig")
