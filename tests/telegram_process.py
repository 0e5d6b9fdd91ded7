"""A balie of its own process that halts at a chosen place, to be killed there: `python -m tests.telegram_process`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import uvicorn
from pydantic import SecretStr

from bot.app import create_app
from bot.channels.telegram import keeping
from bot.channels.telegram.offset import Offset
from bot.engine import Engine
from bot.settings import Settings
from tests.telegram_desk import STAD, STAD_TOKEN, FakeEngine, staged

PROJECT_DIR = Path(__file__).resolve().parent.parent


@contextmanager
def balie_process(database_path: Path, api_base: str, halt_at: str) -> Iterator[subprocess.Popen[str]]:
    """A balie of its own; killed at the end."""
    command = [sys.executable, "-m", "tests.telegram_process", str(database_path), api_base, halt_at]
    with subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def serving_process(database_path: Path, api_base: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """The application, to which Telegram brings updates; it halts before it stores one. Killed at the end."""
    command = [sys.executable, "-m", "tests.telegram_process", str(database_path), api_base, "webhook", str(port)]
    with subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def until_halted(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "halted":
            return
    raise AssertionError("the process ended by itself")


async def _halt(*_: Any, **__: Any) -> Any:
    print("halted", flush=True)
    await asyncio.Event().wait()


async def _main(database_path: Path, api_base: str, halt_at: str) -> None:
    if halt_at == "before the commit":
        keeping.receive = _halt
    elif halt_at == "after the commit":
        Offset.advance = _halt  # type: ignore[method-assign]
    async with staged(database_path, api_base) as stage:
        await stage.open_telegram()
        await asyncio.Event().wait()


def _serve(database_path: Path, api_base: str, port: int) -> None:
    keeping.receive = _halt
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=f"sqlite+aiosqlite:///{database_path}",
        data_dir=database_path.parent,
        public_url="https://balie.example",
        secret_key=SecretStr("x" * 64),
        telegram_tokens={STAD: SecretStr(STAD_TOKEN)},
        telegram_api_base=api_base,
        telegram_mode="webhook",
    )
    app = create_app(settings, engine=cast("Engine", FakeEngine()))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    if sys.argv[3] == "webhook":
        _serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[4]))
    else:
        asyncio.run(_main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
