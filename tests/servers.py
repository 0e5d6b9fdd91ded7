"""The PostgreSQL and Redis that tests run against: one that is there, or one that the tests start themselves."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

REQUIRED = os.environ.get("BALIE_REQUIRE_SERVICES") == "1"
"""Set where the services must be there (CI): then a missing one fails instead of being skipped."""
START_SECONDS = 30


def missing(what: str) -> None:
    """Skip, naming what is missing; fail where it is required."""
    if REQUIRED:
        pytest.fail(what)
    pytest.skip(what)


def answers(port: int) -> bool:
    """Whether something listens on this port of this machine."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server, without a database name: `postgresql+asyncpg://user@host:port`.

    BALIE_TEST_POSTGRES_URL, else the server on the standard port that trusts user postgres, else our own.
    """
    if given := os.environ.get("BALIE_TEST_POSTGRES_URL"):
        yield given.rstrip("/")
        return
    psql = _binary("psql")
    if answers(5432) and psql is not None and _trusts_postgres(psql):
        yield "postgresql+asyncpg://postgres@127.0.0.1:5432"
        return
    initdb, server = _binary("initdb"), _binary("postgres")
    if initdb is None or server is None:
        missing("PostgreSQL is not installed: apt install postgresql")
    with _own_postgresql(str(initdb), str(server)) as address:
        yield address


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """The address of a Redis server: BALIE_TEST_REDIS_URL, the one on the standard port, else our own."""
    if given := os.environ.get("BALIE_TEST_REDIS_URL"):
        yield given
        return
    if answers(6379):
        yield "redis://127.0.0.1:6379/0"
        return
    server = shutil.which("redis-server")
    if server is None:
        missing("Redis is not installed: apt install redis-server")
    port = free_port()
    command = [str(server), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with _running(command, port):
        yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def _own_postgresql(initdb: str, server: str) -> Iterator[str]:
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="balie-pg-", dir="/tmp"))
    data = folder / "data"
    as_user: list[str] = []
    if os.geteuid() == 0:  # initdb and postgres refuse to run as root
        shutil.chown(folder, "nobody")
        as_user = ["runuser", "-u", "nobody", "--"]
    initialise = [*as_user, initdb, "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    start = [*as_user, server, "-D", str(data), "-p", str(port), "-k", str(folder), "-F"]
    start += ["-c", "listen_addresses=127.0.0.1"]
    try:
        subprocess.run(initialise, check=True, capture_output=True, cwd="/")
        with _running(start, port):
            yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                missing(f"{Path(command[-1]).name}: {' '.join(command)} did not start")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _trusts_postgres(psql: str) -> bool:
    asked = [psql, "-h", "127.0.0.1", "-U", "postgres", "-w", "-c", "select 1", "postgres"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _binary(name: str) -> str | None:
    found = shutil.which(name)
    if found:
        return found
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(versions[0]) if versions else None
