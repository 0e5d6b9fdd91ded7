"""What Telegram is given: HTML that is never broken, in parts that are never too long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.rendering import PART_UNITS, render, split, to_html
from handoff.messages import Button, Link
from tests.telegram_server import read_html

TEXTS = st.text(st.sampled_from(list("ab.!? \n-*<>&\"'é😀\t")), max_size=400)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(TEXTS)
def test_html_is_always_well_formed_and_shows_every_character(text: str) -> None:
    shown = read_html(to_html(text))
    assert shown.replace("*", "").replace("• ", "- ") == text.replace("*", "")


@given(TEXTS, st.integers(min_value=2, max_value=60))
def test_parts_are_short_enough_and_lose_no_word(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(
    st.lists(
        st.sampled_from(["**vet** ", "zin. ", "**heel lang vet dat doorloopt ", "**\n", "- x\n", "😀"]), max_size=900
    )
)
def test_every_part_of_a_message_is_accepted(pieces: list[str]) -> None:
    for part in render("a" + "".join(pieces), speaker="Samira <3"):
        assert units(read_html(part.html)) <= 4096


def test_cuts_at_a_paragraph_before_a_line_before_a_sentence() -> None:
    assert split("Een. Twee.\n\nDrie. Vier.", 15) == ("Een. Twee.", "Drie. Vier.")
    assert split("Een. Twee.\nDrie. Vier.", 15) == ("Een. Twee.", "Drie. Vier.")
    assert split("Een twee. Drie vier.", 15) == ("Een twee.", "Drie vier.")
    assert split("Een twee drie vier", 10) == ("Een twee", "drie vier")
    assert split("x" * 25, 10) == ("x" * 10, "x" * 10, "x" * 5)


def test_bold_that_runs_over_a_cut_stays_bold_on_both_sides() -> None:
    words = "woord " * 900
    first, second = render(f"**{words.strip()}**")
    assert first.html.startswith("<b>woord")
    assert first.html.endswith("woord</b>")
    assert second.html.startswith("<b>woord")
    assert second.html.endswith("woord</b>")


def test_lists_and_bold_are_shown_and_the_rest_is_escaped() -> None:
    assert to_html("- **a** & b\n-c <d>") == "• <b>a</b> &amp; b\n-c &lt;d&gt;"


def test_short_message_is_one_part_with_its_keyboard() -> None:
    (part,) = render("Kies", [Button("Ja", "antwoord:ja")], [Link("Site", "https://a.example")])
    assert part.keyboard is not None
    rows = [[(one.text, one.callback_data, one.url) for one in row] for row in part.keyboard.inline_keyboard]
    assert rows == [[("Ja", "antwoord:ja", None)], [("Site", None, "https://a.example")]]


def test_part_leaves_room_for_a_name() -> None:
    assert PART_UNITS < 4096
