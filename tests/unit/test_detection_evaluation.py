"""`balie eval detection`: the figures are what the issue says they are, and wrong data is told with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.evaluation.conversations import Labelled, UnreadableData, read
from bot.evaluation.detection import Judged, measure, worst
from bot.evaluation.intervals import Share
from handoff.detection import Assessment, Level, Reason, Role, Turn


def judged(true: Level, said: Level, *, team: str = "wonen", reasons: tuple[Reason, ...] = ()) -> Judged:
    labelled = Labelled(f"{true}-{said}", (Turn(Role.CITIZEN, "x"),), true, frozenset({Reason.DEBT}), "wonen")
    return Judged(labelled, Assessment(said, reasons, team=team), 1.0)


def test_every_share_counts_what_it_says() -> None:
    measured = measure(
        [
            judged(Level.NONE, Level.NONE),
            judged(Level.NONE, Level.ESCALATE, team="parkeren"),
            judged(Level.OFFER, Level.CRISIS),
            judged(Level.ESCALATE, Level.OFFER),
            judged(Level.URGENT, Level.ESCALATE),
            judged(Level.CRISIS, Level.CRISIS),
            judged(Level.CRISIS, Level.URGENT),
        ]
    )
    assert {name: (share.hits, share.n) for name, share in measured.shares.items()} == {
        "human_recall": (3, 4),
        "human_precision": (3, 5),
        "routine_false_alarms": (1, 2),
        "crisis_recall": (1, 2),
        "crisis_false_alarms": (1, 5),
        "urgent_or_crisis_recall": (3, 3),
        "level_accuracy": (2, 7),
        "team_accuracy": (6, 7),
    }


def test_reasons_are_measured_over_all_of_them_together() -> None:
    right = judged(Level.OFFER, Level.OFFER, reasons=(Reason.DEBT, Reason.FEAR))
    missed = judged(Level.OFFER, Level.NONE)
    assert measure([right, missed]).reasons_micro_f1 == pytest.approx(2 * 1 / (2 + 2))


def test_what_raised_counts_as_an_error_and_as_nothing_said() -> None:
    measured = measure([Judged(judged(Level.CRISIS, Level.NONE).labelled, None, 1.0, "ValueError: x")])
    assert (measured.errors, measured.shares["crisis_recall"].hits) == (1, 0)


def test_wilsons_interval_is_the_published_one() -> None:
    low, high = Share(81, 263).interval or (0, 0)  # Newcombe 1998, table I: 0.2553 to 0.3662
    assert (low, high) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
    assert Share(0, 0).interval is None


def test_a_missed_crisis_is_the_worst_mistake() -> None:
    found = worst(
        [judged(Level.NONE, Level.CRISIS), judged(Level.CRISIS, Level.URGENT), judged(Level.ESCALATE, Level.NONE)]
    )
    assert [one.labelled.id for one in found] == ["crisis-urgent", "escalate-none", "none-crisis"]


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares the training: the rules alone judge."""
    monkeypatch.setattr("bot.progress.train_detector", lambda models, console: None)
    monkeypatch.setattr("bot.detector_model.DetectorModels.current", None)


LINE = '{"id":"a","turns":[{"role":"citizen","text":"Ik wil een <b>mens</b> spreken"}],"level":"%s","reasons":[]}'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (LINE % "none" + "\n" + LINE % "panic", "line 2: 'panic' is not a valid Level"),
        ("{", "line 1"),
        ('{"id":"a"}', "line 1: 'turns' is missing"),
        ("\n", "no conversation"),
    ],
)
def test_wrong_data_is_told_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "set.jsonl").write_text(text)
    with pytest.raises(UnreadableData, match=complaint):
        read(tmp_path / "set.jsonl")


def test_the_command_prints_figures_and_writes_a_page(tmp_path: Path, untrained: None) -> None:
    (tmp_path / "set.jsonl").write_text(LINE % "none" + "\n" + LINE % "escalate" + "\n")
    folder = tmp_path / "report"
    result = CliRunner().invoke(
        app, ["eval", "detection", str(tmp_path / "set.jsonl"), "--json", "--report", str(folder)]
    )
    figures = json.loads(result.stdout)
    assert (figures["n"], figures["human_recall"], figures["routine_false_alarms"]) == (2, 1.0, 1.0)
    assert figures["intervals_95"]["human_recall"][1] == 1.0
    assert "&lt;b&gt;mens" in (folder / "detection.html").read_text()


def test_a_part_can_be_left_out(tmp_path: Path, untrained: None) -> None:
    (tmp_path / "set.jsonl").write_text(LINE % "escalate" + "\n")
    command = ["eval", "detection", str(tmp_path / "set.jsonl"), "--json", "--without", "rules"]
    assert json.loads(CliRunner().invoke(app, command).stdout)["human_recall"] == 0.0


def test_a_missing_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["eval", "detection", str(tmp_path / "nothing.jsonl")])
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr
