"""The fixed texts, filled in for each municipality."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bot.content import Content
from bot.content.crisis_texts import ORDER, CrisisTexts

FOLDER = Path(__file__).parents[2] / "bot" / "content"
TODAY = dt.date(2026, 11, 23)
CONTENT = Content.load(FOLDER)
TEXTS = CrisisTexts.load(FOLDER / "crisis")


@pytest.mark.parametrize("municipality", ["voorbeeldstad", "fictiedam"])
@pytest.mark.parametrize("reason", ORDER)
def test_no_brace_is_left_with_or_without_the_values(municipality: str, reason: str) -> None:
    bare = replace(CONTENT.municipality(municipality), values={})
    without = replace(CONTENT, municipalities={municipality: bare})
    for content in (CONTENT, without):
        assert "{" not in TEXTS.by_reason[reason].fill(content, municipality, TODAY)


def test_who_has_no_place_to_sleep_gets_the_number_that_is_open_at_night() -> None:
    assert "(099) 123 40 24, dag en nacht" in TEXTS.by_reason["homelessness"].fill(CONTENT, "voorbeeldstad", TODAY)
