"""Which sentences are on the review list, and how editors look through them.

A sentence from a conversation with something grave in it is for nobody but who has the case: it never comes on the
list, and one that is there leaves it when the conversation turns grave.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Subquery, case, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit
from handoff.cases import GRAVE
from handoff.exceptions import NotAllowed
from handoff.review.tables import ReviewItem
from handoff.tables import Case, Employee, Message
from handoff.vocabulary import Role, Sender

STILL_CHOOSING = timedelta(minutes=15)
"""How long a citizen may take to choose the topic that the bot asked about before the question counts as unanswered."""
OPEN = "open"


class Why(StrEnum):
    """Why a sentence is on the list."""

    MARKED = "marked"
    """An employee says that the bot should have known."""
    SECOND_FAILURE = "second_failure"
    NOT_UNDERSTOOD = "not_understood"
    ASKED = "asked"
    """The bot asked which topic was meant, and nobody chose."""
    DOUBTFUL = "doubtful"
    """Sent away as no work of a municipality, without the bot being sure."""


_WHYS = tuple(Why)
"""The gravest first."""
NO_TOPIC = "-"


@dataclass(frozen=True)
class Missed:
    """What the bot made of a message that it missed."""

    why: Why
    topic: str | None = None
    aspect: str | None = None
    confidence: float | None = None
    guesses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Which part of the list: of a period, for one reason, with one best guess (`NO_TOPIC`: without any)."""

    since: datetime | None = None
    until: datetime | None = None
    why: Why | None = None
    topic: str | None = None


@dataclass(frozen=True)
class Group:
    """Sentences that are the same but for capitals, spaces and punctuation; the newest stands for all.

    Args:
        text: The sentence, personal data replaced by placeholders.
        times: How often it was said.
    """

    item_id: str
    text: str
    times: int
    why: Why
    topic: str | None
    aspect: str | None
    confidence: float | None
    guesses: tuple[str, ...]
    last_at: datetime


@dataclass(frozen=True)
class Amount:
    """How much is on the list for one reason with one best guess.

    Args:
        sentences: How many, the same ones counted once.
        times: How often these were said.
    """

    why: Why
    topic: str | None
    sentences: int
    times: int


def may_edit(employee: Employee) -> bool:
    """Editors, and nobody else: sentences are part of conversations."""
    return employee.role == Role.EDITOR


def check_right(employee: Employee) -> None:
    """Raises:
    NotAllowed: she is no editor.
    """
    if not may_edit(employee):
        raise NotAllowed("only an editor sees the review list")


async def note(session: AsyncSession, message: Message, municipality: str, missed: Missed, *, now: datetime) -> None:
    """Put a message that the bot missed on the list."""
    session.add(_item(message, municipality, missed, now))
    await session.flush()


async def chosen(session: AsyncSession, conversation_id: str) -> None:
    """The citizen chose which topic she meant: what the bot asked about is not missed after all."""
    await session.execute(
        delete(ReviewItem).where(
            ReviewItem.conversation_id == conversation_id, ReviewItem.why == Why.ASKED, ReviewItem.state == OPEN
        )
    )


async def mark(session: AsyncSession, case: Case, message: Message, employee: Employee, *, now: datetime) -> None:
    """An employee says: the bot should have known this. Said twice it stands once.

    Raises:
        NotAllowed: it is no citizen's message of this conversation, or the conversation is too grave to be read by
            others.
    """
    if message.conversation_id != case.conversation_id or message.sender != Sender.CITIZEN:
        raise NotAllowed("only what the citizen of this case said can be marked")
    if await is_grave(session, case.conversation_id):
        raise NotAllowed("what was said in a grave conversation stays with who has the case")
    known = (await session.scalars(select(ReviewItem).where(ReviewItem.message_id == message.id))).one_or_none()
    if known is None:
        understood = message.understood or {}
        missed = Missed(Why.MARKED, understood.get("topic"), understood.get("aspect"), understood.get("confidence"))
        known = _item(message, case.municipality, missed, now)
        session.add(known)
    known.why, known.marked_by = Why.MARKED, employee.id
    audit.record(
        session,
        "bot_should_know",
        at=now,
        municipality=case.municipality,
        actor=f"employee:{employee.id}",
        conversation_id=case.conversation_id,
        case_reference=case.reference,
        seq=message.seq,
    )


async def marked_in(session: AsyncSession, conversation_id: str) -> frozenset[str]:
    """Ids of the messages of a conversation that an employee marked."""
    wanted = select(ReviewItem.message_id).where(
        ReviewItem.conversation_id == conversation_id, ReviewItem.marked_by.is_not(None)
    )
    return frozenset(await session.scalars(wanted))


async def groups(
    session: AsyncSession, editor: Employee, wanted: Wanted, *, now: datetime, limit: int, offset: int = 0
) -> Sequence[Group]:
    """A page of the open list of her municipality: what was marked first, then what was said most, then the newest.

    Raises:
        NotAllowed: she is no editor.
    """
    check_right(editor)
    newest = _newest(editor.municipality, now, wanted)
    query = (
        select(newest)
        .where(*_narrowed(newest, wanted))
        .order_by(newest.c.rank > 0, newest.c.times.desc(), newest.c.created_at.desc(), newest.c.id)
        .limit(limit)
        .offset(offset)
    )
    return [_group(row) for row in await session.execute(query)]


async def summary(session: AsyncSession, editor: Employee, wanted: Wanted, *, now: datetime) -> Sequence[Amount]:
    """How much there is on the open list of her municipality, for each reason and best guess.

    Raises:
        NotAllowed: she is no editor.
    """
    check_right(editor)
    newest = _newest(editor.municipality, now, wanted)
    query = (
        select(newest.c.rank, newest.c.topic, func.count(), func.sum(newest.c.times))
        .where(*_narrowed(newest, wanted))
        .group_by(newest.c.rank, newest.c.topic)
        .order_by(newest.c.rank)
    )
    rows = await session.execute(query)
    return [Amount(_WHYS[rank], topic, sentences, int(times)) for rank, topic, sentences, times in rows]


async def one_group(session: AsyncSession, editor: Employee, item_id: str, *, now: datetime) -> tuple[Group, list[str]]:
    """A sentence on the open list with the ids of all items that say the same.

    Raises:
        NotAllowed: she is no editor, or it is not on her list (any more).
    """
    check_right(editor)
    item = await session.get(ReviewItem, item_id)
    if item is None or item.municipality != editor.municipality:
        raise NotAllowed("this sentence is not on the list (any more)")
    same = (*_is_open(editor.municipality, now), ReviewItem.fingerprint == item.fingerprint)
    ids = list(await session.scalars(select(ReviewItem.id).where(*same)))
    if item_id not in ids:
        raise NotAllowed("this sentence is not on the list (any more)")
    newest = _newest(editor.municipality, now, Wanted(), ReviewItem.fingerprint == item.fingerprint)
    row = (await session.execute(select(newest).where(newest.c.nth == 1))).one()
    return _group(row), ids


def _newest(municipality: str, now: datetime, wanted: Wanted, *more: ColumnElement[bool]) -> Subquery:
    """Open items with their sentences; `nth` is 1 for the newest of those that say the same, which stands for all."""
    of_period = [
        *([ReviewItem.created_at >= wanted.since] if wanted.since is not None else []),
        *([ReviewItem.created_at < wanted.until] if wanted.until is not None else []),
    ]
    rank = case({str(why): rank for rank, why in enumerate(_WHYS)}, value=ReviewItem.why)
    same = ReviewItem.fingerprint
    return (
        select(
            ReviewItem.id,
            ReviewItem.topic,
            ReviewItem.aspect,
            ReviewItem.confidence,
            ReviewItem.guesses,
            ReviewItem.created_at,
            Message.text,
            func.min(rank).over(partition_by=same).label("rank"),
            func.count().over(partition_by=same).label("times"),
            func.row_number()
            .over(partition_by=same, order_by=(ReviewItem.created_at.desc(), ReviewItem.id))
            .label("nth"),
        )
        .join(Message, Message.id == ReviewItem.message_id)
        .where(*_is_open(municipality, now), *of_period, *more)
        .subquery()
    )


def _narrowed(newest: Subquery, wanted: Wanted) -> list[ColumnElement[bool]]:
    narrowed = [newest.c.nth == 1]
    if wanted.why is not None:
        narrowed.append(newest.c.rank == _WHYS.index(wanted.why))
    if wanted.topic is not None:
        narrowed.append(newest.c.topic.is_(None) if wanted.topic == NO_TOPIC else newest.c.topic == wanted.topic)
    return narrowed


def _is_open(municipality: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Whether an item is an editor's to see."""
    return (
        ReviewItem.municipality == municipality,
        ReviewItem.state == OPEN,
        or_(ReviewItem.why != Why.ASKED, ReviewItem.created_at <= now - STILL_CHOOSING),
        ~exists().where(Case.conversation_id == ReviewItem.conversation_id, GRAVE),
    )


async def is_grave(session: AsyncSession, conversation_id: str) -> bool:
    """Whether a conversation has a case that is grave."""
    grave = select(Case.id).where(Case.conversation_id == conversation_id, GRAVE).limit(1)
    return await session.scalar(grave) is not None


def _group(row: Row[Any]) -> Group:
    return Group(
        item_id=row.id,
        text=row.text,
        times=row.times,
        why=_WHYS[row.rank],
        topic=row.topic,
        aspect=row.aspect,
        confidence=row.confidence,
        guesses=tuple(row.guesses),
        last_at=row.created_at,
    )


def _item(message: Message, municipality: str, missed: Missed, now: datetime) -> ReviewItem:
    return ReviewItem(
        conversation_id=message.conversation_id,
        message_id=message.id,
        municipality=municipality,
        why=missed.why,
        topic=missed.topic,
        aspect=missed.aspect,
        confidence=missed.confidence,
        guesses=list(missed.guesses),
        fingerprint=_fingerprint(message.text),
        state=OPEN,
        created_at=now,
    )


def _fingerprint(text: str) -> str:
    words = re.findall(r"\w+", text.casefold())
    return hashlib.sha256(" ".join(words or [text]).encode()).hexdigest()
