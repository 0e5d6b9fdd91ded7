"""Messages of a conversation: stored once, numbered without gaps, read after a number.

The row of the conversation is the lock: every writer first raises `last_seq` there, so numbers and owner are decided
together. What a pushing channel must deliver is put in the outbox in the same transaction.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import outbox, personal_data, place_notices
from handoff.bus import Event, conversation_subject
from handoff.database import emit
from handoff.exceptions import InvalidQuickReply, InvalidText, StaleOwner, UnknownConversation
from handoff.tables import Conversation, Message, PersonalValue
from handoff.vault import Vault
from handoff.vocabulary import MessageKind, Owner, Sender
from handoff.waiting_time import QueuePlace

MAX_CHARACTERS = 4_000
SAID = "message"
"""Kind of the event that something was said in a conversation."""


@dataclass(frozen=True)
class Button:
    """A quick reply: `value` is a key (at most 60 bytes, Telegram's limit is 64), never text to show."""

    title: str
    value: str


QUICK_REPLY = "zeg:"
"""Begins the value of a button that an employee put under a message: who presses it says the title, and no more."""
MOST_QUICK_REPLIES = 4
QUICK_REPLY_CHARACTERS = 30
"""What a telephone shows on one line."""


@dataclass(frozen=True)
class Link:
    """A link that is shown as a button."""

    title: str
    url: str


@dataclass(frozen=True)
class Draft:
    """A message about to be stored."""

    text: str
    kind: MessageKind = MessageKind.TEXT
    buttons: tuple[Button, ...] = ()
    links: tuple[Link, ...] = ()
    language: str | None = None
    """Another language than Dutch, by its code, so that a screen can say it well and in its direction."""
    attachment: dict[str, Any] | None = None
    """The file that it brings, as `handoff.attachments` describes it."""
    tells_place: QueuePlace | None = None
    """What it says of her place in the queue: not said again until that changes (`handoff.place_notices`)."""


def quick_replies(typed: str) -> tuple[Button, ...]:
    """The buttons that an employee typed, with a semicolon between them; none when nothing was typed.

    Raises:
        InvalidQuickReply: too many, one is too long, or two are the same.
    """
    pieces = clean(typed).split(";") if typed.strip() else ()
    titles = [title for piece in pieces if (title := " ".join(piece.split())).strip(_JOINERS)]
    if len(titles) > MOST_QUICK_REPLIES:
        raise InvalidQuickReply(f"U kunt hoogstens {MOST_QUICK_REPLIES} knoppen meesturen. Haal er een weg.")
    for title in titles:
        if len(title) > QUICK_REPLY_CHARACTERS:
            limit = f"Een knop mag {QUICK_REPLY_CHARACTERS} tekens hebben."
            raise InvalidQuickReply(f"De knop ‘{title}’ is te lang. {limit}")
    if len({title.casefold() for title in titles}) < len(titles):
        raise InvalidQuickReply("Twee knoppen zijn hetzelfde. Haal er een weg.")
    return tuple(Button(title, f"{QUICK_REPLY}{number}") for number, title in enumerate(titles, start=1))


def is_quick_reply(choice: str | None) -> bool:
    """Whether a pressed button only says its title."""
    return choice is not None and choice.startswith(QUICK_REPLY)


def clean(text: str) -> str:
    """`text` in NFC, without control characters, stripped.

    Raises:
        InvalidText: nothing is left, or it is longer than 4,000 characters.
    """
    if len(text) > MAX_CHARACTERS * 4:
        raise InvalidText(f"Uw bericht is te lang. Een bericht mag {MAX_CHARACTERS} tekens hebben. Deel het op.")
    kept = unicodedata.normalize("NFC", "".join(c for c in text if _is_kept(c))).strip()
    if not kept.strip(_JOINERS):
        raise InvalidText("Uw bericht is leeg. Typ eerst uw vraag.")
    if len(kept) > MAX_CHARACTERS:
        raise InvalidText(f"Uw bericht is te lang. Een bericht mag {MAX_CHARACTERS} tekens hebben. Deel het op.")
    return kept


_JOINERS = "\u200d\ufe0f"
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co"})


def _is_kept(character: str) -> bool:
    # Joiners and variation selectors make up emoji; an emoji newer than this Python's tables is unassigned to it (Cn).
    # Every other control or format character goes.
    return character in "\n\t" + _JOINERS or unicodedata.category(character) not in _DROPPED


_LOOKS_LIKE_PLACEHOLDER = re.compile(rf"\[((?:{'|'.join(personal_data.PersonalDataKind)})-\d+)\]")


async def mask_in_conversation(
    session: AsyncSession,
    vault: Vault,
    conversation_id: str,
    text: str,
    *,
    found: Sequence[personal_data.Found] | None = None,
) -> personal_data.Masked:
    """Mask `text` with this conversation's numbering and keep new values encrypted beside it.

    Args:
        found: What `personal_data.find` found in `text`. Looking takes long on hostile text, so whoever holds a lock
            has looked before; looked for here when it is not given.
    """
    if found is not None and not found and not _LOOKS_LIKE_PLACEHOLDER.search(text):
        return personal_data.Masked(text, {})
    rows = await session.scalars(select(PersonalValue).where(PersonalValue.conversation_id == conversation_id))
    known = {row.value_hash: row.placeholder for row in rows}

    def key(value: personal_data.Found) -> str:
        return vault.equality_hash(personal_data.value_key(value))

    given = set(known.values())

    def without_false_placeholders(between: str) -> str:
        # What only looks like a placeholder stands for nothing: no callback may be promised to it.
        return _LOOKS_LIKE_PLACEHOLDER.sub(lambda one: one[0] if one[0] in given else f"({one[1]})", between)

    numbering = personal_data.Numbering(known, key)
    masked = personal_data.mask(text, numbering, found=found, elsewhere=without_false_placeholders)
    for placeholder, value in masked.values.items():
        if placeholder not in given:
            session.add(
                PersonalValue(
                    conversation_id=conversation_id,
                    placeholder=placeholder,
                    kind=value.kind,
                    value_hash=key(value),
                    ciphertext=vault.encrypt(value.value),
                )
            )
    return masked


async def append(
    session: AsyncSession,
    conversation_id: str,
    draft: Draft,
    *,
    sender: Sender,
    now: datetime,
    expected_owner: Owner | None = None,
    expected_epoch: int | None = None,
    expected_employee: str | None = None,
    channel_message_id: str | None = None,
    choice: str | None = None,
    employee_id: str | None = None,
    sender_name: str | None = None,
    owed_a_turn: bool = False,
    corrects_seq: int | None = None,
) -> Message:
    """Store one message with the next number of its conversation.

    Args:
        corrects_seq: The number of the message that its sender changed into this one.

    Raises:
        StaleOwner: `expected_owner`, `expected_epoch` or `expected_employee` no longer holds; nothing was stored.
        UnknownConversation: there is no such conversation (any more).
    """
    raised = update(Conversation).where(Conversation.id == conversation_id)
    if expected_owner is not None:
        raised = raised.where(Conversation.owner == expected_owner)
    if expected_epoch is not None:
        raised = raised.where(Conversation.epoch == expected_epoch)
    if expected_employee is not None:
        raised = raised.where(Conversation.employee_id == expected_employee)
    row = (
        await session.execute(
            raised.values(last_seq=Conversation.last_seq + 1, last_activity_at=now).returning(
                Conversation.last_seq,
                Conversation.channel,
                Conversation.municipality,
                Conversation.epoch,
            )
        )
    ).one_or_none()
    if row is None:
        raise await _why_not(session, conversation_id)
    message = Message(
        conversation_id=conversation_id,
        seq=row.last_seq,
        sender=sender,
        kind=draft.kind,
        text=draft.text,
        buttons=[asdict(button) for button in draft.buttons],
        links=[asdict(link) for link in draft.links],
        channel_message_id=channel_message_id,
        choice=choice,
        employee_id=employee_id,
        sender_name=sender_name,
        created_at=now,
        handled_at=None if owed_a_turn else now,
        understood={"language": draft.language} if draft.language else None,
        attachment=draft.attachment,
        corrects_seq=corrects_seq,
    )
    session.add(message)
    await session.flush()
    if sender is not Sender.CITIZEN:
        outbox.enqueue(session, message, channel=row.channel, municipality=row.municipality, now=now)
        if draft.tells_place is not None and row.channel in outbox.PUSHED_CHANNELS:
            await place_notices.told(session, conversation_id, row.epoch, draft.tells_place)
    elif row.channel in outbox.PUSHED_CHANNELS:
        await outbox.let_go(session, conversation_id, now=now)
    emit(session, Event(conversation_subject(conversation_id), SAID, {"seq": message.seq}))
    return message


async def after(
    session: AsyncSession, conversation_id: str, seq: int, *, limit: int | None = None
) -> Sequence[Message]:
    """The messages with a number above `seq`, in order."""
    wanted = select(Message).where(Message.conversation_id == conversation_id, Message.seq > seq).order_by(Message.seq)
    return (await session.scalars(wanted if limit is None else wanted.limit(limit))).all()


async def recent(session: AsyncSession, conversation_id: str, *, up_to_seq: int, limit: int) -> Sequence[Message]:
    """The last `limit` messages up to and including number `up_to_seq`, in order."""
    wanted = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq <= up_to_seq)
        .order_by(Message.seq.desc())
        .limit(limit)
    )
    return tuple(reversed((await session.scalars(wanted)).all()))


async def spoken(
    session: AsyncSession, conversation_id: str, *, up_to_seq: int, limit: int
) -> Sequence[Row[str, str, str]]:
    """Sender, kind and text of the same messages."""
    wanted = (
        select(Message.sender, Message.kind, Message.text)
        .where(Message.conversation_id == conversation_id, Message.seq <= up_to_seq)
        .order_by(Message.seq.desc())
        .limit(limit)
    )
    return tuple(reversed((await session.execute(wanted)).all()))


async def by_channel_id(session: AsyncSession, conversation_id: str, channel_message_id: str) -> Message | None:
    """The message that came in under the channel's id, if it was stored before."""
    return (
        await session.scalars(
            select(Message).where(
                Message.conversation_id == conversation_id, Message.channel_message_id == channel_message_id
            )
        )
    ).one_or_none()


async def newest_version(session: AsyncSession, original: Message) -> Message:
    """What the citizen last made of a message that she may have changed."""
    wanted = (
        select(Message)
        .where(Message.conversation_id == original.conversation_id, Message.corrects_seq == original.seq)
        .order_by(Message.seq.desc())
        .limit(1)
    )
    return (await session.scalars(wanted)).one_or_none() or original


async def _why_not(session: AsyncSession, conversation_id: str) -> StaleOwner | UnknownConversation:
    row = (
        await session.execute(select(Conversation.owner, Conversation.epoch).where(Conversation.id == conversation_id))
    ).one_or_none()
    if row is None:
        return UnknownConversation(conversation_id)
    return StaleOwner(conversation_id, owner=row.owner, epoch=row.epoch)
