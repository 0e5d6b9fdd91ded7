"""Moving or cancelling an appointment: which one, what, when, and whether it is right."""

import datetime as dt
import re
from dataclasses import dataclass

from actions.dialogue import Button, Command, Reply
from actions.forms.form import CHOSE_NO, CHOSE_YES, STOP_BUTTON, UNCLEAR, Heard, Taken, Values
from actions.forms.offer import CHOSE_TIME, OTHER_DAY, TimeQuestion, describe_start
from actions.forms.times import Known, Times
from bot.content import Municipality

REFERENCE = "change_reference"
WISH = "change_wish"
TIME = "change_time"
CONFIRMED = "change_confirmed"
PRODUCT = "change_product"
START = "change_start"
DAY = "change_day"
PART = "change_part"

MOVE = "verzetten"
CANCEL = "afzeggen"
CHOSE_MOVE = "formulier:verzetten"
CHOSE_CANCEL = "formulier:afzeggen"
NO_TIME = "-"
"""Fills the slot of the new time when there is none to choose."""

_REFERENCE = re.compile(r"\bAF[-\s]?(\d{4})[-\s]?([A-Z]{3})\b", re.I)
_CANCEL = re.compile(r"\b(?:afzeg\w*|zeg\w* .*\baf|annuleer\w*|annuleren|afgezegd|schrappen|niet meer nodig)\b", re.I)
_MOVE = re.compile(
    r"\b(?:verzet\w*|verplaats\w*|wijzig\w*|verander\w*|ander\w* (?:tijd\w*|dag|moment)|later|eerder)\b", re.I
)


@dataclass(frozen=True)
class ChangeForm:
    """For one municipality, on one day."""

    where: Municipality
    times: Times
    today: dt.date
    turn_id: str

    name = "change_form"
    slots = (REFERENCE, WISH, TIME, CONFIRMED)
    extra = (PRODUCT, START, DAY, PART)
    about = "het wijzigen van uw afspraak"
    opening = "Ik help u met uw afspraak. Stoppen kan altijd."

    async def start(self, heard: Heard) -> Values:
        """The appointment that the message names, or the only one of this conversation; and what to do with it."""
        reference = find_reference(heard.text)
        if reference is not None:
            known = await self.times.find(self.where.key, reference)
        else:
            booked = await self.times.of_turn(self.where.key, self.turn_id)
            known = booked[0] if len(booked) == 1 else None
        wish = _wish(heard)
        values = _of(known) if known is not None else {REFERENCE: None}
        return values | {WISH: wish, TIME: NO_TIME if wish == CANCEL else None}

    async def take(self, slot: str, heard: Heard, values: Values) -> Taken:
        """A reference, a wish, a time, or a yes."""
        if slot == REFERENCE:
            return await self._take_reference(heard)
        wish = None if heard.asks else _wish(heard)
        if slot == WISH or heard.choice in (CHOSE_MOVE, CHOSE_CANCEL):
            return UNCLEAR if wish is None else Taken(_wished(wish))
        if wish == CANCEL and values[WISH] != CANCEL:
            return Taken(_wished(CANCEL))
        if slot == TIME or heard.choice == OTHER_DAY or (heard.choice or "").startswith(CHOSE_TIME):
            return await self._time.take(heard, values[PRODUCT], values)
        if heard.says_yes:
            return Taken({CONFIRMED: True})
        if heard.says_no:
            return Taken({WISH: None, TIME: None})
        if values[WISH] == MOVE and heard.choice is None:
            return await self._time.take(heard, values[PRODUCT], values)
        return UNCLEAR

    async def ask(self, slot: str, values: Values) -> Reply:
        """Which one, what, when, and whether it is right."""
        if slot == REFERENCE:
            text = "Wat is het nummer van uw afspraak? Het begint met AF. Bijvoorbeeld: AF-1234-BCD."
            return Reply(text, "form", (STOP_BUTTON,))
        start = describe_start(dt.datetime.fromisoformat(values[START]))
        if slot == WISH:
            text = f"U heeft een afspraak op {start}. Wat wilt u doen?"
            buttons = (Button("Andere tijd kiezen", CHOSE_MOVE), Button("Afspraak afzeggen", CHOSE_CANCEL), STOP_BUTTON)
            return Reply(text, "form", buttons)
        if slot == TIME:
            return await self._time.ask(values[PRODUCT], values)
        if values[WISH] == CANCEL:
            text = f"Zal ik uw afspraak op {start} afzeggen?"
            return Reply(text, "form", (Button("Ja, zeg af", CHOSE_YES), Button("Nee", CHOSE_NO), STOP_BUTTON))
        new = describe_start(dt.datetime.fromisoformat(values[TIME]))
        text = f"Klopt dit?\n- Uw afspraak was: {start}\n- Uw afspraak wordt: {new}"
        return Reply(text, "form", (Button("Ja, verzet hem", CHOSE_YES), Button("Nee", CHOSE_NO), STOP_BUTTON))

    def finish(self, values: Values) -> tuple[Command, ...]:
        """The change; balie makes it."""
        if values[WISH] == CANCEL:
            return (Command("cancel", {"reference": values[REFERENCE]}),)
        return (Command("move", {"reference": values[REFERENCE], "start": values[TIME]}),)

    @property
    def _time(self) -> TimeQuestion:
        return TimeQuestion(self.times, self.where.key, self.today, TIME, DAY, PART)

    async def _take_reference(self, heard: Heard) -> Taken:
        reference = find_reference(heard.choice or heard.text)
        if reference is None:
            return UNCLEAR
        known = await self.times.find(self.where.key, reference)
        if known is None:
            text = f"Ik vind geen afspraak met nummer {reference}. Klopt het nummer? Het staat in uw bevestiging."
            return Taken({REFERENCE: None}, (Reply(text, "clarify"),))
        return Taken(_of(known))


def find_reference(text: str) -> str | None:
    """A reference as somebody types it: "af 1234 bcd" is AF-1234-BCD."""
    found = _REFERENCE.search(text)
    return f"AF-{found.group(1)}-{found.group(2).upper()}" if found else None


def _of(known: Known) -> dict[str, object]:
    return {REFERENCE: known.reference, PRODUCT: known.product, START: known.start.isoformat()}


def _wish(heard: Heard) -> str | None:
    if heard.choice is not None:
        return {CHOSE_MOVE: MOVE, CHOSE_CANCEL: CANCEL}.get(heard.choice)
    if _CANCEL.search(heard.text):
        return CANCEL
    return MOVE if _MOVE.search(heard.text) else None


def _wished(wish: str) -> dict[str, object]:
    return {WISH: wish, TIME: NO_TIME if wish == CANCEL else None, CONFIRMED: None}
