"""When the counter is open, on ordinary days and on the others."""

import datetime as dt

from bot.content import hours
from bot.content.schema import ClosedDay, Hours, Period, Weekday


def period(text: str) -> Period:
    return Period.model_validate(text)


WEEK: Hours = {
    Weekday.MAANDAG: (period("9.00-17.00"),),
    Weekday.DINSDAG: (period("9.00-17.00"),),
    Weekday.WOENSDAG: (period("9.00-12.00"), period("13:00-17:00")),
    Weekday.VRIJDAG: (period("9.00-17.00"),),
}


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=hours.AMSTERDAM)


def test_an_ordinary_monday() -> None:
    assert hours.describe_day(dt.date(2026, 11, 23), WEEK) == "open van 9.00 tot 17.00 uur"


def test_a_day_with_a_break() -> None:
    text = "open van 9.00 tot 12.00 uur en van 13.00 tot 17.00 uur"
    assert hours.describe_day(dt.date(2026, 11, 25), WEEK) == text


def test_a_day_without_hours_is_closed() -> None:
    assert hours.describe_day(dt.date(2026, 11, 26), WEEK) == "gesloten"


def test_a_national_holiday_is_closed_and_says_which() -> None:
    assert hours.describe_day(dt.date(2026, 12, 25), WEEK) == "gesloten (Eerste kerstdag)"


def test_kings_day_moves_when_the_27th_is_a_sunday() -> None:
    assert hours.closed_because(dt.date(2031, 4, 26)) is not None
    assert hours.closed_because(dt.date(2031, 4, 27)) is None


def test_a_day_that_the_municipality_closes_itself() -> None:
    closed = (ClosedDay(date=dt.date(2026, 11, 23), reason="verhuizing"),)
    assert hours.describe_day(dt.date(2026, 11, 23), WEEK, closed) == "gesloten (verhuizing)"


def test_open_from_the_first_minute_until_before_the_last() -> None:
    assert hours.is_open(at("2026-11-23T09:00"), WEEK)
    assert hours.is_open(at("2026-11-23T16:59"), WEEK)
    assert not hours.is_open(at("2026-11-23T17:00"), WEEK)


def test_open_is_judged_by_the_clock_in_the_netherlands() -> None:
    summer_evening_utc = dt.datetime(2026, 7, 6, 15, 30, tzinfo=dt.UTC)
    assert not hours.is_open(summer_evening_utc, WEEK)


def test_the_next_opening_skips_the_weekend_and_the_holiday() -> None:
    assert hours.next_opening(at("2026-12-23T18:00"), WEEK) == at("2026-12-28T09:00")


def test_the_next_opening_after_the_break() -> None:
    assert hours.next_opening(at("2026-11-25T12:30"), WEEK) == at("2026-11-25T13:00")


def test_no_hours_at_all_never_open() -> None:
    assert hours.next_opening(at("2026-11-23T09:00"), {}) is None


def test_days_alike_are_named_together() -> None:
    assert hours.describe_short(WEEK) == (
        "maandag en dinsdag van 9.00 tot 17.00 uur, "
        "woensdag van 9.00 tot 12.00 uur en van 13.00 tot 17.00 uur, "
        "vrijdag van 9.00 tot 17.00 uur"
    )
