"""One edit of when a municipality is open: in the text of its file, and in what that says.

Both, to see that the new text says what is wanted and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.content import Team
from bot.content.schema import ClosedDay, Hours, MunicipalityFile, Weekday
from bot.content.schema import Period as FilePeriod
from bot.content.source import KeyPath
from bot.content.yaml_text import put, quoted, remove
from handoff.openings import (
    COUNTER,
    PHONE,
    WEEKDAYS,
    Edit,
    Period,
    RemoveDay,
    SetDay,
    SetHours,
    SetOwnWeek,
    SpecialDay,
    Standing,
    Week,
)
from handoff.openings.written import write

_OWN_HOURS = {COUNTER: "opening_hours", PHONE: "phone_hours"}


def in_text(text: str, says: MunicipalityFile, edit: Edit) -> str:
    """The text with one edit in it.

    Args:
        says: What the text says.
    """
    if isinstance(edit, SetHours):
        return put(text, (*_path_of(edit.key), edit.weekday), _written(edit.periods), WEEKDAYS)
    if isinstance(edit, SetOwnWeek):
        where = _path_of(edit.key)
        return remove(text, where) if edit.week is None else put(text, where, _written_week(edit.week))
    if isinstance(edit, SetDay):
        places = [index for index, day in enumerate(says.closed_days) if day.date == edit.day.date]
        index = places[0] if places else len(says.closed_days)
        return put(text, ("closed_days", index), _written_day(edit.day))
    if isinstance(edit, RemoveDay):
        for index, day in reversed(list(enumerate(says.closed_days))):
            text = remove(text, ("closed_days", index)) if day.date == edit.date else text
        return text
    return put(text, ("holidays_confirmed", len(says.holidays_confirmed)), edit.year)


def _path_of(key: str) -> KeyPath:
    return (_OWN_HOURS[key],) if key in _OWN_HOURS else ("teams", key, "hours")


def _written(periods: Sequence[Period]) -> list[str]:
    return [write([period]) for period in periods]


def _written_week(week: Week) -> dict[str, list[str]]:
    return {day: _written(week[day]) for day in WEEKDAYS if week.get(day)}


def _written_day(day: SpecialDay) -> dict[str, object]:
    written: dict[str, object] = {"date": day.date, "reason": quoted(day.reason)}
    if day.standing is Standing.OPEN:
        written["open"] = True
    elif day.standing is Standing.HOURS:
        written["hours"] = _written(day.periods)
    return written


def in_data(says: MunicipalityFile, edit: Edit) -> MunicipalityFile:
    """What the text has to say with this edit in it."""
    if isinstance(edit, SetHours):
        day = Weekday(edit.weekday)
        if edit.key in _OWN_HOURS:
            field = _OWN_HOURS[edit.key]
            return says.model_copy(update={field: {**getattr(says, field), day: _for_file(edit.periods)}})
        own = says.teams[Team(edit.key)].hours or {}
        return _with_team(says, edit.key, {**own, day: _for_file(edit.periods)})
    if isinstance(edit, SetOwnWeek):
        own_week = None if edit.week is None else _hours_for_file(edit.week)
        return _with_team(says, edit.key, own_week)
    if isinstance(edit, SetDay | RemoveDay):
        return says.model_copy(update={"closed_days": _days_with(says.closed_days, edit)})
    return says.model_copy(update={"holidays_confirmed": (*says.holidays_confirmed, edit.year)})


def _with_team(says: MunicipalityFile, key: str, own: Hours | None) -> MunicipalityFile:
    team = says.teams[Team(key)].model_copy(update={"hours": own})
    return says.model_copy(update={"teams": {**says.teams, Team(key): team}})


def _days_with(days: Sequence[ClosedDay], edit: SetDay | RemoveDay) -> tuple[ClosedDay, ...]:
    if isinstance(edit, RemoveDay):
        return tuple(day for day in days if day.date != edit.date)
    wanted = ClosedDay(
        date=edit.day.date,
        reason=edit.day.reason,
        open=edit.day.standing is Standing.OPEN,
        hours=_for_file(edit.day.periods),
    )
    changed, is_known = list(days), False
    for index, day in enumerate(days):
        if day.date == wanted.date and not is_known:
            changed[index], is_known = wanted, True
    return tuple(changed if is_known else [*changed, wanted])


def _for_file(periods: Sequence[Period]) -> tuple[FilePeriod, ...]:
    return tuple(FilePeriod(start=opens, end=closes) for opens, closes in periods)


def _hours_for_file(week: Week) -> Hours:
    return {Weekday(day): _for_file(periods) for day, periods in week.items() if periods}


def plain(says: MunicipalityFile) -> Mapping[str, object]:
    """To compare: a day without periods is the same as a day that is not there."""
    data = says.model_dump()
    for holder, field in (
        (data, "opening_hours"),
        (data, "phone_hours"),
        *((one, "hours") for one in data["teams"].values()),
    ):
        if holder[field] is not None:
            holder[field] = {day: periods for day, periods in holder[field].items() if periods}
    return data
