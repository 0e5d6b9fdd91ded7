"""Reporting something in the street: what, what exactly, where, and whether it is dangerous."""

import datetime as dt
import re
from dataclasses import dataclass

from actions.dialogue import Button, Command, Reply
from actions.forms.form import CHOSE_NO, CHOSE_YES, STOP_BUTTON, UNCLEAR, Heard, Taken, Values
from bot.content import Municipality

CATEGORY = "report_category"
DESCRIPTION = "report_description"
PLACE = "report_place"
DANGER = "report_danger"
CONFIRMED = "report_confirmed"

CHOSE_CATEGORY = "melding:"
CHANGE_PLACE = "formulier:andere_plek"
CHANGE_DESCRIPTION = "formulier:andere_tekst"
LONGEST_ANSWER = 1000
_SHORTEST_ANSWER = 4
_PLACE_ON_MAP = re.compile(r"(?:.{0,300}\()?\[locatie-\d+\]\)?")
"""Where she is, sent by her telephone; with the name of a place before it where that has one."""
_DESCRIBES_FROM_WORDS = 5
"""Words from which the first message is taken for a description and not only for a subject."""


@dataclass(frozen=True)
class Category:
    """A kind of report: what an employee of public space would call it, and the words that give it away."""

    title: str
    words: re.Pattern[str]


def _words(*stems: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(stems)})", re.I)


CATEGORIES = {
    "straatverlichting": Category(
        "Straatverlichting", _words("lantaarn", "lantaren", "straatlamp", "straatverlichting", "verlichting", "lamp ")
    ),
    "weg": Category(
        "Weg, stoep of fietspad",
        _words("stoep", "tegel", "gat in", "kuil", "wegdek", "fietspad", "asfalt", "klinker", "verzakking", "drempel"),
    ),
    "afval": Category(
        "Afval op straat",
        _words(
            "zwerf",
            "afval",
            "vuil",
            "troep",
            "rommel",
            "gedumpt",
            "matras",
            "bankstel",
            "volle container",
            "prullenbak",
        ),
    ),
    "groen": Category(
        "Bomen en groen", _words("boom", "bomen", "tak", "onkruid", "gras", "struik", "heg", "snoei", "blad op")
    ),
    "water": Category(
        "Riool of water", _words("riool", "put ", "putje", "putdeksel", "sloot", "overstro", "water op straat", "plas")
    ),
    "verkeer": Category(
        "Verkeersbord of stoplicht",
        _words("verkeersbord", "stoplicht", "verkeerslicht", "paaltje", "bord ", "zebrapad"),
    ),
    "voertuig": Category("Fiets of auto die in de weg staat", _words("fietswrak", "autowrak", "wrak", "weesfiets")),
    "speelplek": Category("Speelplek", _words("speel", "schommel", "glijbaan", "wipkip", "klimrek")),
    "dieren": Category(
        "Dieren", _words("rat", "ratten", "hondenpoep", "poep", "duiven", "wespen", "dood dier", "dode ")
    ),
    "anders": Category("Iets anders", re.compile(r"(?!)")),
}


@dataclass(frozen=True)
class ReportForm:
    """For one municipality, on one day."""

    where: Municipality
    today: dt.date

    name = "report_form"
    slots = (CATEGORY, DESCRIPTION, PLACE, DANGER, CONFIRMED)
    extra = ()
    about = "uw melding"
    opening = "Ik maak een melding voor u. Stoppen kan altijd. **Is er nu gevaar? Bel 112.**"

    async def start(self, heard: Heard) -> Values:
        """What the first message already says about it."""
        if heard.choice is not None or heard.asks:
            return {CATEGORY: None, DESCRIPTION: None}
        category = category_in(heard.text)
        describes = category is not None and len(heard.text.split()) >= _DESCRIBES_FROM_WORDS
        return {CATEGORY: category, DESCRIPTION: heard.text[:LONGEST_ANSWER] if describes else None}

    async def take(self, slot: str, heard: Heard, values: Values) -> Taken:
        """An answer in the citizen's own words, or a correction."""
        corrected = {
            CHANGE_PLACE: {PLACE: None},
            CHANGE_DESCRIPTION: {CATEGORY: None, DESCRIPTION: None},
        }.get(heard.choice or "")
        if corrected is not None:
            return Taken({**corrected, CONFIRMED: None})
        if _PLACE_ON_MAP.fullmatch(heard.text.strip()) and heard.choice is None:
            return Taken({PLACE: heard.text.strip(), CONFIRMED: None})  # whatever was asked: it is nothing else
        if slot == CATEGORY:
            return self._take_category(heard)
        if slot in (DESCRIPTION, PLACE):
            if heard.choice is not None or heard.asks or len(heard.text.strip()) < _SHORTEST_ANSWER:
                return UNCLEAR
            return Taken({slot: heard.text[:LONGEST_ANSWER]})
        if slot == DANGER:
            return self._take_danger(heard)
        if heard.says_yes:
            return Taken({CONFIRMED: True})
        return Taken({CONFIRMED: None}, (self._what_is_wrong(),)) if heard.says_no else UNCLEAR

    async def ask(self, slot: str, values: Values) -> Reply:
        """What, what exactly, where, whether it is dangerous, and whether it is right."""
        if slot == CATEGORY:
            buttons = [Button(category.title, f"{CHOSE_CATEGORY}{key}") for key, category in CATEGORIES.items()]
            return Reply("Waar gaat het over?", "form", (*buttons, STOP_BUTTON))
        if slot == DESCRIPTION:
            return Reply("Wat is er precies aan de hand?", "form", (STOP_BUTTON,))
        if slot == PLACE:
            text = "Waar is het? Noem de straat en een huisnummer in de buurt, of iets wat opvalt."
            return Reply(text, "form", (STOP_BUTTON,))
        if slot == DANGER:
            text = "Is het nu gevaarlijk voor mensen?"
            return Reply(text, "form", (Button("Ja, gevaarlijk", CHOSE_YES), Button("Nee", CHOSE_NO), STOP_BUTTON))
        text = (
            f"Klopt dit?\n- Soort: {CATEGORIES[values[CATEGORY]].title}\n- Wat: {values[DESCRIPTION]}\n"
            f"- Waar: {values[PLACE]}\n- Gevaarlijk: {'ja' if values[DANGER] == 'ja' else 'nee'}"
        )
        buttons = [
            Button("Ja, verstuur", CHOSE_YES),
            Button("Andere plek", CHANGE_PLACE),
            Button("Andere tekst", CHANGE_DESCRIPTION),
            STOP_BUTTON,
        ]
        return Reply(text, "form", tuple(buttons))

    def finish(self, values: Values) -> tuple[Command, ...]:
        """The report; balie puts it in the queue of public space and says the reference."""
        about = {name: values[slot] for name, slot in _DETAILS.items()}
        kind = values[CATEGORY]
        return (Command("report", {**about, "kind": kind, "category": CATEGORIES[kind].title}),)

    def _take_category(self, heard: Heard) -> Taken:
        if heard.choice is not None:
            key = heard.choice.removeprefix(CHOSE_CATEGORY)
            return Taken({CATEGORY: key}) if key in CATEGORIES else UNCLEAR
        if heard.asks or len(heard.text.strip()) < _SHORTEST_ANSWER:
            return UNCLEAR
        describes = len(heard.text.split()) >= _DESCRIBES_FROM_WORDS
        found = category_in(heard.text)
        if found is None and not describes:
            return UNCLEAR
        return Taken({CATEGORY: found or "anders", DESCRIPTION: heard.text[:LONGEST_ANSWER] if describes else None})

    def _take_danger(self, heard: Heard) -> Taken:
        if heard.says_yes:
            text = f"Bel nu 112 als er mensen in gevaar zijn. Kan het niet wachten? Bel dan ook {self.where.phone}."
            return Taken({DANGER: "ja"}, (Reply(text, "form"),))
        return Taken({DANGER: "nee"}) if heard.says_no else UNCLEAR

    def _what_is_wrong(self) -> Reply:
        return Reply("Wat klopt er niet? Kies hieronder, of schrijf stop.", "form")


_DETAILS = {"description": DESCRIPTION, "place": PLACE, "danger": DANGER}


def category_in(text: str) -> str | None:
    """The one category whose words stand in the text; None when there is none or there are several."""
    found = [key for key, category in CATEGORIES.items() if category.words.search(f"{text} ")]
    return found[0] if len(found) == 1 else None
