"""The lists of cases as every console fetches them: read and drawn once for all who see the same."""

from __future__ import annotations

import asyncio

from markupsafe import Markup

from handoff.console import overview
from handoff.console.cards import Card
from handoff.console.dependencies import ConsoleDependencies
from handoff.console.overview import Waiting
from handoff.console.rendering import Pages
from handoff.reading_together import ReadTogether
from handoff.tables import Employee

KEPT_SECONDS = 60.0
"""How long a drawn card is kept: by then it says another waiting time. What was erased is in no memory after that."""
_TOKEN = "\0"  # noqa: S105
"""Stands in drawn cards for the token that forms carry, which differs by session. In no text: `messages.clean`."""


class DrawnCards:
    """Cards as HTML. A card that looks the same to several consoles, or after a change elsewhere, is drawn once."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._drawn: dict[tuple[Card, bool, bool], str] = {}

    def draw(self, card: Card, *, is_mine: bool = False, chosen_id: str = "", csrf: str = "") -> Markup:
        """The card in a list.

        Args:
            chosen_id: The case that is open beside the list.
            csrf: The token of the session that its forms are for.
        """
        key = (card, is_mine, card.case_id == chosen_id)
        html = self._drawn.get(key)
        if html is None:
            html = self._pages.render("_card.html", one=card, is_mine=is_mine, is_chosen=key[2], csrf=_TOKEN)
            if not self._drawn:
                asyncio.get_running_loop().call_later(KEPT_SECONDS, self._drawn.clear)
            self._drawn[key] = html
        return Markup(html.replace(_TOKEN, Markup.escape(csrf)))  # noqa: S704 - drawn by an escaping template


class Queues:
    """What waits, read once for all consoles that ask at the same time and have the same teams."""

    def __init__(self, deps: ConsoleDependencies) -> None:
        self._deps = deps
        self._together = ReadTogether(self._read)

    async def for_teams_of(self, me: Employee) -> Waiting:
        """What waits now for her teams. To be read before a session of one's own takes a connection."""
        return await self._together.get((me.municipality, frozenset(me.teams)))

    async def _read(self, whose: tuple[str, frozenset[str]]) -> Waiting:
        municipality, teams = whose
        look = self._deps.municipality_look(municipality)
        async with self._deps.database.read() as session:
            return await overview.waiting(session, municipality, sorted(teams), look, now=self._deps.clock())
