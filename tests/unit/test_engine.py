"""The door to Rasa, with Rasa played by a transport at the network's edge."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from bot.engine import Button, Command, Engine, EngineSilent, EngineUnavailable, Link, Ranked, ReplyKind

Handler = Callable[[httpx.Request], httpx.Response]

GOOD: dict[str, Any] = {
    "replies": [
        {
            "text": "Een paspoort kost € 80.",
            "buttons": [{"title": "Meer hierover", "payload": "meer:paspoort/kosten"}],
            "links": [{"title": "Afspraak", "url": "https://www.testdorp.example/afspraak"}],
            "kind": "answer",
        }
    ],
    "questions": [
        {
            "topic": "paspoort",
            "aspect": "kosten",
            "confidence": 0.9,
            "ranking": [{"topic": "paspoort", "confidence": 0.9}],
        }
    ],
    "entities": [],
    "commands": [{"name": "handoff", "key": "t1:handoff", "arguments": {"reason": "wants_human"}}],
    "failures_in_a_row": 1,
    "state": {"version": 1},
}


def engine(handler: Handler) -> Engine:
    return Engine("http://rasa", "geheim", 5, transport=httpx.MockTransport(handler))


async def ask(handler: Handler) -> Any:
    async with engine(handler) as door:
        return await door.turn(
            text="wat kost een paspoort", choice=None, municipality="testdorp", state={"a": 1}, turn_id="t1"
        )


async def test_a_turn_carries_the_state_and_the_token_and_returns_everything() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=GOOD)

    turn = await ask(answer)

    assert seen[0].headers["authorization"] == "Bearer geheim"
    assert json.loads(seen[0].content)["state"] == {"a": 1}
    assert turn.replies[0].kind is ReplyKind.ANSWER
    assert turn.replies[0].buttons == (Button("Meer hierover", "meer:paspoort/kosten"),)
    assert turn.replies[0].links == (Link("Afspraak", "https://www.testdorp.example/afspraak"),)
    assert turn.questions[0].ranking == (Ranked("paspoort", 0.9),)
    assert turn.commands == (Command("handoff", "t1:handoff", {"reason": "wants_human"}),)
    assert turn.failures_in_a_row == 1
    assert turn.state == {"version": 1}


async def test_no_reply_and_no_command_is_a_failure_of_its_own() -> None:
    with pytest.raises(EngineSilent):
        await ask(lambda _: httpx.Response(200, json={**GOOD, "replies": [], "commands": []}))


async def test_a_command_alone_is_enough() -> None:
    turn = await ask(lambda _: httpx.Response(200, json={**GOOD, "replies": []}))
    assert turn.commands


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(502, json={"error": "action server"}),
        httpx.Response(401, json={"error": "token"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"replies": []}),
        httpx.Response(200, json={**GOOD, "state": None}),
        httpx.Response(200, json={**GOOD, "replies": [{"text": "x", "buttons": [], "links": [], "kind": "odd"}]}),
    ],
)
async def test_anything_but_a_good_answer_means_unavailable(answer: httpx.Response) -> None:
    with pytest.raises(EngineUnavailable):
        await ask(lambda _: answer)


@pytest.mark.parametrize("error", [httpx.ConnectError("down"), httpx.ReadTimeout("slow"), httpx.ReadError("cut")])
async def test_down_slow_or_cut_means_unavailable(error: httpx.HTTPError) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(EngineUnavailable):
        await ask(fail)


async def test_a_message_has_a_meaning_as_a_vector() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"meaning": [0.5, -1]})

    async with engine(answer) as door:
        assert await door.meaning("wat kost een paspoort") == (0.5, -1.0)
    assert seen[0].url.path == "/webhooks/balie/meaning"
    assert seen[0].headers["authorization"] == "Bearer geheim"
    assert json.loads(seen[0].content) == {"text": "wat kost een paspoort"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"meaning": None}),
        httpx.Response(200, json={"meaning": ["x"]}),
        httpx.Response(200, json={"meaning": 3}),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(200, text="<html>"),
        httpx.Response(404, json={"error": "not found"}),
    ],
)
async def test_without_a_usable_vector_there_is_none(answer: httpx.Response) -> None:
    async with engine(lambda _: answer) as door:
        assert await door.meaning("wat kost een paspoort") is None


async def test_a_rasa_that_is_down_knows_no_meaning() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    async with engine(fail) as door:
        assert await door.meaning("wat kost een paspoort") is None


async def test_health_follows_rasa() -> None:
    async with engine(lambda _: httpx.Response(200, json={"status": "ok"})) as door:
        assert await door.healthy()
    async with engine(lambda _: httpx.Response(503, json={"status": "loading"})) as door:
        assert not await door.healthy()


class Dripping(httpx.AsyncByteStream):
    """Sends a byte now and then, each well within the time of one read, and never ends."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.02)
            yield b" "


class DrippingTransport(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Dripping())


async def test_a_reply_that_drips_in_is_too_slow_as_a_whole() -> None:
    async with Engine("http://rasa", "geheim", 0.2, transport=DrippingTransport()) as door:
        async with asyncio.timeout(5):
            with pytest.raises(EngineUnavailable, match="longer than"):
                await door.turn(text="hallo", choice=None, municipality="testdorp", state=None, turn_id="t1")
