"""Citizens and employees of a busy day, as widgets and pages behave: over HTTP and WebSockets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, WebSocket
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect

from handoff import employees
from handoff.bus import InProcessBus
from handoff.cases import open_case_of
from handoff.clock import system_clock
from handoff.database import Database
from handoff.vocabulary import CaseKind
from tests.console_room import PASSWORD, token_in
from tests.servers import free_port

CITIES = ("voorbeeldstad", "fictiedam")
LOG_INS_FROM_ONE_ADDRESS = 8
"""In a minute; more of them are held up (bot/channels/flood.py)."""
CITIZENS_FROM_ONE_ADDRESS = 100
PATIENCE_SECONDS = 60.0
_CARD = re.compile(r'data-zaak="([^"]+)"')
_FIELD = re.compile(r'name="(stand)" value="([^"]*)"')


class Arrivals:
    """When what was waited for came, by what identifies it."""

    def __init__(self) -> None:
        self._at: dict[str, asyncio.Future[float]] = {}

    def expect(self, what: str) -> asyncio.Future[float]:
        """The moment at which it comes; each may be asked for once, before or after it came."""
        return self._at.setdefault(what, asyncio.get_running_loop().create_future())

    def came(self, what: str) -> None:
        """It is there; what comes later is a repeat."""
        found = self.expect(what)
        if not found.done():
            found.set_result(time.perf_counter())


class Citizen:
    """Somebody with the widget open."""

    def __init__(self, url: str, number: int, city: str) -> None:
        self._url = url
        self._city = city
        source = f"127.1.{number // CITIZENS_FROM_ONE_ADDRESS}.1"
        self._http = httpx.AsyncClient(base_url=f"{url}/api/v1", transport=_from(source), timeout=PATIENCE_SECONDS)
        self._socket: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self.id = ""
        self.heard = Arrivals()

    async def open(self) -> None:
        """Open a conversation and its stream."""
        opened = (await self._http.post("/gesprekken", json={"gemeente": self._city})).raise_for_status().json()
        self.id = opened["gesprek"]["id"]
        address = self._url.replace("http", "ws", 1)
        self._socket = await connect(
            f"{address}/api/v1/gesprekken/{self.id}/stroom", compression=None, ping_interval=None, proxy=None
        )
        await self._socket.send(json.dumps({"soort": "aanmelden", "token": opened["token"]}))
        await self._socket.recv()
        self._reading = asyncio.create_task(self._read(self._socket))

    async def say(self, text: str) -> None:
        """Send a message without waiting for its receipt."""
        assert self._socket is not None
        await self._socket.send(json.dumps({"soort": "bericht", "id": secrets.token_hex(8), "tekst": text}))

    async def close(self) -> None:
        """Close the window; the conversation stays."""
        if self._reading is not None:
            self._reading.cancel()
        if self._socket is not None:
            await self._socket.close()
        await self._http.aclose()

    async def _read(self, socket: ClientConnection) -> None:
        async for frame in socket:
            said = json.loads(frame)
            if said["soort"] == "bericht":
                self.heard.came(said["bericht"]["tekst"])


class Console:
    """An employee with the working page open: it fetches the lists when it is told to, as the page's script does."""

    def __init__(self, url: str, number: int) -> None:
        self._url = url
        self.number = number
        self._origin = {"Origin": url}
        source = f"127.2.{number // LOG_INS_FROM_ONE_ADDRESS}.1"
        self._http = httpx.AsyncClient(base_url=url, transport=_from(source), timeout=PATIENCE_SECONDS)
        self._csrf = ""
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._lists_changed = asyncio.Event()
        self.looks = asyncio.Event()
        """Cleared: her page is behind another window and fetches no lists."""
        self.looks.set()
        self.cards = Arrivals()
        self.heard = Arrivals()
        self.case_id = ""
        self._form: dict[str, str] = {}

    @property
    def city(self) -> str:
        return CITIES[self.number % len(CITIES)]

    @property
    def email(self) -> str:
        return f"m{self.number}@{self.city}.example"

    async def log_in(self) -> None:
        """Log in; no page is open yet."""
        page = await self._http.get("/medewerker/inloggen")
        form = {"csrf": token_in(page), "email": self.email, "wachtwoord": PASSWORD, "terug": ""}
        logged_in = await self._http.post("/medewerker/inloggen", data=form, headers=self._origin)
        assert logged_in.status_code == httpx.codes.SEE_OTHER, logged_in.status_code
        self._csrf = token_in(await self._http.get("/medewerker/uitloggen"))

    async def open(self) -> None:
        """Open the working page with its stream."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())
        self._socket = await connect(
            f"{self._url.replace('http', 'ws', 1)}/medewerker/stroom",
            additional_headers={"Cookie": cookies, **self._origin},
            compression=None,
            ping_interval=None,
            proxy=None,
        )
        await self._socket.recv()
        self._tasks = [asyncio.create_task(self._read(self._socket)), asyncio.create_task(self._refresh())]

    async def close(self) -> None:
        """Close the page."""
        for task in self._tasks:
            task.cancel()
        if self._socket is not None:
            await self._socket.close()
        await self._http.aclose()

    async def claim(self, case_id: str) -> None:
        """Take a case over, and have it open from then on."""
        taken = await self._post(f"/medewerker/zaken/{case_id}/overnemen")
        assert taken.headers["location"].startswith(f"/medewerker/zaken/{case_id}"), taken.headers["location"]

    async def follow(self, case_id: str) -> None:
        """Open the page of a case that she holds."""
        page = (await self._http.get(f"/medewerker/zaken/{case_id}")).raise_for_status().text
        self._form = dict(_FIELD.findall(page))
        self.case_id = case_id
        assert self._socket is not None
        await self._socket.send(json.dumps({"soort": "volg", "zaak": case_id, "na": 0}))

    async def say(self, text: str) -> None:
        """Answer the citizen of the case that is open."""
        form = {**self._form, "sleutel": secrets.token_hex(8), "tekst": text}
        answered = await self._post(
            f"/medewerker/zaken/{self.case_id}/antwoorden", headers={"HX-Request": "true"}, **form
        )
        assert answered.status_code == httpx.codes.OK, answered.status_code

    async def _post(self, path: str, headers: dict[str, str] | None = None, **form: str) -> httpx.Response:
        return await self._http.post(path, data={"csrf": self._csrf, **form}, headers=self._origin | (headers or {}))

    async def _read(self, socket: ClientConnection) -> None:
        async for frame in socket:
            told = json.loads(frame)
            if told["soort"] == "wachtrij":
                self._lists_changed.set()
            elif told["soort"] == "bericht":
                for word in re.findall(r"#\w+", told["html"]):
                    self.heard.came(word)

    async def _refresh(self) -> None:
        while True:
            await self._lists_changed.wait()
            await self.looks.wait()
            self._lists_changed.clear()
            page = await self._http.get("/medewerker/wachtrij", headers={"HX-Request": "true"})
            for case_id in _CARD.findall(page.text):
                self.cards.came(case_id)


@dataclass
class Counter:
    """What one installation's citizens and employees do in a measurement."""

    url: str
    database: Database
    staff: itertools.count[int] = field(default_factory=itertools.count)
    people: itertools.count[int] = field(default_factory=itertools.count)

    async def employees(self, count: int) -> list[Console]:
        """Employees who have logged in, half of them in each municipality."""
        made = [Console(self.url, next(self.staff)) for _ in range(count)]
        password = await employees.hash_password(PASSWORD)
        async with self.database.write() as session:
            for one in made:
                await employees.add_employee(
                    session,
                    email=one.email,
                    display_name=f"Medewerker {one.number}",
                    password=password,
                    municipality=one.city,
                    teams=("publieksbalie",),
                    max_conversations=50,
                    now=system_clock(),
                )
        await _a_few_at_a_time([one.log_in() for one in made])
        return made

    async def citizens(self, count: int) -> list[Citizen]:
        """Citizens with an open conversation, half of them in each municipality."""
        made = [Citizen(self.url, next(self.people), CITIES[number % len(CITIES)]) for number in range(count)]
        await _a_few_at_a_time([one.open() for one in made])
        return made

    async def case_of(self, citizen: Citizen) -> str:
        """The id of the case that is open for this citizen, as soon as there is one."""
        for _ in range(int(PATIENCE_SECONDS / 0.02)):
            async with self.database.read() as session:
                case = await open_case_of(session, citizen.id, CaseKind.CONVERSATION)
            if case is not None:
                return case.id
            await asyncio.sleep(0.02)
        raise AssertionError("no case was opened")


@contextlib.asynccontextmanager
async def counter(url: str, database_path: Path) -> AsyncIterator[Counter]:
    """A municipality's counter behind a server that runs."""
    database = Database(f"sqlite+aiosqlite:///{database_path}", InProcessBus())
    yield Counter(url, database)
    await database.close()


async def spread(seconds: float, actions: Sequence[Callable[[], Awaitable[float]]]) -> list[float]:
    """Begin the actions evenly over a time; what each returned."""
    began = time.perf_counter()
    tasks: list[asyncio.Future[float]] = []
    for number, action in enumerate(actions):
        await asyncio.sleep(max(0.0, began + seconds * number / len(actions) - time.perf_counter()))
        tasks.append(asyncio.ensure_future(action()))
    return list(await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE_SECONDS))


@contextlib.asynccontextmanager
async def bare_echo() -> AsyncIterator[str]:
    """The limit: a WebSocket on the same server software that sends back what it gets, in a process of its own."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks.handoff_load", str(port), cwd=Path(__file__).parents[2]
    )
    address = f"ws://127.0.0.1:{port}/echo"
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                async with connect(address, proxy=None):
                    break
            await asyncio.sleep(0.05)
        yield address
    finally:
        process.terminate()
        await process.wait()


async def echoes(address: str, pairs: int, seconds: float) -> list[float]:
    """What `pairs` connections take for there and back, each as often as it can in this time."""
    took: list[float] = []
    until = time.perf_counter() + seconds

    async def talk() -> None:
        async with connect(address, compression=None, ping_interval=None, proxy=None) as socket:
            while (began := time.perf_counter()) < until:
                await socket.send(json.dumps({"soort": "bericht", "id": secrets.token_hex(8), "tekst": "hallo"}))
                await socket.recv()
                took.append(time.perf_counter() - began)

    await asyncio.gather(*(talk() for _ in range(pairs)))
    return took


def resident_megabytes(pid: int) -> float:
    """Memory that a process has in use."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) / 1000  # type: ignore[union-attr]


async def _a_few_at_a_time(actions: Iterable[Awaitable[Any]], at_once: int = 8) -> None:
    slots = asyncio.Semaphore(at_once)

    async def one(action: Awaitable[Any]) -> None:
        async with slots:
            await action

    await asyncio.gather(*(one(action) for action in actions))


def _from(source: str) -> httpx.AsyncHTTPTransport:
    """As if from another machine: what comes from one address only is held up."""
    return httpx.AsyncHTTPTransport(local_address=source)


def _echo_app() -> FastAPI:
    app = FastAPI()

    @app.websocket("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await socket.send_json(json.loads(await socket.receive_text()))

    return app


if __name__ == "__main__":
    uvicorn.run(_echo_app(), port=int(sys.argv[1]), log_level="error", ws="websockets-sansio")
