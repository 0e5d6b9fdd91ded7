"""When municipalities are open, in their files: read for the console and the command line, and changed there."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

import structlog
from ruamel.yaml.error import YAMLError

from bot.content import ContentStore, InvalidContent, Municipality, hours, municipality_file
from bot.content.exceptions import ChangedMeanwhile, Problem
from bot.content.municipality_file import Written
from bot.content.schema import ClosedDay, Hours, MunicipalityFile
from bot.content.schema import Period as FilePeriod
from bot.opening_edits import in_data, in_text, plain
from bot.settings import PROJECT_DIR
from handoff.exceptions import FaultySettings, SettingsChanged, UnusualSettings, UnwritableSettings
from handoff.openings import (
    COUNTER,
    PHONE,
    Edit,
    Holiday,
    Openings,
    Period,
    SpecialDay,
    Standing,
    Timetable,
    Week,
)

log = structlog.get_logger(__name__)

YEARS = range(2020, 2101)
"""As far as `holidays_confirmed` goes in the files."""


class OpeningFiles:
    """The files of all municipalities.

    Args:
        folder: The folder with the answers.
        answers: The answers as they were last read without a mistake.
    """

    def __init__(self, folder: Path, answers: ContentStore) -> None:
        self._folder = folder
        self._answers = answers

    def openings(self, municipality: str) -> Openings:
        """What the file says now; what it said before where it has a mistake now.

        Raises:
            UnknownMunicipality: there is no such municipality.
        """
        path = municipality_file.path_of(self._folder, municipality)
        can_be_written = os.access(path.resolve().parent, os.W_OK)
        try:
            now = municipality_file.read(self._folder, municipality)
        except InvalidContent as error:
            known = self._answers.current().municipality(municipality)
            return _openings(known, "", path, _where(error.problems[0]), can_be_written)
        return _openings(now.says, now.version, path, "", can_be_written)

    def holidays(self, known: Openings, year: int) -> Sequence[Holiday]:
        """The Dutch holidays of a year, as `balie content holidays` lists them; none of a year that is far away."""
        if year not in YEARS:
            return ()
        return tuple(_holiday(date, name, known.day(date)) for date, name in sorted(hours.holidays_of(year).items()))

    def prepare(self, municipality: str, version: str, edits: Sequence[Edit]) -> PreparedFile:
        """Make the new file, and read it as it will be read for citizens.

        Raises:
            SettingsChanged: the file is not of this version (any more).
            FaultySettings: it, or another that is read with it, has a mistake.
            UnusualSettings: it is written so that these edits would change more.
        """
        before = self._read(municipality)
        if before.version != version:
            raise SettingsChanged
        try:
            municipality_file.check(self._folder, before.path, before.text)
        except InvalidContent as error:
            raise FaultySettings(_where(error.problems[0]), error.problems[0].message) from error
        text, wanted = before.text, before.says
        try:
            for edit in edits:
                text, wanted = in_text(text, wanted, edit), in_data(wanted, edit)
            municipality_file.check(self._folder, before.path, text)
        except (YAMLError, InvalidContent) as error:
            raise UnusualSettings(_shown(before.path)) from error
        if plain(municipality_file.parse(before.path, text)) != plain(wanted):
            raise UnusualSettings(_shown(before.path))
        return PreparedFile(before, text)

    def _read(self, municipality: str) -> Written:
        try:
            return municipality_file.read(self._folder, municipality)
        except InvalidContent as error:
            raise FaultySettings(_where(error.problems[0]), error.problems[0].message) from error


class PreparedFile:
    """A file with edits in it, checked and not yet in the place of the old one."""

    def __init__(self, before: Written, text: str) -> None:
        self._before = before
        self._text = text
        self._after: Written | None = None

    def put(self) -> None:
        """Put it in its place.

        Raises:
            SettingsChanged: somebody changed the file since.
            UnwritableSettings: Balie may not write there.
        """
        try:
            self._after = municipality_file.put(self._before, self._text)
        except ChangedMeanwhile as error:
            raise SettingsChanged from error
        except OSError as error:
            raise UnwritableSettings(_shown(self._before.path.parent)) from error

    def take_back(self) -> None:
        """Put the old one back, if this one was put in its place and nobody changed it since."""
        if self._after is None:
            return
        try:
            municipality_file.put(self._after, self._before.text)
        except ChangedMeanwhile:
            log.warning("openings.not_taken_back", file=_shown(self._before.path))


# From the file


def _openings(
    says: MunicipalityFile | Municipality, version: str, path: Path, fault: str, can_be_written: bool
) -> Openings:
    tables = [
        Timetable(COUNTER, "Balie", _week(says.opening_hours)),
        Timetable(PHONE, "Telefoon en chat", _week(says.phone_hours)),
        *(
            Timetable(str(key), team.name, None if team.hours is None else _week(team.hours), team.phone or "")
            for key, team in says.teams.items()
        ),
    ]
    days = sorted((_special_day(day) for day in _first_of_each(says.closed_days)), key=lambda one: one.date)
    return Openings(
        version=version,
        file=_shown(path),
        timetables=tuple(tables),
        days=tuple(days),
        confirmed=says.holidays_confirmed,
        fault=fault,
        can_be_written=can_be_written,
    )


def _week(written: Hours) -> Week:
    return {str(day): _periods(periods) for day, periods in written.items()}


def _periods(written: Sequence[FilePeriod]) -> tuple[Period, ...]:
    return tuple((period.start, period.end) for period in written)


def _first_of_each(days: Sequence[ClosedDay]) -> list[ClosedDay]:
    """Of a date that stands there twice the first counts (`bot/content/hours.py`)."""
    return list({day.date: day for day in reversed(days)}.values())


def _special_day(day: ClosedDay) -> SpecialDay:
    standing = Standing.HOURS if day.hours else Standing.OPEN if day.open else Standing.CLOSED
    return SpecialDay(day.date, day.reason, standing, _periods(day.hours))


def _holiday(date: dt.date, name: str, said: SpecialDay | None) -> Holiday:
    if said is not None:
        return Holiday(date, name, said.standing, said.periods)
    return Holiday(date, name, Standing.CLOSED if hours.closed_because(date) else Standing.OPEN)


def _shown(path: Path) -> str:
    return str(path.relative_to(PROJECT_DIR) if path.is_relative_to(PROJECT_DIR) else path)


def _where(problem: Problem) -> str:
    return f"{_shown(problem.path)}, regel {problem.line}"
