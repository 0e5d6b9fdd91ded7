"""On which day a municipality calls back."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.content import Content, Municipality
from bot.desk import callback_day, opens_again
from bot.settings import PROJECT_DIR
from bot.teams import rules_of
from bot.texts import callback_confirmed

TEAM = "publieksbalie"


@pytest.fixture(scope="module")
def municipality() -> Municipality:
    return Content.load(PROJECT_DIR / "bot" / "content").municipality("voorbeeldstad")


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 12, 25, 10, 0, tzinfo=UTC), date(2026, 12, 28)),
    ],
    ids=["while they are there", "past midnight in Amsterdam", "christmas on a friday"],
)
def test_the_first_day_on_which_somebody_can_call(municipality: Municipality, moment: datetime, day: date) -> None:
    assert callback_day(rules_of(municipality, TEAM), moment) == day


def test_no_day_is_promised_when_no_opening_is_known(municipality: Municipality) -> None:
    never_open = rules_of(replace(municipality, phone_hours={}), TEAM)
    moment = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    assert callback_day(never_open, moment) is None
    assert opens_again(never_open, moment) is None
    assert callback_confirmed(None, "TB-1234-BCD").startswith("Wij bellen u zodra wij weer open zijn.")
