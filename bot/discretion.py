"""Conversations that somebody at home should not see: the citizen's screen then offers to leave the page quickly.

On for the rest of the conversation once it was about one of these. It says nothing to anybody about what was said.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.detection import Reason
from handoff.tables import Case, Conversation, Message

TOPICS = frozenset({"vrouwenopvang", "crisisopvang", "jeugdhulp", "brp_geheimhoudingsverzoek"})
"""Who asks about these may share her home, and her computer, with the one she fears."""
REASONS = frozenset({Reason.ABUSE})


async def wanted(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether the conversation was about such a topic, or detection saw such a reason."""
    if REASONS & set((conversation.pending_offer or {}).get("reasons", ())):
        return True
    asked = select(Message.id).where(
        Message.conversation_id == conversation.id, Message.understood["topic"].as_string().in_(TOPICS)
    )
    if await session.scalar(asked.limit(1)) is not None:
        return True
    seen = await session.scalars(select(Case.reasons).where(Case.conversation_id == conversation.id))
    return any(REASONS & set(reasons) for reasons in seen)
