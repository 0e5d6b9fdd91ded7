"""What is counted, with its definition beside it. Nothing rests on fewer than ten conversations or cases."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from handoff.detection import Level
from handoff.figures.definitions import DEFINITIONS, Key
from handoff.figures.reading import Counted, Tally
from handoff.service_levels import Kind
from handoff.vocabulary import CaseKind

SMALLEST = 10
"""Fewer than this could be traced to somebody."""
REST = "overig"
"""The name of groups that are too small to stand alone."""
ROUTINE = "gewoon"
_URGENCIES: Mapping[str, str] = {Level.CRISIS: "crisis", Level.URGENT: "spoed"}
_Group = TypeVar("_Group", Tally, list[Any])


class Unit(StrEnum):
    """What a value is."""

    COUNT = "aantal"
    SHARE = "deel"
    SECONDS = "seconden"
    SCORE = "cijfer"
    MINUTES = "minuten"


@dataclass(frozen=True)
class Figure:
    """One figure.

    Args:
        value: None where it would rest on fewer than ten, or where it cannot be known.
        of: How many conversations or cases it rests on; None where these are fewer than ten.
    """

    key: Key
    unit: Unit
    value: float | None
    of: int | None

    @property
    def definition(self) -> str:
        """What is counted, in Dutch."""
        return DEFINITIONS[self.key].text

    @property
    def title(self) -> str:
        """Its name, in Dutch."""
        return DEFINITIONS[self.key].title


@dataclass(frozen=True)
class Part:
    """The figures of one week, topic, team or channel; `name` is None where nothing is known of it."""

    name: str | None
    figures: Mapping[Key, Figure]


@dataclass(frozen=True)
class Report:
    """Everything that a report shows."""

    figures: tuple[Figure, ...]
    reasons: Mapping[str, int]
    """Why conversations were handed over; only reasons of ten conversations or more."""
    weeks: tuple[Part, ...]
    """By the Monday with which a week begins."""
    topics: tuple[Part, ...]
    teams: tuple[Part, ...]
    channels: tuple[Part, ...]
    service: tuple[Part, ...]
    """How each team met its service levels, by "team/urgency"."""


def measure(counted: Counted, handling_minutes: Mapping[str, float]) -> Report:
    """Count these rows.

    Args:
        handling_minutes: How long an employee would take for a question about a topic, as the municipality says.
    """
    everything = sum(counted.days.values(), Tally())
    return Report(
        figures=(
            *_of_conversations(everything),
            *_of_cases(counted.cases),
            *_of_service(counted),
            _regained(counted.alone, handling_minutes),
        ),
        reasons=dict(sorted(_shown(counted.reasons), key=lambda one: -one[1])),
        weeks=_weeks(counted.days, counted.cases),
        topics=_parts(counted.topics),
        teams=_parts(counted.teams),
        channels=_parts(counted.channels),
        service=_service(counted.service),
    )


def _shown(counts: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return ((name, count) for name, count in counts.items() if count >= SMALLEST)


def _of_conversations(tally: Tally) -> list[Figure]:
    return [
        _part(Key.UNANSWERED, tally.unanswered, tally.talks),
        _count(Key.CONVERSATIONS, tally.talks),
        _part(Key.RESOLVED, tally.resolved, tally.known),
        _part(Key.HANDED_OVER, tally.handed_over, tally.talks),
        _part(Key.OFFERS_IGNORED, tally.offers_ignored, tally.offers),
        _part(Key.SCORE, tally.score_sum, tally.scores, Unit.SCORE),
        _part(Key.TOLD_AGAIN, tally.told_again, tally.asked_again),
    ]


def _of_cases(cases: Sequence[Any]) -> list[Figure]:
    talks = [row for row in cases if row.kind == CaseKind.CONVERSATION]
    waits = [row.waited_seconds for row in talks if row.waited_seconds is not None]
    handled = [row.handled_seconds for row in talks if row.handled_seconds is not None]
    called = [row for row in cases if row.on_time is not None]
    marked = [row.marked for row in cases if row.marked is not None]
    return [
        _figure(Key.WAIT_MEDIAN, Unit.SECONDS, waits, statistics.median),
        _figure(Key.WAIT_P90, Unit.SECONDS, waits, p90),
        _figure(Key.HANDLED_MEDIAN, Unit.SECONDS, handled, statistics.median),
        _figure(Key.HANDLED_P90, Unit.SECONDS, handled, p90),
        _share(Key.ABANDONED, (row.abandoned for row in talks)),
        _share(Key.CALLED_ON_TIME, (row.on_time for row in called)),
        _share(Key.FALSE_HANDOVERS, (one == "false" for one in marked)),
        _share(Key.MISSED_HANDOVERS, (one == "missed" for one in marked)),
    ]


def _of_service(counted: Counted) -> list[Figure]:
    ended = [row for row in counted.service if row.kind in (Kind.BREACH, Kind.PICKED_UP)]
    judged = {row.case_reference for row in ended}
    late = {row.case_reference for row in ended if row.kind == Kind.BREACH or row.at > row.due_at}
    warned = {row.case_reference for row in counted.service if row.kind == Kind.WARNING}
    return [
        _share(Key.BREACHES, (reference in late for reference in judged)),
        _share(Key.WARNED_IN_TIME, (reference not in late for reference in judged & warned)),
    ]


def _regained(alone: Mapping[str, int], handling_minutes: Mapping[str, float]) -> Figure:
    known = {topic: count for topic, count in alone.items() if topic in handling_minutes}
    of = sum(known.values())
    minutes = sum(count * handling_minutes[topic] for topic, count in known.items())
    shown = of >= SMALLEST
    return Figure(Key.REGAINED, Unit.MINUTES, minutes if shown else None, of if shown else None)


def _weeks(days: Mapping[str, Tally], cases: Sequence[Any]) -> tuple[Part, ...]:
    talks: dict[str, Tally] = {}
    for day, tally in days.items():
        talks[_monday(day)] = talks.get(_monday(day), Tally()) + tally
    of_week: dict[str, list[Any]] = {}
    for row in cases:
        of_week.setdefault(_monday(row.day), []).append(row)
    hidden = _hidden({week: tally.talks for week, tally in talks.items()})
    return tuple(
        Part(
            week,
            {
                one.key: one
                for one in (
                    *_of_conversations(Tally() if week in hidden else talks.get(week, Tally())),
                    *_of_cases(of_week.get(week, ())),
                )
            },
        )
        for week in sorted({*talks, *of_week})
    )


def _hidden(sizes: Mapping[str, int]) -> set[str]:
    """Weeks that are too small to show, with the smallest other one where these could be found from the whole."""
    hidden = {name for name, size in sizes.items() if size < SMALLEST}
    for name in sorted(sizes, key=lambda one: sizes[one]):
        if not 0 < sum(sizes[one] for one in hidden) < SMALLEST:
            break
        hidden.add(name)
    return hidden


def _parts(tallies: Mapping[str | None, Tally]) -> tuple[Part, ...]:
    """The figures of each group, the largest first."""
    found = _large_enough(tallies, lambda tally: tally.talks, Tally())
    return tuple(Part(name, {one.key: one for one in _of_conversations(tally)}) for name, tally in found)


def _service(events: Sequence[Any]) -> tuple[Part, ...]:
    """How each team met its service levels for each urgency: by team, the gravest first, and what is too small last."""
    groups: dict[str | None, list[Any]] = {}
    for row in sorted(events, key=lambda one: (one.team, -Level(one.level).rank)):
        groups.setdefault(f"{row.team}/{_URGENCIES.get(row.level, ROUTINE)}", []).append(row)
    found = _large_enough(groups, lambda rows: len({row.case_reference for row in rows}), [])
    found.sort(key=lambda one: [*groups, REST].index(one[0]))
    return tuple(Part(name, {one.key: one for one in _of_team(rows)}) for name, rows in found)


def _of_team(rows: Sequence[Any]) -> list[Figure]:
    of_kind = {kind: {row.case_reference for row in rows if row.kind == kind} for kind in Kind}
    late = {row.case_reference for row in rows if row.kind == Kind.PICKED_UP and row.at > row.due_at}
    picked_up = of_kind[Kind.PICKED_UP]
    return [
        _count(Key.PICKED_UP, len(picked_up)),
        _part(Key.PICKED_UP_IN_TIME, len(picked_up - late), len(picked_up)),
        _count(Key.WARNED, len(of_kind[Kind.WARNING])),
        _count(Key.MISSED, len(of_kind[Kind.BREACH] | late)),
    ]


def _large_enough(
    groups: Mapping[str | None, _Group], size: Callable[[_Group], int], nothing: _Group
) -> list[tuple[str | None, _Group]]:
    """The groups that may be shown, the largest first.

    Groups that are too small stand together, with the smallest of the others where they are still too small then: else
    they could be found by taking the others from the whole.
    """
    ordered = sorted(groups.items(), key=lambda one: (-size(one[1]), one[0] or ""))
    rest = nothing
    while ordered and (size(ordered[-1][1]) < SMALLEST or 0 < size(rest) < SMALLEST):
        rest = rest + ordered.pop()[1]
    if size(rest) >= SMALLEST:
        ordered.append((REST, rest))
    return ordered


def p90(values: Sequence[float]) -> float:
    """The value below which nine in ten lie, linear between the two nearest."""
    return statistics.quantiles(values, n=10, method="inclusive")[8]


def _count(key: Key, count: int) -> Figure:
    shown = count if count >= SMALLEST else None
    return Figure(key, Unit.COUNT, shown, shown)


def _part(key: Key, hits: int, of: int, unit: Unit = Unit.SHARE) -> Figure:
    return Figure(key, unit, None, None) if of < SMALLEST else Figure(key, unit, hits / of, of)


def _share(key: Key, hits: Iterable[bool]) -> Figure:
    all_hits = list(hits)
    return _figure(key, Unit.SHARE, all_hits, lambda values: sum(values) / len(values))


def _figure(key: Key, unit: Unit, values: Sequence[Any], calculate: Callable[[Sequence[Any]], float]) -> Figure:
    if len(values) < SMALLEST:
        return Figure(key, unit, None, None)
    return Figure(key, unit, float(calculate(values)), len(values))


@cache
def _monday(day: str) -> str:
    date = dt.date.fromisoformat(day)
    return (date - dt.timedelta(days=date.weekday())).isoformat()
