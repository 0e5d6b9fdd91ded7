"""What an employee reads first with a crisis or a threat."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from bot.content import Content
from bot.content.check import check
from bot.content.exceptions import InvalidContent
from bot.content.step_cards import FILE, ORDER, OTHERWISE, StepCards

FOLDER = Path(__file__).parents[2] / "bot" / "content"
CARDS = StepCards.load(FOLDER)
CONTENT = Content.load(FOLDER)


@pytest.mark.parametrize("municipality", ["voorbeeldstad", "fictiedam"])
@pytest.mark.parametrize("reason", [*ORDER, OTHERWISE])
def test_every_card_names_112_and_the_team_lead_and_loses_no_step(municipality: str, reason: str) -> None:
    (card,) = CARDS.of([reason], is_crisis=True)
    steps = [CONTENT.fill_known(step, municipality, dt.date(2026, 11, 24)) for step in card.steps]
    assert all(steps)
    assert "112" in " ".join(steps)
    assert "teamleider" in " ".join(steps)
    assert "{" not in " ".join(steps)


def test_a_card_for_each_reason_the_gravest_first() -> None:
    titles = [card.title for card in CARDS.of(["threat", "anger", "acute_danger"], is_crisis=True)]
    assert titles == ["Direct gevaar: wat doet u nu?", "Bedreiging: wat doet u nu?"]


def test_a_crisis_always_has_a_card_and_what_is_only_urgent_has_none_of_another_reason() -> None:
    assert [card.title for card in CARDS.of(["homelessness"], is_crisis=True)] == ["Crisis: wat doet u nu?"]
    assert CARDS.of(["homelessness"], is_crisis=False) == ()
    assert len(CARDS.of(["threat"], is_crisis=False)) == 1


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("  threat:", "  bedreiging:", "de kaart threat ontbreekt"),
        ("Bel meteen {lijn_alarm}.", "Bel meteen 112.", "112: noem de lijn bij zijn naam"),
        ("Bel meteen {lijn_alarm}.", "Bel meteen {lijn_politie}.", "de hulplijn politie bestaat niet"),
    ],
)
def test_a_wrong_card_is_told_with_its_place(tmp_path: Path, was: str, becomes: str, said: str) -> None:
    folder = tmp_path / "content"
    shutil.copytree(FOLDER, folder)
    text = (folder / FILE).read_text()
    assert was in text
    (folder / FILE).write_text(text.replace(was, becomes))
    problems = [problem for problem in check(folder, dt.date(2026, 11, 24)).errors if problem.path.name == FILE]
    assert [said in problem.message for problem in problems] == [True]
    assert problems[0].line > 1


def test_without_the_file_balie_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidContent, match="stappenkaarten ontbreken"):
        StepCards.load(tmp_path)
