"""Citizens who may be watched on a channel that pushes: nothing is sent until they are there to read it.

On the website she can leave the page quickly. A message that is pushed to a telephone is seen by whoever holds it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit
from handoff.tables import Conversation, Message
from handoff.vocabulary import Sender


class ReadsAlong(StrEnum):
    """What she said of who reads along."""

    ASKED = "asked"
    """She has not said yet."""
    NOBODY = "nobody"
    SOMEBODY = "somebody"


THERE_FOR = timedelta(minutes=5)
"""After she last wrote she is taken to hold the telephone herself; until she says that somebody reads along, also after
she pressed a button."""
_CAREFUL = frozenset({ReadsAlong.ASKED, ReadsAlong.SOMEBODY})


def careful(conversation: Conversation) -> bool:
    """Whether nothing may be pushed but in answer to her."""
    return conversation.reads_along in _CAREFUL


async def must_wait(session: AsyncSession, conversation: Conversation, seq: int, *, now: datetime) -> bool:
    """Whether message number `seq`, owed to her, has to wait until she writes again.

    Once she said that somebody reads along, a button that is pressed says nothing of who holds the telephone: only the
    one answer to it goes out, and all else waits until she types.
    """
    if not careful(conversation):
        return False
    hers = (
        await session.execute(
            select(Message.seq, Message.choice, Message.created_at)
            .where(Message.conversation_id == conversation.id, Message.sender == Sender.CITIZEN)
            .order_by(Message.seq.desc())
            .limit(1)
        )
    ).one_or_none()
    if hers is None or now - hers.created_at > THERE_FOR:
        return True
    pressed = hers.choice is not None
    return pressed and conversation.reads_along == ReadsAlong.SOMEBODY and seq != hers.seq + 1


async def asked(session: AsyncSession, conversation_id: str) -> bool:
    """Remember that she was asked; False when she was before."""
    put = (
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.reads_along.is_(None))
        .values(reads_along=ReadsAlong.ASKED)
    )
    return bool((await session.execute(put)).rowcount)  # type: ignore[attr-defined]


async def answered(session: AsyncSession, conversation: Conversation, said: ReadsAlong, *, now: datetime) -> None:
    """Remember what she said; said again, it takes the place of what she said before."""
    await session.execute(update(Conversation).where(Conversation.id == conversation.id).values(reads_along=said))
    audit.record(
        session,
        "reads_along",
        at=now,
        municipality=conversation.municipality,
        actor="citizen",
        conversation_id=conversation.id,
        said=said,
    )
