"""The same handover on Telegram: channels are only adapters."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext

from tests.acceptance.whole.people import AtTheConsole
from tests.acceptance.whole.stack import TELEGRAM_TOKEN, Stack
from tests.telegram_server import FakeTelegram, Sent

CHAT = 4242
REPORTER = 4243
PLACE = {"latitude": 52.370216, "longitude": 4.895168}


def newest_with(telegram: FakeTelegram, chat_id: int, words: str) -> Sent:
    """The newest message to a chat that says this."""
    bot = telegram.bot(TELEGRAM_TOKEN)
    found: Sent = telegram.wait(
        lambda: next((one for one in reversed(bot.to(chat_id)) if re.search(words, one.text)), None), 60
    )
    return found


def test_a_location_is_the_place_of_a_report(stack: Stack, telegram: FakeTelegram) -> None:
    telegram.say(TELEGRAM_TOKEN, REPORTER, "ik wil een melding doen: er ligt een losse stoeptegel")
    newest_with(telegram, REPORTER, "digitale assistent")
    newest_with(telegram, REPORTER, "(?i)waar|welke plek|plaats")
    telegram.push(TELEGRAM_TOKEN, {"message": telegram.message(REPORTER, location=PLACE)})
    newest_with(telegram, REPORTER, "gevaarlijk")
    telegram.say(TELEGRAM_TOKEN, REPORTER, "nee")
    asked = newest_with(telegram, REPORTER, "(?i)klopt")
    assert "Waar: de plek die u stuurde" in asked.text
    telegram.say(TELEGRAM_TOKEN, REPORTER, "ja")
    newest_with(telegram, REPORTER, r"ML-\d{4}-[A-Z]{3}")


def test_a_citizen_on_telegram_is_taken_over_and_given_back(
    context: BrowserContext, stack: Stack, telegram: FakeTelegram
) -> None:
    def arrived(words: str) -> Sent:
        return newest_with(telegram, CHAT, words)

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
