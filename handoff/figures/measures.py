"""What is counted, with its definition beside it. Nothing rests on fewer than ten conversations or cases."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from handoff.figures.definitions import DEFINITIONS, Key
from handoff.figures.reading import Counted
from handoff.service_levels import Kind
from handoff.vocabulary import CaseKind

SMALLEST = 10
"""Fewer than this could be traced to somebody."""
REST = "overig"
"""The name of groups that are too small to stand alone."""


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


def measure(counted: Counted, handling_minutes: Mapping[str, float]) -> Report:
    """Count these rows.

    Args:
        handling_minutes: How long an employee would take for a question about a topic, as the municipality says.
    """
    talks = counted.conversations
    reasons = Counter(reason for row in talks for reason in row.reasons)
    return Report(
        figures=(
            *_of_conversations(talks),
            *_of_cases(counted.cases),
            _breaches(counted),
            _regained(talks, handling_minutes),
        ),
        reasons={reason: count for reason, count in reasons.most_common() if count >= SMALLEST},
        weeks=_weeks(talks, counted.cases),
        topics=_parts(talks, lambda row: row.topic),
        teams=_parts([row for row in talks if row.handed_over], lambda row: row.team),
        channels=_parts(talks, lambda row: row.channel),
    )


def _of_conversations(talks: Sequence[Any]) -> list[Figure]:
    known = [row for row in talks if row.resolved is not None]
    offers = [row for row in talks if row.offered]
    scores = [row.score for row in talks if row.score is not None]
    again = [row for row in talks if row.told_again is not None]
    return [
        _share(Key.UNANSWERED, (row.unanswered for row in talks)),
        _count(Key.CONVERSATIONS, len(talks)),
        _share(Key.RESOLVED, (row.resolved for row in known)),
        _share(Key.HANDED_OVER, (row.handed_over for row in talks)),
        _share(Key.OFFERS_IGNORED, (row.offer_ignored for row in offers)),
        _figure(Key.SCORE, Unit.SCORE, scores, statistics.fmean),
        _share(Key.TOLD_AGAIN, (row.told_again for row in again)),
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


def _breaches(counted: Counted) -> Figure:
    ended = [row for row in counted.service if row.kind in (Kind.BREACH, Kind.PICKED_UP)]
    judged = {row.case_reference for row in ended}
    late = {row.case_reference for row in ended if row.kind == Kind.BREACH or row.at > row.due_at}
    return _share(Key.BREACHES, (reference in late for reference in judged))


def _regained(talks: Sequence[Any], handling_minutes: Mapping[str, float]) -> Figure:
    alone = [row for row in talks if row.resolved and not row.handed_over and not row.by_person]
    minutes = [handling_minutes[row.topic] for row in alone if row.topic in handling_minutes]
    return _figure(Key.REGAINED, Unit.MINUTES, minutes, sum)


def _weeks(talks: Sequence[Any], cases: Sequence[Any]) -> tuple[Part, ...]:
    by_week: dict[str, tuple[list[Any], list[Any]]] = {}
    for row in talks:
        by_week.setdefault(_monday(row.day), ([], []))[0].append(row)
    for row in cases:
        by_week.setdefault(_monday(row.day), ([], []))[1].append(row)
    hidden = _hidden({week: len(own) for week, (own, _) in by_week.items()})
    return tuple(
        Part(
            week,
            {one.key: one for one in (*_of_conversations([] if week in hidden else own), *_of_cases(own_cases))},
        )
        for week, (own, own_cases) in sorted(by_week.items())
    )


def _hidden(sizes: Mapping[str, int]) -> set[str]:
    """Weeks that are too small to show, with the smallest other one where these could be found from the whole."""
    hidden = {name for name, size in sizes.items() if size < SMALLEST}
    for name in sorted(sizes, key=lambda one: sizes[one]):
        if not 0 < sum(sizes[one] for one in hidden) < SMALLEST:
            break
        hidden.add(name)
    return hidden


def _parts(talks: Sequence[Any], name_of: Callable[[Any], str | None]) -> tuple[Part, ...]:
    """The figures of each group, the largest first.

    Groups that are too small stand together, with the smallest of the others where they are still too small then: else
    they could be found by taking the others from the whole.
    """
    groups: dict[str | None, list[Any]] = {}
    for row in talks:
        groups.setdefault(name_of(row), []).append(row)
    ordered = sorted(groups.items(), key=lambda one: (-len(one[1]), one[0] or ""))
    rest: list[Any] = []
    while ordered and (len(ordered[-1][1]) < SMALLEST or 0 < len(rest) < SMALLEST):
        rest += ordered.pop()[1]
    if len(rest) >= SMALLEST:
        ordered.append((REST, rest))
    return tuple(Part(name, {one.key: one for one in _of_conversations(own)}) for name, own in ordered)


def p90(values: Sequence[float]) -> float:
    """The value below which nine in ten lie, linear between the two nearest."""
    return statistics.quantiles(values, n=10, method="inclusive")[8]


def _count(key: Key, count: int) -> Figure:
    shown = count if count >= SMALLEST else None
    return Figure(key, Unit.COUNT, shown, shown)


def _share(key: Key, hits: Iterable[bool]) -> Figure:
    all_hits = list(hits)
    return _figure(key, Unit.SHARE, all_hits, lambda values: sum(values) / len(values))


def _figure(key: Key, unit: Unit, values: Sequence[Any], calculate: Callable[[Sequence[Any]], float]) -> Figure:
    if len(values) < SMALLEST:
        return Figure(key, unit, None, None)
    return Figure(key, unit, float(calculate(values)), len(values))


def _monday(day: str) -> str:
    date = dt.date.fromisoformat(day)
    return (date - dt.timedelta(days=date.weekday())).isoformat()
