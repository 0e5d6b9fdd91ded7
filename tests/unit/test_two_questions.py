"""Two questions in one message: both are answered, and a story is not cut in two."""

import datetime as dt
from pathlib import Path

import pytest

from actions.decision import Counter
from actions.dialogue import Memory, Subject, Understood
from actions.two_questions import two_subjects
from bot.content import Content

CONTENT = Content.load(Path(__file__).resolve().parents[2] / "bot" / "content")
COUNTER = Counter(CONTENT, "voorbeeldstad", dt.date(2026, 11, 23))
SUBJECTS = {"paspoort", "rijbewijs", "afvalinzameling_grofvuil"}


def part(text: str, topic: str, aspect: str, confidence: float = 0.95, aspect_confidence: float = 0.9) -> Understood:
    return Understood(text, topic, ((topic, confidence),), aspect, aspect_confidence)


def both(first: Understood, second: Understood, intent: str = "nlu_fallback") -> Understood:
    return Understood(f"{first.text} en {second.text}", intent, (("paspoort", 0.5),), parts=(first, second))


PRICE = part("wat kost een paspoort", "paspoort", "kosten")
BULKY = part("wanneer halen jullie het grofvuil op", "afvalinzameling_grofvuil", "termijn")


def test_two_subjects_get_both_answers_in_order() -> None:
    outcome = COUNTER.decide(both(PRICE, BULKY), Memory(failures_in_a_row=1))
    expected = [("paspoort", "kosten"), ("afvalinzameling_grofvuil", "termijn")]
    texts = [CONTENT.answer(topic, aspect, "voorbeeldstad", COUNTER.today).text for topic, aspect in expected]
    assert [reply.text for reply in outcome.replies] == texts
    assert [(q.subject.topic, q.subject.aspect) for q in outcome.questions] == expected
    assert outcome.memory == Memory(topic="afvalinzameling_grofvuil", aspect="termijn", answered=True)


@pytest.mark.parametrize("read_as", ["vervolg", "rijbewijs"])
def test_a_second_question_that_names_nothing_is_about_the_first_subject(read_as: str) -> None:
    second = part("hoe lang duurt dat", read_as, "termijn")
    assert two_subjects(both(PRICE, second), SUBJECTS) == (
        Subject("paspoort", "kosten"),
        Subject("paspoort", "termijn"),
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (part("wat kost het", "paspoort", "kosten", confidence=0.6), BULKY),
        (PRICE, part("kan dat ook bij u in de buurt van het park", "rijbewijs", "aanvragen", confidence=0.75)),
        (PRICE, part("wat is de prijs", "paspoort", "kosten")),
        (PRICE, part("en hoe dan", "paspoort", "algemeen")),
        (PRICE, part("hoe lang duurt dat", "paspoort", "termijn", aspect_confidence=0.5)),
        (part("hoe gaat het met u", "groet", "algemeen"), BULKY),
    ],
    ids=["first unsure", "second unsure", "the same twice", "no aspect", "aspect unsure", "small talk"],
)
def test_what_is_not_sure_stays_one_question(first: Understood, second: Understood) -> None:
    assert two_subjects(both(first, second), SUBJECTS) is None


def test_one_part_or_none_is_one_question() -> None:
    assert two_subjects(PRICE, SUBJECTS) is None
    assert two_subjects(Understood("x", "paspoort", parts=(PRICE,)), SUBJECTS) is None


def test_parts_come_from_the_message_as_rasa_gives_it() -> None:
    ranking = [{"name": "paspoort", "confidence": 0.9}]
    given = {"text": "wat kost dat", "intent_ranking": ranking, "aspect": {"name": "kosten", "confidence": 0.8}}
    [read] = Understood.from_message({"text": "a en b", "parts": [given]}).parts
    assert (read.text, read.best, read.aspect, read.aspect_confidence) == (
        "wat kost dat",
        ("paspoort", 0.9),
        "kosten",
        0.8,
    )
