"""Which team takes a conversation over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handoff.detection.assessment import Reason

DEFAULT_TEAM = "publieksbalie"
_PRESSING = {
    Reason.SUICIDE: "sociaal-wijkteam",
    Reason.ABUSE: "sociaal-wijkteam",
    Reason.HOMELESSNESS: "sociaal-wijkteam",
    Reason.CUTOFF: "sociaal-wijkteam",
}
"""Whoever asked what: these are the social team's."""
_FALLBACK = {Reason.DEBT: "sociaal-wijkteam", Reason.VULNERABILITY: "sociaal-wijkteam"}


def team_for(reasons: Sequence[Reason], topic_team: str | None, scores: Mapping[str, float] | None) -> str:
    """A pressing reason decides, then the topic's team as the bot understood it, then care, then the model."""
    pressing = next((_PRESSING[reason] for reason in reasons if reason in _PRESSING), None)
    if pressing or topic_team:
        return pressing or topic_team or DEFAULT_TEAM
    if Reason.VULNERABILITY in reasons:
        return _FALLBACK[Reason.VULNERABILITY]
    if scores is not None:
        teams = {name: score for name, score in scores.items() if name.startswith("team:")}
        return max(teams, key=lambda name: teams[name]).removeprefix("team:")
    return next((_FALLBACK[reason] for reason in reasons if reason in _FALLBACK), DEFAULT_TEAM)
