"""Help lines: each number stands in one place, with who it is for, when it answers and when somebody last looked.

Texts name a line by its key: `{lijn_geldfit}` is its number, `{uren_geldfit}` when it answers and `{chat_geldfit}` its
site.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from bot.content.schema import Dated, Name, Reference
from bot.content.strict import Line, Strict

FILE = "help_lines.yml"
NATIONAL = (
    "alarm",
    "zelfmoordpreventie",
    "veilig_thuis",
    "seksueel_geweld",
    "kindertelefoon",
    "gas_en_stroom",
    "geldfit",
    "luisterlijn",
)
"""Lines that the fixed texts name, the same in the whole country."""
LOCAL = ("opvang", "eten", "afsluiting", "openbare_ruimte", "huisartsenpost")
"""Lines that the fixed texts name and that every municipality fills in for itself."""
_ALWAYS = dt.date(2000, 1, 1)


class Chat(Strict):
    """Where somebody can type instead of calling."""

    title: Line
    url: Annotated[str, Field(pattern=r"^https://")]

    @property
    def site(self) -> str:
        """The address as people say it: "113.nl"."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")


class HelpLine(Strict):
    """One line, with all that somebody may want to know before she calls."""

    name: Line
    number: Line
    second_number: Line | None = None
    chat: Chat | None = None
    hours: Line
    for_whom: Line
    languages: Line
    cost: Line
    deaf: Line
    """How who is deaf or cannot speak reaches it."""
    checked: dt.date
    source: Reference


class HelpLinesFile(Strict):
    """help_lines.yml, of the country or of one municipality."""

    lines: dict[Name, HelpLine]


def values(lines: Mapping[str, HelpLine]) -> dict[str, tuple[Dated, ...]]:
    """What texts can say of these lines, as values that always hold."""
    found: dict[str, str | None] = {}
    for key, line in lines.items():
        found |= {
            f"lijn_{key}": line.number,
            f"lijn_{key}_2": line.second_number,
            f"uren_{key}": line.hours,
            f"chat_{key}": line.chat.site if line.chat else None,
        }
    return {name: (Dated(value=value, valid_from=_ALWAYS),) for name, value in found.items() if value}
