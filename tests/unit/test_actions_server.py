"""The action server as Rasa calls it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from actions import serve
from actions.forms.times import BalieTimes
from actions.serve import create_app
from bot import engine, serving
from bot.content import ContentStore
from bot.settings import Settings

CONTENT = Path(__file__).resolve().parents[2] / "bot" / "content"


def call(action: str = "action_answer", municipality: str = "voorbeeldstad") -> dict[str, Any]:
    understood = {
        "text": "mijn zeehond heet paspoort",
        "intent": {"name": "paspoort", "confidence": 0.9},
        "intent_ranking": [{"name": "paspoort", "confidence": 0.9}],
        "aspect": {"name": "kosten", "confidence": 0.8},
        "entities": [],
        "metadata": {"turn_id": "t1", "choice": None, "municipality": municipality, "today": "2026-11-23"},
    }
    tracker = {
        "sender_id": "x",
        "slots": {"failures_in_a_row": 1.0},
        "latest_message": understood,
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": "action_listen",
    }
    return {"next_action": action, "sender_id": "x", "tracker": tracker, "domain": {}, "version": "3.6.21"}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(ContentStore(CONTENT), BalieTimes("http://127.0.0.1:9", ""), token="geheim")
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": "Bearer geheim"}
    async with httpx.AsyncClient(transport=transport, base_url="http://actions", headers=headers) as client:
        yield client


async def test_an_answer_comes_with_what_was_asked_and_what_to_remember(client: httpx.AsyncClient) -> None:
    result = (await client.post("/webhook", json=call())).json()
    reply, facts = result["responses"]
    assert "€" in reply["text"]
    assert reply["custom"]["kind"] == "answer"
    assert facts["custom"]["turn"]["questions"][0]["topic"] == "paspoort"
    remembered = {event["name"]: event["value"] for event in result["events"]}
    assert remembered == {"topic": "paspoort", "aspect": "kosten", "answered": True, "failures_in_a_row": 0}


async def test_without_the_token_no_action_runs(client: httpx.AsyncClient) -> None:
    answer = await client.post("/webhook", json=call(), headers={"Authorization": "Bearer fout"})
    assert answer.status_code == 401


async def test_an_unknown_action_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.post("/webhook", json=call("action_bestaat_niet"))
    assert answer.status_code == 404
    assert answer.json()["action_name"] == "action_bestaat_niet"


async def test_a_failing_action_is_a_500_that_repeats_nothing_of_the_message(client: httpx.AsyncClient) -> None:
    answer = await client.post("/webhook", json=call(municipality="elders"))
    assert answer.status_code == 500
    assert answer.json() == {"error": "UnknownMunicipality"}


async def test_health_needs_no_token(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health", headers={"Authorization": ""})
    assert answer.json() == {"status": "ok"}


def test_no_server_closes_an_idle_connection_before_its_client_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call into a connection that just closes fails, and a citizen would hear that the assistant is away."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(serve.uvicorn, "run", lambda _app, **options: given.update(options))
    monkeypatch.setattr("sys.argv", ["actions.serve", "--content", str(CONTENT)])
    serve.main()
    assert given["timeout_keep_alive"] > _seconds("IDLE_SECONDS", "action_server.py")
    assert _seconds("KEEP_ALIVE_SECONDS", "serve.py") > engine.IDLE_SECONDS
    assert serving.options(Settings())["timeout_keep_alive"] > 60


def _seconds(name: str, file: str) -> float:
    """A constant of the Rasa server, which runs in another Python."""
    text = (CONTENT.parent / "rasa_server" / "src" / "balie_rasa" / file).read_text()
    found = re.search(rf"^{name} = (\d+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])
