"""Free times and known appointments, read from balie on loopback."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx

from actions.forms.form import FormUnavailable
from bot.content.hours import AMSTERDAM

TIMEOUT_SECONDS = 2.0
NOT_NOW = "De agenda werkt op dit moment niet. Probeer het straks nog eens, of vraag om een medewerker."


@dataclass(frozen=True)
class Known:
    """An appointment that is still to come; `start` is local time."""

    reference: str
    product: str
    start: dt.datetime


class Times(Protocol):
    """What the forms need to know of the calendar."""

    async def free(self, municipality: str, product: str, first: dt.date, days: int) -> Sequence[dt.datetime]:
        """Free starts in order, local time. Raises: FormUnavailable."""

    async def of_turn(self, municipality: str, turn_id: str) -> Sequence[Known]:
        """What was booked earlier in the conversation of this turn. Raises: FormUnavailable."""

    async def find(self, municipality: str, reference: str) -> Known | None:
        """The appointment with this reference. Raises: FormUnavailable."""


class BalieTimes:
    """Asks balie's internal API.

    Args:
        url: Balie's own address.
        token: The secret between the actions and balie.
    """

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False)

    async def free(self, municipality: str, product: str, first: dt.date, days: int) -> Sequence[dt.datetime]:
        query = {"gemeente": municipality, "product": product, "vanaf": first.isoformat(), "dagen": str(days)}
        answered = await self._get("/intern/v1/vrije-tijden", query)
        return [_local(start) for start in answered["tijden"]]

    async def of_turn(self, municipality: str, turn_id: str) -> Sequence[Known]:
        answered = await self._get("/intern/v1/afspraken", {"gemeente": municipality, "beurt": turn_id})
        return [_known(one) for one in answered["afspraken"]]

    async def find(self, municipality: str, reference: str) -> Known | None:
        answered = await self._get("/intern/v1/afspraken", {"gemeente": municipality, "kenmerk": reference})
        return next((_known(one) for one in answered["afspraken"]), None)

    async def _get(self, path: str, query: dict[str, str]) -> dict[str, list]:  # type: ignore[type-arg]
        try:
            response = await self._client.get(path, params=query)
            response.raise_for_status()
            answered: dict[str, list] = response.json()  # type: ignore[type-arg]
        except (httpx.HTTPError, ValueError) as error:
            raise FormUnavailable(NOT_NOW) from error
        return answered


def _known(one: dict[str, str]) -> Known:
    return Known(one["kenmerk"], one["product"], _local(one["begin"]))


def _local(moment: str) -> dt.datetime:
    return dt.datetime.fromisoformat(moment).astimezone(AMSTERDAM).replace(tzinfo=None)
