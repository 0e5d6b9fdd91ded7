"""gemeente.yml as the console and the commands change it: comments kept, checked as a whole, replaced at once."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content import ContentStore, Team, UnknownMunicipality, hours, municipality_file
from bot.opening_edits import in_data, in_text, plain
from bot.opening_files import OpeningFiles
from handoff.exceptions import FaultySettings, SettingsChanged, UnusualSettings, UnwritableSettings
from handoff.openings import (
    COUNTER,
    PHONE,
    WEEKDAYS,
    ConfirmYear,
    Edit,
    RemoveDay,
    SetDay,
    SetHours,
    SetOwnWeek,
    SpecialDay,
    Standing,
)
from tests.counter import CONTENT

CITY = "fictiedam"
MORNING = (dt.time(9), dt.time(12))
DAY = (dt.time(9), dt.time(17))
EVE = dt.date(2026, 12, 24)
CLOSED_EVE = SetDay(SpecialDay(EVE, "kerstavond", Standing.CLOSED))


class Folder:
    """A folder with answers that a test may change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path / "municipalities" / CITY / "gemeente.yml"
        self.files = OpeningFiles(path, ContentStore(path, check_seconds=0))

    def change(self, *edits: Edit) -> None:
        known = self.files.openings(CITY)
        self.files.prepare(CITY, known.version, edits).put()

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    def rewrite(self, old: str, new: str) -> None:
        assert old in self.text
        self.file.write_text(self.text.replace(old, new), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(shutil.copytree(CONTENT, tmp_path / "content"))


def lines_of(before: str, after: str) -> tuple[set[str], set[str]]:
    """The lines that went and that came."""
    old, new = before.split("\n"), after.split("\n")
    return set(old) - set(new), set(new) - set(old)


# Reading


def test_the_file_is_read_as_it_is_at_this_moment(folder: Folder) -> None:
    known = folder.files.openings(CITY)
    assert known.week_of(COUNTER)["dinsdag"] == ((dt.time(8, 30), dt.time(12, 30)), (dt.time(13, 30), dt.time(16, 30)))
    assert known.week_of("wonen") == known.week_of(PHONE)
    assert [one.date for one in known.days] == [dt.date(2026, 12, 28), dt.date(2027, 3, 26), dt.date(2027, 5, 5)]
    assert (known.confirmed, known.fault, known.can_be_written) == ((2026, 2027), "", True)
    folder.rewrite("maandag: [8.30-12.30]", "maandag: [10.00-12.30]")
    again = folder.files.openings(CITY)
    assert again.week_of(COUNTER)["maandag"] == ((dt.time(10), dt.time(12, 30)),)
    assert again.version != known.version


def test_the_holidays_are_those_that_the_content_knows(folder: Folder) -> None:
    known = folder.files.openings(CITY)
    where = ContentStore(folder.path).current().municipality(CITY)
    for holiday in folder.files.holidays(known, 2027):
        is_closed = hours.closed_because(holiday.date, where.closed_days) is not None
        assert holiday.standing is (Standing.CLOSED if is_closed else Standing.OPEN), holiday
    assert folder.files.holidays(known, 9999) == ()


def test_of_a_file_with_a_mistake_the_former_hours_are_shown_and_the_line_is_named(folder: Folder) -> None:
    folder.rewrite("maandag: [8.30-12.30]", "maandag: [8.30-12.30, ochtend]")
    known = folder.files.openings(CITY)
    assert known.fault.endswith("fictiedam/gemeente.yml, regel 11")
    assert known.week_of(COUNTER)["maandag"] == ((dt.time(8, 30), dt.time(12, 30)),)
    with pytest.raises(FaultySettings, match=r"gemeente\.yml, regel 11"):
        folder.files.prepare(CITY, known.version, [CLOSED_EVE])


@pytest.mark.parametrize("key", ["nergens", "..", "../municipalities/fictiedam"])
def test_a_municipality_that_is_not_there_has_no_file(folder: Folder, key: str) -> None:
    with pytest.raises(UnknownMunicipality):
        folder.files.openings(key)


# Writing


@pytest.mark.parametrize(
    ("edits", "went", "came"),
    [
        (
            [SetHours(COUNTER, "vrijdag", ()), SetHours(PHONE, "zaterdag", (MORNING,))],
            {"  vrijdag: [8.30-12.30]"},
            {"  vrijdag: []", "  zaterdag: [9.00-12.00]"},
        ),
        (
            [SetOwnWeek("wonen", {"maandag": (MORNING,), "dinsdag": ()})],
            {"  wonen: {name: Wonen en bouwen}"},
            {"  wonen: {name: Wonen en bouwen, hours: {maandag: [9.00-12.00]}}"},
        ),
        ([CLOSED_EVE], set(), {'  - {date: 2026-12-24, reason: "kerstavond"}'}),
        (
            [SetDay(SpecialDay(dt.date(2027, 5, 5), "5 mei", Standing.OPEN))],
            {"  - {date: 2027-05-05, reason: Bevrijdingsdag}"},
            {'  - {date: 2027-05-05, reason: "5 mei", open: true}'},
        ),
        (
            [RemoveDay(dt.date(2026, 12, 28))],
            {"  - {date: 2026-12-28, reason: vrije dag van het gemeentehuis}"},
            set(),
        ),
        ([ConfirmYear(2028)], {"holidays_confirmed: [2026, 2027]"}, {"holidays_confirmed: [2026, 2027, 2028]"}),
    ],
)
def test_only_the_lines_of_what_changes_are_different(
    folder: Folder, edits: Sequence[Edit], went: set[str], came: set[str]
) -> None:
    before = folder.text
    folder.change(*edits)
    assert lines_of(before, folder.text) == (went, came)


def test_the_citizens_content_has_it_without_a_restart(folder: Folder) -> None:
    store = ContentStore(folder.path, check_seconds=0)
    assert hours.describe_day(EVE, store.current().municipality(CITY).opening_hours) != "gesloten (kerstavond)"
    folder.change(CLOSED_EVE)
    where = store.current().municipality(CITY)
    assert hours.describe_day(EVE, where.opening_hours, where.closed_days) == "gesloten (kerstavond)"


def test_a_team_has_hours_of_its_own_that_change_by_day_and_go_again(folder: Folder) -> None:
    before = folder.text
    folder.change(SetOwnWeek("parkeren", {"maandag": (DAY,)}))
    folder.change(SetHours("parkeren", "woensdag", (MORNING, (dt.time(13), dt.time(17)))))
    assert "  parkeren: {name: Parkeerwinkel, hours: {maandag: [9.00-17.00], woensdag: [9.00-12.00, 13.00-17.00]}}" in (
        folder.text.split("\n")
    )
    folder.change(SetOwnWeek("parkeren", None))
    assert folder.text == before


def test_a_reason_may_be_any_text(folder: Folder) -> None:
    reasons = ["ja", "12:30", "2026", "- 'a': {b} # c", 'zei "dag"', "é’€", "~", "null"]
    days = [SpecialDay(EVE + dt.timedelta(days=30 * n), reason, Standing.CLOSED) for n, reason in enumerate(reasons)]
    folder.change(*map(SetDay, days))
    known = folder.files.openings(CITY)
    assert [known.day(one.date) for one in days] == days


def test_of_a_date_that_stands_there_twice_the_first_counts_and_both_go(folder: Folder) -> None:
    folder.rewrite("closed_days:\n", "closed_days:\n  - {date: 2027-05-05, reason: eerste, open: true}\n")
    day = dt.date(2027, 5, 5)
    said = folder.files.openings(CITY).day(day)
    assert said is not None
    assert said.reason == "eerste"
    folder.change(RemoveDay(day))
    assert folder.files.openings(CITY).day(day) is None


def test_a_file_without_exceptions_gets_its_first(folder: Folder) -> None:
    kept = [line for line in folder.text.split("\n") if not line.startswith(("closed_days", "  - {date", "holidays_"))]
    folder.file.write_text("\n".join(kept), encoding="utf-8")
    folder.change(CLOSED_EVE, ConfirmYear(2026))
    last = folder.text.rstrip().split("\n")[-4:]
    assert last == [
        "closed_days:",
        '  - {date: 2026-12-24, reason: "kerstavond"}',
        "holidays_confirmed:",
        "  - 2026",
    ]


def test_lines_keep_their_ends_and_the_file_its_rights(folder: Folder) -> None:
    folder.file.write_bytes(folder.file.read_bytes().replace(b"\n", b"\r\n"))
    folder.file.chmod(0o640)
    folder.change(CLOSED_EVE)
    data = folder.file.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert b'  - {date: 2026-12-24, reason: "kerstavond"}\r\n' in data
    assert folder.file.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in folder.file.parent.iterdir() if "new" in one.name] == []


def test_a_link_to_the_file_stays_a_link(folder: Folder, tmp_path: Path) -> None:
    elsewhere = folder.file.rename(tmp_path / "elders.yml")
    folder.file.symlink_to(elsewhere)
    folder.change(CLOSED_EVE)
    assert folder.file.is_symlink()
    assert "kerstavond" in elsewhere.read_text(encoding="utf-8")


# Not writing


def test_what_somebody_else_changed_is_not_overwritten(folder: Folder) -> None:
    known = folder.files.openings(CITY)
    prepared = folder.files.prepare(CITY, known.version, [CLOSED_EVE])
    folder.rewrite("# Bekijk elk jaar", "# Bekijk ieder jaar")
    text = folder.text
    with pytest.raises(SettingsChanged):
        prepared.put()
    with pytest.raises(SettingsChanged):
        folder.files.prepare(CITY, known.version, [CLOSED_EVE])
    assert folder.text == text


def test_a_mistake_in_another_file_is_named_and_nothing_is_written(folder: Folder) -> None:
    topic = folder.path / "topics" / "paspoort.yml"
    topic.write_text(topic.read_text(encoding="utf-8") + "onzin: 1\n", encoding="utf-8")
    text = folder.text
    with pytest.raises(FaultySettings, match=r"topics/paspoort.yml, regel \d+"):
        folder.change(CLOSED_EVE)
    assert folder.text == text


def test_a_file_whose_parts_stand_for_each_other_is_not_changed(folder: Folder) -> None:
    folder.rewrite("  maandag: [9.00-17.00]\n  dinsdag: [9.00-17.00]", "  maandag: &dag [9.00-17.00]\n  dinsdag: *dag")
    text = folder.text
    with pytest.raises(UnusualSettings, match="by hand"):
        folder.change(SetHours(PHONE, "maandag", (MORNING,)))
    assert folder.text == text


def test_what_was_put_can_be_taken_back_unless_somebody_changed_it_since(folder: Folder) -> None:
    text, version = folder.text, folder.files.openings(CITY).version
    prepared = folder.files.prepare(CITY, version, [CLOSED_EVE])
    prepared.take_back()
    prepared.put()
    prepared.take_back()
    assert folder.text == text
    prepared.put()
    folder.file.write_text(changed := f"# by hand\n{folder.text}", encoding="utf-8")
    prepared.take_back()
    assert folder.text == changed


@pytest.fixture
def without_rights() -> Iterator[Folder]:
    """A folder that this process may read and not write."""
    path = Path(tempfile.mkdtemp())
    folder = Folder(shutil.copytree(CONTENT, path / "content"))
    for one in (path, *path.rglob("*")):
        one.chmod(0o755 if one.is_dir() else 0o644)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    else:
        folder.file.parent.chmod(0o555)
    yield folder
    if is_root:
        os.seteuid(0)
    else:
        folder.file.parent.chmod(0o755)
    shutil.rmtree(path)


def test_a_folder_that_cannot_be_written_is_named_and_the_file_stays(without_rights: Folder) -> None:
    text = without_rights.text
    with pytest.raises(UnwritableSettings, match="municipalities/fictiedam cannot be written"):
        without_rights.change(CLOSED_EVE)
    assert without_rights.text == text


# Anything, in any order


days = st.dates(dt.date(2026, 12, 1), dt.date(2027, 12, 31))
periods = st.sampled_from([(), (MORNING,), (DAY,), (MORNING, (dt.time(13), dt.time(17)))])
standings = st.sampled_from([(Standing.CLOSED, ()), (Standing.OPEN, ()), (Standing.HOURS, (MORNING,))])
own_weeks = st.none() | st.dictionaries(st.sampled_from(WEEKDAYS), periods, min_size=1)
any_edit: st.SearchStrategy[Edit] = st.one_of(
    st.builds(SetHours, st.sampled_from([COUNTER, PHONE]), st.sampled_from(WEEKDAYS), periods),
    st.builds(SetOwnWeek, st.sampled_from(["wonen", "belastingen"]), own_weeks),
    st.builds(
        lambda date, reason, standing: SetDay(SpecialDay(date, reason, *standing)),
        days | st.just(dt.date(2027, 5, 5)),
        st.sampled_from(["teamdag", "feest: #1", "ja"]),
        standings,
    ),
    st.builds(RemoveDay, st.sampled_from([dt.date(2027, 5, 5), dt.date(2026, 12, 28), dt.date(2027, 3, 26)])),
    st.builds(ConfirmYear, st.integers(2028, 2030)),
)


@given(st.lists(any_edit, min_size=1, max_size=6))
@settings(max_examples=30)
def test_whatever_changes_no_comment_is_lost_and_the_file_says_what_was_meant(edits: list[Edit]) -> None:
    before = municipality_file.read(CONTENT, CITY)
    text, wanted = before.text, before.says
    for edit in edits:
        if isinstance(edit, SetOwnWeek) and edit.week is None and wanted.teams[Team(edit.key)].hours is None:
            continue
        text, wanted = in_text(text, wanted, edit), in_data(wanted, edit)
        assert plain(municipality_file.parse(before.path, text)) == plain(wanted)
    comments = [line for line in before.text.split("\n") if line.startswith("#")]
    assert [line for line in text.split("\n") if line.startswith("#")] == comments
