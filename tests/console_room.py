"""A room with consoles: the application as it is mounted, employees who can log in, and browsers without a screen."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import html
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content import ContentStore
from bot.opening_files import OpeningFiles
from handoff import employees, texts
from handoff.bus import Bus
from handoff.console import ConsoleDependencies, create_console
from handoff.console.dependencies import Setting, Steps, Suggestion
from handoff.database import Database
from handoff.detection import Level
from handoff.messages import Draft
from handoff.ownership import Notice
from handoff.tables import Case, Employee
from handoff.vault import Vault
from handoff.vocabulary import MessageKind
from tests.counter import CONTENT, make_attachments
from tests.servers import free_port
from tests.stage import CITY, StoppedClock

ORIGIN = "https://balie.test"
PASSWORD = "een heel lang wachtwoord"
COOKIE = "__Secure-balie-sessie"
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def make_log_ins_quick(patch: pytest.MonkeyPatch) -> None:
    """Hash passwords weakly: log-ins are not what most tests are about."""
    patch.setattr(employees, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass(frozen=True)
class CityLook:
    """A municipality that does not exist."""

    name: str = "Voorbeeldstad"
    logo_text: str = "Voorbeeldstad"
    assistant_name: str = "Vera"
    primary: str = "#1a5276"
    on_primary: str = "#ffffff"
    accent: str = "#b9441c"
    font: str = "'Source Sans 3', sans-serif"

    def topic_title(self, topic: str) -> str:
        return {"paspoort": "een paspoort aanvragen", "schuldhulp": "hulp bij schulden"}.get(topic, topic)

    def team_name(self, team: str) -> str:
        return {"publieksbalie": "Publieksbalie", "sociaal-wijkteam": "Sociaal wijkteam"}.get(team, team)


LOOKS = {
    CITY: CityLook(),
    "fictiedam": CityLook(name="Fictiedam", logo_text="Fictiedam", primary="#0b6e4f", accent="#7a3b9a"),
}


class FakeTeaching:
    """Keeps what it was asked to write."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.fails = False

    def topics(self) -> dict[str, str]:
        return {"paspoort": "een paspoort aanvragen", "schuldhulp": "hulp bij schulden"}

    def aspects(self) -> tuple[str, ...]:
        return ("aanvragen", "kosten", "algemeen")

    async def write(self, database: Database, municipality: str) -> int | None:
        self.written.append(municipality)
        return None if self.fails else len(self.written)


async def back_in_queue(session: AsyncSession, case: Case, employee: Employee) -> Notice:
    """What a citizen hears whom an employee gives back."""
    return lambda place: Draft(f"{texts.released(employee.display_name)} Nummer {place}.", MessageKind.HANDOVER)


async def to_other_team(session: AsyncSession, case: Case, employee: Employee, team: str) -> Notice:
    """What a citizen hears whom an employee passes on."""
    return lambda place: Draft(f"{texts.to_team(employee.display_name, team)} Nummer {place}.", MessageKind.HANDOVER)


async def nothing_open(_session: AsyncSession, _conversation_id: str, _now: dt.datetime) -> None:
    """No form of the bot waits for this citizen."""


@cache
def opening_files(folder: Path) -> OpeningFiles:
    """When the municipalities in a folder with answers are open; of the project's own nothing is changed by tests."""
    return OpeningFiles(folder, ContentStore(folder, check_seconds=0))


def mounted(
    database: Database, bus: Bus, clock: StoppedClock, vault: Vault, *, origin: str = ORIGIN, **more: object
) -> FastAPI:
    """The console mounted in an application, as bot/app.py does it."""
    wanted: dict[str, object] = {
        "database": database,
        "bus": bus,
        "vault": vault,
        "attachments": make_attachments(vault),
        "clock": clock,
        "session_hours": 9,
        "secure_cookies": origin.startswith("https:"),
        "allowed_origins": frozenset({origin}),
        "back_in_queue": back_in_queue,
        "to_other_team": to_other_team,
        "suggestions": lambda _municipality, topic, _now: (
            [Suggestion("Paspoort: kosten", "Een paspoort kost **€ 80**.")] if topic == "paspoort" else []
        ),
        "steps": lambda case, _sentences, _now: (
            [Steps("Direct gevaar: wat doet u nu?", ("Bel 112.", "Vertel het uw teamleider."))]
            if case.level == Level.CRISIS
            else []
        ),
        "fill": lambda _municipality, text, _now: text.replace("{gemeente}", "gemeente Voorbeeldstad"),
        "back_with_bot": nothing_open,
        "next_call_day": lambda _municipality, _team, now: now.date() + dt.timedelta(days=1),
        "municipality_look": LOOKS.__getitem__,
        "municipality_settings": lambda _municipality: [Setting("Website", "https://stad.example")],
        "opening_files": opening_files(CONTENT),
        "handling_minutes": lambda _municipality: {"paspoort": 6.0},
        "teaching": FakeTeaching(),
    }
    app = FastAPI()
    app.mount("/medewerker", create_console(ConsoleDependencies(**{**wanted, **more})))  # type: ignore[arg-type]
    return app


async def add_employee(
    database: Database,
    clock: StoppedClock,
    name: str = "Sam",
    *,
    municipality: str = CITY,
    teams: Sequence[str] = ("publieksbalie",),
    limit: int = 4,
) -> Employee:
    """An employee who can log in with PASSWORD."""
    password = await employees.hash_password(PASSWORD)
    async with database.write() as session:
        return await employees.add_employee(
            session,
            email=f"{name.casefold()}@{municipality}.example",
            display_name=name,
            password=password,
            municipality=municipality,
            teams=teams,
            max_conversations=limit,
            now=clock(),
        )


class Browser:
    """A browser without a screen or script: keeps cookies, sends forms as pages have them."""

    def __init__(self, app: FastAPI, origin: str = ORIGIN) -> None:
        self.origin = origin
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=origin)

    async def get(self, path: str, **more: object) -> httpx.Response:
        return await self.client.get(path, **more)  # type: ignore[arg-type]

    async def log_in(self, email: str, password: str = PASSWORD, *, back_to: str = "") -> httpx.Response:
        page = await self.get("/medewerker/inloggen")
        return await self.client.post(
            "/medewerker/inloggen",
            data={"csrf": token_in(page), "email": email, "wachtwoord": password, "terug": back_to},
            headers={"Origin": self.origin},
        )

    async def post(self, path: str, *, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        """Send a form with the token of the working page."""
        page = await self.get("/medewerker/uitloggen")
        return await self.client.post(
            path, data={"csrf": token_in(page), **fields}, headers={"Origin": self.origin, **(headers or {})}
        )


def token_in(page: httpx.Response) -> str:
    """The form token on a page."""
    found = _CSRF.search(page.text)
    return html.unescape(found.group(1)) if found else ""


@contextlib.asynccontextmanager
async def served(app: FastAPI, port: int | None = None) -> AsyncIterator[str]:
    """The application behind a real server on this machine; gives its address."""
    port = port or free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off", ws="websockets-sansio"))
    server.config.load()
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
