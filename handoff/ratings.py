"""What citizens say of a conversation that is over: whether it was answered, told twice, and a figure.

Never asked after crisis, urgent, grief, abuse or threat. What was typed goes with the conversation; the figures stay,
without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import conversations, personal_data, texts
from handoff.exceptions import NotAsked
from handoff.figures import SMALLEST
from handoff.gravity import is_grave
from handoff.messages import Button, Draft
from handoff.outbox import PUSHED_CHANNELS
from handoff.tables import Case, Conversation, Message, Rating
from handoff.vocabulary import Answered, MessageKind, Outcome, Owner, Sender

ASKED_FOR = timedelta(days=1)
"""After closing; who answers later has forgotten."""
PRESSED = "oordeel"
"""What the value of a button begins with that answers one of the questions."""


@dataclass(frozen=True)
class Asked:
    """What can be asked of this conversation."""

    by_person: bool
    """An employee had it, so that she may have had to tell her story again."""
    given: bool


@dataclass(frozen=True)
class Given:
    """What a citizen answered; what she left out is None or empty."""

    answered: Answered
    score: int | None = None
    told_again: bool | None = None
    comment: str = ""


@dataclass(frozen=True)
class Figures:
    """Counts over a period; `None` where fewer than `SMALLEST` answered."""

    count: int
    answered: int | None
    """Whose question was answered."""
    mean_score: float | None
    told_again: int | None
    asked_again: int
    """How many said whether they had to tell it again."""


async def asked(session: AsyncSession, conversation: Conversation, *, now: datetime) -> Asked | None:
    """What to ask; None while it goes on, after a day, and where nothing may be asked."""
    closed_at = conversation.closed_at
    if conversation.owner != Owner.CLOSED or closed_at is None or now > closed_at + ASKED_FOR:
        return None
    cases = (await session.scalars(select(Case).where(Case.conversation_id == conversation.id))).all()
    if any(is_grave(one.level, one.reasons) for one in cases):
        return None
    if any(one.outcome == Outcome.MISCONDUCT for one in cases):
        return None
    spoke = select(func.count()).where(Message.conversation_id == conversation.id, Message.sender == Sender.CITIZEN)
    if not await session.scalar(spoke):
        return None
    by_employee = select(func.count()).where(
        Message.conversation_id == conversation.id, Message.sender == Sender.EMPLOYEE
    )
    return Asked(bool(await session.scalar(by_employee)), await _of(session, conversation.id) is not None)


async def give(session: AsyncSession, conversation: Conversation, given: Given, *, now: datetime) -> None:
    """Keep what she says; said again, it takes the place of what she said before.

    Raises:
        NotAsked: nothing is asked of this conversation, or not any more.
    """
    may = await asked(session, conversation, now=now)
    if may is None:
        raise NotAsked(conversation.id)
    last = select(Case.team).where(Case.conversation_id == conversation.id).order_by(Case.opened_at.desc()).limit(1)
    team = await session.scalar(last)
    rating = await _of(session, conversation.id)
    if rating is None:
        rating = Rating(conversation_id=conversation.id, municipality=conversation.municipality)
        session.add(rating)
    rating.team = team
    rating.channel = conversation.channel
    rating.by_person = may.by_person
    rating.answered = given.answered
    rating.score = given.score
    rating.told_again = given.told_again if may.by_person else None
    rating.comment = personal_data.redact(given.comment).strip() or None
    rating.given_at = now


async def given(session: AsyncSession, conversation_id: str) -> Given | None:
    """What she said up to now."""
    rating = await _of(session, conversation_id)
    if rating is None:
        return None
    return Given(Answered(rating.answered), rating.score, rating.told_again, rating.comment or "")


async def question(session: AsyncSession, conversation_id: str, *, now: datetime) -> Draft | None:
    """The first question, for a channel that asks by pushing it; None where nothing may be asked.

    Her answers come as `oordeel:<conversation>:<question>:<answer>`; the questions are v (answered), o (told again),
    c (score).
    """
    conversation = await conversations.get(session, conversation_id)
    if conversation.channel not in PUSHED_CHANNELS or await asked(session, conversation, now=now) is None:
        return None
    return Draft(texts.WAS_IT_ANSWERED, MessageKind.NOTICE, buttons=answers_of(conversation_id))


def answers_of(conversation_id: str) -> tuple[Button, ...]:
    """The answers to the first question."""
    titles = ((texts.ANSWERED, "ja"), (texts.PARTLY_ANSWERED, "deels"), (texts.NOT_ANSWERED, "nee"))
    return tuple(Button(title, f"{PRESSED}:{conversation_id}:v:{value}") for title, value in titles)


async def figures(session: AsyncSession, municipality: str, *, since: datetime) -> Figures:
    """What citizens said since then."""
    wanted = select(Rating).where(Rating.municipality == municipality, Rating.given_at >= since)
    all_given = (await session.scalars(wanted)).all()
    count = len(all_given)
    scores = [one.score for one in all_given if one.score is not None]
    again = [one.told_again for one in all_given if one.told_again is not None]
    return Figures(
        count=count,
        answered=sum(one.answered == Answered.YES for one in all_given) if count >= SMALLEST else None,
        mean_score=sum(scores) / len(scores) if len(scores) >= SMALLEST else None,
        told_again=sum(again) if len(again) >= SMALLEST else None,
        asked_again=len(again),
    )


async def _of(session: AsyncSession, conversation_id: str) -> Rating | None:
    return (await session.scalars(select(Rating).where(Rating.conversation_id == conversation_id))).one_or_none()
