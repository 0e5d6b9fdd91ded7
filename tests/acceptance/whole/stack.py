"""The real thing: `balie run` with Rasa and its trained model, the action server and balie, on free ports."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.servers import free_port

PROJECT = Path(__file__).parents[3]
BALIE = PROJECT / ".venv" / "bin" / "balie"
START_SECONDS = 120
TRAIN_SECONDS = 600
PASSWORD = "een-heel-lang-wachtwoord"
TELEGRAM_TOKEN = "1001:voor-de-acceptatietest"


class Stack:
    """A running installation that a test may hurt."""

    def __init__(self, folder: Path, *, telegram_api: str) -> None:
        ports = [free_port() for _ in range(3)]
        self.url = f"http://127.0.0.1:{ports[0]}"
        self.rasa_url = f"http://127.0.0.1:{ports[1]}"
        self._actions_url = f"http://127.0.0.1:{ports[2]}"
        self._folder = folder
        self.content = shutil.copytree(PROJECT / "bot" / "content", folder / "content")
        """The answers of this installation, which a test may change."""
        self._process: subprocess.Popen[bytes] | None = None
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BALIE_")}
        self.environment = clean | {
            "BALIE_PORT": str(ports[0]),
            "BALIE_PUBLIC_URL": self.url,
            "BALIE_RASA_URL": self.rasa_url,
            "BALIE_ACTIONS_PORT": str(ports[2]),
            "BALIE_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'balie.db'}",
            "BALIE_DATA_DIR": str(folder),
            "BALIE_CONTENT_DIR": str(self.content),
            "BALIE_SECRET_KEY": "a-secret-key-for-the-acceptance-test-only",
            "BALIE_TELEGRAM_TOKENS": json.dumps({"voorbeeldstad": TELEGRAM_TOKEN}),
            "BALIE_TELEGRAM_API_BASE": telegram_api,
            "BALIE_LOG_JSON": "true",
        }

    def prepare(self) -> None:
        """A trained model, an upgraded database and three employees."""
        self._balie("train", timeout=TRAIN_SECONDS)
        self._balie("db", "upgrade")
        for name, municipality in (("Samira", "voorbeeldstad"), ("Joost", "voorbeeldstad"), ("Fatma", "fictiedam")):
            self.add_employee(name, municipality)

    def add_employee(self, name: str, municipality: str, role: str = "employee") -> None:
        """An account that logs in with PASSWORD."""
        email = f"{name.lower()}@{municipality}.example"
        account = (email, "--name", name, "--gemeente", municipality, "--role", role)
        self._balie("employee", "add", *account, typed=f"{PASSWORD}\n")

    def start(self) -> None:
        """Start everything and wait until Rasa answers too."""
        log = (self._folder / "balie-run.log").open("ab")
        self._process = subprocess.Popen(
            [str(BALIE), "run"], cwd=PROJECT, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )
        self.wait_until_ready()

    def stop(self) -> None:
        """Ctrl-C, as an operator would."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        self._process.wait(30)

    def wait_until_ready(self) -> None:
        """Until database, Rasa and the action server answer."""
        self.wait_for(self._is_ready, START_SECONDS)

    def wait_for(self, holds: Callable[[], Any], seconds: float = 30) -> Any:
        """Look again until `holds` is true, and return what it gave."""
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            if self._process is not None and self._process.poll() is not None:
                raise AssertionError(f"balie run ended: {self.log()[-2000:]}")
            if time.monotonic() > deadline:
                raise AssertionError(f"not true within {seconds} s: {self.log()[-2000:]}")
            time.sleep(0.05)
        return found

    def log(self) -> str:
        """What the processes have printed."""
        return (self._folder / "balie-run.log").read_text(errors="replace")

    def kill(self, words: str) -> int:
        """kill -9 the one process whose command line holds `words`; returns its id."""
        assert self._process is not None
        (pid,) = [pid for pid, command in _descendants(self._process.pid) if words in command]
        os.kill(pid, signal.SIGKILL)
        return pid

    def runs(self, words: str) -> list[int]:
        """Ids of our processes whose command line holds `words`."""
        assert self._process is not None
        return [pid for pid, command in _descendants(self._process.pid) if words in command]

    def citizen(self, municipality: str = "voorbeeldstad") -> Citizen:
        """A citizen with a new conversation."""
        return Citizen(self, municipality)

    def _is_ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError, ValueError):
            ready = httpx.get(f"{self.url}/readyz", timeout=2).json()
            actions = httpx.get(f"{self._actions_url}/health", timeout=2)
            return bool(ready.get("rasa")) and actions.status_code == 200
        return False

    def _balie(self, *words: str, typed: str = "", timeout: float = 60) -> None:
        done = subprocess.run(
            [str(BALIE), *words],
            cwd=PROJECT,
            env=self.environment,
            input=typed,
            text=True,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"balie {' '.join(words)}: {done.stdout}{done.stderr}"


class Citizen:
    """Somebody who uses the API as the widget does: she keeps what was not acknowledged and sends it again."""

    def __init__(self, stack: Stack, municipality: str) -> None:
        self._stack = stack
        self._client = httpx.Client(base_url=f"{stack.url}/api/v1", timeout=15)
        opened = self._client.post("/gesprekken", json={"gemeente": municipality}).raise_for_status().json()
        self.id: str = opened["id"]
        self.token: str = opened["token"]
        self._client.headers["Authorization"] = f"Bearer {self.token}"

    def send(self, text: str, *, choice: str | None = None) -> int:
        """Send until it is acknowledged; returns the message's number."""
        body = {"id": uuid.uuid4().hex, "tekst": text} | ({"keuze": choice} if choice else {})

        def acknowledged() -> dict[str, Any] | None:
            with contextlib.suppress(httpx.TransportError):
                answer = self._client.post(f"/gesprekken/{self.id}/berichten", json=body)
                if answer.status_code == 202:
                    return dict(answer.json())
                assert answer.status_code in (429, 500, 502, 503), answer.text
            return None

        return int(self._stack.wait_for(acknowledged)["volgnummer"])

    def said(self, after: int = 0) -> list[dict[str, Any]]:
        """The messages with a higher number."""
        answer = self._client.get(f"/gesprekken/{self.id}/berichten", params={"na": after}).raise_for_status()
        return list(answer.json()["berichten"])

    def reply_after(self, number: int, seconds: float = 30) -> str:
        """The texts of what was answered after a message, once there is something."""

        def answered() -> list[dict[str, Any]]:
            with contextlib.suppress(httpx.TransportError):
                return [message for message in self.said(number) if message["afzender"] != "burger"]
            return []

        return "\n".join(message["tekst"] for message in self._stack.wait_for(answered, seconds))

    def ask(self, text: str) -> str:
        """Send a question and return what is answered."""
        return self.reply_after(self.send(text))

    def state(self) -> dict[str, Any]:
        """Who owns the conversation and so on."""
        return dict(self._client.get(f"/gesprekken/{self.id}").raise_for_status().json())


def _descendants(root: int) -> Iterator[tuple[int, str]]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    for pid in parents:
        ancestor = pid
        while ancestor in parents and ancestor != root:
            ancestor = parents[ancestor]
        if ancestor == root and pid != root:
            with contextlib.suppress(OSError):
                yield pid, (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
