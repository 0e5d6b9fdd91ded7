"""An installation to measure: balie in a process of its own, and something that answers as quickly as Rasa."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request

from bot.engine import HEALTH_PATH, TURN_PATH
from tests.servers import free_port

PROJECT = Path(__file__).resolve().parents[2]
TURN_SECONDS = 0.012
"""What a turn of the real Rasa takes on a machine that does nothing else (DESIGN, "Measured")."""
START_SECONDS = 120


@dataclass(frozen=True)
class Running:
    """Balie, while it runs."""

    url: str
    pid: int


@contextlib.contextmanager
def balie(database: Path, rasa_url: str, rasa_token: str, log: Path, **more: str) -> Iterator[Running]:
    """The application in a process of its own, on SQLite.

    Args:
        more: Further settings, as environment variables.
    """
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BALIE_")}
    environment = clean | {
        "BALIE_DATABASE_URL": f"sqlite+aiosqlite:///{database}",
        "BALIE_DATA_DIR": str(database.parent),
        "BALIE_SECRET_KEY": "x" * 64,
        "BALIE_PORT": str(port),
        "BALIE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BALIE_RASA_URL": rasa_url,
        "BALIE_RASA_TOKEN": rasa_token,
        "BALIE_LOG_LEVEL": "WARNING",
        **more,
    }
    subprocess.run([sys.executable, "-m", "bot.cli", "db", "upgrade"], cwd=PROJECT, env=environment, check=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "serve"], cwd=PROJECT, env=environment, stdout=output, stderr=output
        )
    try:
        _until_ready(port, process, log)
        yield Running(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == httpx.codes.OK:
                return
        time.sleep(0.2)
    raise AssertionError(log.read_text())


@contextlib.contextmanager
def stand_in_rasa() -> Iterator[str]:
    """What answers instead of Rasa, as quickly as Rasa does: on loopback, over HTTP."""
    app = FastAPI()

    @app.get(HEALTH_PATH)
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post(TURN_PATH)
    async def turn(request: Request) -> dict[str, Any]:
        said = await request.json()
        await asyncio.sleep(TURN_SECONDS)
        question = {"topic": "paspoort", "aspect": "kosten", "confidence": 0.9, "ranking": []}
        reply = {"text": f"Antwoord op: {said['text']}", "buttons": [], "links": [], "kind": "answer"}
        return {
            "replies": [reply],
            "questions": [question],
            "entities": [],
            "commands": [],
            "state": {},
            "failures_in_a_row": 0,
        }

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
