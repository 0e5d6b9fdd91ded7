"""Days and times as citizens write them."""

import datetime as dt

import pytest

from actions.forms.days import Part, find_day, find_part, find_time, pick

MONDAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("dinsdag om 10 uur", dt.date(2026, 11, 24)),
        ("morgen", dt.date(2026, 11, 24)),
        ("morgenmiddag graag", dt.date(2026, 11, 24)),
        ("overmorgen", dt.date(2026, 11, 25)),
        ("volgende week woensdag", dt.date(2026, 12, 2)),
        ("woensdag volgende week", dt.date(2026, 12, 2)),
        ("volgende week", dt.date(2026, 11, 30)),
        ("3 december", dt.date(2026, 12, 3)),
        ("3 dec om half 10", dt.date(2026, 12, 3)),
        ("donderdagmiddag", dt.date(2026, 11, 26)),
        ("vrijdag 's ochtends", dt.date(2026, 11, 27)),
        ("ik kan alleen op vrijdag", dt.date(2026, 11, 27)),
        ("27-11", dt.date(2026, 11, 27)),
        ("27-11 om 14.30", dt.date(2026, 11, 27)),
        ("2 januari", dt.date(2027, 1, 2)),
        ("over twee weken", dt.date(2026, 12, 7)),
        ("maandag", dt.date(2026, 11, 30)),
        ("vandaag nog", MONDAY),
        ("doe maar do", dt.date(2026, 11, 26)),
    ],
)
def test_a_day_is_found(text: str, day: dt.date) -> None:
    assert find_day(text, MONDAY) == day


@pytest.mark.parametrize("text", ["", "geen idee", "31 februari", "99-99", "mijn dochter is 12", "zo snel mogelijk"])
def test_no_day_is_made_up(text: str) -> None:
    assert find_day(text, MONDAY) is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("dinsdag om 10 uur", dt.time(10)),
        ("half 10", dt.time(9, 30)),
        ("3 dec om half 10", dt.time(9, 30)),
        ("kwart voor 4", dt.time(15, 45)),
        ("kwart over negen", dt.time(9, 15)),
        ("27-11 om 14.30", dt.time(14, 30)),
        ("9:15 graag", dt.time(9, 15)),
        ("om drie uur", dt.time(15)),
        ("om 9", dt.time(9)),
        ("om 6 uur 's ochtends", dt.time(6)),
    ],
)
def test_a_time_is_found(text: str, time: dt.time) -> None:
    assert find_time(text) == time


@pytest.mark.parametrize("text", ["", "vrijdag", "25.61", "om 3 december", "27-11"])
def test_no_time_is_made_up(text: str) -> None:
    assert find_time(text) is None


def test_a_part_of_the_day_is_found() -> None:
    assert find_part("donderdagmiddag") is Part.AFTERNOON
    assert find_part("het liefst in de avond") is Part.EVENING
    assert find_part("'s ochtends vroeg") is Part.MORNING
    assert find_part("maakt niet uit") is None


OFFERED = [
    dt.datetime.fromisoformat("2026-11-24T09:00"),
    dt.datetime.fromisoformat("2026-11-24T13:00"),
    dt.datetime.fromisoformat("2026-11-25T09:00"),
]


@pytest.mark.parametrize(
    ("text", "number"),
    [("de eerste", 0), ("doe die laatste maar", 2), ("dinsdag 13.00", 1), ("woensdag", 2), ("om 1 uur", 1)],
)
def test_one_of_the_offered_times_is_picked(text: str, number: int) -> None:
    assert pick(text, OFFERED, MONDAY) == OFFERED[number]


@pytest.mark.parametrize("text", ["dinsdag", "9 uur", "de vierde", "vrijdag 9 uur", "ja", ""])
def test_what_fits_several_times_or_none_is_not_guessed(text: str) -> None:
    assert pick(text, OFFERED, MONDAY) is None
