"""Messages as the middle column shows them: who, when, what, and whether it arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from markupsafe import Markup
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import dossier
from handoff.console import markup, words
from handoff.console.look import MunicipalityLook
from handoff.conversations import Whereabouts
from handoff.tables import Case, Conversation, Employee, Message, OutboxRow
from handoff.vocabulary import ChannelName, Owner, Sender


@dataclass(frozen=True)
class FileView:
    """A file that a message brought."""

    attachment_id: str
    name: str
    about: str
    """Kind and size in words: "PDF, 1,2 MB"."""


@dataclass(frozen=True)
class Version:
    """How a message stood before a citizen changed it, or what she changed it into."""

    seq: int
    time: str
    html: Markup


@dataclass(frozen=True)
class Line:
    """One message."""

    seq: int
    sender: str
    who: str
    html: Markup
    time: str
    at: dt.datetime
    new_day: str | None
    buttons: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    delivery: str | None = None
    """Whether it arrived; empty where that goes without saying."""
    corrects: Version | None = None
    corrected: tuple[Version, ...] = ()
    language: str | None = None
    """What is spoken here, when that is not Dutch."""
    file: FileView | None = None


@dataclass(frozen=True)
class Narrator:
    """Tells messages to one employee."""

    me: Employee
    look: MunicipalityLook
    now: dt.datetime

    def lines(
        self,
        said: Sequence[Message],
        *,
        case: Case | None = None,
        deliveries: Mapping[int, str] | None = None,
        previous: dt.datetime | None = None,
        changed: Sequence[Message] = (),
    ) -> list[Line]:
        """The messages as lines.

        Args:
            case: Whose trigger sentences are marked.
            deliveries: In words, by message number, as `deliveries_of` gives them.
            previous: When the message before the first was said, to know where a new day starts.
            changed: Messages before the first that these may correct.
        """
        versions = _Versions([*changed, *said])
        marks: dict[int, list[markup.Span]] = {}
        for trigger in case.triggers if case else ():
            marks.setdefault(trigger["turn"], []).append((trigger["start"], trigger["end"]))
        told = []
        for message in said:
            line = self._line(message, marks.get(message.seq, ()), deliveries or {}, previous)
            told.append(replace(line, corrects=versions.before(message), corrected=versions.after(message)))
            previous = message.created_at
        return told

    def _line(
        self,
        message: Message,
        marks: Sequence[markup.Span],
        deliveries: Mapping[int, str],
        previous: dt.datetime | None,
    ) -> Line:
        by_citizen = message.sender == Sender.CITIZEN
        date = words.local_date(message.created_at)
        is_new_day = previous is None or words.local_date(previous) != date
        return Line(
            seq=message.seq,
            sender=message.sender,
            who=self._who(message),
            html=markup.as_typed(message.text, marks) if by_citizen else markup.formatted(message.text),
            time=words.clock_time(message.created_at),
            at=message.created_at,
            new_day=words.first_capital(words.day(date, words.local_date(self.now))) if is_new_day else None,
            buttons=tuple(button["title"] for button in message.buttons),
            links=tuple(link["title"] for link in message.links),
            delivery=deliveries.get(message.seq),
            language=(message.understood or {}).get("language"),
            file=file_view(message),
        )

    def _who(self, message: Message) -> str:
        if message.sender == Sender.CITIZEN:
            return "Inwoner"
        if message.sender == Sender.BOT:
            return f"{self.look.assistant_name} (digitale assistent)"
        if message.sender == Sender.EMPLOYEE:
            if message.employee_id == self.me.id:
                return "U"
            return f"{message.sender_name or 'Collega'} (medewerker)"
        return "Systeem"


def file_view(message: Message) -> FileView | None:
    """The file that a message brought."""
    told = message.attachment
    if not told:
        return None
    return FileView(told["id"], told["name"], f"{told['kind'].upper()}, {words.size(told['bytes'])}")


class _Versions:
    """Which messages are versions of one another."""

    def __init__(self, said: Sequence[Message]) -> None:
        self._said = {(one.conversation_id, one.seq): one for one in said}
        self._corrections: dict[tuple[str, int], list[Message]] = {}
        for one in said:
            if one.corrects_seq is not None:
                self._corrections.setdefault((one.conversation_id, one.corrects_seq), []).append(one)

    def before(self, message: Message) -> Version | None:
        """How it stood when it was first sent."""
        first = self._said.get((message.conversation_id, message.corrects_seq or 0))
        return _version(first) if first else None

    def after(self, message: Message) -> tuple[Version, ...]:
        """What she changed it into, in order."""
        return tuple(_version(one) for one in self._corrections.get((message.conversation_id, message.seq), ()))


def _version(message: Message) -> Version:
    return Version(message.seq, words.clock_time(message.created_at), markup.as_typed(message.text))


class Said(Protocol):
    """What is needed of a message to tell how it arrived."""

    @property
    def seq(self) -> int: ...

    @property
    def sender(self) -> str: ...


async def known(session: AsyncSession, case: Case, after: int, up_to: int) -> Sequence[Row[int, str, dt.datetime]]:
    """Number, sender and time of the messages of a case that a page has already, between two numbers.

    Their words and all else are left where they are: this is read at every message.
    """
    wanted = (
        select(Message.seq, Message.sender, Message.created_at)
        .where(Message.conversation_id == case.conversation_id, Message.seq > after, Message.seq <= up_to)
        .order_by(Message.seq)
    )
    return [row for row in await session.execute(wanted) if dossier.belongs(case, row.created_at)]


async def corrected_by(session: AsyncSession, fresh: Sequence[Message]) -> Sequence[Message]:
    """The messages that these correct."""
    numbers = {one.corrects_seq for one in fresh if one.corrects_seq is not None}
    if not numbers:
        return ()
    wanted = select(Message).where(Message.conversation_id == fresh[0].conversation_id, Message.seq.in_(numbers))
    return (await session.scalars(wanted)).all()


async def deliveries_of(
    session: AsyncSession, conversation: Conversation | Whereabouts, said: Sequence[Said]
) -> dict[int, str]:
    """Whether messages arrived, in words, by number; of the assistant's only what did not, or not surely."""
    if conversation.channel == ChannelName.WEB:
        return {
            message.seq: words.SEEN if message.seq <= conversation.seen_seq else words.STORED
            for message in said
            if message.sender == Sender.EMPLOYEE
        }
    pushed = {message.seq: message.sender for message in said if message.sender != Sender.CITIZEN}
    rows = await session.execute(
        select(OutboxRow.seq, OutboxRow.state).where(
            OutboxRow.conversation_id == conversation.id, OutboxRow.seq.in_(pushed)
        )
    )
    return {row.seq: _arrived(row.state, by_employee=pushed[row.seq] == Sender.EMPLOYEE) for row in rows}


def _arrived(state: str, *, by_employee: bool) -> str:
    goes_without_saying = not by_employee and state not in words.NOT_ARRIVED
    return "" if goes_without_saying else words.DELIVERIES.get(state, state)


def standing(case: Case, conversation: Conversation | Whereabouts) -> str:
    """What decides how a case is drawn; when it differs from what a page was drawn with, that page is old."""
    return f"{case.state}.{case.level}.{conversation.epoch}.{case.employee_id or ''}"


def may_write(case: Case, conversation: Conversation, me: Employee) -> bool:
    """Whether this employee talks with the citizen now."""
    return conversation.owner == Owner.EMPLOYEE and conversation.employee_id == case.employee_id == me.id
