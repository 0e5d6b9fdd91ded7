"""What the connector says when a call or something behind it is wrong: never 200 with nothing."""

import socket
import subprocess
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from bot.engine import MEANING_PATH, TURN_PATH, Engine, EngineUnavailable
from tests.rasa.conftest import PROJECT, RASA_PYTHON, TOKEN, Served, serving
from tests.servers import free_port

CALL: dict[str, Any] = {
    "turn_id": "t1",
    "text": "wat kost een paspoort",
    "choice": None,
    "municipality": "voorbeeldstad",
    "state": None,
}


async def post(rasa: Served, *, token: str = TOKEN, path: str = TURN_PATH, **how: Any) -> httpx.Response:
    async with httpx.AsyncClient(base_url=rasa.url, trust_env=False, timeout=30) as client:
        headers = {"Authorization": f"Bearer {token}".encode()}
        return await client.post(path, headers=headers, **how)


async def test_a_good_call_answers_200(rasa: Served) -> None:
    assert (await post(rasa, json=CALL)).status_code == 200


@pytest.mark.parametrize("path", [TURN_PATH, MEANING_PATH])
async def test_without_the_token_nothing_is_answered(rasa: Served, path: str) -> None:
    for token in ("fout", "tóéts", f"{TOKEN}x"):
        answer = await post(rasa, token=token, path=path, json=CALL)
        assert answer.status_code == 401
        assert list(answer.json()) == ["error"]


async def test_messages_that_mean_much_the_same_have_vectors_near_each_other(rasa: Served) -> None:
    lost, gone, rubbish = [
        (await post(rasa, path=MEANING_PATH, json={"text": text})).json()["meaning"]
        for text in ("ik ben mijn paspoort kwijt", "mijn reisdocument is gestolen", "wanneer komt de vuilniswagen")
    ]
    assert len(lost) == 384
    assert np.dot(lost, gone) > np.dot(lost, rubbish)


@pytest.mark.parametrize("how", [{"content": b"{"}, {"json": []}, {"json": {}}, {"json": {"text": "a" * 4001}}])
async def test_no_meaning_of_a_wrong_call(rasa: Served, how: dict[str, Any]) -> None:
    answer = await post(rasa, path=MEANING_PATH, **how)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "how",
    [
        {"content": b"{"},
        {"content": b"\xff\xfe"},
        {"json": []},
        {"json": {}},
        {"json": {**CALL, "text": 1}},
        {"json": {**CALL, "text": "a" * 4001}},
        {"json": {**CALL, "state": "x"}},
        {"json": {**CALL, "state": {}}},
        {"json": {**CALL, "state": {"version": 999}}},
        {"json": {**CALL, "state": {"version": 1, "slots": {}, "active_loop": None, "events": [{"event": "odd"}]}}},
        {"json": {**CALL, "choice": 3}},
    ],
)
async def test_a_wrong_call_is_a_400_that_says_what(rasa: Served, how: dict[str, Any]) -> None:
    answer = await post(rasa, **how)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]


async def test_an_action_that_fails_is_a_5xx(rasa: Served) -> None:
    answer = await post(rasa, json={**CALL, "municipality": "bestaat_niet"})
    assert answer.status_code == 502
    assert "action_answer" in answer.json()["error"]


async def test_rasas_own_doors_are_closed(rasa: Served) -> None:
    async with httpx.AsyncClient(base_url=rasa.url, trust_env=False) as client:
        for path in ("/model/parse", "/conversations/x/tracker", "/domain", "/status", "/webhooks/rest/webhook"):
            assert (await client.post(path, json={})).status_code in {404, 405}, path


async def test_without_an_action_server_turns_fail_and_the_next_ones_work(model: Path, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/webhook"
    with serving(model, nobody, tmp_path / "log") as served:
        async with Engine(served.url, TOKEN) as engine:
            with pytest.raises(EngineUnavailable, match="502"):
                await engine.turn(**CALL)
            assert await engine.healthy()
        assert _outgoing(served.process.pid) == set()


def test_a_missing_model_is_one_sentence(tmp_path: Path) -> None:
    command = [str(RASA_PYTHON), "-m", "balie_rasa.serve", "--model", str(tmp_path / "geen.tar.gz"), "--token", "x"]
    environment = {"PYTHONPATH": str(PROJECT / "bot" / "rasa_server" / "src")}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "balie train" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


async def test_no_connection_leaves_this_machine(engine: Engine, rasa: Served) -> None:
    await engine.turn(**CALL)
    assert _outgoing(rasa.process.pid) == set()


def _outgoing(pid: int) -> set[str]:
    """Addresses outside this machine that a process is connected to or tries to reach."""
    own_sockets = {
        link.readlink().name.removeprefix("socket:[").removesuffix("]")
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if link.is_symlink() and link.readlink().name.startswith("socket:")
    }
    found = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[9] in own_sockets:
                found.add(_address(columns[2].partition(":")[0], family))
    return {address for address in found if not address.startswith(("127.", "0.0.0.0", "::", "::1"))}


def _address(hexadecimal: str, family: socket.AddressFamily) -> str:
    words = [bytes.fromhex(hexadecimal[i : i + 8])[::-1] for i in range(0, len(hexadecimal), 8)]
    return socket.inet_ntop(family, b"".join(words))
