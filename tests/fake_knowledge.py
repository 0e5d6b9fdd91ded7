"""What the fake balie knows: real facts of the municipalities, made-up answers, and its conversations."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import WebSocket

from bot import content
from bot.channels import representation
from bot.content import Content

Json = dict[str, Any]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""A Monday on which both municipalities are open."""


@functools.cache
def municipality(key: str) -> Json:
    """The facts of a real municipality file, as the API gives them at noon.

    Raises:
        UnknownMunicipality: there is no such municipality.
    """
    shown = representation.municipality(_content().municipality(key), NOON)
    facts: Json = shown.model_dump(mode="json")
    return facts


@functools.cache
def _content() -> Content:
    return Content.load(Path(content.__file__).parent)


WELCOME = (
    "Welkom bij de {naam}. Ik ben {assistent}, een **digitale assistent** en geen mens.\n\n"
    "U kunt altijd een medewerker vragen. Deel hier geen BSN, wachtwoord of medische gegevens. "
    "Wij bewaren dit gesprek 28 dagen."
)
PASSPORT = (
    "Een paspoort voor iemand van 18 jaar of ouder kost **€ 86,15**.\n\n"
    "Neem dit mee:\n- uw oude paspoort of identiteitskaart\n- een pasfoto die niet ouder is dan 6 maanden"
)


@dataclass
class Conversation:
    """One conversation as the server knows it."""

    id: str
    token: str
    municipality: str
    owner: str = "bot"
    employee: str | None = None
    place: int | None = None
    messages: list[Json] = field(default_factory=list)
    sockets: set[WebSocket] = field(default_factory=set)
    continues: str | None = None
    discreet: bool = False
    files: Json | None = None
    """What may be sent while an employee has it."""
    asked: Json | None = None
    """What is asked once it is over."""

    def shown(self) -> Json:
        return {
            "id": self.id,
            "gemeente": self.municipality,
            "eigenaar": self.owner,
            "medewerker": self.employee,
            "plaats": self.place,
            "laatste_volgnummer": len(self.messages),
            "geopend_op": now(),
            "gesloten_op": None,
            "zaak": None,
            "snel_verlaten": self.discreet,
            "bestanden": self.files if self.owner == "medewerker" else None,
            "oordeel": self.asked if self.owner == "gesloten" else None,
        }

    def own_message(self, client_id: str) -> Json | None:
        return next((m for m in self.messages if m["id"] == client_id), None)


def now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
