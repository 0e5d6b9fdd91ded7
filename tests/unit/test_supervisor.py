"""The supervisor with real processes: small web servers that can be told to die."""

import ast
import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from bot import launch
from bot import supervisor as supervisor_module
from bot.settings import Settings
from bot.supervisor import PortInUse, Program, StartFailed, Supervisor, check_ports

SERVER = """
import http.server, os, signal, subprocess, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

name, port, diary = sys.argv[1:4]

def write(what):
    with open(diary, "a") as file:
        file.write(f"{name} {what}\\n")

def stop(*_):
    write("stopped")
    sys.exit(0)

if "--deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, stop)
if "--with-child" in sys.argv:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    write(f"child {child.pid}")
write(f"started {os.getpid()}")
http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
"""

WAIT_SECONDS = 20.0
Answer = TypeVar("Answer")


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    path = tmp_path / "diary"
    path.touch()
    return path


@pytest.fixture
def server(tmp_path: Path, diary: Path) -> Callable[..., Program]:
    script = tmp_path / "server.py"
    script.write_text(SERVER)

    def make(name: str, *options: str) -> Program:
        port = free_port()
        command = (sys.executable, str(script), name, str(port), str(diary), *options)
        return Program(name, command, "/health", "127.0.0.1", port, "BALIE_TEST_PORT")

    return make


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(supervisor_module, "STOP_SECONDS", 5.0)


async def test_all_programs_are_healthy_when_it_says_so_and_stop_in_reverse_order(
    server: Callable[..., Program], diary: Path
) -> None:
    programs = [server("first"), server("second")]
    async with running(programs):
        assert [await pid_of(program) for program in programs]
    stopped = [line for line in diary.read_text().splitlines() if line.endswith("stopped")]
    assert stopped == ["second stopped", "first stopped"]


async def test_a_program_that_dies_is_started_again(server: Callable[..., Program]) -> None:
    program = server("balie")
    said: list[str] = []
    async with running([program], said):
        first = await pid_of(program)
        os.kill(first, signal.SIGKILL)
        second = await until(lambda: other_pid(program, first))
        assert second != first
    assert any("balie ended (killed by SIGKILL); starting it again" in line for line in said)


async def test_waits_longer_after_each_death_of_a_program_that_keeps_dying(
    server: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "LONGEST_WAIT_SECONDS", 0.04)
    program = server("balie")
    said: list[str] = []
    async with running([program], said):
        pid = await pid_of(program)
        for _ in range(4):
            os.kill(pid, signal.SIGKILL)
            pid = await until(lambda dead=pid: other_pid(program, dead))
    waits = [line.rsplit(" in ", 1)[1] for line in said if "starting it again" in line]
    assert waits == ["0.01 s", "0.02 s", "0.04 s", "0.04 s"]


async def test_a_program_that_ignores_sigterm_is_killed(
    server: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "STOP_SECONDS", 0.1)
    program = server("deaf", "--deaf")
    async with running([program]):
        pid = await pid_of(program)
    assert not alive(pid)


async def test_what_a_program_started_itself_is_gone_too(server: Callable[..., Program], diary: Path) -> None:
    program = server("parent", "--with-child")
    async with running([program]):
        await pid_of(program)
        grandchild = int(diary.read_text().split("child ")[1].split()[0])
        assert alive(grandchild)
    await until(lambda: gone(grandchild))


async def test_only_who_keeps_the_settings_inherits_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Callable[..., Program]
) -> None:
    monkeypatch.setenv("BALIE_SECRET_KEY", "geheim")
    monkeypatch.setenv("balie_telegram_tokens", "geheim")
    monkeypatch.setenv("LANGUAGE_OF_THE_MACHINE", "nl")

    def showing(name: str, keeps_settings: bool) -> Program:
        program = server(name)
        code = "import os, runpy, sys; open(sys.argv[1], 'w').write(str(dict(os.environ))); sys.argv = sys.argv[2:]; "
        command = (sys.executable, "-c", code + "runpy.run_path(sys.argv[0])", str(tmp_path / name))
        return replace(
            program,
            command=(*command, *program.command[1:]),
            environment={"BALIE_GIVEN": "yes"},
            keeps_settings=keeps_settings,
        )

    async with running([showing("without", False), showing("with", True)]):
        pass
    without, kept = (ast.literal_eval((tmp_path / name).read_text()) for name in ("without", "with"))
    assert {name for name in without if name.upper().startswith("BALIE_")} == {"BALIE_GIVEN"}
    assert without["LANGUAGE_OF_THE_MACHINE"] == "nl"
    assert kept["BALIE_SECRET_KEY"] == "geheim"


def test_of_the_programs_only_balie_keeps_the_settings(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, secret_key="s" * 48)
    keys = launch.Secrets("s", "rasa", "actions")
    programs = launch.programs(settings, keys, tmp_path / "model.tar.gz", None)
    assert [one.name for one in programs if one.keeps_settings] == ["balie"]
    assert {one.name: sorted(name for name in one.environment if name.startswith("BALIE_")) for one in programs} == {
        "rasa": ["BALIE_ACTIONS_TOKEN", "BALIE_RASA_TOKEN"],
        "actions": ["BALIE_ACTIONS_TOKEN"],
        "balie": ["BALIE_ACTIONS_TOKEN", "BALIE_DEMO", "BALIE_HOST", "BALIE_RASA_TOKEN", "BALIE_SECRET_KEY"],
    }


async def test_a_port_in_use_is_said_in_one_sentence(server: Callable[..., Program]) -> None:
    program = server("balie")
    with socket.create_server(("127.0.0.1", program.port)), pytest.raises(PortInUse) as caught:
        check_ports([program])
    assert str(caught.value) == (
        f"balie cannot listen on 127.0.0.1:{program.port}: the port is in use. "
        "Stop what uses it, or choose another with BALIE_TEST_PORT."
    )


async def test_a_program_that_fails_at_its_first_start_ends_everything_with_its_last_line(
    server: Callable[..., Program], tmp_path: Path
) -> None:
    good = server("good")
    log = tmp_path / "log" / "bad.log"
    bad = Program(
        "bad",
        (sys.executable, "-c", "print('There is no model.'); raise SystemExit(2)"),
        "/health",
        "127.0.0.1",
        free_port(),
        "BALIE_TEST_PORT",
        log_file=log,
    )
    with pytest.raises(ExceptionGroup) as caught:
        await Supervisor([good, bad], lambda _: None).run()
    failure = caught.value.exceptions[0]
    assert isinstance(failure, StartFailed)
    assert str(failure).startswith("bad did not start (exit code 2): There is no model.")
    with pytest.raises(httpx.ConnectError):
        await pid_of(good)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_programs_and_the_supervisor(
    server: Callable[..., Program], tmp_path: Path, diary: Path, number: signal.Signals
) -> None:
    program = server("balie")
    process = supervise_in_own_process(tmp_path, program)
    try:
        pid = await until(lambda: other_pid(program, 0))
        process.send_signal(number)
        assert await asyncio.to_thread(process.wait, WAIT_SECONDS) == 0
        assert not alive(pid)
        assert "balie stopped" in diary.read_text()
    finally:
        process.kill()
        process.wait()


async def test_killing_the_supervisor_leaves_no_orphan(
    server: Callable[..., Program], tmp_path: Path, diary: Path
) -> None:
    program = server("balie", "--with-child")
    process = supervise_in_own_process(tmp_path, program)
    pid = await until(lambda: other_pid(program, 0))
    grandchild = int(diary.read_text().split("child ")[1].split()[0])
    process.kill()
    process.wait()
    await until(lambda: gone(pid))
    await until(lambda: gone(grandchild))


def supervise_in_own_process(tmp_path: Path, program: Program) -> subprocess.Popen[bytes]:
    script = tmp_path / "supervise.py"
    script.write_text(
        textwrap.dedent(f"""
            import asyncio
            from bot.supervisor import Program, Supervisor, run_until_signal
            command = {program.command!r}
            program = Program({program.name!r}, command, "/health", "127.0.0.1", {program.port}, "X")
            asyncio.run(run_until_signal(Supervisor([program], print), lambda: None))
        """)
    )
    return subprocess.Popen([sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(Path.cwd())})


@contextlib.asynccontextmanager
async def running(programs: list[Program], said: list[str] | None = None) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(programs, (said if said is not None else []).append)
    ready = asyncio.Event()
    task = asyncio.create_task(supervisor.run(ready.set))
    await asyncio.wait({task, asyncio.ensure_future(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield supervisor
    finally:
        supervisor.stop()
        await task


async def pid_of(program: Program) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        return int((await client.get(program.health_url)).text)


async def other_pid(program: Program, than: int) -> int | None:
    try:
        pid = await pid_of(program)
    except httpx.HTTPError:
        return None
    return pid if pid != than else None


async def gone(pid: int) -> bool:
    return not alive(pid)


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended but was not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def until(condition: Callable[[], Awaitable[Answer]]) -> Answer:
    """The first true answer of `condition`."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not (answer := await condition()):
            await asyncio.sleep(0.01)
        return answer


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
