"""The real trained model behind the real processes, on free ports."""

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.engine import Engine
from bot.training import Models
from tests.servers import free_port

PROJECT = Path(__file__).resolve().parents[2]
RASA_PYTHON = PROJECT / "bot" / "rasa_server" / ".venv" / "bin" / "python"
TOKEN = "toets"
START_SECONDS = 240

collect_ignore = ["inside"]  # run by Rasa's own Python: see test_inside.py


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test waits for the training and the start of Rasa."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))


@dataclass(frozen=True)
class Served:
    """A running Rasa."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


@pytest.fixture(scope="session")
def model() -> Path:
    """The model of the present sources; trained when there is none yet."""
    return Models(PROJECT, PROJECT / "var" / "models").train(lambda step: print(step.text))


@pytest.fixture(scope="session")
def actions_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "actions.serve", "--port", str(port)]
    with running(command, f"http://127.0.0.1:{port}/health", tmp_path_factory.mktemp("actions") / "log"):
        yield f"http://127.0.0.1:{port}/webhook"


@pytest.fixture(scope="session")
def rasa(model: Path, actions_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(model, actions_url, tmp_path_factory.mktemp("rasa") / "log") as served:
        yield served


@pytest.fixture
async def engine(rasa: Served) -> AsyncIterator[Engine]:
    async with Engine(rasa.url, TOKEN) as door:
        yield door


async def _free(request: Request) -> JSONResponse:
    """Free at nine and at one, from the day that is asked on."""
    first = dt.date.fromisoformat(request.query_params["vanaf"])
    days = [first + dt.timedelta(days=number) for number in range(int(request.query_params["dagen"]))]
    open_days = [day for day in days if day.weekday() < 5 and day > dt.date(2026, 11, 23)]
    return JSONResponse({"tijden": [f"{day}T{hour}:00:00+01:00" for day in open_days for hour in ("09", "13")]})


async def _known(_: Request) -> JSONResponse:
    known = {"kenmerk": "AF-1234-BCD", "product": "identiteit", "begin": "2026-11-25T09:00:00+01:00"}
    return JSONResponse({"afspraken": [known]})


@pytest.fixture(scope="session")
def balie_url() -> Iterator[str]:
    """Balie's internal questions, answered at once."""
    app = Starlette(routes=[Route("/intern/v1/vrije-tijden", _free), Route("/intern/v1/afspraken", _known)])
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def rasa_with_calendar(model: Path, balie_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Rasa with actions that know this calendar."""
    port = free_port()
    command = [sys.executable, "-m", "actions.serve", "--port", str(port), "--balie", balie_url]
    folder = tmp_path_factory.mktemp("forms")
    with (
        running(command, f"http://127.0.0.1:{port}/health", folder / "actions.log"),
        serving(model, f"http://127.0.0.1:{port}/webhook", folder / "rasa.log") as served,
    ):
        yield served.url


@contextmanager
def serving(model: Path, actions_url: str, log: Path) -> Iterator[Served]:
    """Rasa with `model`, until the block ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(RASA_PYTHON), "-m", "balie_rasa.serve", "--model", str(model), "--port", str(port)]
    command += ["--actions", actions_url, "--token", TOKEN]
    with running(command, f"{url}/webhooks/balie/health", log) as process:
        yield Served(url, process, log)


@contextmanager
def running(command: list[str], health_url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that answers at `health_url`; its output goes to `log`."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "bot" / "rasa_server" / "src")}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(health_url):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, f"{command[2]} did not start: {log.read_text()}"
            time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
