"""The figures about understanding: a table for the terminal, a page to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape
from rich.table import Table

from bot.evaluation.intervals import Share
from bot.evaluation.understanding import Measured, Understood, worst

TARGETS = {
    "topic_accuracy": "at least 0.92",
    "aspect_accuracy": "at least 0.88",
    "confident_wrong": "at most 0.03",
    "asked_rate": "at most 0.12",
    "right_or_offered": "at least 0.97",
    "out_of_scope_caught": "at least 0.95",
    "in_scope_rejected": "at most 0.04",
    "p50_ms": "at most 40",
    "failed": "0",
}
WORST_SHOWN = 200
"""Mistakes on the page; `--json` has them all."""
NOTHING = "(nothing)"


@dataclass(frozen=True)
class Matrix:
    """How often each topic was taken for which; only topics that were mixed up at least once."""

    said: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


def table(measured: Measured, title: str) -> Table:
    """Figure, value, interval, of how many, target."""
    shown = Table(title=f"{title}: {measured.n} questions", title_justify="left")
    for heading in ("figure", "value", "95% interval", "of", "target"):
        shown.add_column(heading, no_wrap=True)
    for row in figures(measured):
        shown.add_row(*row)
    return shown


def figures(measured: Measured) -> list[tuple[str, str, str, str, str]]:
    """The figures as text, in the order of docs/evaluation.md."""
    found = [(name, *_share(share), TARGETS.get(name, "")) for name, share in measured.shares.items()]
    for name, value in (
        ("p50_ms", f"{measured.p50_ms:.0f}"),
        ("p95_ms", f"{measured.p95_ms:.0f}"),
        ("failed", str(measured.failed)),
    ):
        found.append((name, value, "", str(measured.n), TARGETS.get(name, "")))
    return found


def _share(share: Share) -> tuple[str, str, str]:
    if share.value is None or share.interval is None:
        return "-", "", "0"
    return f"{share.value:.3f}", f"{share.interval[0]:.3f} to {share.interval[1]:.3f}", str(share.n)


def matrix(understood: Sequence[Understood]) -> Matrix:
    """The confusion matrix."""
    pairs = Counter((one.question.topic, one.topic or NOTHING) for one in understood)
    mixed_up = [pair for pair in pairs if pair[0] != pair[1]]
    true = sorted({pair[0] for pair in mixed_up})
    said = sorted({*true, *(pair[1] for pair in mixed_up)})
    return Matrix(tuple(said), tuple((topic, tuple(pairs[topic, other] for other in said)) for topic in true))


def write_page(
    folder: Path, title: str, measured: Measured, understood: Sequence[Understood], no_aspect: Collection[str]
) -> Path:
    """Write `nlu.html` in a folder, made where it is missing; without scripts, so it can be sent and kept."""
    folder.mkdir(parents=True, exist_ok=True)
    wrong = worst(understood, no_aspect)
    environment = Environment(loader=PackageLoader("bot.evaluation"), autoescape=select_autoescape(["html"]))
    page = environment.get_template("nlu.html").render(
        title=title,
        measured=measured,
        figures=figures(measured),
        matrix=matrix(understood),
        mixed_up=_mixed_up(understood),
        topics=sorted(measured.topics, key=lambda one: one.recall.value if one.recall.value is not None else 2.0),
        wrong=wrong[:WORST_SHOWN],
        wrong_in_all=len(wrong),
    )
    path = folder / "nlu.html"
    path.write_text(page, encoding="utf-8")
    return path


def _mixed_up(understood: Sequence[Understood]) -> list[tuple[str, str, int]]:
    """Which topic is most often taken for which."""
    pairs = Counter((one.question.topic, one.topic or NOTHING) for one in understood if not one.right)
    return [(true, said, count) for (true, said), count in pairs.most_common()]
