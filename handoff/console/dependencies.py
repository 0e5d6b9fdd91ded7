"""What the console gets from outside; `bot/app.py` fills it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from handoff.attachments import Attachments
from handoff.bus import Bus
from handoff.clock import Clock
from handoff.console.look import MunicipalityLook
from handoff.database import Database
from handoff.openings import OpeningFiles
from handoff.ownership import NoticeFor, TeamNoticeFor
from handoff.tables import Case
from handoff.vault import Vault

LogInLimit = Callable[[str], Awaitable[float]]
"""Counts a log-in attempt from an address; gives the seconds to wait, 0 when it may go on."""


async def no_limit(_address: str) -> float:
    """Every attempt may go on; accounts still lock after repeated failure."""
    return 0.0


@dataclass(frozen=True)
class Suggestion:
    """A text to insert into a reply and edit."""

    title: str
    text: str


@dataclass(frozen=True)
class Steps:
    """What an employee does first."""

    title: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """One thing that a municipality's files say."""

    name: str
    value: str


class Teaching(Protocol):
    """Where sentences go that editors want the bot to learn."""

    def topics(self) -> Mapping[str, str]:
        """What a sentence can be about, with its title, in the order to choose from."""

    def aspects(self) -> Sequence[str]:
        """What a citizen can want to know about a topic."""

    async def write(self, database: Database, municipality: str) -> int | None:
        """Make the proposals of a municipality ready for review; how many wait, None when that failed."""


@dataclass(frozen=True)
class ConsoleDependencies:
    """The console's parts.

    Args:
        session_hours: How long a log-in lasts.
        secure_cookies: Cookies over TLS only; true when the public address is https.
        allowed_origins: Origins ("https://balie.voorbeeldstad.example") whose pages may send forms and open the stream.
        back_in_queue: What a citizen is told whose employee gives her back to the queue.
        to_other_team: What a citizen is told whose employee passes her on to another team.
        back_with_bot: Asks a citizen who was just given back to the bot whether she goes on with what stood open there.
        next_call_day: The first day after that of a moment on which a municipality's team calls.
        suggestions: The bot's own answers in a municipality to a topic.
        steps: What an employee does first with a case that these sentences led to; none where nothing is pressing.
        fill: A standard reply with a municipality's values filled in.
        municipality_look: The look of a municipality by key; raises LookupError when it is unknown.
        municipality_settings: What else the files of a municipality say, for its administrators to read.
        opening_files: When municipalities are open, for their administrators to change.
        handling_minutes: How long an employee takes for a question about a topic, as a municipality says.
        teaching: Where sentences go that editors want the bot to learn.
        log_in_limit: Slows down guessing from one address.
    """

    database: Database
    bus: Bus
    vault: Vault
    attachments: Attachments
    clock: Clock
    session_hours: float
    secure_cookies: bool
    allowed_origins: frozenset[str]
    back_in_queue: NoticeFor
    to_other_team: TeamNoticeFor
    back_with_bot: Callable[[AsyncSession, str, datetime], Awaitable[None]]
    next_call_day: Callable[[str, str, datetime], date | None]
    suggestions: Callable[[str, str, datetime], Sequence[Suggestion]]
    steps: Callable[[Case, Sequence[str], datetime], Sequence[Steps]]
    fill: Callable[[str, str, datetime], str]
    municipality_look: Callable[[str], MunicipalityLook]
    municipality_settings: Callable[[str], Sequence[Setting]]
    opening_files: OpeningFiles
    handling_minutes: Callable[[str], Mapping[str, float]]
    teaching: Teaching
    log_in_limit: LogInLimit = no_limit


def dependencies_of(connection: HTTPConnection) -> ConsoleDependencies:
    """The parts that this console was made with."""
    deps: ConsoleDependencies = connection.app.state.console
    return deps


Deps = Annotated[ConsoleDependencies, Depends(dependencies_of)]
