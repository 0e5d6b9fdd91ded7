"""What a citizen says to a person is read too, for whom it should alert; nearly always it alerts nobody.

Then its turn is over as soon as it is stored. Otherwise it is owed one, and `bot/waiting.py` raises the case. A turn of
its own for every message, with three transactions, was half of what a message cost.
"""

from __future__ import annotations

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import moment
from bot.desk import Desk
from bot.metrics import TURN_CRASHES
from handoff import cases, messages
from handoff.detection import Role, Turn
from handoff.tables import Conversation
from handoff.vocabulary import Owner

log = structlog.get_logger(__name__)

AT_ONCE_CHARACTERS = 300
"""Reading so much takes two or three milliseconds, in which nobody else can write; a longer message is read apart."""


async def alerts_nobody(desk: Desk, session: AsyncSession, conversation: Conversation, text: str) -> bool:
    """Whether this message, about to be stored, is for a person and changes nothing about her case.

    False when that is not known at once: then it is owed a turn, as every other message.

    Args:
        conversation: Locked by this transaction.
        text: Without personal data.
    """
    if conversation.owner != Owner.EMPLOYEE or len(text) > AT_ONCE_CHARACTERS:
        return False
    case = await cases.open_case_of(session, conversation.id)
    if case is None:
        return True
    said = await messages.spoken(
        session, conversation.id, up_to_seq=conversation.last_seq, limit=moment.HISTORY_MESSAGES - 1
    )
    turns = moment.turns(said, AT_ONCE_CHARACTERS)
    try:
        assessment = desk.detector.assess([*turns, Turn(Role.CITIZEN, text)], None)
    except Exception as error:  # the message is stored whatever happens here, and is read again in its turn
        TURN_CRASHES.labels(type(error).__name__).inc()
        log.exception("overhearing.failed", conversation=conversation.id)
        return False
    return not cases.is_raised_by(case, assessment)
