"""When a citizen who talks with an employee has fallen silent: whom to ask whether she is there, and whom to let go.

Read from the messages alone, so a restart changes nothing. Never while the employee owes the answer, and never in a
crisis or urgent case: silence means something else there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.cases import PRESSES
from handoff.tables import Case, Conversation, Message
from handoff.vocabulary import CaseKind, CaseState, MessageKind, Owner, Sender

STILL_THERE = "gesprek:verlengen"
"""The choice under the question whether she is there."""
READ_BACK = 50
"""Messages: more questions and answers than this follow each other in no conversation without a word in between."""


class Step(StrEnum):
    """What is due."""

    ASK = "ask"
    CLOSE = "close"


@dataclass(frozen=True)
class Patience:
    """How long a citizen may be silent.

    Args:
        ask_after: Since the last message, before she is asked whether she is there.
        close_after: Since that question.
    """

    ask_after: timedelta
    close_after: timedelta


@dataclass(frozen=True)
class Silent:
    """A conversation with an employee in which nothing was said for a while."""

    conversation_id: str
    epoch: int


async def candidates(
    session: AsyncSession, *, quiet_since: datetime, limit: int, after_id: str = ""
) -> Sequence[Silent]:
    """Conversations with an employee, neither crisis nor urgent, in which nothing was said since; by id."""
    wanted = (
        select(Conversation.id, Conversation.epoch)
        .join(Case, Case.conversation_id == Conversation.id)
        .where(
            Conversation.owner == Owner.EMPLOYEE,
            Conversation.last_activity_at <= quiet_since,
            Conversation.id > after_id,
            Case.kind == CaseKind.CONVERSATION,
            Case.state == CaseState.HELD,
            ~PRESSES,
        )
        .order_by(Conversation.id)
        .limit(limit)
    )
    return [Silent(row.id, row.epoch) for row in await session.execute(wanted)]


def due(said: Sequence[Message], patience: Patience, now: datetime) -> Step | None:
    """What is due now, from the last messages of a conversation with an employee, in order."""
    if not said:
        return None
    last = said[-1]
    silent_for = now - last.created_at
    if is_question(last):
        return Step.CLOSE if silent_for >= patience.close_after else None
    if silent_for < patience.ask_after or not _she_owes(said):
        return None
    return Step.ASK


def is_question(message: Message) -> bool:
    """Whether this message asks the citizen if she is there."""
    return message.sender == Sender.SYSTEM and any(button["value"] == STILL_THERE for button in message.buttons)


def _she_owes(said: Sequence[Message]) -> bool:
    """Whether the employee spoke last; asking for more time is no answer to her."""
    for message in reversed(said):
        if message.sender == Sender.EMPLOYEE:
            return True
        if message.sender == Sender.CITIZEN and message.choice != STILL_THERE:
            return False
        if message.sender == Sender.SYSTEM and message.kind == MessageKind.HANDOVER and not is_question(message):
            return False  # another employee goes on, and has not said anything yet
    return False
