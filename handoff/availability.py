"""Whether somebody is there for a citizen who comes into the queue, and if not, why."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from handoff import hours
from handoff.hours import local_date
from handoff.team_rules import TeamRules


class Availability(StrEnum):
    """What a citizen is told, each with words of its own."""

    PRESENT = "present"
    FULL = "full"
    NOBODY = "nobody"
    HOLIDAY = "holiday"
    CLOSED = "closed"


def of_team(rules: TeamRules, now: dt.datetime, *, present: bool, place: int) -> Availability:
    """How it stands with a team for who has this place in its queue, 1 being next.

    Somebody who is there outside the hours is there: presence goes before the calendar.
    """
    if present:
        is_full = rules.most_waiting is not None and place > rules.most_waiting
        return Availability.FULL if is_full else Availability.PRESENT
    if hours.is_open(now, rules.open_on):
        return Availability.NOBODY
    today = local_date(now)
    return Availability.HOLIDAY if rules.holiday(today) else Availability.CLOSED
