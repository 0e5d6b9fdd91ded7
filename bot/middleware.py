"""What every request passes on its way in and every answer on its way out."""

from __future__ import annotations

import re

import structlog
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels import description, problems
from bot.channels.telegram.webhook import LARGEST_BYTES
from bot.desk import Desk
from handoff.attachments import FORM_BYTES, Limits, too_large

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 64_000
_CONSOLE = "medewerker/zaken"
_WITH_FILE = re.compile(rf"/(?P<where>api/v1/gesprekken|{_CONSOLE})/[^/]+/bijlagen")
_UPDATE = re.compile(r"/telegram/[^/]+")
HSTS_SECONDS = 365 * 24 * 3600
"""A year, as the NCSC's guidelines for TLS ask."""


class SafeHeaders:
    """Headers that every answer carries; what a page sets itself stays as it is."""

    HEADERS = (
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    )
    API_HEADERS = (
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"api-version", description.VERSION.encode()),
    )

    def __init__(self, app: ASGIApp, *, over_tls: bool = False) -> None:
        self._app = app
        self._over_tls = over_tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                own = [header for header in self._wanted(scope) if header[0] not in present]
                message["headers"] = [*message["headers"], *own]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)

    def _wanted(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        wanted = list(self.HEADERS)
        path = scope.get("path", "")
        if path.startswith("/api/"):
            wanted += self.API_HEADERS
        elif path.startswith("/widget"):
            wanted.append((b"cache-control", b"no-cache"))
        if self._over_tls or scope.get("scheme") == "https":
            wanted.append((b"strict-transport-security", b"max-age=%d" % HSTS_SECONDS))
        return wanted


class BodyLimit:
    """Refuses bodies over 64 kB while they come in, before anything reads them whole.

    More may come only with a file, and in an update from Telegram: what is refused, Telegram brings again and again.
    The console says itself that an employee's file is too large, on her page.
    """

    def __init__(self, app: ASGIApp, *, files: Limits) -> None:
        self._app = app
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with_file = _WITH_FILE.fullmatch(scope["path"])
        limit = self._limit(scope["path"], with_file=with_file is not None)
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        on_page = with_file is not None and with_file["where"] == _CONSOLE
        if declared.isdigit() and int(declared) > limit and not on_page:
            refused = problems.Problem(413, str(too_large(self._files))) if with_file else problems.of_status(413)
            await problems.response(refused)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)

    def _limit(self, path: str, *, with_file: bool) -> int:
        if with_file:
            return self._files.max_bytes + FORM_BYTES
        return LARGEST_BYTES if _UPDATE.fullmatch(path) else MAX_BODY_BYTES


class MunicipalityCors(CORSMiddleware):
    """Lets the widget run on the sites that the municipalities name, as the content says at this moment."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        super().__init__(
            app,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After", "Location", "Api-Version"],
            max_age=600,
        )
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_public(scope["path"]):

            async def public(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"access-control-allow-origin", b"*")]
                await send(message)

            await self.app(scope, receive, public)
            return
        await super().__call__(scope, receive, send)

    def is_allowed_origin(self, origin: str) -> bool:
        """Whether any municipality names this site."""
        return any(origin in where.allowed_origins for where in self._desk.content.municipalities.values())


def _is_public(path: str) -> bool:
    """The widget's script and the description of the API: the same for everybody and without data."""
    return path.startswith("/widget/") or path == description.PATH


class Faults:
    """Answers what nobody foresaw, inside the other layers: so that a browser on another site may read that answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noticed(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        except Exception:
            if started:
                raise
            log.exception("request.failed", route=scope.get("path"))
            await problems.response(problems.of_status(500))(scope, receive, send)
