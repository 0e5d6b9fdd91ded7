"""One value changes in the text of a YAML file; every other line, comments included, stays as it was."""

from __future__ import annotations

import datetime as dt
import difflib

import pytest
import yaml

from bot.content.source import KeyPath
from bot.content.yaml_text import put, quoted, remove

DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag")
TEXT = """\
# top
opening_hours:  # de balie
  # ochtend
  maandag: [9.00-17.00]  # laat
  vrijdag: [9.00-17.00]

# voor de telefoon
phone_hours:
  maandag: [8.30-12.30]
  dinsdag:
    - 9.00-12.00   # a
    - 13.00-17.00
  # c
# dagen
closed_days:
  - {date: 2026-12-31, reason: oudejaarsdag}   # eol
  # voor goede vrijdag
  - {date: 2027-03-26, reason: 'Goede Vrijdag', open: true}
# Bekijk elk jaar de feestdagen

holidays_confirmed: [2026, 2027]  # x
teams:
  wonen: {name: Wonen} # w
  # p
  parkeren:
    name: Parkeren   # naam
    # de rest
  leeg:
    name: X
    hours:
      maandag: [9.00-10.00]
      # nog
    # y
    phone: 1
flush:
- date: 2026-01-01
  reason: q  # r
# t
- {date: 2026-01-02, reason: z}
none: []  # niets
last: {a: {c: 1}}"""


def changed(new: str) -> list[str]:
    """The lines that went and that came."""
    lines = difflib.unified_diff(TEXT.split("\n"), new.split("\n"), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize(
    ("where", "value", "lines"),
    [
        (
            ("opening_hours", "maandag"),
            ["9.00-12.00", "13.00-17.00"],
            ["-  maandag: [9.00-17.00]  # laat", "+  maandag: [9.00-12.00, 13.00-17.00]  # laat"],
        ),
        (("opening_hours", "vrijdag"), [], ["-  vrijdag: [9.00-17.00]", "+  vrijdag: []"]),
        (("opening_hours", "donderdag"), ["9.00-12.00"], ["+  donderdag: [9.00-12.00]"]),
        (("phone_hours", "vrijdag"), ["9.00-12.00"], ["+  vrijdag: [9.00-12.00]"]),
        (
            ("phone_hours", "dinsdag"),
            ["9.00-12.00", "13.00-15.00", "16.00-17.00"],
            [
                "-    - 9.00-12.00   # a",
                "-    - 13.00-17.00",
                "+    - 9.00-12.00     # a",
                "+    - 13.00-15.00",
                "+    - 16.00-17.00",
            ],
        ),
        (
            ("closed_days", 2),
            {"date": dt.date(2028, 1, 3), "reason": quoted('dag, "x" é: 12:30')},
            ['+  - {date: 2028-01-03, reason: "dag, \\"x\\" é: 12:30"}'],
        ),
        (
            ("closed_days", 0),
            {"date": dt.date(2026, 12, 31), "reason": quoted("ja"), "hours": ["9.00-12.00"]},
            [
                "-  - {date: 2026-12-31, reason: oudejaarsdag}   # eol",
                '+  - {date: 2026-12-31, reason: "ja", hours: [9.00-12.00]}  # eol',
            ],
        ),
        (
            ("holidays_confirmed", 2),
            2028,
            ["-holidays_confirmed: [2026, 2027]  # x", "+holidays_confirmed: [2026, 2027, 2028]  # x"],
        ),
        (
            ("teams", "wonen", "hours"),
            {"maandag": ["9.00-12.00"]},
            [
                "-  wonen: {name: Wonen} # w",
                "+  wonen: {name: Wonen, hours: {maandag: [9.00-12.00]}}  # w",
            ],
        ),
        (
            ("teams", "parkeren", "hours"),
            {"maandag": ["9.00-12.00"]},
            ["+    hours: {maandag: [9.00-12.00]}"],
        ),
        (("flush", 2), {"open": True}, ["+- {open: true}"]),
        (
            ("none", 0),
            {"open": True},
            ["-none: []  # niets", "+none:  # niets", "+  - {open: true}"],
        ),
        (("extra", 0), {"open": True}, ["+extra:", "+  - {open: true}"]),
        (("last", "a", "c"), 2, ["-last: {a: {c: 1}}", "+last: {a: {c: 2}}"]),
    ],
)
def test_only_the_lines_of_the_value_change(where: KeyPath, value: object, lines: list[str]) -> None:
    new = put(TEXT, where, value, DAYS)
    assert changed(new) == lines
    found = yaml.safe_load(new)
    for key in where:
        found = found[key]
    assert found == value


@pytest.mark.parametrize(
    ("where", "lines"),
    [
        (("closed_days", 0), ["-  - {date: 2026-12-31, reason: oudejaarsdag}   # eol"]),
        (("closed_days", 1), ["-  - {date: 2027-03-26, reason: 'Goede Vrijdag', open: true}"]),
        (("teams", "leeg", "hours"), ["-    hours:", "-      maandag: [9.00-10.00]"]),
        (("flush", 0), ["-- date: 2026-01-01", "-  reason: q  # r"]),
        (("holidays_confirmed", 0), ["-holidays_confirmed: [2026, 2027]  # x", "+holidays_confirmed: [2027]  # x"]),
        (("last", "a", "c"), ["-last: {a: {c: 1}}", "+last: {a: {}}"]),
    ],
)
def test_what_is_taken_away_takes_no_comment_of_another_with_it(where: KeyPath, lines: list[str]) -> None:
    assert changed(remove(TEXT, where)) == lines


def test_the_last_of_a_list_leaves_an_empty_list_and_the_comments_around_it() -> None:
    without = remove(remove(TEXT, ("closed_days", 1)), ("closed_days", 0))
    assert yaml.safe_load(without)["closed_days"] == []
    assert "  # voor goede vrijdag\n# Bekijk elk jaar de feestdagen" in without
    again = put(without, ("closed_days", 0), {"date": dt.date(2027, 5, 5)})
    assert yaml.safe_load(again)["closed_days"] == [{"date": dt.date(2027, 5, 5)}]


def test_a_day_comes_in_its_place_in_the_week() -> None:
    new = put(put(TEXT, ("opening_hours", "woensdag"), ["9.00-10.00"], DAYS), ("opening_hours", "dinsdag"), ["1"], DAYS)
    assert list(yaml.safe_load(new)["opening_hours"]) == ["maandag", "dinsdag", "woensdag", "vrijdag"]


def test_what_another_key_refers_to_keeps_its_own_lines() -> None:
    text = "x: &tijden\n  maandag: [1]\ny: *tijden  # dezelfde\nz: 1\n"
    new = put(text, ("y", "maandag"), [3])
    assert new.startswith("x: &tijden\n  maandag: [1]\n")
    assert yaml.safe_load(new) == {"x": {"maandag": [1]}, "y": {"maandag": [3]}, "z": 1}
