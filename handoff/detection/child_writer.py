"""Whether a child is writing: only where she says so herself. Who is taken for a child wrongly is spoken to as one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from handoff.detection.words import LONGEST_TEXT, fold

_AGE = r"(?:[6-9]|1[0-7]|zes|zeven|acht|negen|tien|elf|twaalf|dertien|veertien|vijftien|zestien|zeventien)"
_JUST = "pas |nog maar |nog |bijna |net |een meisje van |een jongen van "
_CLASS = "groep [3-8]|de brugklas|klas [1-6]|de (?:eerste|tweede|derde|vierde|vijfde) klas"
_SAYS = (
    # No "13 weken zwanger", "15 jaar getrouwd", "10 minuten te laat": the sentence ends or goes on after the age.
    rf"\bik (?:ben|word) (?:{_JUST})?{_AGE}(?: jaar)?(?: oud)?(?=\s*(?:$|[.,!?;:)\n]|en\b|maar\b|dus\b|of\b))",
    r"\b(?:mijn|me|mn|m'n|onze) (?:juf|juffrouw|meester|mentor)\b",
    rf"\bik zit (?:nog )?(?:in|op) (?:{_CLASS}|de (?:basisschool|middelbare)|(?:de )?(?:havo|vwo|vmbo|mavo)\b)",
    r"\bik (?:ga|moet) naar groep [3-8]\b",
    r"\bik word (?:\w+ ){0,2}gepest (?:\w+ )?(?:op|in) (?:school|de klas|mijn klas)\b",
    r"\bmijn klasgenoot(?:je|jes|en)?\b",
)
_CHILD = re.compile("|".join(_SAYS))
_ABOUT_ANOTHER = re.compile(
    r"\b(?:toen ik|mijn (?:dochter|zoon|kind|kinderen|zoontje|dochtertje|leerling\w*|kleinkind\w*))\b"
)


def written_by_child(texts: Iterable[str]) -> bool:
    """Whether the writer of these messages says that she is a child, by her age, her class or her teacher."""
    for text in texts:
        said = fold(text[:LONGEST_TEXT])
        if _CHILD.search(said) and not _ABOUT_ANOTHER.search(said):
            return True
    return False
