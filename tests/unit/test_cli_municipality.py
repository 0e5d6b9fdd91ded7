"""`balie municipality`: the same changes as in the console, with the same checks and the same lines."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import Settings
from tests.counter import CONTENT

TODAY = dt.date.today()  # noqa: DTZ011 - the commands go by the calendar on the wall
_SAID = (CONTENT / "municipalities" / "fictiedam" / "gemeente.yml").read_text(encoding="utf-8")
_COMING = (TODAY + dt.timedelta(days=ahead) for ahead in range(7, 60))
WEDNESDAY = next(day for day in _COMING if day.weekday() == 2 and day.isoformat() not in _SAID)


@pytest.fixture(autouse=True)
def content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An installation of this test, with answers that it may change."""
    folder = shutil.copytree(CONTENT, tmp_path / "content")
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("BALIE_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/balie.db")
    monkeypatch.setenv("BALIE_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("BALIE_CONTENT_DIR", str(folder))
    assert balie("db", "upgrade").exit_code == 0
    return folder


def balie(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "300", "TERM": "dumb"})


def municipality(*arguments: str) -> str:
    result = balie("municipality", *arguments, "--gemeente", "fictiedam")
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: str) -> str:
    result = balie("municipality", *arguments, "--gemeente", "fictiedam")
    assert result.exit_code != 0, result.output
    return result.stderr


def text_of(content: Path) -> str:
    return (content / "municipalities" / "fictiedam" / "gemeente.yml").read_text(encoding="utf-8")


def test_hours_are_shown_and_changed_by_day(content: Path) -> None:
    assert "Balie (balie): maandag 8.30-12.30 uur, dinsdag 8.30-12.30 en 13.30-16.30 uur" in municipality("hours")
    changed = municipality("hours", "balie", "vrijdag=", "zaterdag=10.00-12.00, 13.00-15.00")
    assert "gemeente.yml" in changed
    assert "  vrijdag: []\n  zaterdag: [10.00-12.00, 13.00-15.00]\n" in text_of(content)
    assert "  maandag: [8.30-12.30]\n" in text_of(content)
    audit = balie("audit", "--gemeente", "fictiedam", "--action", "hours_changed").stdout
    assert "operator hours_changed" in audit
    assert "'day': 'zaterdag', 'before': '', 'after': '10.00-12.00, 13.00-15.00'" in audit
    assert municipality("hours", "balie", "vrijdag=dicht") == "nothing changed: it was so already\n"


def test_a_team_gets_its_own_hours_and_follows_the_telephone_again() -> None:
    municipality("hours", "wonen", "maandag=9-12")
    assert "Wonen en bouwen (wonen): maandag 9.00-12.00 uur, dinsdag" in municipality("hours", "wonen")
    municipality("hours", "wonen", "--as-phone")
    assert municipality("hours", "wonen").strip().endswith("dezelfde tijden als telefoon en chat")


def test_a_day_is_closed_opened_at_other_hours_and_as_usual_again(content: Path) -> None:
    day = WEDNESDAY.isoformat()
    municipality("closed", day, "--reason", "teamdag")
    assert f'  - {{date: {day}, reason: "teamdag"}}' in text_of(content)
    municipality("closed", day, "--hours", "9.00-11.00")
    assert f'  - {{date: {day}, reason: "teamdag", hours: [9.00-11.00]}}' in text_of(content)
    assert "open 9.00-11.00 uur: teamdag" in municipality("closed")
    municipality("closed", day, "--remove")
    assert day not in text_of(content)


def test_the_holidays_of_a_year_are_shown_and_confirmed(content: Path) -> None:
    year = TODAY.year + 2
    liberation = f"{year}-05-05"
    assert f"{year}: nog niet nagekeken" in municipality("holidays", str(year))
    municipality("holidays", str(year), "--closed", f"{year}-12-25", "--open", f"{year}-04-27", "--confirm")
    if dt.date(year, 4, 27).weekday() < 5:
        assert f'  - {{date: {year}-04-27, reason: "Koningsdag", open: true}}' in text_of(content)
    assert f", {year}]" in text_of(content)
    assert f"{year}: nagekeken" in municipality("holidays", str(year))
    assert liberation in municipality("holidays", str(year))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hours", "balie", "vrijdag=laat"], "vrijdag: Wij kunnen ‘laat’ niet lezen."),
        (["hours", "balie", "vandaag=9-12"], "'vandaag=9-12' is not as vrijdag=9.00-12.30"),
        (["hours", "kantine"], "choose from balie, telefoon, publieksbalie"),
        (["hours", "kantine", "vrijdag=9-12"], "there is nothing with the key kantine"),
        (["hours", "balie", "--as-phone"], "only a team"),
        (["closed", "2020-01-01", "--reason", "x"], "date: Deze dag is voorbij."),
        (["closed", WEDNESDAY.isoformat()], "reason: Vul in waarom."),
        (["closed", WEDNESDAY.isoformat(), "--reason", "x", "--hours", "9-8"], "hours: 9-8 kan niet"),
        (["closed", WEDNESDAY.isoformat(), "--remove", "--open"], "give one of"),
        (["holidays", "2027", "--open", "2027-08-03"], "2027-08-03 is no holiday"),
        (["holidays", "2099", "--confirm"], "Kies een jaar van"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(content: Path, arguments: list[str], said: str) -> None:
    before = text_of(content)
    assert said in refused(*arguments)
    assert text_of(content) == before


def test_a_municipality_that_does_not_exist_is_named() -> None:
    result = balie("municipality", "hours", "--gemeente", "nergens")
    assert result.exit_code == 1
    assert "There is no municipality 'nergens'" in result.stderr
