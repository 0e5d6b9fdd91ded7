"""A report as rows for a file and as data for a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from handoff.figures.measures import Figure, Part, Report
from handoff.figures.reading import Wanted

HEAD = ("gemeente", "van", "tot_en_met", "groep", "naam", "cijfer", "waarde", "eenheid", "van_aantal")
UNKNOWN = "onbekend"


def rows(report: Report, wanted: Wanted) -> Iterator[tuple[str, ...]]:
    """One row a figure, the head first; empty where it may not be shown."""
    yield HEAD
    about = (wanted.municipality, wanted.first.isoformat(), wanted.last.isoformat())
    for figure in report.figures:
        yield (*about, "alles", "", *_cells(figure))
    for reason, count in report.reasons.items():
        yield (*about, "reden", reason, "gesprekken", str(count), "aantal", str(count))
    for group, parts in _groups(report):
        for part in parts:
            for figure in part.figures.values():
                yield (*about, group, part.name or UNKNOWN, *_cells(figure))


def as_data(report: Report, wanted: Wanted) -> dict[str, Any]:
    """The same as nested values."""
    return {
        "gemeente": wanted.municipality,
        "van": wanted.first.isoformat(),
        "tot_en_met": wanted.last.isoformat(),
        "cijfers": _as_data({figure.key: figure for figure in report.figures}),
        "redenen": dict(report.reasons),
        **{group: {part.name or UNKNOWN: _as_data(part.figures) for part in parts} for group, parts in _groups(report)},
    }


def _groups(report: Report) -> tuple[tuple[str, tuple[Part, ...]], ...]:
    return (
        ("week", report.weeks),
        ("onderwerp", report.topics),
        ("team", report.teams),
        ("kanaal", report.channels),
        ("servicenorm", report.service),
    )


def _cells(figure: Figure) -> tuple[str, str, str, str]:
    value = "" if figure.value is None else f"{figure.value:.4g}" if figure.unit == "deel" else f"{figure.value:g}"
    return str(figure.key), value, str(figure.unit), "" if figure.of is None else str(figure.of)


def _as_data(found: Mapping[Any, Figure]) -> dict[str, Any]:
    return {
        str(key): {"waarde": figure.value, "eenheid": str(figure.unit), "van_aantal": figure.of}
        for key, figure in found.items()
    }
