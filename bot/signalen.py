"""Brings a report to Signalen (github.com/Amsterdam/signals), in which many municipalities handle public space.

By its public API, as its own form for citizens does: POST /signals/v1/public/signals/. It has no key that makes a
second call harmless, so what may have arrived is never sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import structlog

from bot.content import ContentStore
from bot.content.schema import ReportCategory, SignalenSettings
from bot.locatieserver import Locatieserver, Spot, spot_in
from handoff.exceptions import ReportNotSent, ReportRefused, ReportUncertain
from handoff.reports import Outgoing

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 20.0
_SIGNALS = "/signals/v1/public/signals/"
_SUB_CATEGORY = "/signals/v1/public/terms/categories/{main}/sub_categories/{sub}"
_LONGEST_TEXT = 3000
"""Characters that Signalen takes."""
_ADDRESS = {
    "straatnaam": "openbare_ruimte",
    "huisnummer": "huisnummer",
    "huisletter": "huisletter",
    "huisnummertoevoeging": "huisnummer_toevoeging",
    "postcode": "postcode",
    "woonplaatsnaam": "woonplaats",
}
"""Parts of an address as the Locatieserver names them, and as Signalen does."""
_NOT_TAKEN_NOW = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})
"""Said before anything was done with it."""


class Signalen:
    """The Signalen of one municipality.

    Args:
        url: Where it is, without a path.
        answers: Tells which category is which there, as the file is at that moment.
        locatieserver: Finds the point of a place; without it each report is at the municipality's own point.
        client: Makes a client for one call: an idle connection may close under a report, and then nobody knows.
    """

    def __init__(
        self,
        url: str,
        answers: ContentStore,
        locatieserver: Locatieserver | None,
        client: Callable[[], httpx.AsyncClient],
    ) -> None:
        self._url = url
        self._answers = answers
        self._locatieserver = locatieserver
        self._client = client

    async def bring(self, report: Outgoing) -> str | None:
        """Bring one report; its number there.

        Raises:
            ReportNotSent, ReportRefused, ReportUncertain.
        """
        where = self._answers.current().municipalities.get(report.municipality)
        if where is None or where.signalen is None:
            raise ReportRefused("gemeente.yml heeft geen `signalen`")
        spot = spot_in(report.place)
        if spot is None and self._locatieserver is not None:
            spot = await self._locatieserver.find(report.place, where.name)
        return await self._post(body(report, where.signalen, spot))

    async def _post(self, report: Mapping[str, Any]) -> str | None:
        async with self._client() as client:
            try:
                answered = await client.post(f"{self._url}{_SIGNALS}", json=report)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                raise ReportNotSent("geen verbinding") from error
            except httpx.TimeoutException as error:
                raise ReportUncertain("geen antwoord op tijd") from error
            except httpx.HTTPError as error:
                raise ReportUncertain("de verbinding viel weg") from error
        if answered.is_success:
            return _number(answered)
        why = f"antwoord {answered.status_code}"
        if answered.status_code in _NOT_TAKEN_NOW:
            raise ReportNotSent(why, after_seconds=_retry_after(answered))
        if answered.is_server_error:
            raise ReportUncertain(why)
        log.error("signalen.refused", status=answered.status_code, advice="docs/production.md, Signalen")
        raise ReportRefused(why)


def body(report: Outgoing, where: SignalenSettings, spot: Spot | None) -> dict[str, Any]:
    """A report as Signalen wants it. Fields that a citizen may not set (status, priority, type) make it refuse."""
    kinds = where.sub_categories
    kind = ReportCategory(report.kind) if report.kind in list(ReportCategory) else ReportCategory.ANDERS
    main, sub = kinds.get(kind, kinds[ReportCategory.ANDERS]).split("/")
    longitude, latitude = (spot.longitude, spot.latitude) if spot else where.point
    location: dict[str, Any] = {"geometrie": {"type": "Point", "coordinates": [longitude, latitude]}}
    if spot is not None and spot.address:
        location["address"] = {_ADDRESS[name]: value for name, value in spot.address.items()}
    return {
        "source": where.source,
        "text": _text(report, found=spot is not None),
        "category": {"sub_category": _SUB_CATEGORY.format(main=main, sub=sub)},
        "location": location,
        "reporter": {"email": "", "phone": "", "sharing_allowed": False},
        "incident_date_start": report.reported_at.isoformat(),
    }


def _text(report: Outgoing, *, found: bool) -> str:
    """Her words, the place in her words, and the reference that she has."""
    place = f"Plek, in de woorden van de melder: {report.place}"
    if not found:
        place += "\nDeze plek is niet gevonden op de kaart: het punt op de kaart klopt niet."
    end = f"\n\n{place}\nKenmerk van de melder: {report.reference}"
    return report.description[: _LONGEST_TEXT - len(end)] + end


def _number(answered: httpx.Response) -> str | None:
    """What Signalen calls it: "SIG-123". It has the report, whatever stands in its answer."""
    try:
        told = answered.json()
        return str(told.get("id_display") or told.get("id") or "") or None
    except (ValueError, AttributeError):
        return None


def _retry_after(answered: httpx.Response) -> float | None:
    """Seconds, where it gave a number of them; a date is left to our own delay."""
    given = answered.headers.get("retry-after", "")
    return float(given) if given.isdecimal() else None
