"""Whether the counter is open on the day that somebody asks about."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from actions.decision import Counter
from actions.dialogue import Memory, Understood
from actions.opening_hours import about_a_day
from bot.content import Content, hours

CONTENT = Content.load(Path(__file__).resolve().parents[2] / "bot" / "content")
TOWN = CONTENT.municipality("voorbeeldstad")
MONDAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zijn jullie koningsdag open?", "Op dinsdag 27 april is de balie dicht (Koningsdag)."),
        ("open op 27 april", "Op dinsdag 27 april is de balie dicht (Koningsdag)."),
        ("Is het stadhuis open op goede vrijdag", "Op vrijdag 26 maart is de balie open"),
        ("bevrijdingsdag dicht?", "Op woensdag 5 mei is de balie dicht (Bevrijdingsdag)."),
        ("zijn jullie zaterdag open", "Op zaterdag 28 november is de balie dicht."),
        ("kan ik donderdagavond nog terecht", "Ja, tot 20.00 uur. Op donderdag 26 november"),
        ("hoe laat vanavond dicht", "Nee, 's avonds niet. Vandaag, maandag 23 november, is de balie open"),
        ("oudejaarsdag", "Op donderdag 31 december is de balie dicht (oudejaarsdag)."),
        ("open morgen?", "Op dinsdag 24 november is de balie open van"),
    ],
)
def test_the_day_is_said_with_its_date(text: str, said: str) -> None:
    answer = about_a_day(text, TOWN, MONDAY)
    assert answer is not None
    assert answer.startswith(said)


@pytest.mark.parametrize("text", ["wat zijn de openingstijden", "goedemorgen, wanneer zijn jullie open?", ""])
def test_without_a_day_the_whole_week_is_the_answer(text: str) -> None:
    assert about_a_day(text, TOWN, MONDAY) is None


def test_who_asks_about_closed_days_hears_when_it_opens_again() -> None:
    answer = about_a_day("zijn jullie met kerst open", TOWN, MONDAY)
    assert answer is not None
    first, second, again = answer.splitlines()
    assert first == "Op vrijdag 25 december is de balie dicht (Eerste kerstdag)."
    assert second == "Op zaterdag 26 december is de balie dicht (Tweede kerstdag)."
    assert again.startswith("We zijn weer open op maandag 28 december, van ")


def test_both_days_of_a_weekend_are_said() -> None:
    answer = about_a_day("in het weekend?", TOWN, MONDAY)
    assert answer is not None
    assert "zaterdag 28 november" in answer.splitlines()[0]
    assert "zondag 29 november" in answer.splitlines()[1]


def test_an_evening_that_is_closed_names_the_one_that_is_open() -> None:
    answer = about_a_day("vanavond open?", TOWN, MONDAY)
    assert answer is not None
    assert answer.endswith("Wel 's avonds open: donderdag tot 20.00 uur.")


def test_a_counter_that_never_opens_promises_no_day() -> None:
    never = replace(TOWN, opening_hours={})
    assert about_a_day("zaterdag open?", never, MONDAY) == "Op zaterdag 28 november is de balie dicht."


def test_a_holiday_of_next_year_is_found_once_this_year_has_had_it() -> None:
    answer = about_a_day("koningsdag", TOWN, dt.date(2026, 4, 28))
    assert answer is not None
    assert "dinsdag 27 april" in answer
    assert "(Koningsdag)" in (about_a_day("koningsdag", TOWN, dt.date(2026, 4, 27)) or "")


def test_on_the_second_day_of_christmas_both_days_are_of_this_year() -> None:
    answer = about_a_day("kerst", TOWN, dt.date(2026, 12, 26))
    assert answer is not None
    assert answer.splitlines()[0].startswith("Op vrijdag 25 december")
    assert answer.splitlines()[1].startswith("Vandaag, zaterdag 26 december,")


def test_a_day_open_by_exception_is_open_everywhere() -> None:
    good_friday = dt.date(2027, 3, 26)
    assert hours.periods_on(good_friday, TOWN.opening_hours, TOWN.closed_days)
    assert not hours.periods_on(good_friday, TOWN.opening_hours)


def test_the_counter_answers_with_the_day_and_the_week_behind_a_button() -> None:
    counter = Counter(CONTENT, "voorbeeldstad", MONDAY)
    ranking = (("openingstijden", 0.99), ("paspoort", 0.01))
    asked = Understood(text="zijn jullie zaterdag open", intent="openingstijden", ranking=ranking, aspect="algemeen")
    [reply] = counter.decide(asked, Memory()).replies
    assert reply.text.startswith("Op zaterdag 28 november is de balie dicht.")
    [button] = reply.buttons
    week = counter.decide(Understood(text=button.title, intent="keuze", choice=button.value), Memory())
    assert "maandag:" in week.replies[0].text
    follows = Understood(text="en donderdag?", intent="vervolg", ranking=(("vervolg", 0.9),), aspect="algemeen")
    after = counter.decide(follows, Memory(topic="openingstijden", aspect="algemeen", answered=True))
    assert after.replies[0].text.startswith("Op donderdag 26 november is de balie open")
