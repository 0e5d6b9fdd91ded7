"""The trained model: learns, keeps safe what expressions say, and is read back exactly or refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from handoff.detection import Detector, Level, Reason, Role, Turn, training
from handoff.detection.lexicon import Lexicon
from handoff.detection.model import HUMAN, TEXT_WEIGHT, Model, Space, UnusableModel, Vocabulary, checksum
from handoff.detection.teams import team_for

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
    examples = learned_from(tmp_path_factory.mktemp("voices"))
    return training.train(examples, [])


@pytest.fixture(scope="module")
def model_of_meanings(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """It knows what was meant, too: in this language a vector's first number says whether it is routine."""
    examples = learned_from(tmp_path_factory.mktemp("voices"))
    routine = training.routine_questions(Detector.load(), [("waar is de markt", "publieksbalie")])
    meanings = np.array([meant(one.level is Level.NONE) for one in (*examples, *routine)], dtype=np.float32)
    return training.train(examples, routine, meanings)


def learned_from(folder: Path) -> list[training.Example]:
    voice(folder, "one", "goedemorgen")
    voice(folder, "two", "hoi")
    return training.read_voices(Detector.load(), folder)


def meant(is_routine: bool) -> tuple[float, ...]:
    return (1.0, 0.2) if is_routine else (-1.0, 0.2)


def judged(model: Model, text: str) -> Level:
    return Detector(Lexicon.load(), model, "test").assess([Turn(Role.CITIZEN, text)]).level


def test_what_was_learned_of_one_author_counts_for_another(model: Model) -> None:
    detector = Detector.load()
    despair, routine = (
        model.scores(detector.features([Turn(Role.CITIZEN, f"dag {texts[0]}")])).of[HUMAN]
        for texts in (DESPAIR, ROUTINE)
    )
    assert despair > routine


def test_a_safety_rule_is_not_overruled(model: Model) -> None:
    assert judged(model, "wat kost een paspoort. mijn man slaat mij") is Level.CRISIS
    assert judged(model, "hoe laat is de balie open. ik wil dood") is Level.CRISIS


def test_a_weak_expression_does_not_count_where_the_model_finds_it_routine(model: Model) -> None:
    text = "ik ben woedend wat kost een paspoort hoe laat is de balie open waar breng ik oud papier"
    assert Detector.load().assess([Turn(Role.CITIZEN, text)]).level is Level.ESCALATE
    assert judged(model, text).rank < Level.ESCALATE.rank


def test_what_is_meant_counts_beside_the_words(model_of_meanings: Model) -> None:
    unknown = {"w:onbekend": 1.0}
    despair, routine = (model_of_meanings.scores(unknown, meant(one)).of[HUMAN] for one in (False, True))
    assert despair > routine


def test_the_detector_gives_the_model_what_was_meant(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    real = Model.scores
    monkeypatch.setattr(Model, "scores", lambda self, *about: given.append(about[1]) or real(self, *about))
    detector = Detector(Lexicon.load(), model, "test")
    detector.assess([Turn(Role.CITIZEN, DESPAIR[0])], meaning=(0.5, 0.1))
    detector.assess([Turn(Role.CITIZEN, DESPAIR[0])])
    assert given == [(0.5, 0.1), None]


def test_without_a_vector_words_alone_judge(model: Model, model_of_meanings: Model) -> None:
    found = Detector.load().features([Turn(Role.CITIZEN, DESPAIR[0])])
    assert model.by_meaning is None
    assert model.scores(found, meant(is_routine=True)).of == model.scores(found).of
    assert model_of_meanings.scores(found).thresholds is model_of_meanings.by_words.thresholds


def test_a_safety_rule_is_not_overruled_by_what_is_meant(model_of_meanings: Model) -> None:
    detector = Detector(Lexicon.load(), model_of_meanings, "test")
    turns = [Turn(Role.CITIZEN, "wat kost een paspoort. ik wil dood")]
    assert detector.assess(turns, meaning=meant(is_routine=True)).level is Level.CRISIS


def test_a_few_landmarks_score_as_all_messages_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "LANDMARKS", 200)
    chance = np.random.default_rng(1)
    vectors = chance.normal(size=(1200, 5)).astype(np.float32)
    space = Space.around(vectors, training.SHARPNESS)
    directions = space.directions(vectors)
    duals = chance.normal(size=(1200, 2))
    landmarks = training._landmarks(space, directions, duals)
    assert landmarks.directions.shape == (200, 5)
    for vector in chance.normal(size=(20, 5)).astype(np.float32):
        by_all = space.near(directions @ space.directions(vector)) @ duals
        assert landmarks.scores(vector) == pytest.approx(by_all, rel=0.05, abs=0.5)


@pytest.mark.parametrize(
    ("reasons", "score", "team"),
    [
        ([Reason.WANTS_HUMAN], -1.2, "publieksbalie"),
        ([Reason.WANTS_HUMAN], -0.5, "wonen"),
        ([Reason.ANGER], -1.2, "wonen"),
        ([Reason.SUICIDE], 3.0, "sociaal-wijkteam"),
    ],
)
def test_who_only_asks_for_a_person_is_the_front_desks(reasons: list[Reason], score: float, team: str) -> None:
    scores = {"team:publieksbalie": -1.5, "team:wonen": score, "reason:anger": 5.0}
    assert team_for(reasons, None, scores) == team


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
    assert Model.load(path).scores(found).of == pytest.approx(model.scores(found).of, abs=0.02)


def test_a_saved_model_of_meanings_is_read_back(model_of_meanings: Model, tmp_path: Path) -> None:
    path = tmp_path / "detector.npz"
    model_of_meanings.save(path)
    found = Detector.load().features([Turn(Role.CITIZEN, DESPAIR[0])])
    for meaning in (None, meant(is_routine=True)):
        before, after = model_of_meanings.scores(found, meaning), Model.load(path).scores(found, meaning)
        assert after.of == pytest.approx(before.of, abs=0.05)
        assert after.thresholds == before.thresholds


def test_a_changed_file_is_refused(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "detector.npz"
    model.save(path)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(UnusableModel, match="not the file that was trained"):
        Model.load(path)
    checksum(path).unlink()
    with pytest.raises(UnusableModel, match="run `balie train`"):
        Model.load(path)
