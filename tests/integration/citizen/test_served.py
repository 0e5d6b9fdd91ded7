"""The stream behind the real server: what a frame may be, and what happens to one that is not."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import websockets
from websockets.asyncio.client import ClientConnection

from bot import serving
from bot.channels.socket import MAX_FRAME_BYTES
from tests.citizen import application, settings_for
from tests.servers import free_port
from tests.stage import StoppedClock

WAIT_SECONDS = 30


class Caller:
    """A conversation over real connections."""

    def __init__(self, address: str, opened: dict[str, Any]) -> None:
        self._stream = address.replace("http:", "ws:") + f"/api/v1/gesprekken/{opened['id']}/stroom"
        self._token = opened["token"]

    @contextlib.asynccontextmanager
    async def connected(self, after: int = 0) -> AsyncIterator[ClientConnection]:
        async with websockets.connect(self._stream, proxy=None) as socket:
            await socket.send(json.dumps({"soort": "aanmelden", "token": self._token, "na": after}))
            assert (await received(socket, "aangemeld"))["gesprek"]["eigenaar"] == "bot"
            yield socket


async def received(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of this kind."""
    async with asyncio.timeout(WAIT_SECONDS):
        while (frame := dict(json.loads(await socket.recv())))["soort"] != kind:
            pass
    return frame


def message(text: str, **more: str) -> str:
    return json.dumps({"soort": "bericht", "id": "bericht-0001", "tekst": text, **more}, ensure_ascii=False)


@pytest.fixture
async def caller(migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[Caller]:
    database = tmp_path / "balie.db"
    database.write_bytes(migrated_sqlite.read_bytes())
    settings = settings_for(f"sqlite+aiosqlite:///{database}", tmp_path, "", host="127.0.0.1", port=free_port())
    server = uvicorn.Server(uvicorn.Config(application(settings, StoppedClock()), **serving.options(settings)))
    serving_task = asyncio.create_task(server.serve())
    async with httpx.AsyncClient(base_url=settings.public_url, trust_env=False, timeout=WAIT_SECONDS) as client:
        async with asyncio.timeout(WAIT_SECONDS):
            while not server.started and not serving_task.done():
                await asyncio.sleep(0.01)
        opened = await client.post("/api/v1/gesprekken", json={"gemeente": "voorbeeldstad"})
    yield Caller(settings.public_url, opened.json())
    server.should_exit = True
    await serving_task


async def test_a_frame_that_is_too_big_closes_with_its_own_code_and_loses_nothing_that_was_stored(
    caller: Caller,
) -> None:
    async with caller.connected() as socket:
        await socket.send(message("wat kost een paspoort"))
        stored = await received(socket, "ontvangen")
        await socket.send("x" * (MAX_FRAME_BYTES + 1))
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await received(socket, "nooit")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    async with caller.connected(after=1) as socket:
        kept = (await received(socket, "bericht"))["bericht"]
    assert (kept["volgnummer"], kept["tekst"]) == (stored["volgnummer"], "wat kost een paspoort")


async def test_parts_that_are_too_big_together_close_too(caller: Caller) -> None:
    async with caller.connected() as socket:
        await socket.send(["x" * 20_000] * 4)
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await received(socket, "nooit")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize("character", ["a", "é", "😀", "\x01"], ids=["letter", "accent", "emoji", "escaped"])
async def test_every_message_that_may_be_sent_fits_in_a_frame(caller: Caller, character: str) -> None:
    text = character * 3_999 + "."
    async with caller.connected() as socket:
        await socket.send(json.dumps({"soort": "bericht", "id": "bericht-0001", "tekst": text}))
        assert (await received(socket, "ontvangen"))["volgnummer"] == 2


async def test_frames_are_not_compressed(caller: Caller) -> None:
    async with caller.connected() as socket:
        assert socket.response is not None
        assert "Sec-WebSocket-Extensions" not in socket.response.headers
