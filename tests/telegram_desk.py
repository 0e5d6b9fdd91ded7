"""A desk on SQLite with a bot that answers at once: what the tests of the Telegram channel stand on."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot import conversation, turn
from bot.channels.telegram import Pace, TelegramChannel
from bot.channels.telegram.events import next_event
from bot.content import ContentStore
from bot.content.crisis_texts import CrisisTexts
from bot.content.spoken import Languages
from bot.desk import Desk
from bot.engine import Button, Engine, EngineTurn, EngineUnavailable, Link, Question, Ranked, Reply
from bot.office import offices
from bot.turn_runner import TurnRunner
from handoff import employees, messages, ownership, schema
from handoff.appointments import EmbeddedCalendar
from handoff.attachments import Scanner
from handoff.bus import InProcessBus
from handoff.cases import open_case_of
from handoff.database import Database
from handoff.detection import Detector
from handoff.messages import Draft
from handoff.tables import AuditLine, Case, Conversation, Employee, Message, OutboxRow
from handoff.vault import Vault
from handoff.vocabulary import Owner, Sender, Team
from tests.counter import make_attachments

CONTENT_DIR = Path(__file__).resolve().parent.parent / "bot" / "content"
STAD = "voorbeeldstad"
DAM = "fictiedam"
STAD_TOKEN = "111:stad"
DAM_TOKEN = "222:dam"

ON_BOTH = pytest.mark.parametrize("elsewhere", ["sqlite", "postgresql"], indirect=True)
"""Runs a test of the channel on both databases."""

QUICK = Pace(
    chat_seconds=0.001,
    poll_seconds=20,
    first_pause_seconds=0.05,
    longest_pause_seconds=0.2,
    refused_pause_seconds=0.2,
    look_seconds=0.1,
    place_look_seconds=0.1,
    send_seconds=2.0,
    show_typing_after_seconds=0.05,
    typing_seconds=0.2,
    stop_seconds=5.0,
)


class FakeEngine:
    """Rasa at the network's edge: answers by the first script whose words are in the text."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str | None]] = []
        """Municipality, text and choice of each turn."""
        self.scripts: list[tuple[str, tuple[Reply, ...]]] = []
        self.down = False
        self.gate = asyncio.Event()
        """Cleared: turns wait until it is set."""
        self.gate.set()

    def answers(self, words: str, *replies: Reply) -> None:
        self.scripts.append((words, replies))

    async def turn(
        self,
        *,
        text: str,
        choice: str | None,
        municipality: str,
        state: dict[str, Any] | None,
        turn_id: str,
        today: str | None = None,
    ) -> EngineTurn:
        self.asked.append((municipality, text, choice))
        await self.gate.wait()
        if self.down:
            raise EngineUnavailable("the test says that Rasa is down")
        replies = next((replies for words, replies in self.scripts if words in text), (Reply(f"Antwoord op: {text}"),))
        question = Question("paspoort", "kosten", 0.9, (Ranked("paspoort", 0.9),))
        return EngineTurn(replies, (question,), (), (), {"turns": len(self.asked)})

    async def meaning(self, text: str) -> None:
        """This language model has no encoder."""

    async def close(self) -> None:
        """Nothing is open."""


class MovableClock:
    """The machine's clock, moved forward on request."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@cache
def detector() -> Detector:
    """Read once."""
    return Detector.load()


_TEMPLATE = Path(tempfile.gettempdir()) / f"balie-telegram-{os.getpid()}.db"


async def _migrated() -> Path:
    """An empty database with the newest schema, made once in a process."""
    if not _TEMPLATE.exists():
        database = Database(f"sqlite+aiosqlite:///{_TEMPLATE}", InProcessBus())
        await schema.upgrade(database)
        await database.close()
        atexit.register(_TEMPLATE.unlink, missing_ok=True)
    return _TEMPLATE


@cache
def answers() -> ContentStore:
    """The real content, read once: a hundred files take a while."""
    return ContentStore(CONTENT_DIR, check_seconds=3600)


@dataclass
class Stage:
    """A desk with its bot and its Telegram channel, and what a test asks of them."""

    desk: Desk
    engine: FakeEngine
    clock: MovableClock
    runner: TurnRunner
    api_base: str
    channel: TelegramChannel | None = None
    pace: Pace = field(default=QUICK)

    async def open_telegram(self, *municipalities: str) -> TelegramChannel:
        tokens = {STAD: STAD_TOKEN, DAM: DAM_TOKEN}
        chosen = {key: SecretStr(tokens[key]) for key in municipalities or (STAD,)}
        self.channel = TelegramChannel(self.desk, chosen, api_base=self.api_base, pace=self.pace)
        await self.channel.start()
        return self.channel

    async def close_telegram(self) -> None:
        if self.channel is not None:
            await self.channel.stop()
            self.channel = None

    async def all(self, table: type[Any], *where: Any) -> Sequence[Any]:
        async with self.desk.database.read() as session:
            return (await session.scalars(select(table).where(*where))).all()

    async def conversations(self) -> Sequence[Conversation]:
        found = await self.all(Conversation)
        return sorted(found, key=lambda one: one.opened_at)

    async def said(self, sender: Sender = Sender.CITIZEN) -> list[str]:
        """What was stored of one side, over all conversations, in order of storing."""
        found = await self.all(Message, Message.sender == sender)
        return [one.text for one in sorted(found, key=lambda one: (one.created_at, one.seq))]

    async def close_by_citizen(self, conversation_id: str) -> None:
        await conversation.end(self.desk, conversation_id)

    async def outbox(self) -> Sequence[OutboxRow]:
        return sorted(await self.all(OutboxRow), key=lambda row: row.seq)

    async def audit(self) -> list[str]:
        return [line.action for line in await self.all(AuditLine)]

    async def employee(self, name: str = "Samira", municipality: str = STAD) -> Employee:
        password = await employees.hash_password("een-lang-wachtwoord")
        async with self.desk.database.write() as session:
            return await employees.add_employee(
                session,
                email=f"{name.lower()}@{municipality}.example",
                display_name=name,
                password=password,
                municipality=municipality,
                teams=[str(team) for team in Team],
                now=self.clock(),
            )

    async def claim(self, employee: Employee) -> str:
        """The employee takes the only case that waits; returns its id."""
        newest = (await self.conversations())[-1]
        async with self.desk.database.write() as session:
            case = await open_case_of(session, newest.id)
            assert case is not None
            await ownership.claim(session, case.id, employee.id, now=self.clock())
            return case.id

    async def open_case(self) -> Case:
        """The case of the newest conversation that an employee has or that waits."""
        newest = (await self.conversations())[-1]
        async with self.desk.database.read() as session:
            case = await open_case_of(session, newest.id)
        assert case is not None
        return case

    async def told(self) -> list[str]:
        """What the citizen was told, by whomever."""
        found = await self.all(Message, Message.sender != Sender.CITIZEN)
        return [one.text for one in found]

    async def employee_says(self, employee: Employee, text: str) -> None:
        newest = (await self.conversations())[-1]
        async with self.desk.database.write() as session:
            await messages.append(
                session,
                newest.id,
                Draft(text),
                sender=Sender.EMPLOYEE,
                now=self.clock(),
                expected_owner=Owner.EMPLOYEE,
                expected_employee=employee.id,
                employee_id=employee.id,
                sender_name=employee.display_name,
            )

    async def bot_says(self, draft: Draft, conversation_id: str | None = None) -> None:
        target = conversation_id or (await self.conversations())[-1].id
        async with self.desk.database.write() as session:
            await messages.append(session, target, draft, sender=Sender.BOT, now=self.clock())

    async def until(self, what: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Wait until the awaited `what()` is true, looking again at every event and twenty times a second."""
        async with asyncio.timeout(seconds), self.desk.bus.subscribe("outbox") as events:
            while not (found := await what()):
                await next_event(events, 0.05)
            return found

    async def until_owner(self, owner: Owner) -> Conversation:
        async def newest() -> Conversation | None:
            found = (await self.conversations())[-1:]
            return found[0] if found and found[0].owner == owner else None

        return cast("Conversation", await self.until(newest))

    async def until_said(self, *texts: str) -> None:
        """Wait until the citizens' messages are exactly these."""

        async def same() -> bool:
            return await self.said() == list(texts)

        try:
            await self.until(same)
        except TimeoutError:
            raise AssertionError(f"stored: {await self.said()}, not {list(texts)}") from None

    async def until_delivered(self) -> None:
        """Wait until nothing waits to be sent."""

        async def settled() -> bool:
            return all(row.state not in ("pending", "sending") for row in await self.outbox())

        await self.until(settled)


@contextlib.asynccontextmanager
async def staged(
    database_path: Path, api_base: str, scanner: Scanner | None = None, *, database_url: str | None = None
) -> AsyncIterator[Stage]:
    """A desk whose turns run; its Telegram channel is opened by the test.

    Args:
        database_path: Of a database on SQLite, made where it is not there; its folder holds the files.
        database_url: Another database instead, with the newest schema.
    """
    bus = InProcessBus()
    if database_url is None and not database_path.exists():
        shutil.copy(await _migrated(), database_path)
    database = Database(database_url or f"sqlite+aiosqlite:///{database_path}", bus)
    engine, clock = FakeEngine(), MovableClock()
    runners: list[TurnRunner] = []

    def wake(conversation_id: str) -> None:
        runners[0].wake(conversation_id)

    vault = Vault("een-geheime-sleutel-van-genoeg-tekens")
    desk = Desk(
        database=database,
        bus=bus,
        vault=vault,
        detector=detector(),
        engine=cast("Engine", engine),
        answers=answers(),
        crisis_texts=CrisisTexts.load(CONTENT_DIR / "crisis"),
        languages=Languages.load(CONTENT_DIR / "languages"),
        clock=clock,
        wake=wake,
        calendar=EmbeddedCalendar(offices(answers()), clock),
        attachments=make_attachments(vault, database_path.parent / "attachments", scanner),
        public_url="http://127.0.0.1:8080",
    )
    runner = TurnRunner(
        database,
        clock,
        answer_next=lambda conversation_id: turn.answer_next(desk, conversation_id),
        give_up=lambda conversation_id: turn.give_up(desk, conversation_id),
        lease_seconds=10,
    )
    runners.append(runner)
    await runner.start()
    stage = Stage(desk, engine, clock, runner, api_base)
    try:
        yield stage
    finally:
        await stage.close_telegram()
        await runner.stop()
        await database.close()


__all__ = ["Button", "Link", "Reply", "Stage", "staged"]
