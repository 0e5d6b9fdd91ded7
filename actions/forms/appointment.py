"""Making an appointment: what for, when, and whether it is right."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from actions.dialogue import Button, Command, Reply
from actions.forms.form import (
    CHOSE_NO,
    CHOSE_YES,
    STOP_BUTTON,
    UNCLEAR,
    FormUnavailable,
    Heard,
    Taken,
    Values,
)
from actions.forms.offer import CHOSE_TIME, OTHER_DAY, TimeQuestion, describe_start
from actions.forms.times import Times
from bot.content import AppointmentProduct, Municipality

PRODUCT = "appointment_product"
TIME = "appointment_time"
CONFIRMED = "appointment_confirmed"
DAY = "appointment_day"
PART = "appointment_part"
CHOSE_PRODUCT = "afspraak:"
OTHER_PRODUCT = "formulier:ander_onderwerp"


@dataclass(frozen=True)
class AppointmentForm:
    """For one municipality, on one day."""

    where: Municipality
    times: Times
    today: dt.date

    name = "appointment_form"
    slots = (PRODUCT, TIME, CONFIRMED)
    extra = (DAY, PART)
    about = "uw afspraak"
    opening = "Ik maak een afspraak met u. Stoppen kan altijd."

    async def start(self, heard: Heard) -> Values:
        """The product that the first message names, and the day.

        Raises:
            FormUnavailable: this municipality gives out no appointments here.
        """
        if not self._products:
            text = f"U kunt hier geen afspraak maken. Bel {self.where.phone}, of kijk op {self.where.website}."
            raise FormUnavailable(text)
        product = (heard.choice or "").partition("/")[2] or product_in(heard, self._products)
        values = {PRODUCT: product if product in self._products else None, DAY: None, PART: None}
        if values[PRODUCT] is not None and heard.choice is None:
            taken = await self._time.take(heard, str(values[PRODUCT]), values)
            values |= {slot: value for slot, value in taken.values.items() if slot != TIME or value}
        return values

    async def take(self, slot: str, heard: Heard, values: Values) -> Taken:
        """A product, a time, a yes, or a correction of what was said before."""
        if slot == PRODUCT or heard.choice == OTHER_PRODUCT:
            return self._take_product(heard)
        another = None if heard.asks else product_named(heard.text, self._products)
        if another is not None and another != values[PRODUCT]:
            return Taken({PRODUCT: another, TIME: None, CONFIRMED: None})
        if slot == TIME or heard.choice == OTHER_DAY or (heard.choice or "").startswith(CHOSE_TIME):
            return await self._time.take(heard, values[PRODUCT], values)
        if heard.says_yes:
            return Taken({CONFIRMED: True})
        if heard.says_no:
            return Taken({TIME: None})
        return await self._time.take(heard, values[PRODUCT], values) if heard.choice is None else UNCLEAR

    async def ask(self, slot: str, values: Values) -> Reply:
        """What for, when, and whether it is right."""
        if slot == PRODUCT:
            buttons = [Button(product.title, f"{CHOSE_PRODUCT}{key}") for key, product in self._products.items()]
            return Reply("Waarvoor wilt u een afspraak?", "form", (*buttons, STOP_BUTTON))
        product = self._products[values[PRODUCT]]
        if slot == TIME:
            return await self._time.ask(values[PRODUCT], values)
        start = dt.datetime.fromisoformat(values[TIME])
        text = (
            f"Klopt dit?\n- Waarvoor: {product.title}\n- Wanneer: {describe_start(start)}\n"
            f"- Hoe lang: ongeveer {product.minutes} minuten\n- Waar: {self.where.address}"
        )
        return Reply(
            text,
            "form",
            (
                Button("Ja, maak de afspraak", CHOSE_YES),
                Button("Andere tijd", CHOSE_NO),
                Button("Ander onderwerp", OTHER_PRODUCT),
                STOP_BUTTON,
            ),
        )

    def finish(self, values: Values) -> tuple[Command, ...]:
        """The booking; balie makes it and says the reference."""
        return (Command("book", {"product": values[PRODUCT], "start": values[TIME]}),)

    @property
    def _products(self) -> Mapping[str, AppointmentProduct]:
        return self.where.appointments.products if self.where.appointments else {}

    @property
    def _time(self) -> TimeQuestion:
        return TimeQuestion(self.times, self.where.key, self.today, TIME, DAY, PART)

    def _take_product(self, heard: Heard) -> Taken:
        if heard.choice is not None and heard.choice.startswith(CHOSE_PRODUCT):
            chosen: str | None = heard.choice.removeprefix(CHOSE_PRODUCT)
            return Taken({PRODUCT: chosen}) if chosen in self._products else UNCLEAR
        if heard.choice == OTHER_PRODUCT:
            return Taken({PRODUCT: None, TIME: None})
        chosen = None if heard.asks else product_in(heard, self._products)
        return Taken({PRODUCT: chosen, TIME: None}) if chosen is not None else UNCLEAR


def product_in(heard: Heard, products: Mapping[str, AppointmentProduct]) -> str | None:
    """The product that a message names, by a word or else by its topic; None when it names none or several."""
    named = _named(heard.text, products)
    by_topic = [key for key, product in products.items() if heard.understood.intent in product.topics]
    found = named or by_topic
    return found[0] if len(found) == 1 else None


def product_named(text: str, products: Mapping[str, AppointmentProduct]) -> str | None:
    """The one product of which a word stands in the text."""
    named = _named(text, products)
    return named[0] if len(named) == 1 else None


def _named(text: str, products: Mapping[str, AppointmentProduct]) -> list[str]:
    low = text.lower()
    return [
        key
        for key, product in products.items()
        if any(re.search(rf"\b{re.escape(word)}", low) for word in product.words)
    ]
