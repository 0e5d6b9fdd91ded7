"""Telegram brings updates to the application: nothing is answered with 200 before it is stored."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.app import create_app
from bot.channels.telegram.webhook import LARGEST_BYTES, SECRET_HEADER
from bot.engine import Engine
from bot.settings import Settings
from handoff import employees, ownership, schema
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.tables import Case, Message
from handoff.vocabulary import Sender, Team
from tests.files import photo
from tests.servers import free_port
from tests.telegram_desk import DAM, DAM_TOKEN, STAD, STAD_TOKEN, FakeEngine
from tests.telegram_process import serving_process, until_halted
from tests.telegram_server import FakeTelegram, Fault

SANNE, PIET = 4101, 4102
PUBLIC = "https://balie.example"


class Visitor:
    """Telegram's side of the webhook."""

    def __init__(self, app: FastAPI, telegram: FakeTelegram) -> None:
        self.app = app
        self.telegram = telegram
        self._numbers = itertools.count(1)

    def update(self, chat_id: int, text: str) -> dict[str, Any]:
        return {"update_id": next(self._numbers), "message": self.telegram.message(chat_id, text=text)}

    async def secret(self, token: str = STAD_TOKEN) -> str:
        """What balie told Telegram to send along."""
        await self.telegram.until(lambda: self.telegram.bot(token).called("setWebhook"))
        return str(self.telegram.bot(token).called("setWebhook")[-1]["secret_token"])

    async def brings(
        self, update: Any, *, where: str = STAD, secret: str | None = None, token: str = STAD_TOKEN
    ) -> httpx.Response:
        given = await self.secret(token) if secret is None else secret
        headers = {SECRET_HEADER.encode(): given.encode("latin-1")}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=PUBLIC) as client:
            sent = {"content": update} if isinstance(update, bytes) else {"json": update}
            return await client.post(f"/telegram/{where}", headers=headers, **sent)

    async def stored(self) -> list[str]:
        async with self.app.state.desk.database.read() as session:
            mine = select(Message).where(Message.sender == Sender.CITIZEN).order_by(Message.created_at, Message.seq)
            return [one.text for one in await session.scalars(mine)]


@pytest.fixture
def webhook() -> bool:
    return True


@pytest.fixture
async def visitor(tmp_path: Path, telegram: FakeTelegram, webhook: bool) -> AsyncIterator[Visitor]:
    address = f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"
    database = Database(address, InProcessBus())
    await schema.upgrade(database)
    await database.close()
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=address,
        public_url=PUBLIC,
        secret_key=SecretStr("x" * 64),
        telegram_tokens={STAD: SecretStr(STAD_TOKEN), DAM: SecretStr(DAM_TOKEN)},
        telegram_api_base=telegram.url,
        telegram_mode="webhook" if webhook else "polling",
    )
    app = create_app(settings, engine=cast("Engine", FakeEngine()))
    async with app.router.lifespan_context(app):
        yield Visitor(app, telegram)


async def test_telegram_is_told_where_to_bring_and_what_is_brought_is_answered(
    visitor: Visitor, telegram: FakeTelegram
) -> None:
    secret = await visitor.secret()
    [told] = telegram.bot(STAD_TOKEN).called("setWebhook")
    assert told["url"] == f"{PUBLIC}/telegram/{STAD}"
    assert len(secret) >= 32
    assert (await visitor.brings(visitor.update(SANNE, "Wat kost een paspoort?"))).status_code == 200
    assert await visitor.stored() == ["Wat kost een paspoort?"]
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: Wat kost een paspoort?")
    assert telegram.bot(STAD_TOKEN).called("getUpdates") == []


async def test_who_does_not_know_the_secret_says_nothing_here(visitor: Visitor) -> None:
    update = visitor.update(SANNE, "Ik ben niet Telegram")
    for secret in ("", "verkeerd", "é", await visitor.secret(DAM_TOKEN)):
        assert (await visitor.brings(update, secret=secret)).status_code == 401
    assert await visitor.stored() == []


async def test_what_is_brought_twice_is_stored_once(visitor: Visitor) -> None:
    update = visitor.update(SANNE, "hallo")
    for _ in range(3):
        assert (await visitor.brings(update)).status_code == 200
    assert await visitor.stored() == ["hallo"]


async def test_what_could_not_be_stored_is_not_confirmed_and_comes_again(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = visitor.update(SANNE, "hallo")
    database = visitor.app.state.desk.database
    with monkeypatch.context() as patch:

        def away() -> Any:
            raise OperationalError("insert", {}, OSError("the database is away"))

        patch.setattr(database, "write", away)
        for _ in range(5):  # however often: a database that is away says nothing about the message
            assert (await visitor.brings(update)).status_code == 503
    assert await visitor.stored() == []
    assert (await visitor.brings(update)).status_code == 200
    assert await visitor.stored() == ["hallo"]


async def test_killed_before_it_is_stored_it_was_not_confirmed_and_is_stored_when_it_comes_again(
    tmp_path: Path, visitor: Visitor, telegram: FakeTelegram
) -> None:
    """The process that dies is a real one beside the application that takes its place, on the same database."""
    port = free_port()
    update = visitor.update(SANNE, "hallo")
    headers = {SECRET_HEADER: await visitor.secret()}
    address = f"http://127.0.0.1:{port}/telegram/{STAD}"
    with serving_process(tmp_path / "balie.db", telegram.url, port) as process:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            bringing = asyncio.create_task(_bring(client, address, update, headers))
            await asyncio.to_thread(until_halted, process)
            assert not bringing.done(), "nothing is confirmed before it is stored"
            process.kill()
            assert await bringing is None
    assert await visitor.stored() == []
    for _ in range(2):
        assert (await visitor.brings(update)).status_code == 200
    assert await visitor.stored() == ["hallo"]


async def _bring(
    client: httpx.AsyncClient, address: str, update: dict[str, Any], headers: dict[str, str]
) -> httpx.Response | None:
    """What is answered, once somebody listens; None when the connection breaks off instead."""
    while True:
        try:
            return await client.post(address, json=update, headers=headers)
        except httpx.ConnectError:
            await asyncio.sleep(0.1)
        except httpx.HTTPError:
            return None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"update_id": "x"}', b"\xff\xfe"])
async def test_what_cannot_be_read_is_not_asked_for_again(visitor: Visitor, body: bytes) -> None:
    assert (await visitor.brings(body)).status_code == 200
    assert await visitor.stored() == []


async def test_slow_file_is_confirmed_at_once_and_holds_up_nobody(visitor: Visitor, telegram: FakeTelegram) -> None:
    desk = visitor.app.state.desk
    await visitor.brings(visitor.update(SANNE, "/medewerker"))
    await telegram.until_text(STAD_TOKEN, SANNE, "aan de beurt")
    async with desk.database.write() as session:
        samira = await employees.add_employee(
            session,
            email="samira@voorbeeldstad.example",
            display_name="Samira",
            password=await employees.hash_password("een-lang-wachtwoord"),
            municipality=STAD,
            teams=[str(team) for team in Team],
            now=desk.clock(),
        )
        case = (await session.scalars(select(Case))).one()
        await ownership.claim(session, case.id, samira.id, now=desk.clock())
    telegram.fail(STAD_TOKEN, "getFile", Fault(hold=True))
    telegram.bot(STAD_TOKEN).files["p"] = photo()
    sent = visitor.update(SANNE, "")
    del sent["message"]["text"]
    sent["message"] |= {
        "photo": [{"file_id": "p", "file_unique_id": "p", "width": 64, "height": 48}],
        "caption": "hier",
    }
    async with asyncio.timeout(10):
        assert (await visitor.brings(sent)).status_code == 200
        assert (await visitor.brings(visitor.update(SANNE, "ziet u het?"))).status_code == 200
        assert (await visitor.brings(visitor.update(PIET, "hallo"))).status_code == 200
        await telegram.until_text(STAD_TOKEN, PIET, "Antwoord op: hallo")
    telegram.release()
    async with asyncio.timeout(10):
        while (said := await visitor.stored())[-1] != "ziet u het?":
            await asyncio.sleep(0.05)
    assert [one for one in said if one != "hallo"] == [
        "Praat met een medewerker",
        "hier",
        "Bestand: foto.jpg",
        "ziet u het?",
    ]


async def test_two_municipalities_keep_their_own(visitor: Visitor, telegram: FakeTelegram) -> None:
    await visitor.brings(visitor.update(SANNE, "stad"))
    await visitor.brings(visitor.update(PIET, "dam"), where=DAM, token=DAM_TOKEN)
    await telegram.until_text(STAD_TOKEN, SANNE, "Antwoord op: stad")
    await telegram.until_text(DAM_TOKEN, PIET, "Antwoord op: dam")
    assert telegram.bot(STAD_TOKEN).to(PIET) == []


async def test_a_municipality_without_a_bot_has_no_address(visitor: Visitor) -> None:
    assert (await visitor.brings(visitor.update(SANNE, "hallo"), where="nergens")).status_code == 404


@pytest.mark.parametrize("webhook", [False])
async def test_while_polling_nothing_is_taken_in_here(visitor: Visitor) -> None:
    assert (await visitor.brings(visitor.update(SANNE, "hallo"), secret="x")).status_code == 404


async def test_a_large_update_is_taken_in(visitor: Visitor) -> None:
    update = visitor.update(SANNE, "a" * 4_000)
    bold = [{"type": "bold", "offset": number, "length": 1} for number in range(2_000)]
    update["message"]["entities"] = bold
    body = json.dumps(update).encode()
    assert 64_000 < len(body) < LARGEST_BYTES
    assert (await visitor.brings(body)).status_code == 200
    assert await visitor.stored() == ["a" * 4_000]


async def test_what_is_larger_than_any_update_is_refused(visitor: Visitor) -> None:
    assert (await visitor.brings(bytes(LARGEST_BYTES + 1))).status_code == 413


async def test_of_who_does_not_know_the_secret_nothing_is_read(visitor: Visitor) -> None:
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(10):
            read.append(number)
            yield bytes(1_000)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(visitor.app), base_url=PUBLIC) as client:
        answer = await client.post(f"/telegram/{STAD}", headers={SECRET_HEADER: "verkeerd"}, content=body())
    assert answer.status_code == 401
    assert read == []
