"""The line that an employee reads above the dossier: what was found, in Dutch."""

from __future__ import annotations

from collections.abc import Iterable

from handoff.detection.assessment import Level, Reason
from handoff.detection.finding import Finding

MOST_TOLD = 4

_WORDS = {
    Reason.WANTS_HUMAN: "vraagt om een medewerker",
    Reason.ANGER: "is boos",
    Reason.DISTRESS: "klinkt wanhopig",
    Reason.FEAR: "is bang",
    Reason.GRIEF: "noemt een verlies",
    Reason.CONFUSION: "komt er zelf niet uit",
    Reason.BOT_FAILURE: "de assistent kwam er niet uit",
    Reason.COMPLEXITY: "noemt meer problemen tegelijk",
    Reason.LEGAL: "noemt een juridische stap",
    Reason.LANGUAGE: "schrijft (bijna) geen Nederlands",
    Reason.VULNERABILITY: "noemt iemand die kwetsbaar is",
    Reason.DEBT: "noemt geldproblemen",
    Reason.HOMELESSNESS: "heeft (mogelijk) geen slaapplek",
    Reason.CUTOFF: "noemt afsluiting van gas, licht of water",
    Reason.SUICIDE: "noemt (mogelijk) zelfdoding",
    Reason.ABUSE: "noemt (mogelijk) geweld",
    Reason.ACUTE_DANGER: "noemt direct gevaar",
    Reason.THREAT: "noemt een bedreiging",
}


def explain(level: Level, findings: Iterable[Finding]) -> str:
    """One line, the gravest first; empty where nothing was found."""
    if level is Level.NONE:
        return ""
    told: dict[Reason, str] = {}
    for one in sorted(findings, key=lambda one: -one.level.rank):
        told.setdefault(one.reason, one.about or _WORDS[one.reason])
    begin = "Doorgezet: " if level.wants_person else "Aangeboden: "
    return begin + "; ".join(list(dict.fromkeys(told.values()))[:MOST_TOLD]) + "."
