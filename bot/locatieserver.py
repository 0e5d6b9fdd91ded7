"""Where a place in words is, asked of the PDOK Locatieserver of the Kadaster.

Only an answer whose street stands in the words themselves is believed: a report at a wrong address helps nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import structlog

from handoff import personal_data
from handoff.personal_data import PersonalDataKind

log = structlog.get_logger(__name__)

_FIELDS = "type,straatnaam,huisnummer,huisletter,huisnummertoevoeging,postcode,woonplaatsnaam,centroide_ll"
_POINT = re.compile(r"POINT\((-?\d+(?:\.\d+)?) (-?\d+(?:\.\d+)?)\)")
_DEGREES = re.compile(r"(?<![\d.])(-?\d{1,2}\.\d{4,8}), ?(-?\d{1,3}\.\d{4,8})(?![\d.])")
_LONGEST_QUESTION = 200
_CANDIDATES = 5


@dataclass(frozen=True)
class Spot:
    """A point (WGS 84) with its address, as far as it has one; names as the Locatieserver has them."""

    longitude: float
    latitude: float
    address: Mapping[str, str]


def spot_in(words: str) -> Spot | None:
    """The point that a citizen's telephone sent as degrees; None when she described the place."""
    sent = _DEGREES.search(words)
    return Spot(longitude=float(sent[2]), latitude=float(sent[1]), address={}) if sent else None


class Locatieserver:
    """Asks the Locatieserver.

    Args:
        url: Up to and including the version, such as https://api.pdok.nl/bzk/locatieserver/search/v3_1.
        client: Makes a client for one call.
    """

    def __init__(self, url: str, client: Callable[[], httpx.AsyncClient]) -> None:
        self._url = url
        self._client = client

    async def find(self, words: str, municipality: str) -> Spot | None:
        """The place within a municipality; None when it is not found, or the server does not answer."""
        question = {
            "q": _question(words)[:_LONGEST_QUESTION],
            "fq": ["type:(adres OR weg)", f'gemeentenaam:"{municipality.replace(chr(34), "")}"'],
            "fl": _FIELDS,
            "rows": str(_CANDIDATES),
        }
        try:
            async with self._client() as client:
                answered = await client.get(f"{self._url}/free", params=question)
                answered.raise_for_status()
                found: list[dict[str, Any]] = answered.json()["response"]["docs"]
                return next((spot for one in found if (spot := _spot(one, words)) is not None), None)
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("locatieserver.failed", error=type(error).__name__)
            return None


def _question(words: str) -> str:
    """The address in the words, where there is one: a whole sentence finds less."""
    addresses = [one.value for one in personal_data.find(words) if one.kind is PersonalDataKind.ADDRESS]
    return " ".join(addresses) or words


def _spot(found: Mapping[str, Any], words: str) -> Spot | None:
    point = _POINT.fullmatch(str(found.get("centroide_ll", "")))
    street, number = found.get("straatnaam"), found.get("huisnummer")
    if point is None or not street or not _stands_in(str(street), words):
        return None
    if number is not None and not _stands_in(str(number), words):
        return None
    address = {name: str(found[name]) for name in _FIELDS.split(",")[1:-1] if found.get(name) not in (None, "")}
    return Spot(float(point[1]), float(point[2]), address)


def _stands_in(name: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\d|[^\W\d]{{2}})", words, re.IGNORECASE) is not None
