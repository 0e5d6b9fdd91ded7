"""A crisis that nobody picks up reaches whoever is on call, again and again, until somebody has it or has seen it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from bot.desk import Desk
from bot.on_call import OnCall
from bot.settings import Settings
from handoff import on_call
from handoff.bus import InProcessBus
from handoff.console import words
from handoff.detection import Level
from handoff.exceptions import UnknownCase
from handoff.vault import Vault
from tests.console_room import Browser, mounted
from tests.counter import FakeRasa, make_desk
from tests.stage import CITY, Stage, StoppedClock, new_case

HOOK = "https://piket.voorbeeldstad.example/balie"


@dataclass
class Hook:
    """A webhook that keeps what it gets, or is broken."""

    got: list[dict[str, object]] = field(default_factory=list)
    broken: bool = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url) == HOOK
        if self.broken:
            return httpx.Response(502)
        self.got.append(json.loads(request.content))
        return httpx.Response(204)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer))


@pytest.fixture
def desk(stage: Stage, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    return make_desk(stage.database, bus, vault, clock, FakeRasa())


@pytest.fixture
def hook() -> Hook:
    return Hook()


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, public_url="http://127.0.0.1:8080", **given)  # type: ignore[arg-type, call-arg]


@pytest.fixture
def watch(desk: Desk, hook: Hook) -> OnCall:
    return OnCall(desk, settings(on_call_webhooks={CITY: SecretStr(HOOK)}), hook.client)


@pytest.fixture
async def anna(stage: Stage) -> str:
    """An employee who is there."""
    employee_id = await stage.employee("Anna")
    await stage.renew(employee_id)
    return employee_id


async def test_with_nobody_there_it_is_told_at_once_and_without_the_citizens_words(
    stage: Stage, watch: OnCall, hook: Hook
) -> None:
    case = await stage.case(await stage.waiting_case(new_case(Level.CRISIS)))
    assert await watch.call() == 1
    [body] = hook.got
    assert body["zaak"] == case.reference
    assert body["niveau"] == "crisis"
    assert "Er is geen medewerker aanwezig" in str(body["text"])
    assert str(body["openen"]).endswith(f"/medewerker/zaken/{case.id}")
    assert set(body) == {"text", "gemeente", "zaak", "niveau", "sinds", "melding", "openen", "gezien"}


async def test_with_somebody_there_she_gets_two_minutes(
    stage: Stage, watch: OnCall, hook: Hook, anna: str, clock: StoppedClock
) -> None:
    await stage.waiting_case(new_case(Level.CRISIS))
    clock.advance(119)
    await stage.renew(anna)
    assert await watch.call() == 0
    clock.advance(1)
    await stage.renew(anna)
    assert await watch.call() == 1
    assert "Nog niemand pakte het op" in str(hook.got[0]["text"])


@pytest.mark.parametrize("level", [Level.URGENT, Level.ESCALATE])
async def test_nobody_is_woken_for_less(stage: Stage, watch: OnCall, level: Level) -> None:
    await stage.waiting_case(new_case(level))
    assert await watch.call() == 0


async def test_it_goes_on_every_five_minutes_until_somebody_has_the_case(
    stage: Stage, watch: OnCall, hook: Hook, clock: StoppedClock
) -> None:
    case_id = await stage.waiting_case(new_case(Level.CRISIS))
    for seconds, sent in ((0, 1), (299, 0), (1, 1), (300, 1)):
        clock.advance(seconds)
        assert await watch.call() == sent
    assert [one["melding"] for one in hook.got] == [1, 2, 3]
    await stage.claim(case_id, await stage.employee("Anna"))
    clock.advance(300)
    assert await watch.call() == 0


async def test_who_has_seen_it_hears_no_more_and_the_employee_knows(
    stage: Stage, watch: OnCall, clock: StoppedClock
) -> None:
    case_id = await stage.waiting_case(new_case(Level.CRISIS))
    await watch.call()
    clock.advance(60)
    for _ in range(2):
        async with stage.database.write() as session:
            await on_call.seen(session, case_id, now=clock())
    clock.advance(3600)
    assert await watch.call() == 0
    case = await stage.case(case_id)
    assert words.on_call(on_call.told(case)) == "1 keer gewaarschuwd, het laatst om 11.00 uur; gezien om 11.01 uur."
    actions = [line.action for line in await stage.audit(case.conversation_id)]
    assert [one for one in actions if one.startswith("on_call")] == ["on_call_told", "on_call_seen"]


async def test_a_way_that_fails_is_tried_again_after_half_a_minute(
    stage: Stage, watch: OnCall, hook: Hook, clock: StoppedClock
) -> None:
    await stage.waiting_case(new_case(Level.CRISIS))
    hook.broken = True
    assert await watch.call() == 0
    clock.advance(29)
    hook.broken = False
    assert await watch.call() == 0
    clock.advance(1)
    assert await watch.call() == 1
    assert hook.got[0]["melding"] == 1


async def test_two_processes_send_one_alert(stage: Stage, desk: Desk, hook: Hook) -> None:
    await stage.waiting_case(new_case(Level.CRISIS))
    given = settings(on_call_webhooks={CITY: SecretStr(HOOK)})
    sent = await asyncio.gather(*(OnCall(desk, given, hook.client).call() for _ in range(4)))
    assert sum(sent) == 1
    assert len(hook.got) == 1


async def test_a_municipality_that_named_nobody_is_not_silent_about_it(
    stage: Stage, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    case = await stage.case(await stage.waiting_case(new_case(Level.CRISIS)))
    assert await OnCall(desk, settings()).call() == 0
    actions = [line.action for line in await stage.audit(case.conversation_id)]
    assert "on_call_unreachable" in actions


class Mailbox:
    """Keeps what a mail server gets."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:  # noqa: N802
        content: bytes = envelope.content  # type: ignore[attr-defined]
        self.got.append((envelope.rcpt_tos[0], content.decode()))  # type: ignore[attr-defined]
        return "250 OK"


@pytest.fixture
async def mail() -> AsyncIterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    yield mailbox, port
    server.stop()


async def test_an_email_says_the_same_to_a_real_mail_server(
    stage: Stage, desk: Desk, mail: tuple[Mailbox, int]
) -> None:
    mailbox, port = mail
    await stage.waiting_case(new_case(Level.CRISIS))
    given = settings(
        on_call_emails={CITY: "piket@voorbeeldstad.example"}, smtp_url=SecretStr(f"smtp://127.0.0.1:{port}")
    )
    assert await OnCall(desk, given).call() == 1
    [(to, content)] = mailbox.got
    assert to == "piket@voorbeeldstad.example"
    assert "Subject: Balie: inwoner in nood wacht" in content


async def test_without_a_mail_server_it_counts_as_unreachable(stage: Stage, desk: Desk) -> None:
    await stage.waiting_case(new_case(Level.CRISIS))
    given = settings(on_call_emails={CITY: "piket@voorbeeldstad.example"}, smtp_url=SecretStr("smtp://127.0.0.1:9"))
    assert await OnCall(desk, given).call() == 0


async def test_the_token_is_of_one_case(vault: Vault) -> None:
    given = on_call.token(vault, "een")
    assert on_call.is_token(vault, "een", given)
    assert not on_call.is_token(vault, "twee", given)
    assert not on_call.is_token(vault, "een", "é")


async def test_a_case_that_is_gone_cannot_be_seen(stage: Stage) -> None:
    with pytest.raises(UnknownCase):
        async with stage.database.write() as session:
            await on_call.seen(session, "weg", now=stage.clock())


async def test_the_page_stops_the_alerts_only_when_somebody_says_so(
    stage: Stage, watch: OnCall, bus: InProcessBus, vault: Vault, clock: StoppedClock, hook: Hook
) -> None:
    case_id = await stage.waiting_case(new_case(Level.CRISIS))
    await watch.call()
    path = urlsplit(str(hook.got[0]["gezien"])).path
    browser = Browser(mounted(stage.database, bus, clock, vault))
    shown = await browser.get(path)
    assert "Ik heb dit gezien" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    clock.advance(300)
    assert await watch.call() == 1, "looking at the page confirms nothing"
    confirmed = await browser.post(path)
    assert "geen meldingen meer" in confirmed.text
    assert "Ik heb dit gezien" not in confirmed.text
    clock.advance(300)
    assert await watch.call() == 0
    await stage.claim(case_id, await stage.employee("Anna"))
    assert "is opgepakt" in (await browser.get(path)).text


async def test_a_wrong_address_opens_nothing(
    stage: Stage, bus: InProcessBus, vault: Vault, clock: StoppedClock
) -> None:
    case_id = await stage.waiting_case(new_case(Level.CRISIS))
    browser = Browser(mounted(stage.database, bus, clock, vault))
    for token in ("0" * 32, on_call.token(vault, "een andere zaak")):
        assert (await browser.get(f"/medewerker/piket/{case_id}/{token}")).status_code == 404
        assert (await browser.post(f"/medewerker/piket/{case_id}/{token}")).status_code == 404
    assert on_call.told(await stage.case(case_id)).seen is None
