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
_NO_ANSWER = 0
"""The number of no message: numbers begin at 1."""
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
    here = Conversation.id == conversation.id
    if conversation.peer_hash is not None:  # what she writes in the conversation that goes on from this one counts
        here = Conversation.peer_hash == conversation.peer_hash
    hers = (
        await session.execute(
            select(Message.conversation_id, Message.seq, Message.choice, Message.created_at, Conversation.reads_along)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(here, Message.sender == Sender.CITIZEN)
            .order_by(Message.created_at.desc(), Message.seq.desc())
            .limit(1)
        )
    ).one_or_none()
    if hers is None or now - hers.created_at > THERE_FOR:
        return True
    pressed = hers.choice is not None and ReadsAlong.SOMEBODY in (conversation.reads_along, hers.reads_along)
    return pressed and (conversation.id, seq) != (hers.conversation_id, hers.seq + 1)


async def is_there(session: AsyncSession, conversation: Conversation, *, now: datetime) -> bool:
    """Whether something that answers nothing may change on her screen: she holds the telephone, or need not be careful.

    Once she said that somebody reads along only what she types tells that.
    """
    return not await must_wait(session, conversation, _NO_ANSWER, now=now)


async def inherited(session: AsyncSession, previous_id: str) -> str | None:
    """What a conversation that goes on from another keeps of it: who had to be careful, still has to be.

    That nobody reads along is not kept: it was true then, and in a new conversation she is asked anew.
    """
    said = await session.scalar(select(Conversation.reads_along).where(Conversation.id == previous_id))
    return said if said in _CAREFUL else None


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
