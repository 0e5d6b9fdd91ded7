"""Opening hours as people type them: what is understood, and what is said of the rest."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.exceptions import InvalidHours, InvalidOpening
from handoff.openings.written import (
    Period,
    in_short,
    in_words,
    read,
    read_date,
    read_week,
    write,
    write_date,
    write_week,
)

MORNING, DAY = (dt.time(9), dt.time(12, 30)), (dt.time(9), dt.time(17))
AFTERNOON = (dt.time(13, 30), dt.time(17))


@pytest.mark.parametrize(
    ("typed", "periods"),
    [
        ("9.00-17.00", (DAY,)),
        ("9:00 - 17:00", (DAY,)),
        ("9-17", (DAY,)),
        ("van 9.00 tot 17.00 uur", (DAY,)),
        ("9 uur tot 17 uur", (DAY,)),
        ("9.00–12.30, 13.30–17.00", (MORNING, AFTERNOON)),
        ("13.30-17.00 en 9.00-12.30", (MORNING, AFTERNOON)),
        ("  ", ()),
        ("gesloten", ()),
        ("Dicht", ()),
        ("0.00-23.59", ((dt.time(0), dt.time(23, 59)),)),
    ],
)
def test_what_people_type_is_understood(typed: str, periods: tuple[Period, ...]) -> None:
    assert read(typed) == periods


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("ochtend", "Wij kunnen ‘ochtend’ niet lezen"),
        ("9.00-12.00,", "Er mist een tijd"),
        ("17.00-9.00", "17.00-9.00 kan niet: de eindtijd moet na de begintijd zijn"),
        ("9.00-9.00", "de eindtijd moet na de begintijd zijn"),
        ("9.00-24.00", "24.00 is geen tijd"),
        ("9.75-12.00", "9.75 is geen tijd"),
        ("9.00-12.00, 11.00-17.00", "9.00-12.00 en 11.00-17.00 vallen over elkaar"),
        ("9-10, 11-12, 13-14, 15-16, 17-18", "hoogstens 4 tijden"),
        ("9.0-12.00", "Schrijf de tijden zo: 9.00-12.30"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(typed: str, said: str) -> None:
    with pytest.raises(InvalidHours, match=said):
        read(typed)


def test_every_wrong_day_of_a_week_is_told_at_once() -> None:
    with pytest.raises(InvalidOpening) as refused:
        read_week({"maandag": "9-17", "dinsdag": "x", "vrijdag": "12-9"})
    assert list(refused.value.problems) == ["dinsdag", "vrijdag"]


times = st.times().map(lambda one: one.replace(second=0, microsecond=0))


@given(st.lists(times, min_size=2, max_size=8, unique=True).filter(lambda found: len(found) % 2 == 0))
def test_what_is_written_is_read_back(found: list[dt.time]) -> None:
    found.sort()
    periods = tuple(zip(found[::2], found[1::2], strict=True))
    assert read(write(periods)) == periods
    assert read(in_words(periods).removesuffix(" uur")) == periods


def test_a_week_in_short_puts_the_same_days_together() -> None:
    week = dict.fromkeys(("maandag", "dinsdag", "woensdag"), (DAY,)) | {"vrijdag": (MORNING,), "zondag": ()}
    assert in_short(week) == "maandag t/m woensdag 9.00-17.00 uur, vrijdag 9.00-12.30 uur"
    assert write_week({"vrijdag": (MORNING, AFTERNOON)}) == "vrijdag 9.00-12.30, 13.30-17.00"
    assert in_short({}) == "altijd gesloten"
    assert in_words(()) == "gesloten"


@pytest.mark.parametrize("typed", ["24-12-2026", "24/12/2026", " 24 December  2026 ", "2026-12-24", "24.12.2026"])
def test_a_date_is_understood_as_the_dutch_write_it(typed: str) -> None:
    assert read_date(typed) == dt.date(2026, 12, 24)


@pytest.mark.parametrize("typed", ["", "kerst", "31-2-2027", "12-24-2026", "24-12", "24 dec 26"])
def test_what_is_no_date_is_none(typed: str) -> None:
    assert read_date(typed) is None


@given(st.dates(dt.date(2020, 1, 1)))
def test_a_date_that_is_written_is_read_back(date: dt.date) -> None:
    assert read_date(write_date(date)) == date
