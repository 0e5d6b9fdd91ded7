"""The live stream: nothing missed, nothing twice, and a clear end when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from bot import place
from bot.channels import socket as citizen_socket
from bot.channels.flood import FloodGate
from handoff import conversations, messages
from handoff.bus import Event, InProcessBus, conversation_subject, queue_subject
from handoff.database import Database
from handoff.vault import Vault
from handoff.vocabulary import Sender
from tests.citizen import ANSWER, Citizen
from tests.counter import FakeRasa, make_desk
from tests.stage import Stage, StoppedClock


def _read_to_the_end(socket: Any) -> None:
    while True:
        socket.receive_json()


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


def test_erasing_ends_the_stream_and_says_so(citizen: Citizen) -> None:
    with citizen.stream() as socket:
        assert socket.receive_json()["soort"] == "aangemeld"
        assert citizen.client.delete(citizen.path, headers=citizen.headers).status_code == 200
        with pytest.raises(WebSocketDisconnect) as closed:
            _read_to_the_end(socket)
    assert closed.value.code == 4410


def test_what_her_window_showed_is_kept_so_that_the_employee_sees_it(
    citizen: Citizen, stage: Stage, portal: BlockingPortal
) -> None:
    with citizen.stream(after=1) as socket:
        assert socket.receive_json()["soort"] == "aangemeld"
        socket.send_json({"soort": "gezien", "volgnummer": 1})
        socket.send_json({"soort": "ping"})
        assert socket.receive_json() == {"soort": "pong"}
    assert portal.call(stage.read, citizen.id).seen_seq == 1


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


def test_a_first_frame_with_a_number_that_cannot_be_says_so(citizen: Citizen) -> None:
    with citizen.stream(after=2**31) as socket:
        assert socket.receive_json()["status"] == 422
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1008


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


async def test_a_client_that_stops_reading_is_let_go(
    database: Database, clock: StoppedClock, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(citizen_socket, "SEND_SECONDS", 0.01)
    desk = make_desk(database, InProcessBus(), vault, clock, FakeRasa())
    async with database.read() as session:
        conversation = await conversations.get(session, await Stage(database, clock).conversation())
    stuck: Any = _StuckSocket()
    async with asyncio.timeout(5):
        await citizen_socket._Stream(stuck, desk, FloodGate(None), place.together(desk), conversation, 0).run()
    assert stuck.closed_with == 1008


def test_an_error_names_the_message_it_is_about(citizen: Citizen) -> None:
    with citizen.stream(after=1) as socket:
        socket.receive_json()
        socket.send_json({"soort": "bericht", "id": "bericht-0009", "tekst": ""})
        refused = socket.receive_json()
        assert (refused["id"], refused["status"]) == ("bericht-0009", 422)


def test_who_waits_sees_her_place_move_up(client: TestClient, clock: StoppedClock) -> None:
    first, second = Citizen(client), Citizen(client)
    first.asks_for_a_person()
    clock.advance(1)
    assert second.post("/medewerker").status_code == 202
    second.wait_for("nummer 2 in de rij")
    with second.stream() as socket:
        first.close()
        while (frame := socket.receive_json())["soort"] != "status":
            pass
    assert (frame["gesprek"]["eigenaar"], frame["gesprek"]["plaats"]) == ("wachtrij", 1)


def test_what_others_do_in_the_queue_costs_who_does_not_wait_nothing(
    citizen: Citizen, portal: BlockingPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(messages, "after", _counted(messages.after, read))
    publish = citizen.client.app.state.desk.bus.publish  # type: ignore[attr-defined]
    with citizen.stream(after=1) as socket:
        assert socket.receive_json()["soort"] == "aangemeld"
        portal.call(publish, Event(queue_subject("voorbeeldstad"), "enqueued", {"conversation_id": "other"}))
        typing = Event(conversation_subject(citizen.id), "typing", {"who": Sender.EMPLOYEE, "on": True, "name": "Anna"})
        portal.call(publish, typing)
        assert socket.receive_json()["soort"] == "typt"
    assert read == [citizen.id]


def test_all_who_wait_look_at_their_places_once_for_many_changes(
    citizen: Citizen, portal: BlockingPortal, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen.asks_for_a_person()
    others = [Citizen(citizen.client) for _ in range(3)]
    for number, one in enumerate(others, start=2):
        clock.advance(1)
        assert one.post("/medewerker").status_code == 202
        one.wait_for(f"nummer {number} in de rij")
    looked: list[str] = []
    read: list[str] = []
    places = place.places

    async def counted(desk: Any, session: Any, municipality: str, ids: Any = None) -> Any:
        looked.append(municipality)
        return await places(desk, session, municipality, ids)

    monkeypatch.setattr(citizen_socket, "PLACE_SECONDS", 0.5)
    publish = citizen.client.app.state.desk.bus.publish  # type: ignore[attr-defined]
    with contextlib.ExitStack() as windows:
        sockets = [windows.enter_context(one.stream(after=100)) for one in (citizen, *others)]
        for socket in sockets:
            assert socket.receive_json()["gesprek"]["eigenaar"] == "wachtrij"
        monkeypatch.setattr(place, "places", counted)
        monkeypatch.setattr(messages, "after", _counted(messages.after, read))
        for _ in range(50):
            portal.call(publish, Event(queue_subject("voorbeeldstad"), "claimed", {"conversation_id": "other"}))
        until = time.monotonic() + 30
        while not looked and time.monotonic() < until:
            time.sleep(0.02)
        typing = {"who": Sender.EMPLOYEE, "on": True, "name": "Anna"}
        for one, socket in zip((citizen, *others), sockets, strict=True):
            portal.call(publish, Event(conversation_subject(one.id), "typing", typing))
            assert socket.receive_json()["soort"] == "typt"
    assert 1 <= len(looked) <= 2  # who looks while it is read waits for the next
    assert read == []


def _counted(after: Callable[..., Awaitable[Any]], read: list[str]) -> Callable[..., Awaitable[Any]]:
    async def counted(session: Any, conversation_id: str, *details: Any) -> Any:
        read.append(conversation_id)
        return await after(session, conversation_id, *details)

    return counted
