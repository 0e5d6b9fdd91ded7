"""What the console says and shows without a database: words, markup, colours, addresses."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handoff.console import markup, paths, words
from handoff.console.look import NeutralLook, contrast, theme_css
from handoff.detection import Level, Reason
from handoff.outbox import OutboxState
from handoff.vocabulary import CaseKind, ChannelName, Consent, Outcome, Owner

_TAG = re.compile(r"<[^>]*>")
_OUR_TAGS = re.compile(
    r'</?(?:p|br|ul|li|strong)>|<span class="(?:gegeven|alleen-voor-lezers)">|</span>|<mark class="aanleiding">|</mark>'
)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "minder dan 1 minuut"),
        (1, "1 minuut"),
        (59, "59 minuten"),
        (60, "1 uur"),
        (61, "1 uur en 1 minuut"),
        (125, "2 uur en 5 minuten"),
        (24 * 60, "1 dag"),
        (50 * 60, "2 dagen"),
        (-5, "minder dan 1 minuut"),
    ],
)
def test_a_length_of_time_in_words(minutes: int, said: str) -> None:
    assert words.duration(dt.timedelta(minutes=minutes)) == said


def test_days_and_times_are_those_of_the_netherlands() -> None:
    late = dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC)
    now = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
    assert words.moment_in_words(late, now) == "morgen om 00.30 uur"
    assert words.day(dt.date(2026, 11, 27), dt.date(2026, 11, 23)) == "vrijdag 27 november"


@pytest.mark.parametrize(
    ("vocabulary", "said"),
    [
        (Level, words.LEVELS),
        (Reason, words.REASONS),
        (Consent, words.CONSENTS),
        (CaseKind, words.KINDS),
        (ChannelName, words.CHANNELS),
        (Owner, words.OWNERS),
        (Outcome, words.OUTCOMES),
        (OutboxState, words.DELIVERIES),
    ],
)
def test_everything_that_is_stored_has_a_dutch_word(vocabulary: type, said: dict[str, str]) -> None:
    assert set(said) == set(vocabulary)


@given(st.text(alphabet=st.sampled_from("<>&\"'*- \nab[]1telfon/="), max_size=80))
def test_no_text_ever_becomes_an_element_that_is_not_ours(text: str) -> None:
    for made in (markup.as_typed(text, [(0, len(text) // 2)]), markup.formatted(text)):
        assert _TAG.sub("", _OUR_TAGS.sub("", str(made))) == _OUR_TAGS.sub("", str(made))


@example("00", [(0, 1), (-2, -1)])
@given(st.text(max_size=80), st.lists(st.tuples(st.integers(-5, 90), st.integers(-5, 90)), max_size=4))
def test_marking_changes_no_character_of_what_was_typed(text: str, marks: list[tuple[int, int]]) -> None:
    made = str(markup.as_typed(text, marks)).replace('<span class="alleen-voor-lezers"> (aanleiding)</span>', "")
    assert html.unescape(_OUR_TAGS.sub("", made)) == html.unescape(html.escape(text))


def test_answers_show_paragraphs_lists_and_bold() -> None:
    made = markup.formatted("Eerst **dit**.\nDan dat.\n\n- een\n- twee\nSlot")
    assert made == ("<p>Eerst <strong>dit</strong>.<br>Dan dat.</p><ul><li>een</li><li>twee</li></ul><p>Slot</p>")


def test_placeholders_stand_out_and_other_brackets_do_not() -> None:
    made = markup.as_typed("Bel [telefoon-1] of [iemand-1]")
    assert made == '<p>Bel <span class="gegeven">[telefoon-1]</span> of [iemand-1]</p>'


def _token(css: str, name: str) -> tuple[float, float, float]:
    value = re.search(rf"{name}:#([0-9a-f]{{6}})", css)
    assert value is not None
    red, green, blue = (int(value.group(1)[at : at + 2], 16) for at in (0, 2, 4))
    return (red, green, blue)


@given(*[st.from_regex(r"\A#[0-9a-f]{6}\Z")] * 3)
def test_text_is_readable_in_every_municipalitys_colours(primary: str, on_primary: str, accent: str) -> None:
    css = theme_css(replace(NeutralLook(), primary=primary, on_primary=on_primary, accent=accent))
    assert contrast(_token(css, "--balie-op-primair"), _token(css, "--balie-primair")) >= 4.5
    assert contrast(_token(css, "--balie-tekst-primair"), _token(css, "--balie-tint")) >= 4.45
    assert contrast(_token(css, "--balie-accent"), (255, 255, 255)) >= 4.45


@pytest.mark.parametrize("bad", ["red;} body{display:none", "url(//x)", "", "#12345", "#gggggg"])
def test_colours_and_fonts_cannot_carry_other_css(bad: str) -> None:
    css = theme_css(replace(NeutralLook(), primary=bad, on_primary=bad, accent=bad, font=bad))
    assert css.count("{") == css.count("}") == 1
    assert "url" not in css


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("/medewerker/zaken", True),
        ("/medewerker/zaken/abc?deel=dossier", True),
        ("/medewerker/wachtwoord", True),
        ("/medewerker/zakenx", False),
        ("//medewerker/zaken", False),
        ("https://kwaad.example/medewerker/zaken", False),
        ("/medewerker/zaken/\\\\kwaad", False),
        ("/medewerker/zaken/a b", False),
        ("/medewerker/zaken/../../demo", False),
        ("", False),
    ],
)
def test_only_pages_of_the_console_are_led_back_to(address: str, inside: bool) -> None:
    assert paths.is_inside(address) is inside
