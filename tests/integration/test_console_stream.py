"""The console's live stream, over a real server and real WebSockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import websockets
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from websockets.asyncio.client import ClientConnection

from handoff import conversations, employees, outbox, queue, signals
from handoff.bus import InProcessBus, Subscription, conversation_subject
from handoff.console import ConsoleDependencies, attendance, stream, transcript
from handoff.console.actions import send_reply
from handoff.database import Database
from handoff.employees import LoggedIn
from handoff.ownership import holding
from handoff.tables import Employee, OutboxRow
from handoff.vault import Vault
from handoff.vocabulary import ChannelName, Sender
from tests.console_room import Browser, add_employee, mounted, served
from tests.servers import free_port
from tests.stage import Stage, StoppedClock, new_case

pytestmark = pytest.mark.usefixtures("quick_log_ins")

WAIT_SECONDS = 10


class Console:
    """An open console: its session and its stream."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, kind: str, **fields: object) -> None:
        await self.socket.send(json.dumps({"soort": kind, **fields}))

    async def next(self, kind: str) -> dict[str, Any]:
        """The next frame of this kind; others are passed over."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.recv())
                if frame["soort"] == kind:
                    return frame

    async def closed_with(self) -> int | None:
        """Read to the end; the code that the stream was closed with."""
        async with asyncio.timeout(WAIT_SECONDS):
            with contextlib.suppress(websockets.ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code

    async def sent_before(self) -> list[str]:
        """The kinds of the frames that were sent before now, without asking the stream itself for an answer."""
        async with asyncio.timeout(WAIT_SECONDS):
            await (await self.socket.ping())
        kinds: list[str] = []
        with contextlib.suppress(TimeoutError):
            while True:
                async with asyncio.timeout(0.05):
                    kinds.append(json.loads(await self.socket.recv())["soort"])
        return kinds

    async def settled(self) -> list[dict[str, Any]]:
        """Every frame up to the answer to a ping that is sent now."""
        await self.send("ping")
        frames = []
        async with asyncio.timeout(WAIT_SECONDS):
            while (frame := json.loads(await self.socket.recv()))["soort"] != "pong":
                frames.append(frame)
        return frames

    async def watches_it(self) -> None:
        """Wait until the stream watches the conversation that came to her: it answers a ping just before, too."""
        for _ in range(2):
            await self.settled()


class Room:
    """A served console application."""

    def __init__(self, address: str, app: Any, database: Database) -> None:
        self.address = address
        self.app = app
        self.database = database

    async def cookie(self, email: str) -> str:
        browser = Browser(self.app, self.address)
        await browser.log_in(email)
        return "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())

    def connect(self, cookie: str, origin: str | None = None) -> websockets.connect:
        url = self.address.replace("http:", "ws:") + "/medewerker/stroom"
        return websockets.connect(url, origin=origin or self.address, additional_headers={"Cookie": cookie}, proxy=None)

    async def lease(self, employee_id: str) -> object:
        async with self.database.read() as session:
            employee = await session.get(Employee, employee_id)
            assert employee is not None
            return employee.lease_until


@pytest.fixture
async def room(database: Database, bus: InProcessBus, clock: StoppedClock, vault: Vault) -> AsyncIterator[Room]:
    port = free_port()
    app = mounted(database, bus, clock, vault, origin=f"http://127.0.0.1:{port}")
    async with served(app, port) as address:
        yield Room(address, app, database)


@pytest.fixture
async def console(room: Room, sam: Employee) -> AsyncIterator[Console]:
    async with room.connect(await room.cookie(sam.email)) as socket:
        console = Console(socket)
        await console.next("aangemeld")
        yield console


async def test_a_page_of_another_site_gets_no_stream(room: Room, sam: Employee) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with room.connect(await room.cookie(sam.email), origin="https://kwaad.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_without_a_session_the_stream_is_closed_as_ended(room: Room) -> None:
    async with room.connect("balie-sessie=geraden") as socket:
        assert await Console(socket).closed_with() == stream.SESSION_ENDED


async def test_a_new_case_is_told_at_once(console: Console, stage: Stage) -> None:
    await console.settled()
    await stage.waiting_case()
    assert await console.next("wachtrij")


async def test_a_case_of_another_municipality_is_not_told(console: Console, stage: Stage) -> None:
    await console.settled()
    await stage.waiting_case(municipality="fictiedam")
    assert await console.settled() == []


async def test_the_open_conversation_gets_what_it_missed_and_then_each_message_once(
    console: Console, stage: Stage, sam: Employee
) -> None:
    case_id = await stage.held_case(sam.id)
    conversation_id = (await stage.case(case_id)).conversation_id
    first = (await stage.citizen_says(conversation_id, "Een")).seq
    await stage.citizen_says(conversation_id, "Twee")
    await console.send("volg", zaak=case_id, na=first - 1)
    told = [await console.next("bericht"), await console.next("bericht")]
    await stage.citizen_says(conversation_id, "Drie & <vier>")
    told.append(await console.next("bericht"))
    assert [frame["volgnummer"] for frame in told] == [first, first + 1, first + 2]
    assert "Drie &amp; &lt;vier&gt;" in told[-1]["html"]
    assert not [frame for frame in await console.settled() if frame["soort"] == "bericht"]


async def test_after_a_break_the_page_asks_from_its_last_number_and_misses_nothing(
    room: Room, stage: Stage, sam: Employee
) -> None:
    case_id = await stage.held_case(sam.id)
    conversation_id = (await stage.case(case_id)).conversation_id
    cookie = await room.cookie(sam.email)
    async with room.connect(cookie) as socket:
        console = Console(socket)
        await console.send("volg", zaak=case_id, na=0)
        await stage.citizen_says(conversation_id, "Voor de breuk")
        last = 0
        while last < (await stage.read(conversation_id)).last_seq:
            last = (await console.next("bericht"))["volgnummer"]
    for number in range(5):
        await stage.citizen_says(conversation_id, f"Tijdens de breuk {number}")
    async with room.connect(cookie) as socket:
        console = Console(socket)
        await console.send("volg", zaak=case_id, na=last)
        got = [(await console.next("bericht"))["volgnummer"] for _ in range(5)]
    assert got == list(range(last + 1, last + 6))


async def test_a_case_of_another_team_cannot_be_followed(console: Console, stage: Stage) -> None:
    case_id = await stage.waiting_case(new_case(team="sociaal-wijkteam"))
    await console.send("volg", zaak=case_id, na=0)
    frames = await console.settled()
    conversation_id = (await stage.case(case_id)).conversation_id
    await stage.citizen_says(conversation_id, "Geheim")
    frames += await console.settled()
    assert not [frame for frame in frames if frame["soort"] == "bericht"]
    assert "Geheim" not in json.dumps(frames)


async def test_what_leaves_her_rights_leaves_her_page(
    console: Console, stage: Stage, sam: Employee, database: Database
) -> None:
    case_id = await stage.waiting_case()
    await console.send("volg", zaak=case_id, na=0)
    await console.settled()
    conversation_id = (await stage.case(case_id)).conversation_id
    async with database.write() as session:
        case = await session.get(type(await stage.case(case_id)), case_id)
        assert case is not None
        case.team = "sociaal-wijkteam"
    await stage.citizen_says(conversation_id, "Alleen voor het andere team")
    told = await console.next("zaak")
    assert told["zaak"] == case_id
    assert "Alleen voor" not in json.dumps(await console.settled())


async def test_typing_goes_both_ways(console: Console, stage: Stage, sam: Employee, bus: InProcessBus) -> None:
    case_id = await stage.held_case(sam.id)
    conversation_id = (await stage.case(case_id)).conversation_id
    await console.send("volg", zaak=case_id, na=0)
    await console.settled()
    await bus.publish(signals.typing(conversation_id, Sender.CITIZEN, on=True))
    assert (await console.next("typt"))["aan"] is True
    async with bus.subscribe(conversation_subject(conversation_id)) as watching:
        await console.send("typt", aan=True)
        event = await watching.next(WAIT_SECONDS)
    assert event is not None
    assert event.data == {"who": "employee", "on": True, "name": "Sam", "employee": sam.id}


async def test_who_only_reads_along_is_not_shown_as_typing(console: Console, stage: Stage, bus: InProcessBus) -> None:
    case_id = await stage.waiting_case()
    await console.send("volg", zaak=case_id, na=0)
    await console.settled()
    async with bus.subscribe(conversation_subject((await stage.case(case_id)).conversation_id)) as watching:
        await console.send("typt", aan=True)
        await console.settled()
        assert await watching.next(0.01) is None


async def test_her_page_is_told_when_the_case_changes_hands(
    console: Console, stage: Stage, sam: Employee, database: Database, clock: StoppedClock
) -> None:
    case_id = await stage.held_case(sam.id)
    await console.send("volg", zaak=case_id, na=0)
    await console.settled()
    await stage.release(case_id, sam.id)
    assert (await console.next("zaak"))["zaak"] == case_id


async def test_a_page_that_was_drawn_before_a_change_is_told_when_it_follows(
    console: Console, stage: Stage, sam: Employee, database: Database, clock: StoppedClock
) -> None:
    case_id = await stage.held_case(sam.id)
    case = await stage.case(case_id)
    drawn_with = transcript.standing(case, await stage.read(case.conversation_id))
    await console.send("volg", zaak=case_id, na=0, stand=drawn_with)
    assert not [frame for frame in await console.settled() if frame["soort"] == "zaak"]
    await stage.release(case_id, sam.id)
    await console.next("zaak")
    await console.send("volg", zaak=case_id, na=0, stand=drawn_with)
    assert (await console.next("zaak"))["zaak"] == case_id


async def test_what_a_colleague_takes_over_costs_only_the_word_of_it(
    console: Console,
    stage: Stage,
    sam: Employee,
    database: Database,
    clock: StoppedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other, own = await stage.waiting_case(), await stage.waiting_case()
    colleague = await add_employee(database, clock, "Kim")
    await console.settled()
    looked: list[str] = []
    held_by = queue.held_by

    async def counted(session: Any, employee_id: str) -> Any:
        looked.append(employee_id)
        return await held_by(session, employee_id)

    monkeypatch.setattr(queue, "held_by", counted)
    await stage.claim(other, colleague.id)
    assert await console.next("wachtrij")
    assert looked == []
    await stage.claim(own, sam.id)
    assert await console.next("wachtrij")
    await console.settled()
    assert looked != []


async def test_a_message_in_a_case_she_holds_but_does_not_look_at_draws_its_card_anew(
    console: Console, stage: Stage, sam: Employee
) -> None:
    case_id = await stage.held_case(sam.id)
    await console.watches_it()
    await stage.citizen_says((await stage.case(case_id)).conversation_id, "Bent u er nog?")
    told = await console.next("kaart")
    assert told["zaak"] == case_id
    assert f'id="kaart-{case_id}"' in told["html"]
    assert "Wacht op uw antwoord" in told["html"]
    assert "wachtrij" not in [frame["soort"] for frame in await console.settled()]


async def test_the_card_is_as_the_lists_have_it(
    console: Console, room: Room, stage: Stage, sam: Employee, clock: StoppedClock
) -> None:
    case_id = await stage.held_case(sam.id)
    await console.watches_it()
    await stage.citizen_says((await stage.case(case_id)).conversation_id, "Bent u er nog?")
    card = (await console.next("kaart"))["html"]
    browser = Browser(room.app, room.address)
    await browser.log_in(sam.email)
    assert card in (await browser.get("/medewerker/wachtrij")).text


async def test_a_message_in_a_conversation_that_she_only_reads_changes_nothing_in_her_lists(
    console: Console, stage: Stage
) -> None:
    case_id = await stage.waiting_case()
    await console.send("volg", zaak=case_id, na=0)
    await console.watches_it()
    await stage.citizen_says((await stage.case(case_id)).conversation_id, "Ik wacht nog")
    await console.next("bericht")
    assert {frame["soort"] for frame in await console.settled()} <= {"bericht"}


async def test_what_happens_while_she_subscribes_to_another_conversation_still_refreshes_her_list(
    console: Console, stage: Stage, sam: Employee, bus: InProcessBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = await stage.waiting_case()
    conversation_id = (await stage.case(case_id)).conversation_id
    await console.settled()
    subscribe = bus.subscribe
    unheard, go_on = asyncio.Event(), asyncio.Event()

    @contextlib.asynccontextmanager
    async def too_late(*subjects: str) -> AsyncIterator[Subscription]:
        await stage.citizen_says(conversation_id, "Bent u er al?")
        unheard.set()
        await go_on.wait()
        async with subscribe(*subjects) as subscription:
            yield subscription

    monkeypatch.setattr(bus, "subscribe", too_late)
    await stage.claim(case_id, sam.id)
    async with asyncio.timeout(WAIT_SECONDS):
        await unheard.wait()
    assert "wachtrij" in await console.sent_before()
    go_on.set()
    assert await console.next("wachtrij")


async def test_seen_is_told_to_the_page(
    console: Console, stage: Stage, sam: Employee, room: Room, database: Database
) -> None:
    case_id = await stage.held_case(sam.id)
    deps: ConsoleDependencies = room.app.routes[-1].app.state.console
    await send_reply(deps, LoggedIn(sam, ""), case_id, "Hallo", "k")
    conversation_id = (await stage.case(case_id)).conversation_id
    await console.send("volg", zaak=case_id, na=0)
    last = (await stage.read(conversation_id)).last_seq
    assert (await console.next("bezorging"))["standen"] == {str(last): "verstuurd"}
    async with database.write() as session:
        await conversations.mark_seen(session, conversation_id, last)
    assert (await console.next("bezorging"))["standen"] == {str(last): "gezien"}


async def test_a_message_that_arrived_on_telegram_is_told_to_the_page(
    console: Console, stage: Stage, sam: Employee, room: Room, database: Database, clock: StoppedClock
) -> None:
    case_id = await stage.enqueue(await stage.conversation(channel=ChannelName.TELEGRAM))
    await stage.claim(case_id, sam.id)
    deps: ConsoleDependencies = room.app.routes[-1].app.state.console
    await send_reply(deps, LoggedIn(sam, ""), case_id, "Hallo", "k")
    await console.send("volg", zaak=case_id, na=0)
    last = (await stage.read((await stage.case(case_id)).conversation_id)).last_seq
    assert (await console.next("bezorging"))["standen"][str(last)] == "wordt verstuurd"
    await console.settled()
    async with database.write() as session:
        row = await session.scalar(select(OutboxRow.id).where(OutboxRow.seq == last))
        assert row is not None
        await outbox.sent(session, row, now=clock())
    assert (await console.next("bezorging"))["standen"][str(last)] == "bezorgd"


async def test_an_open_console_keeps_her_present_and_a_closed_one_lets_the_lease_run_out(
    room: Room, sam: Employee, clock: StoppedClock
) -> None:
    async with room.connect(await room.cookie(sam.email)) as socket:
        await Console(socket).settled()
    assert await room.lease(sam.id) == clock() + timedelta(seconds=employees.LEASE_SECONDS)


async def test_the_lease_is_renewed_and_an_ended_session_ends_the_stream(
    room: Room, sam: Employee, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "RENEW_SECONDS", 0.05)
    async with room.connect(await room.cookie(sam.email)) as socket:
        await Console(socket).settled()
        later = clock.advance(20) + timedelta(seconds=employees.LEASE_SECONDS)
        async with asyncio.timeout(WAIT_SECONDS):
            while await room.lease(sam.id) != later:
                await asyncio.sleep(0)
        clock.advance(9 * 3600)
        assert await Console(socket).closed_with() == stream.SESSION_ENDED


@pytest.mark.parametrize("frame", ["geen json", "[]", '{"soort": "' + "x" * 3000 + '"}'])
async def test_frames_that_no_page_of_ours_sends_end_the_stream(console: Console, frame: str) -> None:
    await console.socket.send(frame)
    assert await console.closed_with() == stream.NOT_UNDERSTOOD


async def test_two_who_have_the_same_case_open_see_each_other(
    room: Room, console: Console, stage: Stage, clock: StoppedClock, database: Database, sam: Employee
) -> None:
    case_id = await stage.held_case(sam.id)
    noor = await add_employee(database, clock, "Noor")
    await console.send("volg", zaak=case_id, na=0)
    await console.settled()
    async with room.connect(await room.cookie(noor.email)) as socket:
        other = Console(socket)
        await other.next("aangemeld")
        await other.send("volg", zaak=case_id, na=0)
        assert (await other.next("meekijkers"))["kijken"] == ["Sam"]
        assert (await console.next("meekijkers"))["kijken"] == ["Noor"]
        await console.send("typt", aan=True)
        assert (await other.next("meekijkers"))["typen"] == ["Sam"]
        await other.send("volg", zaak="", na=0)
        assert (await console.next("meekijkers"))["kijken"] == []


async def test_a_closed_page_no_longer_looks_along(
    room: Room, console: Console, stage: Stage, clock: StoppedClock, database: Database, sam: Employee
) -> None:
    case_id = await stage.held_case(sam.id)
    noor = await add_employee(database, clock, "Noor")
    await console.send("volg", zaak=case_id, na=0)
    async with room.connect(await room.cookie(noor.email)) as socket:
        other = Console(socket)
        await other.next("aangemeld")
        await other.send("volg", zaak=case_id, na=0)
        assert (await console.next("meekijkers"))["kijken"] == ["Noor"]
    assert (await console.next("meekijkers"))["kijken"] == []


async def test_her_own_second_page_is_no_colleague(room: Room, console: Console, stage: Stage, sam: Employee) -> None:
    case_id = await stage.held_case(sam.id)
    await console.send("volg", zaak=case_id, na=0)
    async with room.connect(await room.cookie(sam.email)) as socket:
        other = Console(socket)
        await other.next("aangemeld")
        await other.send("volg", zaak=case_id, na=0)
        await other.settled()
        assert [frame for frame in await console.settled() if frame["soort"] == "meekijkers"] == []


async def test_who_looks_along_wakes_neither_the_citizen_nor_the_queue(
    console: Console, stage: Stage, bus: InProcessBus, sam: Employee
) -> None:
    case_id = await stage.held_case(sam.id)
    await console.settled()
    conversation_id = (await stage.case(case_id)).conversation_id
    async with bus.subscribe(conversation_subject(conversation_id)) as citizen:
        await console.send("volg", zaak=case_id, na=0)
        await console.settled()
        assert await citizen.next(0.05) is None
    assert "wachtrij" not in [frame["soort"] for frame in await console.settled()]


async def test_all_open_consoles_are_renewed_in_one_transaction(
    room: Room, clock: StoppedClock, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "RENEW_SECONDS", 0.05)
    together: list[int] = []
    renew_leases = employees.renew_leases

    async def counted(session: Any, employee_ids: Any, **more: Any) -> None:
        together.append(len(employee_ids))
        await renew_leases(session, employee_ids, **more)

    staff = [await add_employee(database, clock, name) for name in ("Kim", "Noor", "Tom")]
    async with contextlib.AsyncExitStack() as open_consoles:
        for one in staff:
            socket = await open_consoles.enter_async_context(room.connect(await room.cookie(one.email)))
            await Console(socket).settled()
        monkeypatch.setattr(employees, "renew_leases", counted)
        later = clock.advance(20) + timedelta(seconds=employees.LEASE_SECONDS)
        async with asyncio.timeout(WAIT_SECONDS):
            while [await room.lease(one.id) for one in staff] != [later] * 3:
                await asyncio.sleep(0.01)
        assert set(together) == {3}
    async with asyncio.timeout(WAIT_SECONDS):
        while room.app.routes[-1].app.state.attendance.is_anybody_here:
            await asyncio.sleep(0.01)
    together.clear()
    await asyncio.sleep(0.15)
    assert together == []


async def test_a_renewal_that_fails_is_made_up_for_by_the_next(
    room: Room, clock: StoppedClock, sam: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "RENEW_SECONDS", 0.05)
    renew_leases = employees.renew_leases
    failures = 0

    async def fails_first(session: Any, employee_ids: Any, **more: Any) -> None:
        nonlocal failures
        failures += 1
        if failures == 1:
            raise OperationalError("UPDATE", {}, Exception("database is away"))
        await renew_leases(session, employee_ids, **more)

    async with room.connect(await room.cookie(sam.email)) as socket:
        await Console(socket).settled()
        monkeypatch.setattr(employees, "renew_leases", fails_first)
        later = clock.advance(20) + timedelta(seconds=employees.LEASE_SECONDS)
        async with asyncio.timeout(WAIT_SECONDS):
            while await room.lease(sam.id) != later:
                await asyncio.sleep(0.01)
    assert failures >= 2


async def test_whose_row_is_held_is_passed_over_and_the_others_are_renewed(
    database: Database, clock: StoppedClock, stage: Stage, room: Room
) -> None:
    if database.is_sqlite:
        return  # one writer at a time: no row is held by anybody else
    sam, kim = await stage.employee("Sam"), await stage.employee("Kim")
    async with database.write() as elsewhere:
        await holding.lock_employee(elsewhere, sam)
        async with asyncio.timeout(WAIT_SECONDS), database.write() as session:
            await employees.renew_leases(session, [sam, kim], now=clock())
    until = clock() + timedelta(seconds=employees.LEASE_SECONDS)
    assert (await room.lease(sam), await room.lease(kim)) == (None, until)
