"""`balie run --demo` on a machine without a network: it starts, answers, and leaves nothing behind."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.detector_model import DetectorModels
from bot.settings import PROJECT_DIR
from bot.training import Models
from tests.servers import missing

BALIE = str(PROJECT_DIR / ".venv" / "bin" / "balie")
START_SECONDS = 120
PRINTED_SECONDS = 10
LATER_START_SECONDS = 45
"""What the next `make run` may take on two cores."""
LOOPBACK_UP = """
import fcntl, os, socket, struct, sys
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket() as some_socket:
    fcntl.ioctl(some_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))
os.execv(sys.argv[1], sys.argv[1:])
"""

pytestmark = pytest.mark.timeout(900)


class Run:
    """`balie run --demo` in a network namespace that has loopback and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "run.log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BALIE_")}
        self._environment = clean | {
            "BALIE_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/balie.db",
            "BALIE_DATA_DIR": str(folder),
            "HOME": str(folder / "home"),
            "COLUMNS": "160",
        }
        alone = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*alone, sys.executable, "-c", LOOPBACK_UP, BALIE, "run", "--demo"],
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def balie(self, *words: str, typed: str = "") -> str:
        """Another `balie` command, on that same lonely machine."""
        inside = ["nsenter", "--net", "--preserve-credentials", "--target", str(self.process.pid)]
        if os.geteuid() != 0:
            inside.insert(1, "--user")
        done = subprocess.run(
            [*inside, BALIE, *words],
            env=self._environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def wait_until_ready(self) -> float:
        """Seconds until it said that it runs."""
        started = time.monotonic()
        until(lambda: self.process.poll() is not None or "Balie runs." in self.output(), START_SECONDS)
        assert self.process.poll() is None, self.output()
        return time.monotonic() - started

    def members(self) -> list[int]:
        """Ids of the processes that belong to it, itself included."""
        return [self.process.pid, *descendants(self.process.pid)]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        missing("unshare and nsenter are not installed: apt install util-linux")
    for models in (Models, DetectorModels):
        models(PROJECT_DIR, PROJECT_DIR / "var" / "models").train(lambda _: None)
    run = Run(tmp_path)
    yield run
    with contextlib.suppress(ProcessLookupError):
        run.process.send_signal(signal.SIGINT)
    run.process.wait(60)


def test_answers_without_a_network_shows_log_ins_once_and_stops_on_ctrl_c(run: Run) -> None:
    assert run.wait_until_ready() < LATER_START_SECONDS
    until(lambda: re.search(r"samira@voorbeeldstad\.example .*[\w-]{16}", run.output()) is not None, PRINTED_SECONDS)
    said = run.balie("shell", typed="wat kost een paspoort?\n")
    assert "digitale assistent" in said
    assert re.search(r"paspoort .*kost € \d", said)
    members = run.members()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(30) == 0
    assert [pid for pid in members if alive(pid)] == []


def test_killing_the_start_itself_leaves_no_process_behind(run: Run) -> None:
    run.wait_until_ready()
    members = run.members()
    assert len(members) == 5  # itself, its guard, Rasa, the actions, balie
    run.process.kill()
    run.process.wait()
    until(lambda: not any(alive(pid) for pid in members), 30)


def until(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not true within {seconds:g} s"
        time.sleep(0.05)


def descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            children.setdefault(int(stat.read_text().rsplit(")", 1)[1].split()[1]), []).append(int(stat.parent.name))
    below = children.get(root, [])
    return [*below, *(pid for child in below for pid in descendants(child))]


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended but was not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
