"""What the files of a municipality say, as its administrators read it."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

from bot import described
from bot.content import ContentStore
from handoff.console.dependencies import SettingsSection
from tests.counter import CONTENT


def sections(key: str, today: date) -> dict[str, SettingsSection]:
    content = ContentStore(CONTENT).current()
    desk = SimpleNamespace(content=content, municipality=content.municipality)
    return {one.title: one for one in described.municipality(desk, key, today)}  # type: ignore[arg-type]


def test_a_year_that_nobody_confirmed_says_so_with_what_to_do() -> None:
    found = sections("voorbeeldstad", date(2027, 6, 1))
    assert found["Feestdagen en uitzonderingen 2027"].remark == ""
    assert "Zet 2028 dan bij holidays_confirmed." in found["Feestdagen en uitzonderingen 2028"].remark


def test_exceptions_stand_between_the_holidays_that_are_still_to_come() -> None:
    found = sections("voorbeeldstad", date(2027, 3, 1))["Feestdagen en uitzonderingen 2027"]
    days = {one.name: one.value for one in found.settings}
    assert days["vrijdag 26 maart"] == "Goede Vrijdag: open"
    assert days["vrijdag 7 mei"] == "dag na Hemelvaart: dicht"
    assert "vrijdag 1 januari" not in days


def test_every_part_names_its_file_and_the_other_municipalities_stand_with_it() -> None:
    found = sections("fictiedam", date(2026, 11, 24))
    assert {one.file for one in found.values()} == {"bot/content/municipalities/fictiedam/gemeente.yml"}
    assert (
        "Voorbeeldstad"
        in {one.name: one.value for one in found["Gemeente"].settings}["Andere gemeenten in deze installatie"]
    )
