"""A small Signalen on loopback, with a Locatieserver beside it; it keeps what it gets and can fail in every way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

NEEDED = frozenset({"text", "location", "category", "reporter", "incident_date_start"})
ALLOWED = NEEDED | {"source", "text_extra", "incident_date_end", "extra_properties"}
"""Fields of a report of a citizen; Signalen refuses any other."""


@dataclass
class FakeSignalen:
    """What it does next: a status, or "silent" (no answer), "cut" (takes it and hangs up), "busy" (503, wait)."""

    url: str = ""
    does: int | str = 201
    got: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    """Questions to the Locatieserver."""
    found: list[dict[str, Any]] = field(default_factory=list)
    """What the Locatieserver answers."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: one call."""
        try:
            method, target, sent = await _read(reader)
            if method == "GET":
                self.asked.append(parse_qs(urlsplit(target).query))
                _write(writer, 200, {"response": {"numFound": len(self.found), "docs": self.found}})
            elif target != "/signals/v1/public/signals/":
                _write(writer, 404, {})
            else:
                await self._take(writer, sent)
            await writer.drain()
        finally:
            writer.close()

    async def _take(self, writer: asyncio.StreamWriter, sent: dict[str, Any]) -> None:
        if self.does == "busy":
            _write(writer, 503, {}, "Retry-After: 40\r\n")
            return
        if self.does in (201, "silent", "cut"):
            wrong = set(sent) - ALLOWED or NEEDED - set(sent)
            if wrong or sent["location"]["geometrie"]["type"] != "Point":
                _write(writer, 400, {"detail": sorted(wrong)})
                return
            self.got.append(sent)
        if self.does == "silent":
            await asyncio.sleep(60)
        elif self.does != "cut":
            number = len(self.got)
            _write(writer, int(self.does), {"id": number, "id_display": f"SIG-{number}", "signal_id": "1-2-3"})


async def _read(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, Any]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    method, target, _ = head.split(" ", 2)
    lengths = [line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length:")]
    sent = await reader.readexactly(int(lengths[0])) if lengths else b"{}"
    return method, target, json.loads(sent)


def _write(writer: asyncio.StreamWriter, status: int, answer: object, more: str = "") -> None:
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 {status} Fake\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)


@asynccontextmanager
async def signalen() -> AsyncIterator[FakeSignalen]:
    """It runs until the block ends."""
    fake = FakeSignalen()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
