"""What an administrator wants of the openings: whether it makes sense, and what it comes down to."""

from __future__ import annotations

import datetime as dt

import pytest

from handoff.exceptions import InvalidOpening, NotAllowed
from handoff.openings import (
    COUNTER,
    PHONE,
    Change,
    ConfirmYear,
    DayAway,
    Edit,
    Holiday,
    NewDay,
    NewWeek,
    NewYear,
    Openings,
    RemoveDay,
    SetDay,
    SetHours,
    SetOwnWeek,
    SpecialDay,
    Standing,
    Timetable,
    edits_of,
)

TODAY = dt.date(2026, 11, 23)
DAY = (dt.time(9), dt.time(17))
MORNING = (dt.time(9), dt.time(12))
EVE, CHRISTMAS, GOOD_FRIDAY = dt.date(2026, 12, 24), dt.date(2026, 12, 25), dt.date(2027, 3, 26)
EASTER, LIBERATION = dt.date(2027, 3, 28), dt.date(2027, 5, 5)
WORKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag")
KNOWN = Openings(
    version="1",
    file="gemeente.yml",
    timetables=(
        Timetable(COUNTER, "Balie", dict.fromkeys(WORKDAYS, (DAY,))),
        Timetable(PHONE, "Telefoon en chat", dict.fromkeys(WORKDAYS, (DAY,))),
        Timetable("wonen", "Wonen", None),
        Timetable("parkeren", "Parkeren", {"maandag": (MORNING,)}),
    ),
    days=(
        SpecialDay(EVE, "kerstavond", Standing.HOURS, (MORNING,)),
        SpecialDay(LIBERATION, "Bevrijdingsdag, lustrum", Standing.CLOSED),
    ),
    confirmed=(2026,),
)
HOLIDAYS = (
    Holiday(CHRISTMAS, "Eerste kerstdag", Standing.CLOSED),
    Holiday(GOOD_FRIDAY, "Goede vrijdag", Standing.OPEN),
    Holiday(EASTER, "Eerste paasdag", Standing.CLOSED),
    Holiday(LIBERATION, "Bevrijdingsdag", Standing.CLOSED),
)
OF_2027 = HOLIDAYS[1:]


def edits(change: Change, holidays: tuple[Holiday, ...] = HOLIDAYS) -> tuple[Edit, ...]:
    return edits_of(KNOWN, holidays, change, TODAY)


def problems(change: Change, holidays: tuple[Holiday, ...] = HOLIDAYS) -> dict[str, str]:
    with pytest.raises(InvalidOpening) as refused:
        edits(change, holidays)
    return dict(refused.value.problems)


def typed(**days: str) -> dict[str, str]:
    return dict.fromkeys(WORKDAYS, "9-17") | {"zaterdag": "", "zondag": ""} | days


# Weekly hours


def test_only_the_days_that_are_different_change() -> None:
    change = NewWeek(COUNTER, typed(vrijdag="9-12", zaterdag="9-12"))
    assert edits(change) == (SetHours(COUNTER, "vrijdag", (MORNING,)), SetHours(COUNTER, "zaterdag", (MORNING,)))
    assert edits(NewWeek(COUNTER, typed())) == ()


def test_a_team_gets_hours_of_its_own_and_gives_them_up() -> None:
    week = {**dict.fromkeys(typed(), ()), "maandag": (MORNING,)}
    own = NewWeek("wonen", dict.fromkeys(typed(), "") | {"maandag": "9-12"})
    assert edits(own) == (SetOwnWeek("wonen", week),)
    assert edits(NewWeek("parkeren", None)) == (SetOwnWeek("parkeren", None),)
    assert edits(NewWeek("wonen", None)) == ()


def test_somebody_has_to_be_there_on_some_day() -> None:
    nobody = dict.fromkeys(typed(), "")
    for key in (COUNTER, PHONE, "wonen"):
        assert "minstens één dag" in problems(NewWeek(key, nobody))["week"]


def test_only_a_team_follows_the_telephone_and_a_stranger_has_no_hours() -> None:
    for change in (NewWeek(COUNTER, None), NewWeek("onbekend", typed())):
        with pytest.raises(NotAllowed):
            edits(change)


# A day


def test_a_day_is_added_changed_moved_and_taken_away() -> None:
    friday = dt.date(2026, 11, 27)
    closed = NewDay(friday, "  teamdag \n", Standing.CLOSED, hours="wat hier staat, doet er niet toe")
    assert edits(closed) == (SetDay(SpecialDay(friday, "teamdag", Standing.CLOSED)),)
    same = NewDay(EVE, "kerstavond", Standing.HOURS, "9.00-12.00", instead_of=EVE)
    assert edits(same) == ()
    moved = NewDay(friday, "kerstavond", Standing.HOURS, "9-12", instead_of=EVE)
    assert edits(moved) == (
        RemoveDay(EVE),
        SetDay(SpecialDay(friday, "kerstavond", Standing.HOURS, (MORNING,))),
    )
    assert edits(DayAway(EVE)) == (RemoveDay(EVE),)
    assert edits(DayAway(friday)) == ()


def test_everything_that_is_wrong_with_a_day_is_told_at_once() -> None:
    assert set(problems(NewDay(None, " ", None))) == {"date", "reason", "standing"}
    assert set(problems(NewDay(None, "x" * 201, Standing.HOURS, "9"))) == {"date", "reason", "hours"}


@pytest.mark.parametrize(
    ("date", "said"),
    [
        (dt.date(2026, 11, 22), "voorbij"),
        (dt.date(2062, 11, 27), "Klopt het jaar"),
        (EVE, "staat er al een uitzondering"),
    ],
)
def test_a_date_that_makes_no_sense_is_refused(date: dt.date, said: str) -> None:
    assert said in problems(NewDay(date, "x", Standing.CLOSED))["date"]


@pytest.mark.parametrize(
    ("date", "standing", "hours", "field", "said"),
    [
        (dt.date(2026, 11, 27), Standing.OPEN, "", "standing", "geen feestdag"),
        (EASTER, Standing.OPEN, "", "standing", "Op zondag is er gewoonlijk niemand"),
        (dt.date(2026, 11, 27), Standing.HOURS, "", "hours", "van wanneer tot wanneer"),
        (dt.date(2026, 11, 27), Standing.HOURS, "12-9", "hours", "eindtijd"),
    ],
)
def test_a_standing_that_makes_no_sense_is_refused(
    date: dt.date, standing: Standing, hours: str, field: str, said: str
) -> None:
    assert said in problems(NewDay(date, "x", standing, hours))[field]


def test_a_holiday_is_open_after_all() -> None:
    assert edits(NewDay(CHRISTMAS, "open dag", Standing.OPEN)) == (
        SetDay(SpecialDay(CHRISTMAS, "open dag", Standing.OPEN)),
    )


# A year


def test_a_year_is_confirmed_as_it_is_proposed() -> None:
    as_it_is = {GOOD_FRIDAY: Standing.OPEN, LIBERATION: Standing.CLOSED}
    assert edits(NewYear(2027, as_it_is), OF_2027) == (ConfirmYear(2027),)


def test_what_is_chosen_otherwise_becomes_an_exception_with_the_reason_that_it_had() -> None:
    chosen = {GOOD_FRIDAY: Standing.CLOSED, LIBERATION: Standing.OPEN}
    assert edits(NewYear(2027, chosen), OF_2027) == (
        SetDay(SpecialDay(GOOD_FRIDAY, "Goede vrijdag", Standing.CLOSED)),
        SetDay(SpecialDay(LIBERATION, "Bevrijdingsdag, lustrum", Standing.OPEN)),
        ConfirmYear(2027),
    )


def test_a_confirmed_year_is_not_confirmed_again_and_days_that_are_over_are_left_alone() -> None:
    past = Holiday(dt.date(2026, 4, 27), "Koningsdag", Standing.CLOSED)
    assert edits(NewYear(2026, {CHRISTMAS: Standing.CLOSED}), (past, HOLIDAYS[0])) == ()


def test_each_holiday_on_which_somebody_works_needs_a_choice() -> None:
    assert set(problems(NewYear(2027, {}), OF_2027)) == {GOOD_FRIDAY.isoformat(), LIBERATION.isoformat()}
    hours = {GOOD_FRIDAY: Standing.HOURS, LIBERATION: Standing.CLOSED}
    assert set(problems(NewYear(2027, hours), OF_2027)) == {GOOD_FRIDAY.isoformat()}


def test_on_a_weekday_without_hours_nobody_is_open_at_the_usual_ones() -> None:
    morning = (Holiday(EASTER, "Eerste paasdag", Standing.HOURS, (MORNING,)),)
    assert KNOWN.choices(morning[0]) == (Standing.CLOSED, Standing.HOURS)
    assert set(problems(NewYear(2027, {EASTER: Standing.OPEN}), morning)) == {EASTER.isoformat()}
    assert edits(NewYear(2027, {EASTER: Standing.HOURS}), morning) == (ConfirmYear(2027),)


def test_nobody_looks_at_a_year_that_is_over_or_far_away() -> None:
    for year in (2025, 2029):
        assert "van 2026 tot en met 2028" in problems(NewYear(year), ())["year"]
