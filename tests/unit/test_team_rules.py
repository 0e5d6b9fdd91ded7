"""What the files say of a team: its hours, its exceptions, its topics."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.content import Content, InvalidContent, Municipality, hours
from bot.content.schema import ClosedDay, Period, PickUpWithin, Team, TeamSettings, Weekday
from bot.settings import PROJECT_DIR
from bot.teams import rules_of, team_for_topic
from handoff import availability
from handoff.availability import Availability
from handoff.hours import AMSTERDAM
from handoff.team_rules import TeamRules

CONTENT = Content.load(PROJECT_DIR / "bot" / "content")
CITY = CONTENT.municipality("voorbeeldstad")
MORNING = (Period(start=dt.time(9), end=dt.time(12)),)
MONDAY = dt.date(2026, 11, 23)
CHRISTMAS_EVE = dt.date(2026, 12, 24)


def with_team(settings: TeamSettings) -> Municipality:
    return replace(CITY, teams={**CITY.teams, Team.WONEN: settings})


def test_a_team_without_hours_of_its_own_has_the_municipalitys_telephone_hours() -> None:
    assert list(rules_of(CITY, "wonen").open_on(MONDAY)) == [(dt.time(8, 30), dt.time(17, 30))]


def test_a_team_can_have_hours_of_its_own() -> None:
    rules = rules_of(with_team(TeamSettings(name="Wonen", hours={Weekday.MAANDAG: MORNING})), "wonen")
    assert list(rules.open_on(MONDAY)) == [(dt.time(9), dt.time(12))]
    assert list(rules.open_on(MONDAY + dt.timedelta(days=1))) == []


def test_a_day_of_the_team_goes_before_the_municipalitys() -> None:
    closed = ClosedDay(date=CHRISTMAS_EVE, reason="teamdag")
    early = ClosedDay(date=CHRISTMAS_EVE, reason="kerstavond", hours=MORNING)
    where = replace(with_team(TeamSettings(name="Wonen", closed_days=(closed,))), closed_days=(early,))
    assert (list(rules_of(where, "wonen").open_on(CHRISTMAS_EVE)), rules_of(where, "wonen").holiday(CHRISTMAS_EVE)) == (
        [],
        "teamdag",
    )
    assert list(rules_of(where, "parkeren").open_on(CHRISTMAS_EVE)) == [(dt.time(9), dt.time(12))]


def test_other_hours_on_a_day_are_said_with_their_reason() -> None:
    early = ClosedDay(date=CHRISTMAS_EVE, reason="kerstavond", hours=MORNING)
    said = hours.describe_day(CHRISTMAS_EVE, CITY.opening_hours, (early,))
    assert said == "open van 9.00 tot 12.00 uur (kerstavond)"


def test_a_day_with_hours_needs_no_word_that_it_is_open() -> None:
    with pytest.raises(ValidationError, match="leave out `open`"):
        ClosedDay(date=CHRISTMAS_EVE, reason="kerstavond", open=True, hours=MORNING)


def test_the_settings_of_a_team_become_its_rules() -> None:
    rules = rules_of(
        with_team(
            TeamSettings(
                name="Wonen",
                most_waiting=3,
                longest_wait_minutes=10,
                offer_seconds=30,
                pick_up_within=PickUpWithin(urgent=7),
            )
        ),
        "wonen",
    )
    assert (rules.most_waiting, rules.longest_wait, rules.offer_for) == (
        3,
        dt.timedelta(minutes=10),
        dt.timedelta(seconds=30),
    )
    assert [rules.pick_up_within[priority].total_seconds() / 60 for priority in (0, 1, 2)] == [2, 7, 15]


def test_a_municipality_sends_a_topic_to_another_team() -> None:
    assert team_for_topic(CONTENT, CITY, "parkeervergunning") == "parkeren"
    own = replace(CITY, routing={"parkeervergunning": Team.PUBLIEKSBALIE})
    assert team_for_topic(CONTENT, own, "parkeervergunning") == "publieksbalie"
    assert team_for_topic(CONTENT, own, None) is None


def test_a_topic_that_does_not_exist_cannot_be_routed(tmp_path: Path) -> None:
    folder = shutil.copytree(PROJECT_DIR / "bot" / "content", tmp_path / "content")
    file = folder / "municipalities" / "voorbeeldstad" / "gemeente.yml"
    file.write_text(file.read_text(encoding="utf-8") + "routing: {bestaat_niet: wonen}\n", encoding="utf-8")
    with pytest.raises(InvalidContent, match="no topic has this name"):
        Content.load(folder)


OFFICE = TeamRules(
    open_on=lambda day: () if day.weekday() >= 5 or day == CHRISTMAS_EVE else ((dt.time(9), dt.time(17)),),
    holiday=lambda day: "kerstavond" if day == CHRISTMAS_EVE else None,
    most_waiting=5,
)


def at(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), AMSTERDAM)


@pytest.mark.parametrize(
    ("now", "present", "place", "standing"),
    [
        (at(MONDAY, 10), True, 5, Availability.PRESENT),
        (at(MONDAY, 10), True, 6, Availability.FULL),
        (at(MONDAY, 10), False, 1, Availability.NOBODY),
        (at(MONDAY, 18), False, 1, Availability.CLOSED),
        (at(MONDAY, 18), True, 1, Availability.PRESENT),
        (at(CHRISTMAS_EVE, 10), False, 1, Availability.HOLIDAY),
    ],
)
def test_how_it_stands_with_a_team(now: dt.datetime, present: bool, place: int, standing: Availability) -> None:
    assert availability.of_team(OFFICE, now, present=present, place=place) is standing
