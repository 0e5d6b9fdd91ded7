"""Plots as figures to draw: bars on a grid, for a template that makes SVG of them. A table stands beside each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 220
_LEFT, _BOTTOM, _TOP, _RIGHT = 8, 28, 20, 8
_WIDEST_BAR = 72.0
_LABELS = 13
"""Weeks that still fit with their name under them; of more, every other one is named."""


@dataclass(frozen=True)
class Point:
    """One value; None where there is nothing to show."""

    label: str
    value: float | None
    word: str
    """The value as people read it."""


@dataclass(frozen=True)
class Bar:
    """One bar, in the units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    label: str
    word: str
    is_empty: bool


@dataclass(frozen=True)
class Plot:
    """A plot with its table."""

    key: str
    title: str
    head: tuple[str, str]
    points: tuple[Point, ...]
    bars: tuple[Bar, ...]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - _BOTTOM

    @property
    def has_values(self) -> bool:
        """Whether there is anything to draw."""
        return any(point.value is not None for point in self.points)


def plot(key: str, title: str, head: tuple[str, str], points: Sequence[Point], *, most: float | None = None) -> Plot:
    """Bars from left to right.

    Args:
        most: The value of a bar that reaches the top; the largest value when it is not given.
    """
    highest = most or max((point.value or 0.0 for point in points), default=0.0) or 1.0
    room = (WIDTH - _LEFT - _RIGHT) / max(1, len(points))
    width = min(_WIDEST_BAR, room * 0.7)
    every = 1 if len(points) <= _LABELS else 2
    bars = []
    for index, point in enumerate(points):
        middle = _LEFT + room * (index + 0.5)
        tall = (HEIGHT - _BOTTOM - _TOP) * min(1.0, (point.value or 0.0) / highest)
        bars.append(
            Bar(
                x=round(middle - width / 2, 1),
                y=round(HEIGHT - _BOTTOM - tall, 1),
                width=round(width, 1),
                height=round(tall, 1),
                middle=round(middle, 1),
                label=point.label if index % every == 0 else "",
                word=point.word if len(points) <= _LABELS and point.value is not None else "",
                is_empty=point.value is None,
            )
        )
    return Plot(key, title, head, tuple(points), tuple(bars))


def points(
    names: Sequence[str], values: Sequence[float | None], label: Callable[[str], str], word: Callable[[float], str]
) -> list[Point]:
    """Values with the words that people read; what may not be shown says so."""
    return [
        Point(label(name), value, "te weinig" if value is None else word(value))
        for name, value in zip(names, values, strict=True)
    ]
