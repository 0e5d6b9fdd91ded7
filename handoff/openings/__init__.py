"""When a municipality is open, as its administrators change it: weekly hours, days that are not as usual, holidays.

What holds stands in the municipality's own file, which the bot and the action server read anew when it changes. So a
change is checked here, recorded, and written there, and not kept in the database.
"""

from handoff.openings.changes import (
    LAST_YEAR,
    Change,
    ConfirmYear,
    DayAway,
    Edit,
    NewDay,
    NewWeek,
    NewYear,
    RemoveDay,
    SetDay,
    SetHours,
    SetOwnWeek,
    edits_of,
)
from handoff.openings.saving import USUAL, OpeningFiles, Prepared, check_right, may_change, save
from handoff.openings.standing import COUNTER, PHONE, Holiday, Openings, SpecialDay, Standing, Timetable
from handoff.openings.written import WEEKDAYS, Period, Week

__all__ = [
    "COUNTER",
    "LAST_YEAR",
    "PHONE",
    "USUAL",
    "WEEKDAYS",
    "Change",
    "ConfirmYear",
    "DayAway",
    "Edit",
    "Holiday",
    "NewDay",
    "NewWeek",
    "NewYear",
    "OpeningFiles",
    "Openings",
    "Period",
    "Prepared",
    "RemoveDay",
    "SetDay",
    "SetHours",
    "SetOwnWeek",
    "SpecialDay",
    "Standing",
    "Timetable",
    "Week",
    "check_right",
    "edits_of",
    "may_change",
    "save",
]
