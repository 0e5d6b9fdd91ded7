"""Carries out a change of when a municipality is open: checked, recorded, and written in its file."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from handoff import accounts, audit
from handoff.database import Database
from handoff.exceptions import NotAllowed, SettingsChanged
from handoff.openings import written
from handoff.openings.changes import Change, Edit, NewDay, NewYear, RemoveDay, SetDay, SetHours, SetOwnWeek, edits_of
from handoff.openings.standing import PHONE, Holiday, Openings, SpecialDay, Standing
from handoff.openings.written import Week
from handoff.tables import Employee

USUAL = "usual"
"""How a day stands in the audit trail of which nothing is said."""


class Prepared(Protocol):
    """A file with edits in it, checked and not yet in the place of the old one."""

    def put(self) -> None:
        """Put it in its place.

        Raises:
            SettingsChanged: somebody changed the file since.
            UnwritableSettings: Balie may not write there.
        """

    def take_back(self) -> None:
        """Put the old one back, if this one was put in its place and nobody changed it since."""


class OpeningFiles(Protocol):
    """Where municipalities say when they are open."""

    def openings(self, municipality: str) -> Openings:
        """What the file says now."""

    def holidays(self, known: Openings, year: int) -> Sequence[Holiday]:
        """The Dutch holidays of a year, by date, as they are with what the file says."""

    def prepare(self, municipality: str, version: str, edits: Sequence[Edit]) -> Prepared:
        """Make the new file and check it with everything that is read with it.

        Raises:
            SettingsChanged: the file is not of this version (any more).
            FaultySettings: it, or another that is read with it, has a mistake.
            UnusualSettings: it is written so that these edits would change more.
        """


def may_change(employee: Employee) -> bool:
    """Whether she sets when her municipality is open."""
    return accounts.may_manage(employee)


def check_right(employee: Employee) -> None:
    """Raises:
    NotAllowed: she is no administrator.
    """
    if not may_change(employee):
        raise NotAllowed("only an administrator sets when the municipality is open")


async def save(
    database: Database,
    files: OpeningFiles,
    municipality: str,
    version: str,
    change: Change,
    *,
    by: Employee | None,
    now: dt.datetime,
    today: dt.date,
) -> bool:
    """Carry out a change and record it; None for `by` is the operator. Returns whether anything is different now.

    The file is put in its place just before the lines about it are committed, and back where that fails: there is no
    change without its line, and no line without its change.

    Raises:
        NotAllowed: she is no administrator of this municipality.
        InvalidOpening: something makes no sense; says what, by field.
        SettingsChanged: somebody else changed the file since `version`.
        FaultySettings, UnusualSettings, UnwritableSettings: see `OpeningFiles`.
    """
    if by is not None:
        check_right(by)
        if by.municipality != municipality:
            raise NotAllowed("it is another municipality")
    before = await asyncio.to_thread(files.openings, municipality)
    if before.version != version:
        raise SettingsChanged
    edits = edits_of(before, _holidays(files, before, change), change, today)
    if not edits:
        return False
    prepared = await asyncio.to_thread(files.prepare, municipality, version, edits)
    try:
        async with database.write() as session:
            for edit in edits:
                _record(session, before, edit, municipality, by, now)
            await session.flush()
            prepared.put()  # not in a thread: who cancels this would not know whether it is done
    except BaseException:
        prepared.take_back()
        raise
    return True


def _holidays(files: OpeningFiles, known: Openings, change: Change) -> Sequence[Holiday]:
    if isinstance(change, NewYear):
        return files.holidays(known, change.year)
    if isinstance(change, NewDay) and change.date is not None:
        return files.holidays(known, change.date.year)
    return ()


def _record(
    session: AsyncSession,
    before: Openings,
    edit: Edit,
    municipality: str,
    by: Employee | None,
    now: dt.datetime,
) -> None:
    """One line for what is different now. The reason of a day is not in it: that is text that somebody wrote."""

    def _line(action: str, **details: object) -> None:
        actor = "operator" if by is None else f"employee:{by.id}"
        audit.record(session, action, at=now, municipality=municipality, actor=actor, **details)  # type: ignore[arg-type]

    if isinstance(edit, SetHours):
        old = before.week_of(edit.key).get(edit.weekday, ())
        became = written.write(edit.periods)
        _line("hours_changed", of=edit.key, day=edit.weekday, before=written.write(old), after=became)
    elif isinstance(edit, SetOwnWeek):
        table = before.timetable(edit.key)
        _line("hours_changed", of=edit.key, before=_own(table.week if table else None), after=_own(edit.week))
    elif isinstance(edit, SetDay):
        date = edit.day.date
        _line("special_day", date=date.isoformat(), before=_standing(before.day(date)), after=_standing(edit.day))
    elif isinstance(edit, RemoveDay):
        _line("special_day", date=edit.date.isoformat(), before=_standing(before.day(edit.date)), after=USUAL)
    else:
        _line("holidays_confirmed", year=edit.year)


def _standing(day: SpecialDay | None) -> str:
    if day is None:
        return USUAL
    return written.write(day.periods) if day.standing is Standing.HOURS else str(day.standing)


def _own(week: Week | None) -> str:
    return PHONE if week is None else written.write_week(week)
