"""Runs several programs as one: starts them, waits for each, restarts what dies, leaves none behind."""

import asyncio
import contextlib
import errno
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
CALM_SECONDS = 60.0
"""A program that ran this long and then dies starts again at once, as at its first failure."""
STOP_SECONDS = 15.0
"""How long a program may take to end its work after SIGTERM; then it is killed."""
LOOK_AGAIN_SECONDS = 0.1

Say = Callable[[str], None]


class StartFailed(Exception):
    """A program cannot be started; the message says which, why and what to do."""


class PortInUse(StartFailed):
    """Something else listens where a program should."""

    def __init__(self, program: "Program") -> None:
        super().__init__(
            f"{program.name} cannot listen on {program.host}:{program.port}: the port is in use. "
            f"Stop what uses it, or choose another with {program.port_setting}."
        )


@dataclass(frozen=True)
class Program:
    """One process to keep running."""

    name: str
    command: tuple[str, ...]
    health_path: str
    """Answers 200 to GET when the program can do its work."""
    host: str
    port: int
    port_setting: str
    """What the operator changes to use another port."""
    environment: Mapping[str, str] = field(default_factory=dict)
    keeps_settings: bool = False
    """Whether it inherits every BALIE_* variable; the others see no secret but those in `environment`."""
    log_file: Path | None = None
    """Where its output goes; None: to the supervisor's own output."""
    health_host: str | None = None
    """Where to ask for its health, when that is not where it listens."""
    start_seconds: float = 180.0

    @property
    def health_url(self) -> str:
        host = self.health_host or self.host
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}{self.health_path}"


def check_ports(programs: Sequence[Program]) -> None:
    """Make sure that every program can listen.

    Raises:
        PortInUse: for the first that cannot.
        StartFailed: the address is not one of this machine.
    """
    for program in programs:
        family = socket.AF_INET6 if ":" in program.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((program.host, program.port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortInUse(program) from error
                raise StartFailed(
                    f"{program.name} cannot listen on {program.host}:{program.port}: {error.strerror}."
                ) from error


class Supervisor:
    """Keeps programs running. The later ones depend on the earlier: they stop in reverse order."""

    def __init__(self, programs: Sequence[Program], say: Say) -> None:
        self._programs = programs
        self._say = say
        self._stopping = asyncio.Event()
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._guard: asyncio.subprocess.Process | None = None

    def stop(self) -> None:
        """Ask for the end; `run` then stops every program and returns."""
        self._stopping.set()

    async def run(self, when_healthy: Callable[[], None] = lambda: None) -> None:
        """Start everything, call `when_healthy` once all are, keep them running until `stop`.

        Raises:
            StartFailed: a port is in use, or a program ended or stayed unhealthy at its first start.
        """
        check_ports(self._programs)
        async with self._guarded(), asyncio.TaskGroup() as tasks:
            try:
                healthy = [asyncio.Event() for _ in self._programs]
                keepers = [
                    tasks.create_task(self._keep(program, event))
                    for program, event in zip(self._programs, healthy, strict=True)
                ]
                if await self._or_stopping(_all(healthy)):
                    when_healthy()
                await self._stopping.wait()
            finally:
                self._stopping.set()
                for program in reversed(self._programs):
                    await self._end(program)
                await asyncio.gather(*keepers, return_exceptions=True)

    async def _keep(self, program: Program, healthy: asyncio.Event) -> None:
        """Start `program`, and again whenever it ends."""
        wait_seconds = FIRST_WAIT_SECONDS
        while not self._stopping.is_set():
            started = time.monotonic()
            process = await self._spawn(program)
            await self._until_healthy(program, process, healthy)
            code = await process.wait()
            _signal_group(process, signal.SIGKILL)  # what it started itself may still hold the port
            self._tell_guard("-", process)
            self._running.pop(program.name, None)
            if self._stopping.is_set():
                return
            if not healthy.is_set():
                raise StartFailed(_why_not_started(program, code))
            wait_seconds = FIRST_WAIT_SECONDS if time.monotonic() - started > CALM_SECONDS else wait_seconds
            self._say(f"{program.name} ended ({_reason(code)}); starting it again in {wait_seconds:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait_seconds)
            wait_seconds = min(wait_seconds * 2, LONGEST_WAIT_SECONDS)

    async def _spawn(self, program: Program) -> asyncio.subprocess.Process:
        with _output(program) as output:
            process = await asyncio.create_subprocess_exec(
                *program.command,
                env=_environment(program),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then stops all in order
            )
        self._running[program.name] = process
        self._tell_guard("+", process)
        return process

    async def _until_healthy(
        self, program: Program, process: asyncio.subprocess.Process, healthy: asyncio.Event
    ) -> None:
        """Return when `program` answers, has ended, or is to stop."""
        deadline = time.monotonic() + program.start_seconds
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            while process.returncode is None and not self._stopping.is_set():
                if await _answers(client, program.health_url):
                    self._say(f"{program.name} is ready" + (" again" if healthy.is_set() else ""))
                    healthy.set()
                    return
                if time.monotonic() > deadline:
                    self._say(f"{program.name} was not ready after {program.start_seconds:g} s")
                    _signal_group(process, signal.SIGKILL)
                    await process.wait()
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), LOOK_AGAIN_SECONDS)

    async def _end(self, program: Program) -> None:
        process = self._running.get(program.name)
        if process is None:
            return
        _signal_group(process, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._say(f"{program.name} did not stop within {STOP_SECONDS:g} s and is killed")
        _signal_group(process, signal.SIGKILL)  # also whatever it started itself
        await process.wait()

    async def _or_stopping(self, awaited: asyncio.Task[None]) -> bool:
        """Wait for `awaited` or for the end, whichever is first; whether it was `awaited`."""
        stopping = asyncio.create_task(self._stopping.wait())
        first: list[asyncio.Task[Any]] = [awaited, stopping]
        try:
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            return awaited.done()
        finally:
            awaited.cancel()
            stopping.cancel()

    @contextlib.asynccontextmanager
    async def _guarded(self) -> AsyncIterator[None]:
        """With a guard that ends the programs if this process is killed."""
        guard = Path(__file__).with_name("guard.py")
        self._guard = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(guard), stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        try:
            yield
        finally:
            if self._guard.stdin is not None:
                self._guard.stdin.close()
            await self._guard.wait()

    def _tell_guard(self, sign: str, process: asyncio.subprocess.Process) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.write(f"{sign}{process.pid}\n".encode())


async def run_until_signal(supervisor: Supervisor, when_healthy: Callable[[], None]) -> None:
    """Run `supervisor` until Ctrl-C, SIGTERM or the terminal's end.

    Raises:
        StartFailed: see `Supervisor.run`.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.stop)
    try:
        await supervisor.run(when_healthy)
    except* StartFailed as failures:
        raise failures.exceptions[0] from None


def _all(events: Sequence[asyncio.Event]) -> asyncio.Task[None]:
    async def wait() -> None:
        for event in events:
            await event.wait()

    return asyncio.create_task(wait())


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _environment(program: Program) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if program.keeps_settings or not name.upper().startswith("BALIE_")
    }
    return {**inherited, **program.environment}


@contextlib.contextmanager
def _output(program: Program) -> Iterator[IO[bytes] | None]:
    if program.log_file is None:
        yield None
        return
    program.log_file.parent.mkdir(parents=True, exist_ok=True)
    with program.log_file.open("ab") as file:
        yield file


def _signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _reason(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def _why_not_started(program: Program, code: int) -> str:
    if program.log_file is None:
        return f"{program.name} did not start ({_reason(code)}); the lines above say why."
    lines = program.log_file.read_text(errors="replace").splitlines()
    last = next((line for line in reversed(lines) if line.strip()), "it printed nothing")
    return f"{program.name} did not start ({_reason(code)}): {last}. All it printed: {program.log_file}"
