"""What every form is: questions in an order, an answer read, a way out at every step."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from actions.dialogue import Button, Command, Reply, Understood

Values = Mapping[str, Any]
"""What is filled in so far: slot to value."""

STOP = "formulier:stop"
GO_ON = "formulier:verder"
"""Pressed by who is back from a person while a form was open."""
STOP_BUTTON = Button("Stop", STOP)
CHOSE_YES = "formulier:ja"
CHOSE_NO = "formulier:nee"

_STOP = re.compile(
    r"\W*(?:(?:ik wil )?(?:stop|stoppen|annuleren|annuleer|cancel|afbreken|ophouden)|laat maar(?: zitten)?|toch niet|"
    r"hoeft niet meer|ik stop(?: ermee)?)(?: maar| dan| nu| graag| alsjeblieft| aub)*\W*",
    re.I,
)
_YES = re.compile(
    r"\W*(?:ja+|jazeker|yes|klopt|dat klopt|ja dat klopt|akkoord|prima|oke|oké|ok|goed|is goed|doe maar|ja graag|graag|"
    r"ja hoor|zeker|helemaal goed|perfect|"
    r"(?:ja\W+)?(?:verstuur|maak|doe|zeg|verzet|plan|boek|stuur)\b(?: \w+){0,3})(?: hoor| graag| dank u| bedankt)*\W*",
    re.I,
)
_NO = re.compile(r"\W*(?:nee+|neen|nope|niet goed|klopt niet|nee dat klopt niet|nee hoor|dat klopt niet)\W*", re.I)
_QUESTION = re.compile(
    r"^\W*(?:en )?(?:wat|hoe|hoeveel|waar|waarom|wanneer|wie|welke|kan|kun|mag|moet|is|zijn|hebben|heb|kost)\b",
    re.I,
)


@dataclass(frozen=True)
class Heard:
    """A message that came while a form was open."""

    text: str
    choice: str | None
    understood: Understood

    @property
    def stops(self) -> bool:
        return self.choice == STOP or (self.choice is None and _STOP.fullmatch(self.text) is not None)

    @property
    def says_yes(self) -> bool:
        return self.choice == CHOSE_YES or (self.choice is None and _YES.fullmatch(self.text) is not None)

    @property
    def says_no(self) -> bool:
        return self.choice == CHOSE_NO or (self.choice is None and _NO.fullmatch(self.text) is not None)

    @property
    def asks(self) -> bool:
        """Whether it is a question rather than an answer, by its form."""
        return self.choice is None and ("?" in self.text or _QUESTION.match(self.text) is not None)


@dataclass(frozen=True)
class Taken:
    """What a message did to the form."""

    values: dict[str, Any] = field(default_factory=dict)
    """Slots that change; None empties one, so that it is asked again."""
    replies: tuple[Reply, ...] = ()
    understood: bool = True
    """False: it was no answer. It may be a question of another kind, or unclear."""


UNCLEAR = Taken(understood=False)


class FormUnavailable(Exception):
    """The form can't go on now; the message is what the citizen is told, in Dutch."""


class Form(Protocol):
    """One form, for one municipality, on one day."""

    @property
    def name(self) -> str:
        """As Rasa's domain calls it."""

    @property
    def slots(self) -> tuple[str, ...]:
        """What is asked, in this order; Rasa asks the first that is empty."""

    @property
    def extra(self) -> tuple[str, ...]:
        """What else is remembered while the form is open."""

    @property
    def about(self) -> str:
        """What it is about, in a sentence: "Nu terug naar uw afspraak." """

    @property
    def opening(self) -> str:
        """What is said before the first question."""

    async def start(self, heard: Heard) -> Values:
        """What the first message already says. Raises: FormUnavailable."""

    async def take(self, slot: str, heard: Heard, values: Values) -> Taken:
        """Read an answer to the question about `slot`. Raises: FormUnavailable."""

    async def ask(self, slot: str, values: Values) -> Reply:
        """The question about `slot`. Raises: FormUnavailable."""

    def finish(self, values: Values) -> tuple[Command, ...]:
        """What balie has to do."""
