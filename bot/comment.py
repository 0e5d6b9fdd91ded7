"""What a citizen adds to her judgement of a conversation that is over.

Nobody reads it at once, so it is no place for who needs help now.
"""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from bot import texts
from bot.desk import Desk
from bot.voice import voice_in
from handoff.detection import Assessment, Role, Turn
from handoff.gravity import is_pressing
from handoff.hours import local_date
from handoff.tables import Conversation


async def pressing(desk: Desk, comment: str) -> Assessment | None:
    """The assessment of a comment by somebody who needs a person now; None of every other."""
    assessment = await asyncio.to_thread(desk.detector.assess, [Turn(Role.CITIZEN, comment)], None)
    return assessment if is_pressing(assessment.level) else None


async def who_helps(desk: Desk, session: AsyncSession, conversation: Conversation, assessment: Assessment) -> str:
    """That nobody reads it here, and the reviewed text that says who helps, in her own language."""
    reader = (await voice_in(desk, session, conversation.id)).reader
    today = local_date(desk.clock())
    said = desk.crisis_texts.say(assessment.reasons, reader, desk.content, conversation.municipality, today)
    return f"{texts.NOBODY_READS_COMMENTS}\n{said.text}".replace("**", "")
