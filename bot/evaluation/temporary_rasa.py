"""A Rasa of its own for one measurement: started on free ports, stopped afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from bot import launch
from bot.engine import Engine
from bot.settings import Settings
from bot.supervisor import StartFailed, Supervisor

TURN_SECONDS = 30.0
"""Longer than a citizen waits: on a busy machine a slow turn must show as slow, not as misunderstood."""


@contextlib.asynccontextmanager
async def serving(settings: Settings, model: Path, log_dir: Path) -> AsyncIterator[Engine]:
    """A Rasa with `model` and the answers of the settings; nothing else can reach it.

    Raises:
        StartFailed: Rasa or its actions did not start, or ended.
    """
    rasa_port, actions_port = _free_ports()
    elsewhere = {"rasa_url": f"http://127.0.0.1:{rasa_port}", "actions_port": actions_port}
    own = settings.model_copy(update={**elsewhere, "rasa_timeout_seconds": TURN_SECONDS})
    keys = launch.Secrets(secret_key="", rasa_token=secrets.token_urlsafe(32), actions_token=secrets.token_urlsafe(32))
    supervisor = Supervisor(launch.understanding(own, keys, model, log_dir), lambda _: None)
    healthy = asyncio.Event()
    running = asyncio.create_task(supervisor.run(healthy.set))
    starting = asyncio.create_task(healthy.wait())
    try:
        await asyncio.wait((running, starting), return_when=asyncio.FIRST_COMPLETED)
        if not healthy.is_set():
            await _ended(running)
        async with Engine(own.rasa_url, keys.rasa_token, TURN_SECONDS) as engine:
            yield engine
    finally:
        starting.cancel()
        supervisor.stop()
        await _ended(running)


async def _ended(running: asyncio.Task[None]) -> None:
    try:
        await running
    except* StartFailed as failures:
        raise failures.exceptions[0] from None


def _free_ports() -> tuple[int, int]:
    """Two ports that nobody listens on now."""
    with socket.socket() as first, socket.socket() as second:
        for probe in (first, second):
            probe.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]
