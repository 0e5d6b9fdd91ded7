"""The answer that gives a file: always to save, never to show, so that nothing in it runs on our address."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from handoff.attachments.store import Opened

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store",
}


def as_response(opened: Opened) -> Response:
    """The file under its own name (RFC 6266), for who was found to have a right to it."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " .-_") else "_" for c in opened.name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(opened.name, safe='')}"
    headers = {**HEADERS, "Content-Disposition": disposition}
    return Response(opened.data, media_type=opened.kind.media_type, headers=headers)
