"""The model's name carries a hash of its sources: a changed source changes it, nothing else does."""

import json
import os
import stat
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import training
from bot.training import Models, NoModel, Step, TrainingFailed

LOCK = "bot/rasa_server/requirements.lock"
PIPELINE = """
    import argparse, pathlib
    parser = argparse.ArgumentParser()
    parser.add_argument("-m")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--name")
    given = parser.parse_args()
    print("[1/2] reading (0 s so far)", flush=True)
    print("[2/2] learning (0 s so far)", flush=True)
    if pathlib.Path("config.yml").read_text() == "broken":
        raise SystemExit("no pipeline")
    (given.out / f"{given.name}.tar.gz").write_text("a model")
    count = pathlib.Path("trainings")
    count.write_text(str(int(count.read_text()) + 1) if count.exists() else "1")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder whose training takes a moment."""
    files = {
        "config.yml": "language: nl",
        "nlu_data/topics/paspoort.yml": "- wat kost een paspoort",
        "bot/domain/domain.yml": "intents: []",
        "bot/rasa_server/src/balie_rasa/topic.py": "C = 0.5",
        "bot/content/topics/paspoort.yml": "topic: paspoort",
        LOCK: "rasa==3.6.21 \\\n    --hash=sha256:aa\nnumpy==1.23.5 \\\n    --hash=sha256:bb\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    python = tmp_path / "bot/rasa_server/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/usr/bin/env python3\n{textwrap.dedent(PIPELINE)}")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return tmp_path


@pytest.fixture
def models(project: Path) -> Models:
    return Models(project, project / "models")


def ignore(_: Step) -> None:
    pass


def edit(name: str, text: str) -> Callable[[Path], None]:
    return lambda project: (project / name).write_text(text)  # type: ignore[func-returns-value]


def rename(old: str, new: str) -> Callable[[Path], None]:
    return lambda project: (project / old).rename(project / new)  # type: ignore[func-returns-value]


@pytest.mark.parametrize(
    "change",
    [
        edit("config.yml", "language: en"),
        edit("nlu_data/topics/paspoort.yml", "- wat kost mijn paspoort"),
        edit("nlu_data/topics/rijbewijs.yml", "- rijbewijs kwijt"),
        edit("nlu_data/lookups.txt", "Coolsingel"),
        rename("nlu_data/topics/paspoort.yml", "nlu_data/topics/id.yml"),
        edit("bot/domain/domain.yml", "intents: [paspoort]"),
        edit("bot/rasa_server/src/balie_rasa/topic.py", "C = 0.6"),
        edit(LOCK, "rasa==3.6.21 \\\n    --hash=sha256:aa\nnumpy==1.23.6 \\\n    --hash=sha256:cc\n"),
    ],
)
def test_a_changed_source_changes_the_model(models: Models, project: Path, change: Callable[[Path], None]) -> None:
    before = models.current
    change(project)
    assert models.current != before


@pytest.mark.parametrize(
    "change",
    [
        edit("config.yml", "language: nl"),
        edit("bot/content/topics/paspoort.yml", "topic: paspoort\ntitle: paspoort"),
        edit("nlu_data/README.md", "How to write sentences"),
        edit("bot/rasa_server/src/balie_rasa/topic.pyc", "compiled"),
        edit(LOCK, "# made anew\nrasa==3.6.21 \\\n    --hash=sha256:dd\nnumpy==1.23.5 \\\n    --hash=sha256:bb\n"),
        lambda project: os.utime(project / "config.yml", (0, 0)),
    ],
)
def test_what_the_model_does_not_depend_on_leaves_it(
    models: Models, project: Path, change: Callable[[Path], None]
) -> None:
    before = models.current
    change(project)
    assert models.current == before


def test_trains_once_and_tells_each_step(models: Models, project: Path) -> None:
    steps: list[Step] = []
    model = models.train(steps.append)
    assert models.train(steps.append) == model == models.require()
    assert (project / "trainings").read_text() == "1"
    assert [(step.number, step.steps, step.text) for step in steps] == [(1, 2, "reading"), (2, 2, "learning")]


def test_the_time_left_is_that_of_the_training_before(models: Models, project: Path) -> None:
    (project / "models").mkdir()
    (project / "models" / "pace.json").write_text("[10, 30]")
    steps: list[Step] = []
    models.train(steps.append)
    assert steps[0].seconds_left == 40
    assert steps[1].seconds_left < 30
    assert len(json.loads((project / "models" / "pace.json").read_text())) == 2


def test_a_missing_model_is_said_with_the_remedy(models: Models) -> None:
    with pytest.raises(NoModel, match="run `balie train`"):
        models.require()


def test_a_failed_training_leaves_no_model_and_says_where_to_look(models: Models, project: Path) -> None:
    (project / "config.yml").write_text("broken")
    with pytest.raises(TrainingFailed, match=r"training\.log"):
        models.train(ignore)
    assert not models.current.exists()
    assert "no pipeline" in (project / "models" / "training.log").read_text()


def test_only_the_newest_models_are_kept(models: Models, project: Path) -> None:
    trained = []
    for number in range(5):
        (project / "config.yml").write_text(f"number: {number}")
        trained.append(models.train(ignore))
        os.utime(trained[-1], (number, number))
    assert [model for model in trained if model.exists()] == trained[-training.MODELS_KEPT :]
