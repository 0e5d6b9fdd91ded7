"""A Telegram at the network's edge: a small Bot API server on loopback that also misbehaves on request.

It runs in a thread of its own and checks what the real one checks: the length, the HTML, the keyboard. Every method may
be called from the test's thread; from asynchronous tests wait with `await server.until(...)`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

Json = dict[str, Any]

PATIENCE_SECONDS = 20.0
_ALLOWED_TAGS = {"b", "strong", "i", "em", "u", "s", "a", "code", "pre", "blockquote"}


@dataclass
class Fault:
    """What goes wrong with one request."""

    status: int | None = None
    retry_after: int | None = None
    description: str = "Internal Server Error"
    drop: bool = False
    """Cut the connection instead of answering."""
    drop_after: bool = False
    """Do what was asked, then cut the connection: the sender cannot know."""
    hold: bool = False
    """Do what was asked, and do not answer until `FakeTelegram.release`."""
    refuse_markup: bool = False
    """Refuse only what has markup."""


@dataclass(frozen=True)
class Sent:
    """A message that arrived in a chat."""

    chat_id: int
    message_id: int
    text: str
    """As the citizen sees it: without tags."""
    html: str
    parse_mode: str | None
    keyboard: list[list[Json]]
    arrived_at: float

    @property
    def titles(self) -> list[str]:
        return [button["text"] for row in self.keyboard for button in row]

    def button(self, title: str) -> Json:
        return next(button for row in self.keyboard for button in row if button["text"] == title)


@dataclass
class BotState:
    """What the server knows of one bot."""

    token: str
    updates: dict[int, Json] = field(default_factory=dict)
    """Not yet confirmed, by update id."""
    out_of_order: bool = False
    """Hand out the newest update first."""
    sent: list[Sent] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    lost: set[bytes] = field(default_factory=set)
    """Of these `getFile` speaks, and they cannot be fetched."""
    """What citizens sent, by file id."""
    documents: list[tuple[int, str, bytes, str]] = field(default_factory=list)
    """What the bot sent: chat, name, content and the words under it."""
    changed: dict[int, Sent] = field(default_factory=dict)
    """What became of messages that the bot changed, by message id."""
    edits: list[Sent] = field(default_factory=list)
    """Every change of a text that was made, in order."""
    deleted: set[int] = field(default_factory=set)
    """Messages that the citizen took out of her chat."""
    calls: list[tuple[str, Json]] = field(default_factory=list)
    offsets: list[int | None] = field(default_factory=list)
    """What getUpdates was asked for, call by call."""
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    blocked_by: set[int] = field(default_factory=set)
    refused: bool = False
    """The token was withdrawn."""

    @property
    def id(self) -> int:
        return int(self.token.split(":")[0])

    def to(self, chat_id: int) -> list[Sent]:
        return [sent for sent in self.sent if sent.chat_id == chat_id]

    def texts(self, chat_id: int) -> list[str]:
        return [sent.text for sent in self.to(chat_id)]

    def shown(self, chat_id: int, message_id: int) -> Sent | None:
        """A message as it stands in the chat now; None when it is not there."""
        if message_id in self.deleted:
            return None
        sent = next((one for one in self.to(chat_id) if one.message_id == message_id), None)
        return self.changed.get(message_id, sent)

    def called(self, method: str) -> list[Json]:
        return [parameters for name, parameters in self.calls if name == method]


class FakeTelegram:
    """The server, started with `with FakeTelegram() as telegram:`; bots exist as soon as they are named."""

    def __init__(self) -> None:
        self.bots: dict[str, BotState] = {}
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._update_ids = itertools.count(1000)
        self._message_ids = itertools.count(1)
        self._changed = threading.Condition()
        self._app = self._make_app()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None
        self._released: asyncio.Event | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; after `stop` on the same port again."""
        config = uvicorn.Config(
            self._app, host="127.0.0.1", port=self.port, log_level="error", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        if not ready.wait(PATIENCE_SECONDS):
            raise TimeoutError("the fake Telegram did not start")

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server is None or self._thread is None:
            return
        self.release()
        self._server.should_exit = True
        self._signal()
        self._thread.join(PATIENCE_SECONDS)
        self._server = None

    async def _serve(self, ready: threading.Event) -> None:
        assert self._server is not None
        self._loop = asyncio.get_running_loop()
        self._news, self._released = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(self._server.serve())
        while not self._server.started and not serving.done():
            await asyncio.sleep(0.005)
        ready.set()
        await serving

    # What a test says

    def bot(self, token: str) -> BotState:
        return self.bots.setdefault(token, BotState(token))

    def fail(self, token: str, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next requests for `method` go wrong."""
        self.bot(token).faults[method].extend([fault] * times)

    def push(self, token: str, update: Json, update_id: int | None = None) -> int:
        """Add any update."""
        number = next(self._update_ids) if update_id is None else update_id
        self.bot(token).updates[number] = {"update_id": number, **update}
        self._signal()
        return number

    def say(self, token: str, chat_id: int, text: str, **more: Any) -> Json:
        """A citizen types; returns the message, to send again or edit."""
        message = self.message(chat_id, text=text, **more)
        if text.startswith("/"):
            length = len(text.split(maxsplit=1)[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        self.push(token, {"message": message})
        return message

    def message(self, chat_id: int, chat_type: str = "private", **content: Any) -> Json:
        """A message that a citizen sends."""
        chat: Json = {"id": chat_id, "type": chat_type}
        if chat_type == "private":
            chat["first_name"] = "Sanne"
        else:
            chat["title"] = "Buurtapp"
        return {
            "message_id": next(self._message_ids),
            "date": int(time.time()),
            "chat": chat,
            "from": {"id": chat_id if chat_id > 0 else 77, "is_bot": False, "first_name": "Sanne"},
            **content,
        }

    def press(self, token: str, sent: Sent, title: str, query_id: str | None = None, **more: Any) -> str:
        """A citizen presses a button."""
        query_id = query_id or f"q{next(self._update_ids)}"
        under = {
            "message_id": sent.message_id,
            "date": int(time.time()),
            "chat": {"id": sent.chat_id, "type": "private", "first_name": "Sanne"},
            "text": sent.text,
            "reply_markup": {"inline_keyboard": sent.keyboard},
        }
        query = {
            "id": query_id,
            "from": {"id": sent.chat_id, "is_bot": False, "first_name": "Sanne"},
            "chat_instance": "1",
            "data": sent.button(title)["callback_data"],
            "message": under,
        }
        self.push(token, {"callback_query": {**query, **more}})
        return query_id

    def reply(self, token: str, sent: Sent, text: str) -> Json:
        """A citizen answers one of the bot's messages."""
        under = {
            "message_id": sent.message_id,
            "date": int(time.time()),
            "chat": {"id": sent.chat_id, "type": "private", "first_name": "Sanne"},
            "from": {"id": self.bot(token).id, "is_bot": True, "first_name": "Balie"},
            "text": sent.text,
        }
        return self.say(token, sent.chat_id, text, reply_to_message=under)

    def changed(self, token: str, sent: Sent) -> Sent | None:
        """What the bot put in the place of a message; None when it did not."""
        return self.bot(token).changed.get(sent.message_id)

    def release(self) -> None:
        """Answer what was held."""
        if self._loop is not None and self._released is not None:
            self._loop.call_soon_threadsafe(self._released.set)

    def wait(self, what: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
        """Wait until `what()` is true and return it."""
        with self._changed:
            result: list[Any] = []

            def holds() -> bool:
                result[:] = [what()]
                return bool(result[0])

            if not self._changed.wait_for(holds, seconds):
                raise TimeoutError(f"it did not become true; last {result}")
            return result[0]

    async def until(self, what: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
        """`wait`, without holding up the test's own tasks."""
        return await asyncio.to_thread(self.wait, what, seconds)

    async def until_text(self, token: str, chat_id: int, words: str, seconds: float = PATIENCE_SECONDS) -> Sent:
        """Wait until a message with these words has arrived in the chat."""

        def newest() -> Sent | None:
            return next((one for one in reversed(self.bot(token).to(chat_id)) if words in one.text), None)

        try:
            found: Sent = await self.until(newest, seconds)
        except TimeoutError:
            raise TimeoutError(f"no {words!r} among {self.bot(token).texts(chat_id)}") from None
        return found

    # What the server does

    def _signal(self) -> None:
        def wake() -> None:
            if self._news is not None:
                self._news.set()
                self._news = asyncio.Event()

        with self._changed:
            self._changed.notify_all()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(wake)

    def _make_app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/bot{token}/{method}", methods=["GET", "POST"])
        async def call(token: str, method: str, request: Request) -> Response:
            parameters: Json = dict(request.query_params) | dict(await request.form())
            return await self._call(token, method, parameters)

        @app.get("/file/bot{token}/{file_id}")
        async def download(token: str, file_id: str) -> Response:
            data = self.bot(token).files[file_id]
            if data in self.bot(token).lost:
                return _error(404, "Not Found")
            return Response(data, media_type="application/octet-stream")

        return app

    async def _call(self, token: str, method: str, parameters: Json) -> Response:
        bot = self.bot(token)
        bot.calls.append((method, parameters))
        fault = bot.faults[method].popleft() if bot.faults[method] else Fault()
        self._signal()
        if bot.refused:
            return _error(401, "Unauthorized")
        if fault.retry_after is not None:
            words = f"Too Many Requests: retry after {fault.retry_after}"
            return _error(429, words, {"retry_after": fault.retry_after})
        if fault.drop:
            return _cut()
        if fault.status is not None and not (fault.refuse_markup and "parse_mode" not in parameters):
            return _error(fault.status, fault.description)
        handler = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_message,
            "getfile": self._get_file,
            "senddocument": self._send_document,
        }.get(method.lower())
        response = await handler(bot, parameters) if handler else _ok(True)
        self._signal()
        if fault.hold and self._released is not None:
            await self._released.wait()
        return _cut() if fault.drop_after else response

    async def _get_me(self, bot: BotState, _: Json) -> Response:
        names = {"first_name": "Balie", "username": f"bot{bot.id}"}
        return _ok({"id": bot.id, "is_bot": True, **names})

    async def _get_updates(self, bot: BotState, parameters: Json) -> Response:
        offset = int(parameters["offset"]) if parameters.get("offset") else None
        bot.offsets.append(offset)
        if offset is not None:
            for number in [number for number in bot.updates if number < offset]:
                del bot.updates[number]
        self._signal()
        loop = asyncio.get_running_loop()
        until = loop.time() + float(parameters.get("timeout", 0))
        while not bot.updates and loop.time() < until and not self._stops:
            assert self._news is not None
            try:
                await asyncio.wait_for(self._news.wait(), until - loop.time())
            except TimeoutError:
                break
        found = sorted(bot.updates.values(), key=lambda one: one["update_id"], reverse=bot.out_of_order)
        return _ok(found[: int(parameters.get("limit", 100))])

    @property
    def _stops(self) -> bool:
        return self._server is None or self._server.should_exit

    async def _send_message(self, bot: BotState, parameters: Json) -> Response:
        chat_id = int(parameters["chat_id"])
        if chat_id in bot.blocked_by:
            return _error(403, "Forbidden: bot was blocked by the user")
        text = parameters.get("text", "")
        shown = text
        if parameters.get("parse_mode") == "HTML":
            try:
                shown = read_html(text)
            except ValueError as error:
                return _error(400, f"Bad Request: can't parse entities: {error}")
        if not shown.strip():
            return _error(400, "Bad Request: message text is empty")
        if len(shown.encode("utf-16-le")) // 2 > 4096:
            return _error(400, "Bad Request: message is too long")
        keyboard = json.loads(parameters.get("reply_markup", "{}")).get("inline_keyboard", [])
        for button in (button for row in keyboard for button in row):
            if len(button.get("callback_data", "").encode()) > 64:
                return _error(400, "Bad Request: BUTTON_DATA_INVALID")
            if "url" in button and not button["url"].startswith(("http://", "https://")):
                return _error(400, "Bad Request: BUTTON_URL_INVALID")
        sent = Sent(
            chat_id,
            next(self._message_ids),
            shown,
            text,
            parameters.get("parse_mode"),
            keyboard,
            time.monotonic(),
        )
        bot.sent.append(sent)
        chat = {"id": chat_id, "type": "private", "first_name": "Sanne"}
        return _ok({"message_id": sent.message_id, "date": int(time.time()), "chat": chat, "text": shown})

    async def _get_file(self, bot: BotState, parameters: Json) -> Response:
        file_id = parameters["file_id"]
        if file_id not in bot.files:
            return _error(400, "Bad Request: file is too big")
        data = bot.files[file_id]
        return _ok({"file_id": file_id, "file_unique_id": "u", "file_size": len(data), "file_path": file_id})

    async def _send_document(self, bot: BotState, parameters: Json) -> Response:
        chat_id = int(parameters["chat_id"])
        if chat_id in bot.blocked_by:
            return _error(403, "Forbidden: bot was blocked by the user")
        words = read_html(parameters.get("caption", ""))
        upload = next(one for one in parameters.values() if hasattr(one, "filename"))
        bot.documents.append((chat_id, upload.filename, await upload.read(), words))
        chat = {"id": chat_id, "type": "private", "first_name": "Sanne"}
        return _ok({"message_id": next(self._message_ids), "date": int(time.time()), "chat": chat})

    async def _edit_message(self, bot: BotState, parameters: Json) -> Response:
        chat_id, message_id = int(parameters["chat_id"]), int(parameters["message_id"])
        before = bot.shown(chat_id, message_id)
        if before is None:
            return _error(400, "Bad Request: message to edit not found")
        text = parameters["text"]
        keyboard = json.loads(parameters.get("reply_markup", "{}")).get("inline_keyboard", [])
        if (before.text, before.keyboard) == (text, keyboard):
            same = "specified new message content and reply markup are exactly the same"
            return _error(400, f"Bad Request: message is not modified: {same}")
        changed = Sent(chat_id, message_id, text, text, None, keyboard, time.monotonic())
        bot.changed[message_id] = changed
        bot.edits.append(changed)
        chat = {"id": chat_id, "type": "private", "first_name": "Sanne"}
        return _ok({"message_id": message_id, "date": int(time.time()), "chat": chat, "text": text})


def read_html(text: str) -> str:
    """What a citizen sees of HTML.

    Raises:
        ValueError: Telegram would not accept it.
    """
    reader = _Html()
    reader.feed(text)
    reader.close()
    if reader.wrong or reader.open:
        raise ValueError(reader.wrong or f"not closed: {reader.open}")
    return reader.shown


class _Html(HTMLParser):
    """Reads HTML as strictly as Telegram: known tags only, each closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown = ""
        self.open: list[str] = []
        self.wrong = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ALLOWED_TAGS:
            self.wrong = f"unsupported start tag {tag!r}"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong = f"unexpected end tag {tag!r}"

    def handle_data(self, data: str) -> None:
        self.shown += data


def _ok(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _error(status: int, description: str, parameters: Json | None = None) -> Response:
    body: Json = {"ok": False, "error_code": status, "description": description}
    return JSONResponse(body | ({"parameters": parameters} if parameters else {}), status)


def _cut() -> Response:
    """An answer that breaks off, as when a connection is lost."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"{"
        raise ConnectionResetError("the test cuts this connection")

    return StreamingResponse(broken(), media_type="application/json")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
