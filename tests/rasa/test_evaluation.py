"""`balie eval nlu` with the real model: it starts a Rasa of its own and leaves none behind."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import launch
from bot.cli import app
from tests.servers import answers

ROWS = """\
text,topic,aspect,context
wat kost een nieuw paspoort?,paspoort,kosten,
en wat kost dat?,rijbewijs,kosten,hoe vraag ik een rijbewijs aan?
en hoe lang duurt dat?,paspoort,termijn,"[""hallo"", ""wat kost een paspoort""]"
wie heeft de wedstrijd gewonnen gisteren,buiten_bereik,algemeen,
"""


def test_questions_are_asked_as_a_citizen_asks_them(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[launch.Program] = []
    understanding = launch.understanding

    def remembered(*arguments: object) -> list[launch.Program]:
        started.extend(understanding(*arguments))  # type: ignore[arg-type]
        return started

    monkeypatch.setattr(launch, "understanding", remembered)
    (tmp_path / "set.csv").write_text(ROWS)
    result = CliRunner().invoke(app, ["eval", "nlu", str(tmp_path / "set.csv"), "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert (figures["n"], figures["failed"]) == (4, 0)
    assert (figures["topic_accuracy"], figures["aspect_accuracy"]) == (1.0, 1.0)
    assert figures["model"] == model.name.removesuffix(".tar.gz")
    assert {program.name for program in started} == {"rasa", "actions"}
    assert not any(answers(program.port) for program in started)
