"""How the teams of each municipality work, as the files say it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.content import Content, Municipality, hours
from bot.content.schema import ClosedDay, PickUpWithin, Team, TeamSettings
from handoff.team_rules import TeamRules


def rules_of(where: Municipality, team: str) -> TeamRules:
    """The rules of one team; of a team that the municipality does not name, the usual ones in its hours."""
    settings = settings_of(where, team)
    written, days = settings.hours if settings.hours is not None else where.phone_hours, days_of(where, settings)

    def open_on(day: dt.date) -> Sequence[tuple[dt.time, dt.time]]:
        return [(period.start, period.end) for period in hours.periods_on(day, written, days)]

    minutes = settings.pick_up_within
    return TeamRules(
        open_on=open_on,
        holiday=lambda day: hours.closed_because(day, days),
        most_waiting=settings.most_waiting,
        longest_wait=dt.timedelta(minutes=settings.longest_wait_minutes),
        offer_for=dt.timedelta(seconds=settings.offer_seconds) if settings.offer_seconds else None,
        pick_up_within={priority: dt.timedelta(minutes=value) for priority, value in enumerate(_by_priority(minutes))},
    )


def settings_of(where: Municipality, team: str) -> TeamSettings:
    """What the municipality wrote of a team; the defaults for one that it does not name."""
    known = where.teams.get(Team(team)) if team in set(Team) else None
    return known or TeamSettings(name=team)


def days_of(where: Municipality, settings: TeamSettings) -> tuple[ClosedDay, ...]:
    """Days that are not as the calendar has them, the team's own before the municipality's."""
    return (*settings.closed_days, *where.closed_days)


def team_for_topic(content: Content, where: Municipality, topic: str | None) -> str | None:
    """Who answers for a topic here: the municipality's own table, else the topic's file; None when neither says."""
    if topic is None:
        return None
    written = content.topics.get(topic)
    team = where.routing.get(topic) or (written.team if written else None)
    return str(team) if team else None


def _by_priority(minutes: PickUpWithin) -> tuple[int, int, int]:
    return minutes.crisis, minutes.urgent, minutes.normal
