"""A minute of Telegram: a hundred chats, ten updates a second; none lost, none doubled, and how long a reply takes."""

from __future__ import annotations

import json
import os
import statistics
from pathlib import Path

import pytest

from tests.benchmarks.installation import balie, stand_in_rasa
from tests.benchmarks.telegram_load import CHATS, SECONDS, UPDATES_A_SECOND, Asked, load
from tests.rasa.conftest import TOKEN, actions_url, model, rasa
from tests.telegram_desk import STAD, STAD_TOKEN
from tests.telegram_server import FakeTelegram

__all__ = ["actions_url", "model", "rasa"]  # fixtures

TARGET_MS = 400


@pytest.mark.benchmark
@pytest.mark.timeout(1200)
def test_a_hundred_chats_for_a_minute(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """With BALIE_TEST_STAND_IN=1 something else answers in Rasa's place, as quickly; nothing has to be trained."""
    database = tmp_path / "balie.db"
    with FakeTelegram() as telegram:
        bot = {
            "BALIE_TELEGRAM_TOKENS": json.dumps({STAD: STAD_TOKEN}),
            "BALIE_TELEGRAM_API_BASE": telegram.url,
        }
        if os.environ.get("BALIE_TEST_STAND_IN") == "1":
            by = "a stand-in for Rasa that takes 12 ms"
            with stand_in_rasa() as url, balie(database, url, "x", tmp_path / "log", **bot):
                outcome = load(telegram, database)
        else:
            by = "Rasa with the trained model"
            served = request.getfixturevalue("rasa")
            with balie(database, served.url, TOKEN, tmp_path / "log", **bot):
                outcome = load(telegram, database)
    busy = f"{os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
    print(f"\n\nload of the machine over five minutes: {busy}")
    print(f"{CHATS} chats, {UPDATES_A_SECOND} updates a second for {SECONDS} s, SQLite, polling; answered by {by}")
    print(f"{'':<44}{'updates':>8}{'p50 ms':>8}{'p95 ms':>8}{'max ms':>8}")
    _row("a chat's first update to the first message", outcome.first_contact)
    _row("a later update to its reply", outcome.asked)
    print(f"lost {outcome.lost}, doubled {outcome.doubled}")
    assert (outcome.lost, outcome.doubled) == (0, 0)
    assert _percentile(outcome.asked, 95) < TARGET_MS


def _row(name: str, asked: list[Asked]) -> None:
    took = [one.milliseconds for one in asked]
    p95 = _percentile(asked, 95)
    print(f"{name:<44}{len(asked):>8}{statistics.median(took):>8.0f}{p95:>8.0f}{max(took):>8.0f}")


def _percentile(asked: list[Asked], percent: int) -> float:
    took = sorted(one.milliseconds for one in asked)
    return took[min(len(took) - 1, len(took) * percent // 100)]
