"""Conversations that somebody at home should not see.

On the website the citizen's screen then offers to leave the page quickly. On a channel that is pushed to her telephone
she is asked who reads along. On for the rest of the conversation once it was about one of these; it says nothing to
anybody about what was said.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk import Desk
from bot.voice import voice_in
from handoff import cases, messages, reading_along
from handoff.detection import Level, Reason
from handoff.messages import Button, Draft
from handoff.outbox import PUSHED_CHANNELS
from handoff.reading_along import ReadsAlong
from handoff.tables import Case, Conversation, Message
from handoff.vocabulary import MessageKind, Sender

TOPICS = frozenset({"vrouwenopvang", "crisisopvang", "jeugdhulp", "brp_geheimhoudingsverzoek"})
"""Who asks about these may share her home, and her computer, with the one she fears."""
REASONS = frozenset({Reason.ABUSE})
ASKED_ABOUT = frozenset({"vrouwenopvang"})
"""Topics after which nothing is pushed before she was asked; few, for it holds an employee's words back as well."""

READS_ALONE = "meelezen:nee"
SOMEBODY_READS_ALONG = "meelezen:ja"
ANSWERS = (READS_ALONE, SOMEBODY_READS_ALONG)


async def wanted(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether the conversation was about such a topic, or detection saw such a reason."""
    asked_for = (conversation.pending_offer or {}).get("assessment") or {}
    if REASONS & set(asked_for.get("reasons", ())):
        return True
    asked = select(Message.id).where(
        Message.conversation_id == conversation.id, Message.understood["topic"].as_string().in_(TOPICS)
    )
    if await session.scalar(asked.limit(1)) is not None:
        return True
    seen = await session.scalars(select(Case.reasons).where(Case.conversation_id == conversation.id))
    return any(REASONS & set(reasons) for reasons in seen)


async def may_be_told_unasked(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether what she did not ask for may be pushed to her: not to who may be watched, and not in a crisis.

    Whatever she said of who reads along: that was true when she said it.
    """
    if reading_along.careful(conversation) or await wanted(session, conversation):
        return False
    case = await cases.open_case_of(session, conversation.id)
    return case is None or case.level != Level.CRISIS


async def ask_who_reads_along(
    desk: Desk,
    session: AsyncSession,
    conversation: Conversation,
    reasons: Collection[Reason],
    *,
    now: datetime,
    topic: str | None = None,
) -> None:
    """Ask once, after what she needs first, on a channel that pushes.

    Args:
        reasons: What detection saw in her message.
        topic: What her message was about.
    """
    if conversation.channel not in PUSHED_CHANNELS or conversation.reads_along is not None:
        return
    if not REASONS.intersection(reasons) and topic not in ASKED_ABOUT:
        return
    if not await reading_along.asked(session, conversation.id):
        return
    voice = await voice_in(desk, session, conversation.id)
    said, reader = desk.crisis_texts.reading_along, voice.reader
    buttons = (
        Button(said.alone.for_reader(reader), READS_ALONE),
        Button(said.somebody.for_reader(reader), SOMEBODY_READS_ALONG),
    )
    question = voice.draft(said.question.for_reader(reader), MessageKind.QUESTION, buttons)
    await messages.append(session, conversation.id, question, sender=Sender.BOT, now=now)


async def heard_who_reads_along(
    desk: Desk, session: AsyncSession, conversation: Conversation, choice: str, *, now: datetime
) -> Draft:
    """Remember the answer, whoever has the conversation; returns what she hears of it."""
    alone = choice == READS_ALONE
    said = ReadsAlong.NOBODY if alone else ReadsAlong.SOMEBODY
    await reading_along.answered(session, conversation, said, now=now)
    voice = await voice_in(desk, session, conversation.id)
    written = desk.crisis_texts.reading_along
    text = (written.goes_on if alone else written.quiet).for_reader(voice.reader)
    return voice.draft(text, MessageKind.NOTICE)
