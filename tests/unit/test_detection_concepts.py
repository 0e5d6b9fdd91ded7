"""Families of words, and the rules that read them: what is said sideways is heard, what only looks like it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from handoff.detection import Detector, Level, Reason, Role, Turn
from handoff.detection.concepts import TOPICS, Concepts
from handoff.detection.words import read

concepts = Concepts.load()
detector = Detector.load()


def test_other_words_belong_to_the_same_family() -> None:
    assert {"afpakken", "bezit", "hij"} <= concepts.of(read("hij heeft m'n pinpas in de kluis gelegd"))
    assert "slaapplek" in concepts.of(read("ik heb geen onderdak"))


def test_runs_of_words_and_beginnings_are_found() -> None:
    assert "er_niet" in concepts.of(read("als ik er niet meer ben"))
    assert "zelfmoord" in concepts.of(read("een afscheidsbriefje"))


def test_topics_tell_the_team() -> None:
    assert Concepts.load(TOPICS).of(read("mijn parkeervergunning")) == {"parkeren"}


@pytest.mark.parametrize("text", ["", "😀😀", "\x00\x01", "a" * 4000, "да لا 不 ja"])
def test_anything_can_be_read(text: str) -> None:
    assert isinstance(concepts.of(read(text)), frozenset)


@pytest.mark.parametrize(
    ("written", "problem"), [("soort: [een, twee]\n", "not a line"), ("soort: ab*\n", "too short")]
)
def test_a_family_that_cannot_be_read_is_named(tmp_path: Path, written: str, problem: str) -> None:
    path = tmp_path / "families.yml"
    path.write_text(written)
    with pytest.raises(ValueError, match=f"soort.*{problem}|{problem}.*"):
        Concepts.load(path)


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason.SUICIDE, "Mijn zoon heeft al zijn spullen weggegeven en iedereen een lief berichtje gestuurd."),
        (Reason.SUICIDE, "dan hoeft niemand meer voor mij te betalen, ik ben er morgen niet meer"),
        (Reason.ABUSE, "hij heeft mijn bankpas afgepakt en ik mag niet alleen naar buiten"),
        (Reason.ABUSE, "mijn stiefvader komt 's nachts op mijn kamer"),
        (Reason.ACUTE_DANGER, "opa is gevallen en hij wordt steeds slaperiger"),
        (Reason.ACUTE_DANGER, "de meterkast vonkt en er komt rook uit"),
    ],
)
def test_what_is_said_sideways_is_heard(reason: Reason, text: str) -> None:
    said = detector.assess([Turn(Role.CITIZEN, text)])
    assert said.level is Level.CRISIS
    assert reason in said.reasons


@pytest.mark.parametrize(
    "text",
    [
        "Wij verhuizen naar Spanje en hebben alles weggegeven. Hoe schrijf ik mij uit?",
        "mijn man haalt mijn paspoort op, moet hij een machtiging meenemen",
        "de brandweer is geweest en het is geblust, wie ruimt de troep op",
        "ik maak een werkstuk over zelfmoord, heeft u cijfers",
    ],
)
def test_what_only_looks_like_it_is_no_crisis(text: str) -> None:
    assert detector.assess([Turn(Role.CITIZEN, text)]).level is not Level.CRISIS
