"""Forms: what is asked, how answers are read, and the ways out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from actions.dialogue import Command, Understood
from actions.forms.appointment import CONFIRMED, DAY, PART, PRODUCT, TIME, AppointmentForm
from actions.forms.change import CANCEL, MOVE, NO_TIME, REFERENCE, START, WISH, ChangeForm, find_reference
from actions.forms.change import CONFIRMED as CHANGE_CONFIRMED
from actions.forms.change import PRODUCT as CHANGE_PRODUCT
from actions.forms.change import TIME as CHANGE_TIME
from actions.forms.form import Form, Heard, Taken
from actions.forms.report import CATEGORIES, CATEGORY, DANGER, DESCRIPTION, PLACE, ReportForm, category_in
from actions.forms.report import CONFIRMED as REPORT_CONFIRMED
from actions.forms.times import Known
from bot.content import Content
from bot.content.schema import ReportCategory

CONTENT = Content.load(Path(__file__).resolve().parents[2] / "bot" / "content")
WHERE = CONTENT.municipality("voorbeeldstad")
MONDAY = dt.date(2026, 11, 23)
TUESDAY = dt.date(2026, 11, 24)
NINE = "2026-11-24T09:00:00"


class FakeTimes:
    """Free at nine and at one, on every weekday."""

    def __init__(self, *booked: Known) -> None:
        self.booked = booked

    async def free(self, municipality: str, product: str, first: dt.date, days: int) -> Sequence[dt.datetime]:
        every = [first + dt.timedelta(days=number) for number in range(days)]
        return [
            dt.datetime.combine(day, dt.time(hour))
            for day in every
            if day > MONDAY and day.weekday() < 5
            for hour in (9, 13)
        ]

    async def of_turn(self, municipality: str, turn_id: str) -> Sequence[Known]:
        return self.booked

    async def find(self, municipality: str, reference: str) -> Known | None:
        return next((one for one in self.booked if one.reference == reference), None)


BOOKED = Known("AF-1234-BCD", "identiteit", dt.datetime.fromisoformat("2026-11-25T09:00:00"))


def appointment() -> AppointmentForm:
    return AppointmentForm(WHERE, FakeTimes(), MONDAY)


def change(*booked: Known) -> ChangeForm:
    return ChangeForm(WHERE, FakeTimes(*booked), MONDAY, "beurt-1")


def report() -> ReportForm:
    return ReportForm(WHERE, MONDAY)


def said(text: str, intent: str = "nlu_fallback") -> Heard:
    return Heard(text, None, Understood(text=text, intent=intent))


def pressed(value: str) -> Heard:
    return Heard("knop", value, Understood(text="knop", intent="keuze", choice=value))


async def fill_in(form: Form, first: Heard, *answers: Heard) -> dict[str, Any]:
    """Answer question after question, as Rasa would have it asked."""
    values: dict[str, Any] = dict.fromkeys((*form.slots, *form.extra)) | dict(await form.start(first))
    for answer in answers:
        slot = next(slot for slot in form.slots if values[slot] is None)
        question = await form.ask(slot, values)
        assert question.text
        taken = await form.take(slot, answer, values)
        assert taken.understood, f"{answer.text!r} is no answer to {question.text!r}"
        values |= taken.values
    return values


def open_slots(form: Form, values: Mapping[str, Any]) -> list[str]:
    return [slot for slot in form.slots if values[slot] is None]


async def test_an_appointment_is_made_with_buttons() -> None:
    form = appointment()
    values = await fill_in(
        form, pressed("formulier:afspraak"), pressed("afspraak:rijbewijs"), pressed("tijd:2026-11-24T09:00"), said("ja")
    )
    assert open_slots(form, values) == []
    assert form.finish(values) == (Command("book", {"product": "rijbewijs", "start": NINE}),)


async def test_the_first_message_fills_in_what_it_says() -> None:
    values = await fill_in(appointment(), said("afspraak voor mijn paspoort op vrijdag om 1 uur", "bezoekafspraak"))
    assert (values[PRODUCT], values[TIME]) == ("identiteit", "2026-11-27T13:00:00")


async def test_a_button_below_an_answer_names_the_product() -> None:
    assert (await appointment().start(pressed("formulier:afspraak/identiteit")))[PRODUCT] == "identiteit"


async def test_another_day_can_be_asked_for() -> None:
    form = appointment()
    values = await fill_in(form, pressed("formulier:afspraak/identiteit"), pressed("formulier:andere_dag"))
    assert "Op welke dag" in (await form.ask(TIME, values)).text
    values |= (await form.take(TIME, said("volgende week donderdag"), values)).values
    buttons = [button.value for button in (await form.ask(TIME, values)).buttons]
    assert buttons[:2] == ["tijd:2026-12-03T09:00", "tijd:2026-12-03T13:00"]


async def test_a_day_without_a_free_time_is_said_and_others_are_offered() -> None:
    form = appointment()
    values = await fill_in(form, pressed("formulier:afspraak/identiteit"), said("zaterdag"))
    question = await form.ask(TIME, values)
    assert "Op zaterdag 28 november is er geen tijd vrij" in question.text
    assert question.buttons[0].value == "tijd:2026-11-30T09:00"


async def test_a_time_that_is_taken_meanwhile_is_not_accepted() -> None:
    form = appointment()
    values = await fill_in(form, pressed("formulier:afspraak/identiteit"))
    taken = await form.take(TIME, pressed("tijd:2026-11-24T10:00"), values)
    assert taken.values[TIME] is None
    assert "kan niet" in taken.replies[0].text


@pytest.mark.parametrize(
    ("answer", "emptied"),
    [
        (pressed("formulier:nee"), TIME),
        (said("nee"), TIME),
        (pressed("formulier:ander_onderwerp"), PRODUCT),
    ],
)
async def test_it_can_be_corrected_before_it_is_made(answer: Heard, emptied: str) -> None:
    form = appointment()
    values = await fill_in(form, pressed("formulier:afspraak/identiteit"), pressed("tijd:2026-11-24T09:00"), answer)
    assert open_slots(form, values)[0] == emptied


async def test_another_product_can_be_named_at_any_step() -> None:
    form = appointment()
    values = await fill_in(form, pressed("formulier:afspraak/identiteit"), said("nee, voor mijn rijbewijs"))
    assert (values[PRODUCT], values[TIME]) == ("rijbewijs", None)


@pytest.mark.parametrize("text", ["wat kost dat eigenlijk?", "hoe lang duurt het", "blauw"])
async def test_what_is_no_answer_is_left_to_others(text: str) -> None:
    form = appointment()
    values = await fill_in(form, pressed("formulier:afspraak/identiteit"))
    assert await form.take(TIME, said(text), values) == Taken(understood=False)


async def test_what_a_guessed_topic_says_changes_no_product() -> None:
    form = appointment()
    values = await fill_in(form, pressed("formulier:afspraak/identiteit"))
    taken = await form.take(TIME, said("vrijdag", "geboorteaangifte"), values)
    assert PRODUCT not in taken.values
    assert (taken.values[DAY], taken.values[PART]) == ("2026-11-27", None)


async def test_the_confirmation_says_what_when_and_where() -> None:
    form = appointment()
    values = await fill_in(form, pressed("formulier:afspraak/identiteit"), pressed("tijd:2026-11-24T09:00"))
    text = (await form.ask(CONFIRMED, values)).text
    assert "Paspoort of identiteitskaart" in text
    assert "dinsdag 24 november om 9.00 uur" in text
    assert WHERE.address in text


@pytest.mark.parametrize("text", ["stop", "Stop maar", "laat maar", "ik wil stoppen", "annuleer", "toch niet."])
def test_stopping_is_understood_at_every_step(text: str) -> None:
    assert said(text).stops


@pytest.mark.parametrize("text", ["ja", "ja graag", "klopt", "doe maar", "ja verstuur maar", "prima hoor"])
def test_a_yes_is_understood(text: str) -> None:
    assert said(text).says_yes


@pytest.mark.parametrize(
    "text", ["ja maar niet op dinsdag", "jammer", "ja hoe lang duurt dat", "nee", "stoplicht kapot"]
)
def test_what_is_no_yes_and_no_stop_is_neither(text: str) -> None:
    assert not said(text).says_yes
    assert not said(text).stops


async def test_the_appointment_of_this_conversation_is_moved_without_its_number() -> None:
    form = change(BOOKED)
    values = await fill_in(
        form, said("kan mijn afspraak verzet worden"), pressed("tijd:2026-11-24T09:00"), pressed("formulier:ja")
    )
    assert (values[REFERENCE], values[WISH], values[CHANGE_PRODUCT]) == ("AF-1234-BCD", MOVE, "identiteit")
    assert form.finish(values) == (Command("move", {"reference": "AF-1234-BCD", "start": NINE}),)


async def test_an_appointment_is_cancelled_by_its_number() -> None:
    form = change(BOOKED)
    first = said("ik wil afspraak af 1234 bcd afzeggen")
    values = await fill_in(form, first, said("ja, zeg af"))
    assert (values[CHANGE_TIME], values[CHANGE_CONFIRMED]) == (NO_TIME, True)
    assert form.finish(values) == (Command("cancel", {"reference": "AF-1234-BCD"}),)


async def test_without_an_appointment_the_number_is_asked_and_an_unknown_one_is_told() -> None:
    form = change()
    values = await fill_in(form, said("afspraak wijzigen"))
    assert open_slots(form, values)[0] == REFERENCE
    taken = await form.take(REFERENCE, said("AF-9999-XYZ"), values)
    assert taken.values == {REFERENCE: None}
    assert "AF-9999-XYZ" in taken.replies[0].text


async def test_the_wish_is_asked_when_it_was_not_said() -> None:
    form = change(BOOKED)
    values = await fill_in(form, said("mijn afspraak"), pressed("formulier:afzeggen"))
    assert (values[WISH], values[START]) == (CANCEL, "2026-11-25T09:00:00")


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("AF-1234-BCD", "AF-1234-BCD"),
        ("mijn nummer is af1234bcd", "AF-1234-BCD"),
        ("AF-12", None),
        ("ZK-1234-BCD", None),
    ],
)
def test_a_reference_is_read_as_people_type_it(text: str, reference: str | None) -> None:
    assert find_reference(text) == reference


async def test_a_report_is_made_from_a_description() -> None:
    form = report()
    values = await fill_in(
        form,
        said("er ligt een grote kuil in het fietspad bij de brug"),
        said("Kerkstraat, bij de brug"),
        said("nee"),
        pressed("formulier:ja"),
    )
    assert form.finish(values) == (
        Command(
            "report",
            {
                "description": "er ligt een grote kuil in het fietspad bij de brug",
                "place": "Kerkstraat, bij de brug",
                "danger": "nee",
                "kind": "weg",
                "category": "Weg, stoep of fietspad",
            },
        ),
    )
    assert values[REPORT_CONFIRMED] is True


async def test_a_question_how_to_report_is_asked_what_it_is_about() -> None:
    form = report()
    values = await fill_in(form, said("waar kan ik een losse tegel melden?"))
    assert open_slots(form, values)[0] == CATEGORY


async def test_danger_names_the_emergency_number_first() -> None:
    form = report()
    values = await fill_in(
        form, pressed("formulier:melding"), pressed("melding:weg"), said("diep gat"), said("Dorpsplein")
    )
    taken = await form.take(DANGER, pressed("formulier:ja"), values)
    assert taken.values == {DANGER: "ja"}
    assert taken.replies[0].text.startswith("Bel nu 112")


@pytest.mark.parametrize("place", ["[locatie-1]", "Café De Kroon, [adres-1] ([locatie-2])"])
async def test_a_place_on_the_map_is_the_place_whatever_was_asked(place: str) -> None:
    form = report()
    values = await fill_in(form, pressed("formulier:melding"), pressed("melding:weg"))
    taken = await form.take(DESCRIPTION, said(place), values)
    assert taken.values == {PLACE: place, REPORT_CONFIRMED: None}
    values |= taken.values
    assert open_slots(form, values) == [DESCRIPTION, DANGER, REPORT_CONFIRMED]


async def test_words_beside_a_place_on_the_map_are_an_answer() -> None:
    form = report()
    values = await fill_in(form, pressed("formulier:melding"), pressed("melding:weg"))
    taken = await form.take(DESCRIPTION, said("een gat naast [locatie-1] bij de brug"), values)
    assert taken.values == {DESCRIPTION: "een gat naast [locatie-1] bij de brug"}


async def test_place_and_words_can_be_corrected() -> None:
    form = report()
    first = pressed("formulier:melding")
    answers = (pressed("melding:weg"), said("diep gat"), said("Dorpsplein"), said("nee"))
    values = await fill_in(form, first, *answers, pressed("formulier:andere_plek"))
    assert open_slots(form, values) == [PLACE, REPORT_CONFIRMED]
    values = await fill_in(form, first, *answers, pressed("formulier:andere_tekst"))
    assert open_slots(form, values) == [CATEGORY, DESCRIPTION, REPORT_CONFIRMED]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("lantaarnpaal doet het niet", "straatverlichting"),
        ("er ligt een matras op de stoep", None),
        ("de schommel is kapot", "speelplek"),
        ("iets raars", None),
    ],
)
def test_a_category_is_taken_only_when_it_is_plain(text: str, category: str | None) -> None:
    assert category_in(text) == category


def test_each_category_can_be_given_a_place_in_signalen() -> None:
    assert list(CATEGORIES) == list(ReportCategory)
