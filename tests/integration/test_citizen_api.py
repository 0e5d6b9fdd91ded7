"""The citizen API over HTTP and WebSocket, on the whole application with Rasa faked at the network's edge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.websockets import WebSocketDisconnect

from bot.app import create_app
from bot.channels import socket as citizen_socket
from bot.channels.flood import FloodGate
from bot.engine import Engine
from bot.settings import Settings
from handoff import conversations
from handoff.bus import InProcessBus
from handoff.database import Database
from tests.stage import Stage, StoppedClock

ORIGIN = "https://www.voorbeeldstad.example"
ANSWER = "Een paspoort kost 80 euro."


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


@pytest.fixture
def client(sqlite_url: str, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(
        _env_file=None,
        database_url=sqlite_url,
        secret_key=SecretStr("k" * 40),
        data_dir=tmp_path,
        public_url="http://testserver",
    )
    engine = Engine("http://rasa", "token", 5.0, transport=httpx.MockTransport(rasa))
    with TestClient(create_app(settings, clock=StoppedClock(), engine=engine), raise_server_exceptions=False) as client:
        yield client


class Citizen:
    """A conversation as a client sees it."""

    def __init__(self, client: TestClient, municipality: str = "voorbeeldstad") -> None:
        opened = client.post("/api/v1/gesprekken", json={"gemeente": municipality})
        assert opened.status_code == 201, opened.text
        self.client = client
        self.opened = opened.json()
        self.id = self.opened["id"]
        self.headers = {"Authorization": f"Bearer {self.opened['token']}"}
        self.path = f"/api/v1/gesprekken/{self.id}"

    def send(self, text: str, message_id: str = "bericht-0001", **more: Any) -> httpx.Response:
        body = {"id": message_id, "tekst": text, **more}
        return self.client.post(f"{self.path}/berichten", json=body, headers=self.headers)

    def get(self, path: str = "") -> httpx.Response:
        return self.client.get(self.path + path, headers=self.headers)

    def said(self, after: int = 0) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.get(f"/berichten?na={after}").json()["berichten"]
        return messages

    def wait_for(self, text: str) -> dict[str, Any]:
        """Reads the stream until a message holds `text`; the test's time limit ends a wait in vain."""
        with self.stream() as socket:
            while True:
                frame = socket.receive_json()
                if frame["soort"] == "bericht" and text in frame["bericht"]["tekst"]:
                    return dict(frame["bericht"])

    def stream(self, after: int = 0, token: str | None = None, headers: dict[str, str] | None = None) -> Any:
        session = self.client.websocket_connect(f"{self.path}/stroom", headers=headers or {})
        return _LoggedIn(session, {"soort": "aanmelden", "token": token or self.opened["token"], "na": after})


class _LoggedIn:
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


def _read_to_the_end(socket: Any) -> None:
    while True:
        socket.receive_json()


@pytest.fixture
def citizen(client: TestClient) -> Citizen:
    return Citizen(client)


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a refused request."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["detail"]
    return body


def test_the_first_message_says_that_it_is_no_person_and_what_happens_to_the_data(citizen: Citizen) -> None:
    welcome = citizen.opened["berichten"][0]
    assert welcome["soort"] == "welkom"
    for words in ("gemeente Voorbeeldstad", "digitale assistent", "geen mens", "medewerker", "BSN", "28 dagen"):
        assert words in welcome["tekst"]
    assert welcome["links"][0]["url"].startswith("https://www.voorbeeldstad.example")


def test_a_question_is_acknowledged_and_then_answered(citizen: Citizen) -> None:
    sent = citizen.send("wat kost een paspoort")
    assert sent.status_code == 202
    assert sent.json()["volgnummer"] == 2
    assert citizen.wait_for(ANSWER)["afzender"] == "bot"


def test_the_same_id_is_stored_once_however_often_it_comes_at_once(citizen: Citizen) -> None:
    with ThreadPoolExecutor(5) as pool:
        sent = list(pool.map(lambda _: citizen.send("hoi", "zelfde-id-1"), range(5)))
    assert {response.json()["volgnummer"] for response in sent} == {2}
    assert sorted(response.json()["herhaald"] for response in sent) == [False, True, True, True, True]
    assert sum(message["tekst"] == "hoi" for message in citizen.said()) == 1


def test_a_bsn_is_masked_and_the_citizen_is_told(citizen: Citizen) -> None:
    sent = citizen.send("mijn bsn is 111222333")
    assert sent.json()["tekst"] == "mijn bsn is [bsn-1]"
    assert any("BSN" in message["tekst"] and message["afzender"] == "systeem" for message in citizen.said(2))


@pytest.mark.parametrize("text", ["", "   \n ", "\u200b\u0007", "a" * 4_001])
def test_text_that_cannot_be_stored_gets_a_reason(citizen: Citizen, text: str) -> None:
    problem(citizen.send(text), 422)
    assert citizen.get().json()["laatste_volgnummer"] == 1


def test_four_thousand_characters_are_stored_whole(citizen: Citizen) -> None:
    assert len(citizen.send("é" * 4_000).json()["tekst"]) == 4_000


def test_a_body_that_is_no_utf8_is_refused(citizen: Citizen) -> None:
    headers = {**citizen.headers, "Content-Type": "application/json"}
    body = b'{"id":"bericht-0001","tekst":"\xff\xfe"}'
    problem(citizen.client.post(f"{citizen.path}/berichten", content=body, headers=headers), 400)


def test_a_lone_surrogate_does_no_harm(citizen: Citizen) -> None:
    headers = {**citizen.headers, "Content-Type": "application/json"}
    body = b'{"id":"bericht-0001","tekst":"dag \\ud800 daar"}'
    sent = citizen.client.post(f"{citizen.path}/berichten", content=body, headers=headers)
    assert sent.json()["tekst"] == "dag  daar"


def test_a_body_over_64_kb_is_refused_before_it_is_read(citizen: Citizen) -> None:
    headers = {**citizen.headers, "Content-Type": "application/json"}
    problem(citizen.client.post(f"{citizen.path}/berichten", content=b"x" * 70_000, headers=headers), 413)


def test_a_body_without_a_length_is_refused_once_it_passes_64_kb(citizen: Citizen) -> None:
    headers = {**citizen.headers, "Content-Type": "application/json"}
    parts = (b"x" * 10_000 for _ in range(8))
    problem(citizen.client.post(f"{citizen.path}/berichten", content=parts, headers=headers), 413)


@pytest.mark.parametrize(
    "body",
    [
        {"tekst": "hoi"},
        {"id": "kort", "tekst": "hoi"},
        {"id": "met spatie er in", "tekst": "hoi"},
        {"id": "bericht-0001", "tekst": 5},
        {"id": "bericht-0001", "tekst": "hoi", "onbekend": 1},
        {"id": "bericht-0001", "tekst": "hoi", "keuze": "/restart"},
    ],
)
def test_a_message_of_the_wrong_shape_is_refused(citizen: Citizen, body: dict[str, Any]) -> None:
    fields = problem(citizen.client.post(f"{citizen.path}/berichten", json=body, headers=citizen.headers), 422)
    assert fields["velden"]


def test_a_wrong_token_and_an_unknown_conversation_look_the_same(citizen: Citizen) -> None:
    wrong = {"Authorization": "Bearer not-the-token"}
    known = problem(citizen.client.get(citizen.path, headers=wrong), 401)
    unknown = problem(citizen.client.get("/api/v1/gesprekken/bestaat-niet", headers=wrong), 401)
    missing = citizen.client.get(citizen.path)
    assert known == unknown
    problem(missing, 401)
    assert missing.headers["www-authenticate"] == "Bearer"


def test_a_citizen_cannot_read_another_conversation(client: TestClient) -> None:
    mine, hers = Citizen(client), Citizen(client)
    problem(client.get(hers.path, headers=mine.headers), 401)
    problem(client.delete(hers.path, headers=mine.headers), 401)


def test_a_flood_is_told_to_wait_and_loses_nothing(citizen: Citizen) -> None:
    answers = [citizen.send(f"bericht {number}", f"bericht-{number:04d}") for number in range(25)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["Retry-After"]) >= 1
    problem(refused, 429)
    stored = {answer.json()["volgnummer"] for answer in answers if answer.status_code == 202}
    kept = {message["volgnummer"] for message in citizen.said() if message["afzender"] == "burger"}
    assert stored == kept


def test_an_unknown_municipality_is_named_as_such(client: TestClient) -> None:
    problem(client.post("/api/v1/gesprekken", json={"gemeente": "nergenshuizen"}), 404)
    problem(client.get("/api/v1/gemeenten/nergenshuizen"), 404)


def test_the_municipality_shows_ways_to_a_person(client: TestClient) -> None:
    shown = client.get("/api/v1/gemeenten/voorbeeldstad").json()
    assert shown["telefoon"]
    assert shown["openingstijden"]["vandaag"].startswith("Vandaag ")
    assert len(shown["openingstijden"]["week"]) == 7
    assert shown["thema"]["primair"].startswith("#")


def test_another_site_may_not_start_a_conversation(client: TestClient) -> None:
    body = {"gemeente": "voorbeeldstad"}
    problem(client.post("/api/v1/gesprekken", json=body, headers={"Origin": "https://evil.example"}), 403)
    own = client.post("/api/v1/gesprekken", json=body, headers={"Origin": ORIGIN})
    assert own.status_code == 201
    assert own.headers["access-control-allow-origin"] == ORIGIN


def test_preflight_names_only_the_sites_of_municipalities(client: TestClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    allowed = client.options("/api/v1/gesprekken", headers={"Origin": ORIGIN, **asked})
    refused = client.options("/api/v1/gesprekken", headers={"Origin": "https://evil.example", **asked})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in refused.headers


def test_asking_for_a_person_puts_the_conversation_in_the_queue(citizen: Citizen) -> None:
    sent = citizen.client.post(f"{citizen.path}/medewerker", headers=citizen.headers)
    assert sent.status_code == 202
    citizen.wait_for("aan de beurt")
    state = citizen.get().json()
    assert (state["eigenaar"], state["plaats"]) == ("wachtrij", 1)
    assert state["zaak"].startswith("ZK-")


def test_closing_twice_is_closing_once_and_a_later_message_opens_a_linked_conversation(citizen: Citizen) -> None:
    for _ in range(2):
        closed = citizen.client.patch(citizen.path, json={"status": "gesloten"}, headers=citizen.headers)
        assert closed.json()["eigenaar"] == "gesloten"
    assert problem(citizen.send("nog iets"), 409)["vervolg"] is True
    body = {"gemeente": "voorbeeldstad", "vervolg_op": citizen.id}
    problem(citizen.client.post("/api/v1/gesprekken", json=body), 401)
    linked = citizen.client.post("/api/v1/gesprekken", json=body, headers=citizen.headers)
    assert linked.status_code == 201
    assert linked.json()["id"] != citizen.id


def test_the_transcript_holds_the_whole_conversation(citizen: Citizen) -> None:
    citizen.send("wat kost een paspoort")
    citizen.wait_for(ANSWER)
    text = citizen.get("/verslag")
    assert text.headers["content-disposition"].startswith("attachment")
    assert "wat kost een paspoort" in text.text
    assert ANSWER in text.text


def test_erasing_leaves_nothing_to_read_and_says_what_is_kept(citizen: Citizen) -> None:
    with citizen.stream() as socket:
        assert socket.receive_json()["soort"] == "aangemeld"
        erased = citizen.client.delete(citizen.path, headers=citizen.headers)
        assert erased.json()["gewist"] is True
        assert "AVG" in erased.json()["bewaard"]
        with pytest.raises(WebSocketDisconnect) as closed:
            _read_to_the_end(socket)
        assert closed.value.code == 4410
    problem(citizen.get(), 401)


def test_erasing_and_the_transcript_take_along_the_conversations_it_goes_on_from(citizen: Citizen) -> None:
    client, paths, headers = citizen.client, [citizen.path], citizen.headers
    stranger = client.post("/api/v1/gesprekken", json={"gemeente": "voorbeeldstad"}).json()
    for number in range(2):
        message = {"id": f"bericht-000{number}", "tekst": f"dit is deel {number} van mijn verhaal"}
        assert client.post(f"{paths[-1]}/berichten", json=message, headers=headers).status_code == 202
        client.patch(paths[-1], json={"status": "gesloten"}, headers=headers)
        body = {"gemeente": "voorbeeldstad", "vervolg_op": paths[-1].rsplit("/", 1)[1]}
        opened = client.post("/api/v1/gesprekken", json=body, headers=headers).json()
        paths.append(f"/api/v1/gesprekken/{opened['id']}")
        headers = {"Authorization": f"Bearer {opened['token']}"}
    text = client.get(f"{paths[-1]}/verslag", headers=headers).text
    assert 0 < text.index("deel 0") < text.index("deel 1")
    assert text.count("Begonnen op") == 3

    assert client.delete(paths[-1], headers=headers).json()["gewist"] is True
    problem(client.get(citizen.path, headers=citizen.headers), 401)
    problem(client.get(paths[-1], headers=headers), 401)
    kept = {"Authorization": f"Bearer {stranger['token']}"}
    assert client.get(f"/api/v1/gesprekken/{stranger['id']}", headers=kept).status_code == 200


def test_the_stream_starts_with_what_was_missed_and_shows_nothing_twice(citizen: Citizen) -> None:
    citizen.send("eerste", "bericht-0001")
    citizen.wait_for(ANSWER)
    with citizen.stream(after=1) as socket:
        assert socket.receive_json()["soort"] == "aangemeld"
        numbers = [socket.receive_json()["bericht"]["volgnummer"] for _ in range(2)]
        assert numbers == [2, 3]
        socket.send_json({"soort": "bericht", "id": "bericht-0002", "tekst": "tweede"})
        seen: list[int] = []
        acknowledged = None
        while 5 not in seen:
            frame = socket.receive_json()
            if frame["soort"] == "bericht":
                seen.append(frame["bericht"]["volgnummer"])
            elif frame["soort"] == "ontvangen":
                acknowledged = frame["volgnummer"]
        assert (seen, acknowledged) == ([4, 5], 4)


def test_a_cut_in_the_middle_of_a_burst_loses_nothing_and_doubles_nothing(citizen: Citizen) -> None:
    seen: list[int] = []

    def read_messages(socket: Any, count: int) -> None:
        while count:
            frame = socket.receive_json()
            if frame["soort"] == "bericht":
                seen.append(frame["bericht"]["volgnummer"])
                count -= 1

    with ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(citizen.send, f"vraag {number}", f"salvo-{number:04d}") for number in range(12)]
        with citizen.stream() as socket:
            read_messages(socket, 6)
        with citizen.stream(after=seen[-1]) as socket:
            read_messages(socket, 1 + 2 * len(sending) - len(seen))
        assert all(sent.result().status_code == 202 for sent in sending)
    assert seen == list(range(1, 1 + len(seen)))
    texts = [message["tekst"] for message in citizen.said() if message["afzender"] == "burger"]
    assert sorted(texts) == sorted(f"vraag {number}" for number in range(12))


def test_the_stream_refuses_a_wrong_token_and_another_site(citizen: Citizen) -> None:
    with citizen.stream(token="verkeerd") as socket, pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_json()
    assert closed.value.code == 4401
    with (
        citizen.stream(headers={"Origin": "https://evil.example"}) as socket,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        socket.receive_json()
    assert closed.value.code == 4403


def test_what_her_window_showed_is_kept_so_that_the_employee_sees_it(citizen: Citizen, sqlite_url: str) -> None:
    with citizen.stream(after=1) as socket:
        assert socket.receive_json()["soort"] == "aangemeld"
        socket.send_json({"soort": "gezien", "volgnummer": 1})
        socket.send_json({"soort": "ping"})
        assert socket.receive_json() == {"soort": "pong"}
    assert asyncio.run(_seen_up_to(sqlite_url, citizen.id)) == 1


async def _seen_up_to(url: str, conversation_id: str) -> int:
    database = Database(url, InProcessBus())
    async with database.read() as session:
        conversation = await conversations.get(session, conversation_id)
    await database.close()
    return conversation.seen_seq


@pytest.mark.parametrize("number", ["1", True, -1, 2**31, 1.5, None])
def test_a_number_that_no_message_can_have_is_refused(citizen: Citizen, number: Any) -> None:
    with citizen.stream(after=1) as socket:
        assert socket.receive_json()["soort"] == "aangemeld"
        socket.send_json({"soort": "gezien", "volgnummer": number})
        assert socket.receive_json()["status"] == 422


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        ("geen json", 400),
        ("[]", 400),
        (b"\x00\xff", 400),
        ("[" * 50_000, 400),
        ('{"id":' * 10_000, 400),
        ('{"soort":"iets"}', 422),
        ('{"soort":"bericht"}', 422),
        ('{"soort":"bericht","id":"\\ud800","\\ud801":1}', 422),
        ("{" * 70_000, 413),
    ],
)
def test_a_frame_that_makes_no_sense_gets_an_error_and_the_stream_goes_on(
    citizen: Citizen, frame: str | bytes, status: int
) -> None:
    with citizen.stream(after=1) as socket:
        assert socket.receive_json()["soort"] == "aangemeld"
        if isinstance(frame, bytes):
            socket.send_bytes(frame)
        else:
            socket.send_text(frame)
        refused = socket.receive_json()
        assert (refused["soort"], refused["status"], refused["id"]) == ("fout", status, None)
        assert refused["detail"]
        socket.send_json({"soort": "ping"})
        assert socket.receive_json() == {"soort": "pong"}


@pytest.mark.parametrize("number", ["-1", str(2**31), "een"])
def test_messages_after_a_number_that_cannot_be_are_refused(citizen: Citizen, number: str) -> None:
    problem(citizen.get(f"/berichten?na={number}"), 422)


def test_a_first_frame_with_a_number_that_cannot_be_says_so(citizen: Citizen) -> None:
    with citizen.stream(after=2**31) as socket:
        assert socket.receive_json()["status"] == 422
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1008


def test_a_field_with_a_name_that_cannot_be_sent_back_is_refused_all_the_same(citizen: Citizen) -> None:
    headers = {**citizen.headers, "Content-Type": "application/json"}
    body = b'{"id":"bericht-0001","tekst":"hoi","\\ud800":1}'
    problem(citizen.client.post(f"{citizen.path}/berichten", content=body, headers=headers), 422)


@pytest.mark.parametrize("signal", [{"soort": "typt", "aan": True}, {"soort": "gezien", "volgnummer": 1}])
def test_signs_of_life_have_a_limit_too(citizen: Citizen, signal: dict[str, Any]) -> None:
    with citizen.stream(after=1) as socket:
        assert socket.receive_json()["soort"] == "aangemeld"
        for _ in range(101):
            socket.send_json(signal)
        refused = socket.receive_json()
        assert (refused["soort"], refused["status"]) == ("fout", 429)
        assert refused["opnieuw_na_seconden"] >= 1


class _StuckSocket:
    """A connection whose other end says something, and takes nothing."""

    def __init__(self) -> None:
        self.closed_with: int | None = None
        self._frames = ['{"soort":"ping"}']

    async def receive(self) -> dict[str, str]:
        if not self._frames:
            await asyncio.Event().wait()
        return {"type": "websocket.receive", "text": self._frames.pop()}

    async def send_json(self, _: dict[str, Any]) -> None:
        await asyncio.Event().wait()

    async def close(self, code: int) -> None:
        self.closed_with = code


async def test_a_client_that_stops_reading_is_let_go(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citizen_socket, "SEND_SECONDS", 0.01)
    desk: Any = SimpleNamespace(bus=InProcessBus(), database=stage.database)
    async with stage.database.read() as session:
        conversation = await conversations.get(session, await stage.conversation())
    stuck: Any = _StuckSocket()
    async with asyncio.timeout(5):
        await citizen_socket._Stream(stuck, desk, FloodGate(None), conversation, 0).run()
    assert stuck.closed_with == 1008


def test_an_error_names_the_message_it_is_about(citizen: Citizen) -> None:
    with citizen.stream(after=1) as socket:
        socket.receive_json()
        socket.send_json({"soort": "bericht", "id": "bericht-0009", "tekst": ""})
        refused = socket.receive_json()
        assert (refused["id"], refused["status"]) == ("bericht-0009", 422)


def test_every_answer_carries_safe_headers(client: TestClient) -> None:
    for path in ("/healthz", "/api/v1/gemeenten/voorbeeldstad", "/api/v1/bestaat-niet"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert client.get("/api/v1/gemeenten/voorbeeldstad").headers["cache-control"] == "no-store"


def test_the_widget_can_be_loaded_from_any_site(client: TestClient) -> None:
    loaded = client.get("/widget/balie-chat.js", headers={"Origin": "https://anders.example"})
    assert loaded.status_code == 200
    assert loaded.headers["access-control-allow-origin"] == "*"


def test_the_api_describes_itself(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert "/api/v1/gesprekken/{gesprek_id}/berichten" in described["paths"]


def test_operations_answer(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok"
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["database"] is True
