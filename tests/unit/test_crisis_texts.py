"""The fixed texts, filled in for each municipality, for adults, for children and in other languages."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bot.content import Content
from bot.content.crisis_texts import ORDER, RIGHT_TO_LEFT, CrisisTexts, Reader
from bot.content.spoken import LANGUAGES, Languages

FOLDER = Path(__file__).parents[2] / "bot" / "content"
TODAY = dt.date(2026, 11, 24)
CONTENT = Content.load(FOLDER)
TEXTS = CrisisTexts.load(FOLDER / "crisis")
ADULT, CHILD = Reader(), Reader(is_child=True)
READERS = (ADULT, CHILD, *(Reader(language=code) for code in LANGUAGES))
ISOLATES = str.maketrans("", "", "\u2066\u2069")


def said(reason: str, reader: Reader = ADULT, municipality: str = "voorbeeldstad", content: Content = CONTENT) -> str:
    return TEXTS.say([reason], reader, content, municipality, TODAY).text.translate(ISOLATES)


@pytest.mark.parametrize("municipality", ["voorbeeldstad", "fictiedam"])
@pytest.mark.parametrize("reason", ORDER)
def test_no_brace_is_left_with_or_without_the_values(municipality: str, reason: str) -> None:
    bare = replace(CONTENT.municipality(municipality), values={}, help_lines={})
    without = replace(CONTENT, municipalities={municipality: bare})
    for reader in READERS:
        for content in (CONTENT, without):
            assert "{" not in said(reason, reader, municipality, content)


@pytest.mark.parametrize(
    ("reason", "number"),
    [("suicide", "113"), ("abuse", "0800-2000"), ("acute_danger", "112"), ("threat", "112")],
)
def test_the_line_that_helps_stands_in_every_language_with_what_we_cannot_do(reason: str, number: str) -> None:
    for reader in READERS:
        text = said(reason, reader)
        assert number in text.splitlines()[1] + text.splitlines()[0], text
        assert "112" in text.splitlines()[-1], text


def test_who_has_no_place_to_sleep_gets_the_number_that_is_open_at_night() -> None:
    assert "(099) 123 40 24" in said("homelessness")
    assert "(099) 765 40 24" in said("homelessness", municipality="fictiedam")


def test_a_child_is_told_of_the_line_for_children_and_is_no_stranger() -> None:
    for reason in ORDER:
        words = set(said(reason, CHILD).lower().replace(",", " ").replace(".", " ").split())
        assert not words & {"u", "uw"}, reason
    assert "0800-0432" in said("abuse", CHILD)
    assert "0800-0432" not in said("abuse")


def test_the_most_pressing_of_several_reasons_is_answered() -> None:
    both = TEXTS.say(["debt", "suicide"], ADULT, CONTENT, "voorbeeldstad", TODAY)
    assert both == TEXTS.say(["suicide"], ADULT, CONTENT, "voorbeeldstad", TODAY)
    assert ("Chat met 113", "https://www.113.nl") in both.links
    assert TEXTS.say([], ADULT, CONTENT, "voorbeeldstad", TODAY).text == said("distress")


def test_numbers_keep_their_direction_between_arabic_words() -> None:
    arabic = TEXTS.say(["homelessness"], Reader(language="ar"), CONTENT, "voorbeeldstad", TODAY).text
    assert "\u2066(099) 123 40 24\u2069" in arabic


def test_a_language_without_texts_is_answered_in_english() -> None:
    assert said("suicide", Reader(language="it")) == said("suicide", Reader(language="en"))


def test_nobody_is_promised_who_is_not_there() -> None:
    assert "leest nu mee" in TEXTS.presence(ADULT, present=True)
    assert "leest nu mee" not in TEXTS.presence(ADULT, present=False)
    english = [TEXTS.presence(Reader(language="en"), present=present) for present in (True, False)]
    assert "reading along" in english[0]
    assert "not here now" in english[1]


def test_every_language_has_its_texts_with_the_dutch_beside_them() -> None:
    languages = Languages.load(FOLDER / "languages")
    assert set(languages.by_code) == set(LANGUAGES)
    for code, language in languages.by_code.items():
        assert (language.direction == "rtl") == (code in RIGHT_TO_LEFT)
        assert language.offer.text != language.offer.dutch
        assert "{reference}" in language.called.text
    assert languages.of("it")[0] == "en"
