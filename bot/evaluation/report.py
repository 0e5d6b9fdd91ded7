"""The figures of an evaluation: a table for the terminal, a page to look at."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape
from rich.table import Table

from bot.evaluation.detection import Judged, Measured, worst
from bot.evaluation.intervals import Share
from handoff.detection import Level, Reason

TARGETS = {
    "human_recall": "at least 0.95",
    "routine_false_alarms": "at most 0.03",
    "crisis_recall": "at least 0.97",
    "crisis_false_alarms": "at most 0.01",
    "urgent_or_crisis_recall": "at least 0.97",
    "reasons_micro_f1": "at least 0.75",
    "team_accuracy": "at least 0.85",
    "p50_ms": "at most 3",
    "p95_ms": "at most 6",
}


def table(measured: Measured) -> Table:
    """Figure, value, interval, of how many, target."""
    shown = Table(title=f"Detector {measured.version} on {measured.n} conversations", title_justify="left")
    for heading in ("figure", "value", "95% interval", "of", "target"):
        shown.add_column(heading, no_wrap=True)
    for row in rows(measured):
        shown.add_row(*row)
    return shown


def rows(measured: Measured) -> list[tuple[str, str, str, str, str]]:
    """The figures as text, in the order of docs/detection.md."""
    found = [(name, *_share(share), TARGETS.get(name, "")) for name, share in measured.shares.items()]
    for name, value in (
        ("reasons_micro_f1", measured.reasons_micro_f1),
        ("p50_ms", measured.p50_ms),
        ("p95_ms", measured.p95_ms),
    ):
        found.append((name, "-" if value is None else f"{value:.3f}", "", str(measured.n), TARGETS[name]))
    found.append(("errors", str(measured.errors), "", str(measured.n), "0"))
    return found


def _share(share: Share) -> tuple[str, str, str]:
    if share.value is None or share.interval is None:
        return "-", "", "0"
    return f"{share.value:.3f}", f"{share.interval[0]:.3f} to {share.interval[1]:.3f}", str(share.n)


def write_page(folder: Path, title: str, measured: Measured, judged: list[Judged]) -> Path:
    """Write `detection.html` in a folder, made where it is missing; without scripts, so it can be sent and kept."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = Environment(loader=PackageLoader("bot.evaluation"), autoescape=select_autoescape(["html"]))
    page = environment.get_template("detection.html").render(
        title=title,
        measured=measured,
        rows=rows(measured),
        levels=list(Level),
        confusion=_confusion(judged),
        reasons=_by_reason(judged),
        wrong=[_shown(one) for one in worst(judged)],
    )
    path = folder / "detection.html"
    path.write_text(page, encoding="utf-8")
    return path


def _confusion(judged: list[Judged]) -> list[tuple[Level, list[int]]]:
    return [
        (true, [sum(one.labelled.level is true and one.level is said for one in judged) for said in Level])
        for true in Level
    ]


def _by_reason(judged: list[Judged]) -> list[tuple[str, int, int, str, str]]:
    found = []
    for reason in Reason:
        true = [one for one in judged if reason in one.labelled.reasons]
        said = [one for one in judged if one.assessment and reason in one.assessment.reasons]
        both = sum(reason in one.labelled.reasons for one in said)
        found.append((reason.value, len(true), len(said), _ratio(both, len(said)), _ratio(both, len(true))))
    return found


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


def _shown(one: Judged) -> dict[str, object]:
    said = one.assessment
    return {
        "id": one.labelled.id,
        "turns": one.labelled.turns,
        "true": one.labelled.level,
        "said": one.level,
        "true_reasons": ", ".join(sorted(one.labelled.reasons)),
        "said_reasons": ", ".join(sorted(said.reasons)) if said else one.error,
        "explanation": said.explanation if said else "",
    }
