"""What is kept of what a citizen types."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handoff.exceptions import InvalidText
from handoff.messages import MAX_CHARACTERS, clean, quick_replies


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  hallo \n", "hallo"),
        ("een\ntwee\tdrie", "een\ntwee\tdrie"),
        ("een\r\ntwee", "een\ntwee"),
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("cafe\u0301", "café"),
        ("👩‍👩‍👧 ❤️ 👍🏽 🇳🇱", "👩‍👩‍👧 ❤️ 👍🏽 🇳🇱"),
        ("🫨", "🫨"),
        ("مرحبا، أريد جواز سفر", "مرحبا، أريد جواز سفر"),
        ("שלום", "שלום"),
        ("\u202eomgekeerd\u202c", "omgekeerd"),
        ("pas\u200bpoort", "paspoort"),
        ("06\u200b12345678", "0612345678"),
        ("\ud800lone \udfffsurrogates", "lone surrogates"),
        ("\ufeffmet BOM", "met BOM"),
        ("zacht\u00adkoppelteken", "zachtkoppelteken"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_control_characters_go_and_every_script_and_emoji_stays(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", " ", "\n\t ", "\x00", "\u200b", "\u200d", "\ufe0f\u200d", "\ud800", "\u202e\u202c", "\u3000"]
)
def test_a_message_of_nothing_visible_is_empty(typed: str) -> None:
    with pytest.raises(InvalidText, match="leeg"):
        clean(typed)


def test_four_thousand_characters_are_kept_and_one_more_is_refused() -> None:
    assert len(clean("é" * MAX_CHARACTERS)) == MAX_CHARACTERS
    with pytest.raises(InvalidText, match="te lang"):
        clean("é" * (MAX_CHARACTERS + 1))


def test_space_around_a_message_does_not_count_as_length() -> None:
    assert len(clean(" " * 2_000 + "x" * MAX_CHARACTERS)) == MAX_CHARACTERS


def test_a_letter_written_in_parts_counts_as_one() -> None:
    assert len(clean("e\u0301" * MAX_CHARACTERS)) == MAX_CHARACTERS


@pytest.mark.parametrize("typed", ["x" * 1_000_000, "\u200b" * 1_000_000])
def test_a_huge_text_is_refused(typed: str) -> None:
    with pytest.raises(InvalidText):
        clean(typed)


@given(st.text(st.characters(codec=None), max_size=300))
@example("e\u200b\u0301")
def test_whatever_is_typed_is_either_refused_or_clean_text_that_can_be_stored(typed: str) -> None:
    try:
        kept = clean(typed)
    except InvalidText:
        return
    assert kept == kept.strip() != ""
    assert kept == clean(kept)
    assert kept.encode("utf-8").decode() == kept
    assert "\x00" not in kept
    assert unicodedata.normalize("NFC", kept) == kept


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("", []),
        ("   ", []),
        (" Ja ;Nee;; Weet  ik niet", ["Ja", "Nee", "Weet ik niet"]),
        ("Ja;\u200d;\u200b;👍", ["Ja", "👍"]),
    ],
)
def test_buttons_are_what_stands_between_the_semicolons(typed: str, titles: list[str]) -> None:
    assert [button.title for button in quick_replies(typed)] == titles
