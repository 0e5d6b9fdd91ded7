"""The digital counter for tests: real database, answers and detection, a fake Rasa at the network's edge."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from bot import conversation, turn
from bot.content import Content, ContentStore
from bot.content.crisis_texts import CrisisTexts
from bot.content.schema import Team, TeamSettings
from bot.content.spoken import Languages
from bot.conversation import InboundMessage, Receipt
from bot.desk import Desk
from bot.engine import Engine, EngineTurn, Question, Reply, ReplyKind
from bot.office import offices
from bot.turn_runner import TurnRunner
from handoff import messages
from handoff.appointments import EmbeddedCalendar
from handoff.attachments import Attachments, FileCabinet, Limits, Scanner
from handoff.bus import Bus
from handoff.database import Database
from handoff.detection import Detector
from handoff.vault import Vault
from handoff.vocabulary import ChannelName, FileKind
from tests.stage import CITY, StoppedClock

CONTENT = Path(__file__).parent.parent / "bot" / "content"


@cache
def _answers() -> ContentStore:
    return ContentStore(CONTENT)


@cache
def _crisis_texts() -> CrisisTexts:
    return CrisisTexts.load(CONTENT / "crisis")


@cache
def _languages() -> Languages:
    return Languages.load(CONTENT / "languages")


@dataclass(frozen=True)
class Asked:
    """One call that Rasa got."""

    text: str
    choice: str | None
    municipality: str
    state: dict[str, Any] | None
    turn_id: str


def answered(
    *texts: str,
    kind: ReplyKind = ReplyKind.ANSWER,
    topic: str | None = "paspoort",
    failures: int = 0,
    state: dict[str, Any] | None = None,
    **more: Any,
) -> EngineTurn:
    """What Rasa gives back."""
    return EngineTurn(
        replies=tuple(Reply(text, kind=kind) for text in texts),
        questions=(Question(topic, "kosten", 0.91),) if topic else (),
        entities=(),
        commands=more.get("commands", ()),
        state=state or {"turns": 1},
        failures_in_a_row=failures,
    )


def not_understood(failures: int) -> EngineTurn:
    """Rasa asks again, for the `failures`-th time in a row."""
    return answered("Kunt u het anders zeggen?", kind=ReplyKind.FALLBACK, topic=None, failures=failures)


class FakeRasa:
    """Answers at once; a test may set what it answers, or does, instead."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.reply: Callable[[Asked], Awaitable[EngineTurn]] | EngineTurn | Exception | None = None
        self.meant: list[str] = []
        """Messages of which the meaning was asked."""
        self.vector: tuple[float, ...] | None = None

    async def turn(self, **call: Any) -> EngineTurn:
        asked = Asked(**call)
        self.asked.append(asked)
        if isinstance(self.reply, Exception):
            raise self.reply
        if isinstance(self.reply, EngineTurn):
            return self.reply
        if self.reply is not None:
            return await self.reply(asked)
        return answered(f"Antwoord op: {asked.text}", state={"turns": len(self.asked)})

    async def meaning(self, text: str) -> tuple[float, ...] | None:
        self.meant.append(text)
        return self.vector


def make_attachments(vault: Vault, folder: Path | None = None, scanner: Scanner | None = None) -> Attachments:
    """The store of files; without a folder in one that is made only when a file comes."""
    folder = folder or Path(tempfile.gettempdir()) / f"balie-test-{os.getpid()}"
    return Attachments(FileCabinet(folder), vault, Limits(frozenset(FileKind), 1_000_000), scanner)


def make_desk(
    database: Database,
    bus: Bus,
    vault: Vault,
    clock: StoppedClock,
    rasa: FakeRasa,
    attachments: Attachments | None = None,
) -> Desk:
    """A counter; turns run when the test says so."""
    return Desk(
        database=database,
        bus=bus,
        vault=vault,
        detector=Detector.load(),
        engine=cast("Engine", rasa),
        answers=_answers(),
        crisis_texts=_crisis_texts(),
        languages=_languages(),
        clock=clock,
        wake=lambda _: None,
        calendar=EmbeddedCalendar(offices(_answers()), clock),
        attachments=attachments or make_attachments(vault),
        public_url="http://127.0.0.1:8080",
    )


@dataclass(frozen=True)
class _Written:
    """Answers that do not change."""

    content: Content

    def current(self) -> Content:
        return self.content


def with_team(desk: Desk, team: str, **settings: Any) -> Desk:
    """The same counter, in a municipality that wrote this of a team."""
    content = desk.content
    where = content.municipality(CITY)
    written = TeamSettings.model_validate({"name": team.capitalize(), **settings})
    changed = replace(where, teams={**where.teams, Team(team): written})
    municipalities = {**content.municipalities, CITY: changed}
    return replace(desk, answers=cast("ContentStore", _Written(replace(content, municipalities=municipalities))))


def make_runner(desk: Desk, *, lease_seconds: float = 10) -> TurnRunner:
    """A turn runner as one process has it."""
    return TurnRunner(
        desk.database,
        desk.clock,
        answer_next=lambda one: turn.answer_next(desk, one),
        give_up=lambda one: turn.give_up(desk, one),
        lease_seconds=lease_seconds,
    )


class Citizen:
    """Types into one conversation and has it answered."""

    def __init__(self, desk: Desk, conversation_id: str) -> None:
        self.desk = desk
        self.id = conversation_id
        self._sent = 0

    @classmethod
    async def starts(cls, desk: Desk, municipality: str = CITY, channel: ChannelName = ChannelName.WEB) -> Citizen:
        opened = await conversation.open_conversation(desk, municipality, channel)
        return cls(desk, opened.conversation.id)

    async def sends(self, text: str, choice: str | None = None, *, message_id: str | None = None) -> Receipt:
        """Send without waiting for an answer."""
        self._sent += 1
        inbound = InboundMessage(message_id or f"bericht-{self._sent:04d}", text, choice)
        return await conversation.receive(self.desk, self.id, inbound)

    async def asks(self, text: str, choice: str | None = None) -> list[str]:
        """Send, have every turn run, and return what was said since."""
        receipt = await self.sends(text, choice)
        while await turn.answer_next(self.desk, self.id):
            pass
        return [one.text for one in await self.heard(receipt.message.seq)]

    async def heard(self, after: int = 0) -> list[Any]:
        async with self.desk.database.read() as session:
            return [one for one in await messages.after(session, self.id, after) if one.sender != "citizen"]
