"""Who may send what: the session cookie, forms that only our own pages can send, and headers on every answer.

The session cookie is HttpOnly and SameSite=Strict. Every POST must come from our own
origin, as the browser tells it, and carry the session's token.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request, Response
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handoff import employees
from handoff.attachments import read_upload
from handoff.console import paths
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.exceptions import ForgedRequest, NotLoggedIn, UnreadableForm
from handoff.employees import LoggedIn
from handoff.exceptions import RefusedFile, UnreadableUpload

MAX_FORM_BYTES = 64 * 1024
TOKEN_FIELD = "csrf"  # noqa: S105
LOG_IN_COOKIE = "balie-inloggen"
_TYPED = frozenset(
    {"titel", "tekst", "knoppen", "toelichting", "notitie", "opvolgen", "zin", "vraag", "datum", "tijden", "waarom"}
)
"""Fields of the console's forms that hold words of who fills them in; `tijden-maandag` is of `tijden`."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "connect-src 'self'; "
    "img-src 'self' data:; "
    "font-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # not no-referrer: browsers then send "Origin: null" with our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True)
class PostedForm:
    """A form that our own page sent, and who sent it."""

    me: LoggedIn
    fields: Mapping[str, str]

    def get(self, name: str) -> str:
        """The field's value, "" when it is missing."""
        return self.fields.get(name, "")


@dataclass(frozen=True)
class PostedUpload(PostedForm):
    """A form with a file."""

    name: str = ""
    data: bytes = b""
    refusal: str | None = None
    """Why the file was not even read, in words."""


def cookie_name(deps: ConsoleDependencies) -> str:
    """The session cookie's name; over TLS browsers guard the prefix."""
    return "__Secure-balie-sessie" if deps.secure_cookies else "balie-sessie"


def set_session_cookie(response: Response, deps: ConsoleDependencies, token: str) -> None:
    """Keep the session until the browser closes; the server ends it after `session_hours` anyway."""
    response.set_cookie(
        cookie_name(deps),
        token,
        path=paths.BASE,
        httponly=True,
        samesite="strict",
        secure=deps.secure_cookies,
    )


def drop_session_cookie(response: Response, deps: ConsoleDependencies) -> None:
    """Forget the session in the browser."""
    response.delete_cookie(
        cookie_name(deps), path=paths.BASE, httponly=True, samesite="strict", secure=deps.secure_cookies
    )


def session_token(connection: HTTPConnection, deps: ConsoleDependencies) -> str | None:
    """The token in the session cookie."""
    return connection.cookies.get(cookie_name(deps))


async def session_of(connection: HTTPConnection, deps: ConsoleDependencies) -> LoggedIn | None:
    """Who is logged in on this connection."""
    token = session_token(connection, deps)
    if not token:
        return None
    async with deps.database.read() as session:
        return await employees.by_session(session, token, now=deps.clock())


async def require_session(request: Request, deps: Deps) -> LoggedIn:
    """Who is logged in.

    Raises:
        NotLoggedIn: nobody is.
    """
    me = await session_of(request, deps)
    if me is None:
        raise NotLoggedIn
    return me


async def posted_form(request: Request, deps: Deps) -> PostedForm:
    """The fields of a form from our own page.

    Raises:
        ForgedRequest: another site's page sent it, or the token is not this session's.
        NotLoggedIn: the session has ended; carries the typed text.
        UnreadableForm: too large, or not a form in UTF-8.
    """
    fields = await read_form(request)
    typed = typed_in(fields)
    check_origin(request, deps)
    me = await session_of(request, deps)
    if me is None:
        raise NotLoggedIn(typed)
    if not _same(fields.get(TOKEN_FIELD, ""), me.csrf_token):
        raise ForgedRequest("the form's token is not this session's", typed)
    return PostedForm(me, fields)


async def posted_upload(request: Request, deps: Deps) -> PostedUpload:
    """A form with a file from our own page. Nothing of it is read before its sender is known.

    Raises:
        ForgedRequest: another site's page sent it, or the token is not this session's.
        NotLoggedIn: the session has ended.
        UnreadableForm: not a form with a file.
    """
    check_origin(request, deps)
    me = await session_of(request, deps)
    if me is None:
        raise NotLoggedIn
    try:
        upload = await read_upload(request, deps.attachments.limits)
    except RefusedFile as error:  # too large: its token was never reached, and nothing is done with it
        return PostedUpload(me, {}, refusal=str(error))
    except UnreadableUpload as error:
        raise UnreadableForm(str(error)) from error
    if not _same(upload.fields.get(TOKEN_FIELD, ""), me.csrf_token):
        raise ForgedRequest("the form's token is not this session's")
    return PostedUpload(me, upload.fields, upload.name, upload.data)


def check_stream_origin(connection: HTTPConnection, deps: ConsoleDependencies) -> None:
    """Refuse a stream that another site's page opens; browsers always name the origin there.

    Raises:
        ForgedRequest: the Origin is not ours.
    """
    if connection.headers.get("origin") not in deps.allowed_origins:
        raise ForgedRequest("the stream was not opened from this console's address")


def check_origin(connection: HTTPConnection, deps: ConsoleDependencies) -> None:
    """Refuse what another site's page sends.

    Raises:
        ForgedRequest: the Origin is not ours, or the browser did not say.
    """
    origin = connection.headers.get("origin")
    if origin in deps.allowed_origins:
        return
    # Under a Referrer-Policy of no-referrer browsers hide the origin of our own forms too, but still tell the site.
    if origin in (None, "null") and connection.headers.get("sec-fetch-site") == "same-origin":
        return
    raise ForgedRequest("it did not come from this console's address")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a URL-encoded form; of a repeated field the last.

    Raises:
        UnreadableForm: another type, over 64 kB, or not UTF-8.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise UnreadableForm("the form is of another type", status=415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise UnreadableForm("the form is larger than 64 kB", status=413)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=50
        )
    except ValueError as error:
        raise UnreadableForm("the form is not UTF-8") from error
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def typed_in(fields: Mapping[str, str]) -> str | None:
    """What somebody wrote in a form herself, to give it back where the form is not carried out; None when nothing."""
    parts = []
    for name, text in fields.items():
        kind, _, about = name.partition("-")
        if kind in _TYPED and text.strip():
            parts.append(f"{about}: {text}" if about else text)
    return "\n\n".join(parts) or None


def log_in_token(request: Request) -> str:
    """The token that ties a log-in form to the browser it was shown in; a new one where there is none."""
    return request.cookies.get(LOG_IN_COOKIE) or secrets.token_urlsafe(24)


def set_log_in_cookie(response: Response, deps: ConsoleDependencies, token: str) -> None:
    """Remember the log-in form's token."""
    response.set_cookie(
        LOG_IN_COOKIE, token, path=paths.BASE, httponly=True, samesite="strict", secure=deps.secure_cookies
    )


def check_log_in_token(request: Request, fields: Mapping[str, str]) -> None:
    """Refuse a log-in form that another page made.

    Raises:
        ForgedRequest: its token is not the one in the cookie.
    """
    if not _same(fields.get(TOKEN_FIELD, ""), request.cookies.get(LOG_IN_COOKIE, "")):
        raise ForgedRequest("the log-in form is old; open it again")


def _same(one: str, other: str) -> bool:
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())


class SecurityHeaders:
    """Puts the headers on every answer of the console."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = dict(_HEADERS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


Me = Annotated[LoggedIn, Depends(require_session)]
Form = Annotated[PostedForm, Depends(posted_form)]
