"""Every figure on rows that can be counted by hand, counted by the database as the report does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import delete

from handoff.console.report import span
from handoff.database import Database
from handoff.figures.definitions import DEFINITIONS, Key
from handoff.figures.export import HEAD, as_data, rows
from handoff.figures.measures import REST, Figure, Report, measure, p90
from handoff.figures.reading import Wanted, read
from handoff.figures.tables import CaseFact, ConversationFact
from handoff.tables import ServiceEvent
from tests.stage import CITY, MONDAY_MORNING

WANTED = Wanted("voorbeeldstad", dt.date(2026, 11, 1), dt.date(2026, 11, 30))


Row = dict[str, Any]


def talk(**more: Any) -> Row:
    """A conversation that the bot answered."""
    plain: Row = {
        "municipality": CITY, "day": "2026-11-24", "topic": "paspoort", "team": None, "channel": "web",
        "unanswered": False, "handed_over": False, "reasons": [], "by_person": False, "offered": False,
        "offer_ignored": False, "resolved": None, "score": None, "told_again": None, "is_final": True,
        "made_at": MONDAY_MORNING,
    }  # fmt: skip
    return {**plain, **more}


def case(**more: Any) -> Row:
    """A conversation that an employee picked up after a minute and had for five."""
    plain: Row = {
        "municipality": CITY, "channel": "web", "topic": None, "day": "2026-11-24", "team": "publieksbalie",
        "kind": "conversation", "abandoned": False, "waited_seconds": 60, "handled_seconds": 300,
        "on_time": None, "marked": None,
    }  # fmt: skip
    return {**plain, **more}


Counting = Callable[..., Awaitable[Report]]


@pytest.fixture
def report(database: Database) -> Counting:
    async def counted(
        talks: Sequence[Row] = (), cases: Sequence[Row] = (), service: Sequence[Row] = (), **minutes: float
    ) -> Report:
        async with database.write() as session:
            for table in (ConversationFact, CaseFact, ServiceEvent):
                await session.execute(delete(table))
            session.add_all(ConversationFact(**one) for one in talks)
            session.add_all(CaseFact(**one) for one in cases)
            session.add_all(ServiceEvent(**one) for one in service)
        async with database.read() as session:
            return measure(await read(session, WANTED), minutes)

    return counted


def figure(key: Key, found: Report) -> Figure:
    return next(one for one in found.figures if one.key is key)


def shown(key: Key, found: Report) -> tuple[float | None, int | None]:
    one = figure(key, found)
    return (None if one.value is None else round(one.value, 4)), one.of


async def test_what_was_left_without_an_answer_comes_first(report: Counting) -> None:
    assert (await report()).figures[0].key is Key.UNANSWERED


async def test_every_figure_has_a_definition_and_is_reported(report: Counting) -> None:
    found = await report([], [], [event(number, "picked_up") for number in range(10)])
    of_teams = {key for part in found.service for key in part.figures}
    assert {one.key for one in found.figures} | of_teams == set(Key) == set(DEFINITIONS)


@pytest.mark.parametrize(
    ("key", "hit", "miss"),
    [
        (Key.UNANSWERED, {"unanswered": True}, {}),
        (Key.HANDED_OVER, {"handed_over": True}, {}),
        (Key.RESOLVED, {"resolved": True}, {"resolved": False}),
        (Key.OFFERS_IGNORED, {"offered": True, "offer_ignored": True}, {"offered": True}),
        (Key.TOLD_AGAIN, {"told_again": True}, {"told_again": False}),
    ],
)
async def test_a_share_of_conversations_counts_hits_among_those_it_is_about(
    key: Key, hit: dict[str, Any], miss: dict[str, Any], report: Counting
) -> None:
    talks = [talk(**hit)] * 3 + [talk(**miss)] * 9
    assert shown(key, await report(talks)) == (0.25, 12)


async def test_conversations_of_which_nothing_is_known_do_not_count_as_unresolved(report: Counting) -> None:
    talks = [talk(resolved=True)] * 6 + [talk(resolved=False)] * 4 + [talk()] * 30
    assert shown(Key.RESOLVED, await report(talks)) == (0.6, 10)


@pytest.mark.parametrize(
    ("key", "hit", "miss"),
    [
        (Key.ABANDONED, {"abandoned": True}, {}),
        (Key.CALLED_ON_TIME, {"kind": "callback", "on_time": True}, {"kind": "callback", "on_time": False}),
        (Key.FALSE_HANDOVERS, {"marked": "false"}, {"marked": "right"}),
        (Key.MISSED_HANDOVERS, {"marked": "missed"}, {"marked": "other"}),
    ],
)
async def test_a_share_of_cases_counts_hits_among_those_it_is_about(
    key: Key, hit: dict[str, Any], miss: dict[str, Any], report: Counting
) -> None:
    assert shown(key, await report([], [case(**hit)] * 4 + [case(**miss)] * 12)) == (0.25, 16)


async def test_times_are_of_conversations_that_were_picked_up(report: Counting) -> None:
    cases = [case(waited_seconds=60 * minute, handled_seconds=600) for minute in range(1, 11)]
    cases += [case(abandoned=True, waited_seconds=None, handled_seconds=None)] * 2
    cases += [case(kind="callback", waited_seconds=999_999)]
    assert shown(Key.WAIT_MEDIAN, await report([], cases)) == (330.0, 10)
    assert shown(Key.WAIT_P90, await report([], cases)) == (546.0, 10)
    assert shown(Key.HANDLED_MEDIAN, await report([], cases)) == (600.0, 10)
    assert shown(Key.HANDLED_P90, await report([], cases)) == (600.0, 10)


def test_nine_in_ten_lie_below_the_ninetieth_percentile() -> None:
    assert p90(list(range(1, 12))) == 10.0


async def test_the_mean_figure_is_of_who_gave_one(report: Counting) -> None:
    assert shown(Key.SCORE, await report([talk(score=4)] * 5 + [talk(score=5)] * 5 + [talk()] * 7)) == (4.5, 10)


def event(number: int, kind: str, minute: int = 0, **more: Any) -> Row:
    """A moment of a case that is to be picked up within five minutes."""
    due_at = MONDAY_MORNING.replace(minute=5)
    plain: Row = {
        "municipality": CITY, "team": "publieksbalie", "level": "escalate", "case_reference": f"ZK-{number}",
        "kind": kind, "due_at": due_at, "at": due_at.replace(minute=minute), "open_seconds": 60 * minute,
    }  # fmt: skip
    return {**plain, **more}


async def test_a_case_counts_once_as_late_however_it_went_on(report: Counting) -> None:
    service = [event(number, "picked_up") for number in range(9)] + [event(9, "picked_up", minute=6)]
    service += [event(number, kind, minute=6) for number in (3, 11) for kind in ("warning", "breach")]
    service += [event(20, "warning", minute=4)]
    assert shown(Key.BREACHES, await report([], [], service)) == (0.2727, 11)


async def test_what_a_warning_was_good_for_is_counted_among_warned_cases_that_ended(report: Counting) -> None:
    service = [event(number, "warning", minute=4) for number in range(12)]
    service += [event(number, "picked_up", minute=5) for number in range(8)]
    service += [event(number, "breach", minute=6) for number in (8, 9)]
    service += [event(9, "picked_up", minute=7), event(20, "picked_up", minute=1)]
    assert shown(Key.WARNED_IN_TIME, await report([], [], service)) == (0.8, 10)


def of_service(found: Report) -> dict[str | None, tuple[float | None, ...]]:
    return {part.name: tuple(figure.value for figure in part.figures.values()) for part in found.service}


async def test_each_team_and_urgency_tells_what_was_picked_up_in_time_warned_of_and_missed(report: Counting) -> None:
    service = [event(number, "picked_up", minute=4) for number in range(24)]
    service += [event(number, "picked_up", minute=6) for number in range(24, 32)]
    service += [event(number, "breach", minute=5) for number in range(24, 36)]
    service += [event(number, "warning", minute=4) for number in range(20, 36)]
    urgent: Row = {"team": "wonen", "level": "urgent"}
    service += [event(number, "picked_up", minute=2, **urgent) for number in range(50, 60)]
    service += [event(60, "picked_up", minute=9, **urgent), event(61, "breach", minute=5, **urgent)]
    assert of_service(await report([], [], service)) == {
        # picked up, in time, warned of, missed
        "publieksbalie/gewoon": (32, 0.75, 16, 12),
        "wonen/spoed": (11, pytest.approx(10 / 11), None, None),
    }


async def test_levels_that_are_one_urgency_to_people_are_counted_together(report: Counting) -> None:
    service = [event(number, "picked_up", level=("none", "offer", "escalate")[number % 3]) for number in range(12)]
    assert of_service(await report([], [], service)) == {"publieksbalie/gewoon": (12, 1.0, None, None)}


async def test_a_team_with_few_cases_of_an_urgency_cannot_be_found_in_the_service_levels(report: Counting) -> None:
    service = [event(number, "picked_up") for number in range(30)]
    service += [event(number, "picked_up", team="wonen") for number in range(30, 42)]
    service += [event(number, "picked_up", minute=6, team="wonen", level="crisis") for number in range(42, 45)]
    assert of_service(await report([], [], service)) == {
        "publieksbalie/gewoon": (30, 1.0, None, None),
        REST: (15, 0.8, None, None),
    }


async def test_time_is_regained_by_what_the_bot_resolved_alone_where_minutes_are_known(
    report: Counting,
) -> None:
    talks = [talk(resolved=True)] * 12
    talks += [talk(resolved=True, by_person=True), talk(resolved=True, handed_over=True), talk(resolved=False), talk()]
    talks += [talk(resolved=True, topic="rijbewijs")] * 20
    assert shown(Key.REGAINED, await report(talks, paspoort=6.5)) == (78.0, 12)
    assert shown(Key.REGAINED, await report(talks)) == (None, None)


async def test_nothing_rests_on_fewer_than_ten(report: Counting) -> None:
    talks = [talk(unanswered=True, handed_over=True, reasons=["anger"], resolved=True, score=1)] * 9
    late = [event(number, "picked_up", minute=6) for number in range(9)]
    found = await report(talks, [case(marked="false", on_time=False)] * 9, late, paspoort=5.0)
    assert [one.key for one in found.figures if one.value is not None or one.of is not None] == []
    assert found.reasons == {}
    assert found.topics == found.service == ()
    assert all(one.value is None for week in found.weeks for one in week.figures.values())


async def test_reasons_are_counted_for_each_conversation(report: Counting) -> None:
    talks = [talk(handed_over=True, reasons=["anger", "debt"])] * 10 + [talk(handed_over=True, reasons=["anger"])] * 5
    talks += [talk(handed_over=True, reasons=["suicide"])] * 9
    assert (await report(talks)).reasons == {"anger": 15, "debt": 10}


async def test_small_groups_stand_together_so_that_none_can_be_found_by_subtraction(report: Counting) -> None:
    sizes = {"paspoort": 30, "rijbewijs": 12, "bezwaar": 4, "klacht": 3}
    talks = [talk(topic=topic) for topic, size in sizes.items() for _ in range(size)]
    parts = (await report(talks)).topics
    assert [(part.name, part.figures[Key.CONVERSATIONS].value) for part in parts] == [("paspoort", 30), (REST, 19)]


async def test_small_groups_that_are_large_enough_together_leave_the_others_alone(report: Counting) -> None:
    talks = [talk(topic=topic) for topic, size in {"a": 12, "b": 9, "c": 5}.items() for _ in range(size)]
    parts = (await report(talks)).topics
    assert [(part.name, part.figures[Key.CONVERSATIONS].value) for part in parts] == [("a", 12), (REST, 14)]


async def test_a_small_week_takes_another_with_it(report: Counting) -> None:
    talks = [
        talk(day=day)
        for day, size in {"2026-11-02": 20, "2026-11-11": 15, "2026-11-20": 3}.items()
        for _ in range(size)
    ]
    weeks = {week.name: week.figures[Key.CONVERSATIONS].value for week in (await report(talks)).weeks}
    assert weeks == {"2026-11-02": 20, "2026-11-09": None, "2026-11-16": None}


async def test_a_report_is_written_as_rows_and_as_data(report: Counting) -> None:
    service = [event(number, "picked_up") for number in range(16)]
    found = await report([talk(unanswered=True)] * 3 + [talk()] * 9, [], service)
    written = list(rows(found, WANTED))
    assert written[0] == HEAD
    about = ("voorbeeldstad", "2026-11-01", "2026-11-30")
    assert written[1] == (*about, "alles", "", "zonder_antwoord", "0.25", "deel", "12")
    assert (*about, "onderwerp", "paspoort", "gesprekken", "12", "aantal", "12") in written
    assert (*about, "alles", "", "cijfer", "", "cijfer", "") in written
    assert (*about, "servicenorm", "publieksbalie/gewoon", "opgepakt", "16", "aantal", "16") in written
    assert (*about, "servicenorm", "publieksbalie/gewoon", "op_tijd_opgepakt", "1", "deel", "16") in written
    assert (*about, "servicenorm", "publieksbalie/gewoon", "norm_niet_gehaald", "", "aantal", "") in written
    data = as_data(found, WANTED)
    assert data["servicenorm"]["publieksbalie/gewoon"]["op_tijd_opgepakt"]["waarde"] == 1
    assert data["cijfers"]["zonder_antwoord"] == {"waarde": 0.25, "eenheid": "deel", "van_aantal": 12}
    assert data["onderwerp"]["paspoort"]["gesprekken"]["waarde"] == 12


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("deze-maand", "2026-03-01", "2026-03-31"),
        ("vorige-maand", "2026-02-01", "2026-02-28"),
        ("kwartaal", "2025-12-01", "2026-02-28"),
        ("jaar", "2025-03-01", "2026-02-28"),
    ],
)
def test_periods_are_whole_months(period: str, first: str, last: str) -> None:
    assert [one.isoformat() for one in span(period, dt.date(2026, 3, 31))] == [first, last]
