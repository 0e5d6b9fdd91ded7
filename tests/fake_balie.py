"""A balie at the network's edge: speaks the citizen API, and misbehaves on request.

For tests of the widget alone: cut sockets, refused WebSockets, floods, lost acknowledgements, messages out of
order. It runs in a thread of its own; every method of `FakeBalie` may be called from the test's thread.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import uvicorn
from fastapi import FastAPI, HTTPException, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException as StarletteHTTPException

from bot.content import UnknownMunicipality
from bot.widget import assets
from tests.fake_knowledge import PASSPORT, WELCOME, Conversation, Json, municipality, now

T = TypeVar("T")

BASE = "/api/v1"
PATIENCE_SECONDS = 30
"""For what its own loop has to do, on a busy machine."""


@dataclass
class Behaviour:
    """What goes wrong; tests change it."""

    answers: bool = True
    refuse_websockets: bool = False
    """Close every WebSocket before it is accepted, as a proxy that knows none does."""
    down: bool = False
    """Every request fails and every socket is refused."""
    down_for_seconds: int | None = None
    """How long a client is asked to wait while all is down; nothing is said when None."""
    flood_next: int = 0
    """So many messages get 429 with one second to wait."""
    fail_next: int = 0
    """So many messages get 503."""
    drop_acknowledgements: int = 0
    """So many messages are stored, and then the socket is cut without a word."""
    refuse_erasing: bool = False
    hold_messages: bool = False
    """Messages are received but not answered or stored until this is False again."""


def problem(status: int, detail: str, **more: Any) -> JSONResponse:
    body = {"type": "about:blank", "title": detail, "status": status, "detail": detail, **more}
    headers = {"Retry-After": "1"} if status == 429 else {}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


class FakeBalie:
    """The server, started with `with FakeBalie() as balie:`."""

    def __init__(self, allowed_origins: set[str] | None = None) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.behaviour = Behaviour()
        self.facts: Json = {}
        """What this test tells differently about a municipality."""
        self.received: list[str] = []
        """Client ids in the order in which they came, repeats included."""
        self.frames: list[Json] = []
        """Other client frames: typt, gezien, aanmelden (without its token)."""
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        """Method, path with query, headers."""
        self.pages: dict[str, tuple[str, str]] = {}
        """Path -> (HTML, Content-Security-Policy), for pages of a site that embeds the widget."""
        self.allowed_origins = allowed_origins if allowed_origins is not None else set()
        self.files: dict[str, bytes] = {}
        """What was sent, by the id of the attachment."""
        self.refuse_files: str | None = None
        """Why the next file is refused."""
        self.rated: list[Json] = []
        self.called_back: list[Json] = []
        """What citizens said of conversations."""
        self._released = asyncio.Event()
        self._ids = itertools.count(1)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._ready = threading.Event()
        config = uvicorn.Config(self._app(), log_level="warning", lifespan="on", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(PATIENCE_SECONDS):
            raise TimeoutError("the fake balie did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def _do(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(PATIENCE_SECONDS)

    # What tests say

    @property
    def only(self) -> Conversation:
        """The newest conversation."""
        return list(self.conversations.values())[-1]

    def say(self, text: str, sender: str = "bot", conversation: Conversation | None = None, **more: Any) -> None:
        target = conversation or self.only
        self._do(lambda: self._store(target, sender, text, **more))

    def store_silently(self, text: str, sender: str = "bot", **more: Any) -> None:
        """As `say`, but nobody is told: the message is there for who asks."""
        self._do(lambda: self._store(self.only, sender, text, deliver=False, **more))

    def deliver(self, number: int) -> None:
        """Send one stored message over the open sockets."""
        self._do(lambda: self._push(self.only, {"soort": "bericht", "bericht": self.only.messages[number - 1]}))

    def owner(self, owner: str, **more: Any) -> None:
        conversation = self.only
        conversation.owner = owner
        conversation.employee = more.get("employee")
        conversation.place = more.get("place")
        self._do(lambda: self._push(conversation, {"soort": "status", "gesprek": conversation.shown()}))

    def takes_files(self, max_bytes: int = 1_000_000) -> None:
        """An employee has the conversation, and files may be sent."""
        self.only.files = {"soorten": ["jpg", "png", "pdf"], "max_bytes": max_bytes}
        self.owner("medewerker", employee="Fatima")

    def becomes_discreet(self) -> None:
        """Somebody at home should not see what the conversation is about."""
        self.only.discreet = True
        self._do(lambda: self._push(self.only, {"soort": "status", "gesprek": self.only.shown()}))

    def types(self, who: str, on: bool = True, name: str | None = None) -> None:
        frame = {"soort": "typt", "wie": who, "naam": name, "aan": on}
        self._do(lambda: self._push(self.only, frame))

    def cut(self, code: int = 1012) -> None:
        """Close every socket of every conversation."""

        async def close() -> None:
            for conversation in self.conversations.values():
                for open_socket in list(conversation.sockets):
                    with suppress(RuntimeError):
                        await open_socket.close(code)

        self._do(close)

    def goes_down(self, for_seconds: int | None = None) -> None:
        """Answer nothing any more, and cut who is connected. With `for_seconds` clients are asked to wait that long."""
        self.behaviour.down, self.behaviour.down_for_seconds = True, for_seconds
        self.cut()

    def release(self) -> None:
        """Let the messages go on that `hold_messages` kept waiting."""

        async def go() -> None:
            self.behaviour.hold_messages = False
            self._released.set()

        self._do(go)

    @property
    def sockets(self) -> int:
        return sum(len(c.sockets) for c in self.conversations.values())

    # What it does by itself

    async def _store(
        self, conversation: Conversation, sender: str, text: str, *, deliver: bool = True, **more: Any
    ) -> Json:
        message: Json = {
            "volgnummer": len(conversation.messages) + 1,
            "id": more.pop("id", f"server-{next(self._ids)}"),
            "afzender": sender,
            "naam": more.pop("name", None),
            "soort": more.pop("kind", "tekst"),
            "tekst": text,
            "knoppen": more.pop("buttons", []),
            "links": more.pop("links", []),
            "tijdstip": more.pop("moment", None) or now(),
            "bijlage": more.pop("attachment", None),
            "taal": more.pop("language", None),
        }
        conversation.messages.append(message)
        if deliver:
            await self._push(conversation, {"soort": "bericht", "bericht": message})
        return message

    async def _push(self, conversation: Conversation, frame: Json) -> None:
        for open_socket in list(conversation.sockets):
            with suppress(RuntimeError, WebSocketDisconnect):
                await open_socket.send_json(frame)

    async def _receive(self, conversation: Conversation, body: Json) -> tuple[int, Json]:
        """Store a citizen's message. Returns a status and the acknowledgement or a problem's detail."""
        client_id, text = body["id"], body["tekst"]
        self.received.append(client_id)
        behaviour = self.behaviour
        if behaviour.hold_messages:
            self._released.clear()
            await self._released.wait()
        known = conversation.own_message(client_id)
        if known:
            return 202, {**_acknowledgement(known), "herhaald": True}
        if behaviour.flood_next > 0:
            behaviour.flood_next -= 1
            return 429, {"detail": "U stuurt te veel berichten."}
        if behaviour.fail_next > 0:
            behaviour.fail_next -= 1
            return 503, {"detail": "Er gaat iets mis."}
        if not text.strip() or len(text) > 4000:
            return 422, {"detail": "Uw bericht is leeg of langer dan 4.000 tekens."}
        if "geweigerd" in text:
            return 422, {"detail": "Dit bericht kunnen wij niet aannemen."}
        if conversation.owner == "gesloten":
            return 409, {"detail": "Dit gesprek is afgesloten.", "vervolg": True}
        stored = await self._store(conversation, "burger", text.replace("123456782", "[bsn-1]"), id=client_id)
        return 202, {**_acknowledgement(stored), "herhaald": False}

    async def _answer(self, conversation: Conversation, text: str, choice: str | None) -> None:
        if not self.behaviour.answers or conversation.owner != "bot":
            return
        if "medewerker" in text.lower():
            await self._queue(conversation)
        elif "paspoort" in text.lower() and not choice:
            buttons = [
                {"titel": "Wat kost het?", "waarde": "onderwerp:paspoort/kosten"},
                {"titel": "Hoe lang duurt het?", "waarde": "onderwerp:paspoort/termijn"},
            ]
            links = [{"titel": "Afspraak maken", "url": "https://www.voorbeeldstad.example/afspraak"}]
            await self._store(
                conversation, "bot", PASSPORT, name="Balie", kind="antwoord", buttons=buttons, links=links
            )
        else:
            await self._store(conversation, "bot", f"U schreef: {text}", kind="antwoord")

    async def _queue(self, conversation: Conversation) -> None:
        conversation.owner, conversation.place = "wachtrij", 2
        await self._push(conversation, {"soort": "status", "gesprek": conversation.shown()})
        await self._store(conversation, "systeem", "U krijgt zo een medewerker.", kind="overdracht")

    # HTTP and WebSocket

    def _app(self) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            self._loop = asyncio.get_running_loop()
            self._ready.set()
            yield

        app = FastAPI(lifespan=lifespan)
        app.mount("/widget", assets.app())
        app.get("/demo/{gemeente}")(self._demo)
        app.add_exception_handler(StarletteHTTPException, _as_problem)
        app.middleware("http")(self._middleware)
        app.get("/pagina/{name}")(self._page)
        conversations = f"{BASE}/gesprekken"
        app.get(BASE + "/gemeenten/{key}")(self._municipality)
        app.post(conversations, status_code=201)(self._open)
        app.get(conversations + "/{key}")(self._show)
        app.get(conversations + "/{key}/berichten")(self._messages)
        app.post(conversations + "/{key}/berichten")(self._post)
        app.post(conversations + "/{key}/medewerker", status_code=202)(self._ask_person)
        app.patch(conversations + "/{key}")(self._close)
        app.post(conversations + "/{key}/bijlagen", status_code=201, response_model=None)(self._send_file)
        app.get(conversations + "/{key}/bijlagen/{attachment}", response_model=None)(self._read_file)
        app.get(conversations + "/{key}/verslag", response_model=None)(self._report)
        app.post(conversations + "/{key}/spreekcode", status_code=201)(self._code)
        app.get(conversations + "/{key}/terugbelmomenten")(self._moments)
        app.post(conversations + "/{key}/terugbelverzoeken", status_code=201, response_model=None)(self._callback)
        app.put(conversations + "/{key}/oordeel")(self._rate)
        app.delete(conversations + "/{key}")(self._erase)
        app.websocket(conversations + "/{key}/stroom")(self._stream)
        return app

    async def _middleware(self, request: Request, go: Callable[[Request], Any]) -> Response:
        """Record the request, be down when told so, and apply CORS."""
        url = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        self.requests.append((request.method, url, dict(request.headers)))
        origin = request.headers.get("origin")
        foreign = origin not in (None, self.url)
        if not request.url.path.startswith(BASE):
            page: Response = await go(request)
            page.headers["Access-Control-Allow-Origin"] = "*"
            page.headers["Cache-Control"] = "no-cache"
            return page
        if foreign and origin not in self.allowed_origins:
            return problem(403, "Deze website mag de chat niet gebruiken.")
        if request.method == "OPTIONS":
            response = Response(status_code=204)
        elif self.behaviour.down:
            wait = self.behaviour.down_for_seconds
            response = Response(status_code=502, headers={"Retry-After": str(wait)} if wait else {})
        else:
            response = await go(request)
        if foreign and origin:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
            response.headers["Vary"] = "Origin"
        return response

    def _page(self, name: str) -> HTMLResponse:
        html, policy = self.pages[name]
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})

    def _demo(self, gemeente: str) -> FileResponse:
        return FileResponse(assets.FOLDER / "demo" / f"{gemeente}.html")

    def _municipality(self, key: str) -> Json:
        try:
            return {**municipality(key), **self.facts}
        except UnknownMunicipality:
            raise HTTPException(404, "Deze gemeente kennen wij niet.") from None

    async def _open(self, request: Request) -> Json:
        body = await request.json()
        continues = body.get("vervolg_op")
        if continues:
            self._authorised(request, continues)
        key, token = f"g{next(self._ids)}", secrets.token_urlsafe(16)
        conversation = Conversation(key, token, body["gemeente"], continues=continues)
        self.conversations[key] = conversation
        facts = municipality(body["gemeente"])
        links = [{"titel": "Zo gaan wij om met uw gegevens", "url": facts["privacy_url"]}]
        text = "U gaat verder met uw gesprek." if continues else WELCOME.format(**facts)
        await self._store(conversation, "bot", text, name=facts["assistent"], kind="welkom", links=links)
        return {
            "id": key,
            "token": token,
            "gesprek": conversation.shown(),
            "berichten": conversation.messages,
        }

    def _show(self, key: str, request: Request) -> Json:
        return self._authorised(request, key).shown()

    def _messages(self, key: str, request: Request, na: int = 0) -> Json:
        conversation = self._authorised(request, key)
        return {"berichten": conversation.messages[na:], "laatste_volgnummer": len(conversation.messages)}

    async def _post(self, key: str, request: Request) -> Response:
        conversation = self._authorised(request, key)
        body = await request.json()
        status, answer = await self._receive(conversation, body)
        if status != 202:
            return problem(status, **answer)
        if not answer["herhaald"]:
            await self._answer(conversation, answer["tekst"], body.get("keuze"))
        return JSONResponse(answer, 202)

    async def _ask_person(self, key: str, request: Request) -> Json:
        conversation = self._authorised(request, key)
        stored = await self._store(conversation, "burger", "Praat met een medewerker")
        await self._queue(conversation)
        return {**_acknowledgement(stored), "herhaald": False}

    async def _close(self, key: str, request: Request) -> Json:
        conversation = self._authorised(request, key)
        conversation.owner = "gesloten"
        await self._push(conversation, {"soort": "status", "gesprek": conversation.shown()})
        return conversation.shown()

    async def _send_file(self, key: str, request: Request) -> Response | Json:
        conversation = self._authorised(request, key)
        if self.behaviour.fail_next > 0:
            self.behaviour.fail_next -= 1
            return problem(503, "Wij kunnen bestanden nu niet controleren.")
        if self.refuse_files:
            return problem(422, self.refuse_files)
        form = await request.form()
        known = conversation.own_message(str(form["id"]))
        if known:
            return known
        sent = form["bestand"]
        assert isinstance(sent, UploadFile)
        data, name = await sent.read(), sent.filename or ""
        attachment = {"id": f"bijlage-{next(self._ids)}", "naam": name, "soort": "pdf", "bytes": len(data)}
        self.files[attachment["id"]] = data
        return await self._store(
            conversation, "burger", f"Bestand: {name}", id=str(form["id"]), kind="bestand", attachment=attachment
        )

    async def _read_file(self, key: str, attachment: str, request: Request) -> Response:
        self._authorised(request, key)
        if attachment not in self.files:
            return problem(404, "Dit bestand is er niet (meer).")
        return Response(self.files[attachment], headers={"Content-Disposition": "attachment"})

    def _report(self, key: str, request: Request) -> PlainTextResponse:
        conversation = self._authorised(request, key)
        lines = [f"{message['afzender']}: {message['tekst']}" for message in conversation.messages]
        return PlainTextResponse("\n".join(lines))

    def _code(self, key: str, request: Request) -> Json:
        self._authorised(request, key)
        return {"code": "48 21 07", "geldig_tot": "2026-11-24T10:00:00Z"}

    def _moments(self, key: str, request: Request) -> Json:
        self._authorised(request, key)
        first = {"waarde": "2026-11-30-ochtend", "dag": "maandag 30 november", "dagdeel": "ochtend"}
        return {"momenten": [{**first, "tijden": "8.30 tot 12.00 uur"}]}

    async def _callback(self, key: str, request: Request) -> Json | Response:
        self._authorised(request, key)
        wanted: Json = await request.json()
        if wanted.get("telefoonnummer") == "geen nummer":
            return problem(422, "Wij herkennen dit telefoonnummer niet. Schrijf het zo: 06 12 34 56 78.")
        self.called_back.append(wanted)
        return {"referentie": "TB-1234-BCD", "dag": "maandag 30 november"}

    async def _rate(self, key: str, request: Request) -> Json:
        conversation = self._authorised(request, key)
        self.rated.append(await request.json())
        return conversation.shown()

    async def _erase(self, key: str, request: Request) -> Json:
        conversation = self._authorised(request, key)
        if self.behaviour.refuse_erasing:
            raise HTTPException(503, "Er gaat iets mis.")
        del self.conversations[key]
        for open_socket in list(conversation.sockets):
            await open_socket.close(4410)
        return {"gewist": True, "bewaard": "Wij bewaren dat er een gesprek was."}

    def _authorised(self, request: Request, key: str) -> Conversation:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        conversation = self.conversations.get(key)
        if conversation is None or not secrets.compare_digest(token, conversation.token):
            raise HTTPException(401, "U heeft geen toegang tot dit gesprek.")
        return conversation

    async def _stream(self, websocket: WebSocket, key: str) -> None:
        conversation = await self._logged_in(websocket, key)
        if conversation is None:
            return
        try:
            while True:
                await self._frame(conversation, websocket, json.loads(await websocket.receive_text()))
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            conversation.sockets.discard(websocket)

    async def _logged_in(self, websocket: WebSocket, key: str) -> Conversation | None:
        """Take the first frame and send what was missed. None when the socket was closed instead."""
        if self.behaviour.refuse_websockets or self.behaviour.down:
            await websocket.close()
            return None
        await websocket.accept()
        self.requests.append(("WS", websocket.url.path + websocket.url.query, dict(websocket.headers)))
        conversation = self.conversations.get(key)
        try:
            first = await asyncio.wait_for(websocket.receive_json(), PATIENCE_SECONDS)
        except (TimeoutError, WebSocketDisconnect):
            return None
        if websocket.headers.get("origin") not in {self.url, *self.allowed_origins}:
            await websocket.close(4403)
        elif conversation is None or first.get("token") != conversation.token:
            await websocket.close(4401)
        else:
            self.frames.append({"soort": "aanmelden", "na": first["na"]})
            await websocket.send_json({"soort": "aangemeld", "gesprek": conversation.shown()})
            for message in conversation.messages[first["na"] :]:
                await websocket.send_json({"soort": "bericht", "bericht": message})
            conversation.sockets.add(websocket)
            return conversation
        return None

    async def _frame(self, conversation: Conversation, websocket: WebSocket, frame: Json) -> None:
        if frame["soort"] == "ping":
            await websocket.send_json({"soort": "pong"})
        elif frame["soort"] != "bericht":
            self.frames.append(frame)
        else:
            status, answer = await self._receive(conversation, frame)
            if status != 202:
                more = {"opnieuw_na_seconden": 1} if status == 429 else {}
                error = {
                    "soort": "fout",
                    "id": frame["id"],
                    "titel": "Fout",
                    "status": status,
                    **answer,
                    **more,
                }
                await websocket.send_json(error)
                return
            if self.behaviour.drop_acknowledgements > 0:
                self.behaviour.drop_acknowledgements -= 1
                await websocket.close(1011)
                return
            await websocket.send_json({"soort": "ontvangen", **answer})
            if not answer["herhaald"]:
                await self._answer(conversation, answer["tekst"], frame.get("keuze"))


def _acknowledgement(message: Json) -> Json:
    return {name: message[name] for name in ("id", "volgnummer", "tijdstip", "tekst")}


async def _as_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    return problem(error.status_code, str(error.detail))
