"""A citizen's client: the citizen API over HTTP and WebSocket, on the whole application with Rasa faked at the
network's edge."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from bot.app import create_app
from bot.engine import Engine
from bot.settings import Settings
from tests.stage import StoppedClock

ORIGIN = "https://www.voorbeeldstad.example"
ANSWER = "Een paspoort kost 80 euro."
PHONE = "06 37510794"


def rasa(request: httpx.Request) -> httpx.Response:
    """Answers every turn with the same text, and counts it in the state."""
    call = json.loads(request.content or b"{}")
    turns = (call.get("state") or {}).get("turns", 0) + 1
    question = {"topic": "paspoort", "aspect": "kosten", "confidence": 0.9, "ranking": []}
    body = {
        "replies": [{"text": ANSWER, "buttons": [], "links": [], "kind": "answer"}],
        "questions": [question],
        "entities": [],
        "commands": [],
        "state": {"turns": turns},
        "failures_in_a_row": 0,
    }
    return httpx.Response(200, json=body)


def settings_for(database_url: str, folder: Path, public_url: str = "http://testserver", **more: Any) -> Settings:
    """The settings of an installation that this test has for itself."""
    return Settings(
        _env_file=None,
        database_url=database_url,
        secret_key=SecretStr("k" * 40),
        data_dir=folder,
        public_url=public_url,
        **more,
    )


def application(settings: Settings, clock: StoppedClock) -> FastAPI:
    """The whole application; only Rasa is not real."""
    engine = Engine("http://rasa", "token", 5.0, transport=httpx.MockTransport(rasa))
    return create_app(settings, clock=clock, engine=engine)


@contextlib.contextmanager
def running(settings: Settings, clock: StoppedClock) -> Iterator[TestClient]:
    """A client of the application."""
    with TestClient(application(settings, clock), raise_server_exceptions=False) as client:
        yield client


class Citizen:
    """A conversation as a client sees it."""

    def __init__(self, client: TestClient, municipality: str = "voorbeeldstad") -> None:
        opened = client.post("/api/v1/gesprekken", json={"gemeente": municipality})
        assert opened.status_code == 201, opened.text
        self.client = client
        self.opened: dict[str, Any] = opened.json()
        self.id: str = self.opened["id"]
        self.headers = {"Authorization": f"Bearer {self.opened['token']}"}
        self.path = f"/api/v1/gesprekken/{self.id}"

    def send(self, text: str, message_id: str = "bericht-0001", **more: Any) -> httpx.Response:
        return self.post("/berichten", {"id": message_id, "tekst": text, **more})

    def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        answer: httpx.Response = self.client.post(self.path + path, json=body, headers=self.headers)
        return answer

    def get(self, path: str = "") -> httpx.Response:
        answer: httpx.Response = self.client.get(self.path + path, headers=self.headers)
        return answer

    def close(self) -> httpx.Response:
        answer: httpx.Response = self.client.patch(self.path, json={"status": "gesloten"}, headers=self.headers)
        return answer

    def said(self, after: int = 0) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.get(f"/berichten?na={after}").json()["berichten"]
        return messages

    def asks_for_a_person(self) -> None:
        """And waits in the queue when this returns."""
        assert self.post("/medewerker").status_code == 202
        self.wait_for("aan de beurt")

    def wait_for(self, text: str) -> dict[str, Any]:
        """Reads the stream until a message holds `text`; the test's time limit ends a wait in vain."""
        with self.stream() as socket:
            while True:
                frame = socket.receive_json()
                if frame["soort"] == "bericht" and text in frame["bericht"]["tekst"]:
                    return dict(frame["bericht"])

    def stream(self, after: int = 0, token: str | None = None, headers: dict[str, str] | None = None) -> LoggedIn:
        session = self.client.websocket_connect(f"{self.path}/stroom", headers=headers or {})
        return LoggedIn(session, {"soort": "aanmelden", "token": token or self.opened["token"], "na": after})


class LoggedIn:
    """A WebSocket whose first frame has been sent."""

    def __init__(self, session: Any, first: dict[str, Any]) -> None:
        self._session = session
        self._first = first

    def __enter__(self) -> Any:
        socket = self._session.__enter__()
        socket.send_json(self._first)
        return socket

    def __exit__(self, *details: object) -> None:
        self._session.__exit__(*details)


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a refused request."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["detail"]
    return body
