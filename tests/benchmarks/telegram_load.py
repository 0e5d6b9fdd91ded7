"""A minute of Telegram: chats that ask on, each in its turn, and what became of every update."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.telegram_desk import STAD_TOKEN
from tests.telegram_server import FakeTelegram

CHATS = 100
UPDATES_A_SECOND = 10
SECONDS = 60
FIRST_CHAT = 50_000
QUESTIONS = (
    "wat kost een paspoort?",
    "wanneer wordt het papier opgehaald?",
    "hoe geef ik een verhuizing door?",
    "wat zijn de openingstijden?",
    "kan ik een rijbewijs verlengen?",
    "hoe vraag ik een parkeervergunning aan?",
)
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Asked:
    """One update, and when the reply to it was handed to the Bot API."""

    chat_id: int
    at: float
    replied_at: float | None

    @property
    def milliseconds(self) -> float:
        return (self.replied_at - self.at) * 1000 if self.replied_at is not None else float("inf")


@dataclass(frozen=True)
class Outcome:
    """What a minute brought."""

    asked: list[Asked]
    first_contact: list[Asked]
    """The first update of each chat, and the first thing that was said to it."""
    lost: int
    doubled: int


def load(telegram: FakeTelegram, database: Path) -> Outcome:
    """Greet every chat, then keep the pace for a minute, and count."""
    chats = [FIRST_CHAT + number for number in range(CHATS)]
    bot = telegram.bot(STAD_TOKEN)
    first_contact = [_ask(telegram, chat_id, "hallo") for chat_id in _paced(chats)]
    telegram.wait(lambda: all(len(bot.to(chat_id)) >= 3 for chat_id in chats), PATIENCE_SECONDS)
    before = {chat_id: len(bot.to(chat_id)) for chat_id in chats}
    rounds = UPDATES_A_SECOND * SECONDS // CHATS
    turns = [(chat_id, QUESTIONS[number % len(QUESTIONS)]) for number in range(rounds) for chat_id in chats]
    asked = [_ask(telegram, chat_id, text) for chat_id, text in _paced(turns)]
    with contextlib.suppress(TimeoutError):
        telegram.wait(lambda: all(len(bot.to(one)) >= before[one] + rounds for one in chats), PATIENCE_SECONDS)
    _settle(telegram)
    stored, owed = _counted(database)
    sent = len(bot.sent)
    expected = CHATS + len(asked)
    lost = max(0, expected - stored) + max(0, owed - sent)
    doubled = max(0, stored - expected) + max(0, sent - owed)
    return Outcome(
        [_replied(telegram, one) for one in asked], [_replied(telegram, one) for one in first_contact], lost, doubled
    )


def _paced(what: list[Any]) -> Iterator[Any]:
    began = time.monotonic()
    for number, one in enumerate(what):
        pause = began + number / UPDATES_A_SECOND - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        yield one


def _ask(telegram: FakeTelegram, chat_id: int, text: str) -> Asked:
    at = time.monotonic()
    telegram.say(STAD_TOKEN, chat_id, text)
    return Asked(chat_id, at, None)


def _replied(telegram: FakeTelegram, asked: Asked) -> Asked:
    after = (one.arrived_at for one in telegram.bot(STAD_TOKEN).to(asked.chat_id) if one.arrived_at >= asked.at)
    return Asked(asked.chat_id, asked.at, next(after, None))


def _settle(telegram: FakeTelegram) -> None:
    """Wait until nothing more was sent for three seconds."""
    seen = -1
    for _ in itertools.repeat(None, PATIENCE_SECONDS):
        now = len(telegram.bot(STAD_TOKEN).sent)
        if now == seen:
            return
        seen = now
        time.sleep(3)


def _counted(database: Path) -> tuple[int, int]:
    """Messages of citizens that are stored, and messages that were owed to them."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM message WHERE sender = 'citizen'").fetchone()
        (owed,) = connection.execute("SELECT count(*) FROM outbox").fetchone()
    return int(stored), int(owed)
