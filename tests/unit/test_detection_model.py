"""The trained model: learns, keeps safe what expressions say, and is read back exactly or refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from handoff.detection import Detector, Level, Role, Turn, training
from handoff.detection.lexicon import Lexicon
from handoff.detection.model import HUMAN, TEXT_WEIGHT, Model, UnusableModel, Vocabulary, checksum

ROUTINE = ["wat kost een paspoort", "hoe laat is de balie open", "waar breng ik oud papier", "mag ik een boom kappen"]
DESPAIR = ["ik red het allemaal niet", "het lukt mij thuis niet", "mijn hoofd loopt over", "ik sta overal alleen voor"]


def voice(folder: Path, author: str, greeting: str) -> None:
    def line(text: str, level: str, reasons: list[str], team: str) -> str:
        turns = [{"role": "citizen", "text": f"{greeting} {text}"}]
        return json.dumps({"turns": turns, "level": level, "reasons": reasons, "team": team})

    lines = [line(text, "none", [], "publieksbalie") for text in ROUTINE]
    lines += [line(text, "escalate", ["distress"], "sociaal-wijkteam") for text in DESPAIR]
    (folder / f"{author}.jsonl").write_text("\n".join(lines))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("voices")
    voice(folder, "one", "goedemorgen")
    voice(folder, "two", "hoi")
    return training.train(training.read_voices(Detector.load(), folder), [])


def judged(model: Model, text: str) -> Level:
    return Detector(Lexicon.load(), model, "test").assess([Turn(Role.CITIZEN, text)]).level


def test_what_was_learned_of_one_author_counts_for_another(model: Model) -> None:
    detector = Detector.load()
    despair, routine = (
        model.scores(detector.features([Turn(Role.CITIZEN, f"dag {texts[0]}")]))[HUMAN] for texts in (DESPAIR, ROUTINE)
    )
    assert despair > routine


def test_a_safety_rule_is_not_overruled(model: Model) -> None:
    assert judged(model, "wat kost een paspoort. mijn man slaat mij") is Level.CRISIS
    assert judged(model, "hoe laat is de balie open. ik wil dood") is Level.CRISIS


def test_a_weak_expression_does_not_count_where_the_model_finds_it_routine(model: Model) -> None:
    text = "ik ben woedend wat kost een paspoort hoe laat is de balie open waar breng ik oud papier"
    assert Detector.load().assess([Turn(Role.CITIZEN, text)]).level is Level.ESCALATE
    assert judged(model, text).rank < Level.ESCALATE.rank


def test_long_and_short_messages_weigh_the_same() -> None:
    names = [f"w:{number}" for number in range(50)]
    vocabulary = Vocabulary.of(names, np.ones(50, dtype=np.float32))
    for length in (1, 50):
        _, values = vocabulary.weigh(dict.fromkeys(names[:length], 1.0))
        assert float(np.sqrt(np.square(values).sum())) == pytest.approx(TEXT_WEIGHT)


def test_a_saved_model_is_read_back(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "detector.npz"
    model.save(path)
    found = Detector.load().features([Turn(Role.CITIZEN, DESPAIR[0])])
    assert Model.load(path).scores(found) == pytest.approx(model.scores(found), abs=0.02)


def test_a_changed_file_is_refused(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "detector.npz"
    model.save(path)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(UnusableModel, match="not the file that was trained"):
        Model.load(path)
    checksum(path).unlink()
    with pytest.raises(UnusableModel, match="run `balie train`"):
        Model.load(path)
