"""Whether a threat names a place, a time or a weapon: then 112 is called at once, whoever is to judge the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WEAPON = re.compile(
    r"\b(?:\w*(?:mes|messen)|pistool|pistolen|geweer|geweren|\w*wapens?|bom|bommen|bijl|hamer|honkbalknuppel|knuppel"
    r"|machete|explosie\w*|vuurwerk\w*|benzine|molotov\w*|brand|vlammen|kogels?|(?:neer|dood|over)?schiet\w*"
    r"|(?:neer|dood)?geschoten|(?:neer|dood)?steken?|steek|gestoken|opblazen|zwaard|zuur)\b|in de fik",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:stadhuis|gemeentehuis|stadskantoor|gemeente(?:kantoor|balie)?|balie|kantoor|wethouder|burgemeester"
    r"|\w+(?:straat|plein|laan|weg|school)|voor de deur|op de stoep)\b|\[adres-\d+\]"
    r"|\b(?:kom|komen|ga|gaan|sta|staan)\b.{0,30}\b(?:langs|naar (?:je|jou|jullie|u|uw|hem|haar)|bij (?:je|jullie|u))\b"
    r"|\b(?:waar|je|uw|jullie) (?:je |jij |u |jullie )?(?:huis|woont|woon|wonen|adres)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:nu|straks|zo meteen|dadelijk|vandaag|vanavond|vanmiddag|vannacht|vanochtend|morgen(?:ochtend|middag|avond)?"
    r"|overmorgen|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|deze week|dit weekend"
    r"|\d{1,2}[.:]\d{2}|\d{1,2} uur|over een uur|binnen een uur)\b",
    re.IGNORECASE,
)


def is_concrete(sentences: Iterable[str]) -> bool:
    """Whether what was written names a place, a time or a weapon. Said once too often is better than not."""
    written = " ".join(sentences)
    return any(pattern.search(written) for pattern in (_WEAPON, _PLACE, _TIME))
