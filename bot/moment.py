"""A citizen's message and everything around it, as it was when its turn began; and how it is judged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from bot.desk import Desk
from bot.voice import Voice, reader_of, voice_for
from handoff import conversations, messages
from handoff.detection import Assessment, NluSignals, Role, Turn
from handoff.exceptions import UnknownConversation
from handoff.gravity import is_pressing
from handoff.hours import local_date
from handoff.messages import Draft, Link
from handoff.tables import Conversation, Message
from handoff.vocabulary import MessageKind, Owner, Sender

HISTORY_MESSAGES = 30
"""How far back detection reads; bounded, so that turn 200 costs what turn 20 costs."""
HISTORY_CHARACTERS = 8_000
"""The same in characters: thirty messages may be thirty times 4,000."""

_ROLES = {Sender.CITIZEN: Role.CITIZEN, Sender.BOT: Role.BOT, Sender.EMPLOYEE: Role.EMPLOYEE}


class Said(Protocol):
    """What detection reads of a message."""

    @property
    def sender(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def text(self) -> str: ...


AnySaid = TypeVar("AnySaid", bound=Said)


@dataclass(frozen=True)
class Moment:
    """What a turn starts from."""

    conversation: Conversation
    message: Message
    history: tuple[Message, ...]
    meaning: Sequence[float] | None = None
    """The message as a vector, by the encoder of the language model."""

    @property
    def turns(self) -> list[Turn]:
        """What detection reads: the conversation up to this message, without notices of the system."""
        return [_turn(said) for said in self.history]


async def read(desk: Desk, conversation_id: str) -> Moment | None:
    """The earliest citizen's message that is owed a turn; None when there is none."""
    async with desk.database.read() as session:
        message = await conversations.next_unhandled(session, conversation_id)
        if message is None:
            return None
        try:
            conversation = await conversations.get(session, conversation_id)
        except UnknownConversation:
            return None  # erased between the two reads
        said = await messages.recent(session, conversation_id, up_to_seq=message.seq, limit=HISTORY_MESSAGES)
    is_typed_to_no_person = message.choice is None and conversation.owner != Owner.EMPLOYEE
    meaning = await desk.engine.meaning(message.text) if is_typed_to_no_person else None
    return Moment(conversation, message, _within_bounds(one for one in said if _is_read(one)), meaning)


def turns(said: Iterable[Said], room: int) -> list[Turn]:
    """What detection reads of a conversation.

    Args:
        room: Characters to leave for the message that is to be judged.
    """
    return [_turn(one) for one in _within_bounds((one for one in said if _is_read(one)), HISTORY_CHARACTERS - room)]


def _turn(said: Said) -> Turn:
    return Turn(_ROLES[Sender(said.sender)], said.text)


def _is_read(said: Said) -> bool:
    # The welcome speaks of employees and help to everybody; nothing that she answers to it is an answer to that.
    return said.sender in _ROLES and said.kind != MessageKind.WELCOME


def _within_bounds(said: Iterable[AnySaid], most: int = HISTORY_CHARACTERS) -> tuple[AnySaid, ...]:
    """The newest messages that fit; the last one always."""
    kept: list[AnySaid] = []
    characters = 0
    for one in reversed(tuple(said)):
        characters += len(one.text)
        if kept and characters > most:
            break
        kept.append(one)
    return tuple(reversed(kept))


async def assess(desk: Desk, moment: Moment, signals: NluSignals | None = None) -> Assessment:
    """What detection says; its triggers point at messages by number, as the dossier needs.

    In a thread: a long message must not hold up everybody else's.
    """
    assessment = await asyncio.to_thread(desk.detector.assess, moment.turns, signals, moment.meaning)
    numbered = tuple(replace(one, turn=moment.history[one.turn].seq) for one in assessment.triggers)
    return replace(assessment, triggers=numbered)


def voice(desk: Desk, moment: Moment) -> Voice:
    """How the citizen is spoken to, from what she wrote up to now."""
    return voice_for(desk, reader_of(moment.history))


def fixed_text(desk: Desk, moment: Moment, assessment: Assessment) -> tuple[Draft, ...]:
    """The reviewed text for a crisis or urgent message, in the words of who reads it."""
    if not is_pressing(assessment.level):
        return ()
    spoken = voice(desk, moment)
    where, today = moment.conversation.municipality, local_date(desk.clock())
    said = desk.crisis_texts.say(assessment.reasons, spoken.reader, desk.content, where, today)
    links = tuple(Link(title, url) for title, url in said.links)
    return (replace(spoken.draft(said.text, MessageKind.CRISIS), links=links),)
