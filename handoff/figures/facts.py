"""From a conversation to what is counted of it.

A row is made when the conversation is over, and again when something about it becomes known: a rating, a judgement, a
callback that was made, and after a week whether the citizen came back. When a conversation is erased, its rows are
made a last time and keep nothing that leads to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.detection import Level
from handoff.figures.tables import CaseFact, ConversationFact
from handoff.hours import local_date
from handoff.tables import AssessmentMark, Case, Conversation, Message, Rating, ServiceEvent
from handoff.vocabulary import (
    ACCEPTS_PERSON,
    Answered,
    CaseKind,
    CaseState,
    Consent,
    MessageKind,
    Outcome,
    Owner,
    Sender,
)

COMES_BACK_WITHIN = dt.timedelta(days=7)
KEPT = dt.timedelta(days=3 * 366)
"""Three years: this one, the one before, and one to compare that with."""
_ANSWERS = frozenset({MessageKind.ANSWER, MessageKind.CALLBACK})


async def keep(session: AsyncSession, *conversation_ids: str, now: dt.datetime) -> None:
    """Make the rows of these conversations anew; of one in which the citizen said nothing there are none."""
    for conversation_id in conversation_ids:
        conversation = await session.get(Conversation, conversation_id, populate_existing=True)
        if conversation is not None:
            await _keep(session, conversation, now)


async def _keep(session: AsyncSession, conversation: Conversation, now: dt.datetime) -> None:
    of_it = conversation.id
    said = (await session.scalars(select(Message).where(Message.conversation_id == of_it).order_by(Message.seq))).all()
    cases = (await session.scalars(select(Case).where(Case.conversation_id == of_it).order_by(Case.opened_at))).all()
    rating = (await session.scalars(select(Rating).where(Rating.conversation_id == of_it))).one_or_none()
    came_back = await _came_back(session, conversation)
    marks = await _marks(session, cases)
    await session.execute(delete(ConversationFact).where(ConversationFact.conversation_id == of_it))
    await session.execute(delete(CaseFact).where(CaseFact.conversation_id == of_it))
    if not any(one.sender == Sender.CITIZEN for one in said):
        return
    topic = _topic(said)
    session.add(_fact(conversation, said, cases, rating, topic, came_back=came_back, now=now))
    for case in cases:
        if case.state == CaseState.DONE:
            session.add(_case_fact(case, conversation, topic, marks.get(case.id, ())))
    await session.flush()


async def due(session: AsyncSession, *, now: dt.datetime, limit: int, after_id: str = "") -> Sequence[str]:
    """Ids of closed conversations whose rows are missing or old, by id."""
    week_ago = now - COMES_BACK_WITHIN
    fact, of_it = ConversationFact, ConversationFact.conversation_id == Conversation.id
    spoke = exists().where(Message.conversation_id == Conversation.id, Message.sender == Sender.CITIZEN)
    newer: Collection[ColumnElement[bool]] = (
        Conversation.closed_at <= week_ago,
        exists().where(Rating.conversation_id == Conversation.id, Rating.given_at > fact.made_at),
        exists().where(Case.conversation_id == Conversation.id, Case.done_at > fact.made_at),
        exists().where(
            Case.conversation_id == Conversation.id,
            AssessmentMark.case_id == Case.id,
            AssessmentMark.created_at > fact.made_at,
        ),
    )
    wanted = (
        select(Conversation.id)
        .outerjoin(fact, of_it)
        .where(
            Conversation.owner == Owner.CLOSED,
            Conversation.id > after_id,
            or_(and_(fact.id.is_(None), spoke), and_(fact.is_final.is_(False), or_(*newer))),
        )
        .order_by(Conversation.id)
        .limit(limit)
    )
    return (await session.scalars(wanted)).all()


async def forget_old(session: AsyncSession, *, now: dt.datetime) -> None:
    """Drop rows of more than three years ago, also of service levels, which name a case, and what citizens answered."""
    oldest = _date(now - KEPT)
    for table in (ConversationFact, CaseFact):
        await session.execute(delete(table).where(table.day < oldest))
    await session.execute(delete(ServiceEvent).where(ServiceEvent.at < now - KEPT))
    await session.execute(delete(Rating).where(Rating.given_at < now - KEPT))


def _fact(
    conversation: Conversation,
    said: Sequence[Message],
    cases: Sequence[Case],
    rating: Rating | None,
    topic: str | None,
    *,
    came_back: bool,
    now: dt.datetime,
) -> ConversationFact:
    talks = [case for case in cases if case.kind == CaseKind.CONVERSATION]
    closed_at = conversation.closed_at or now
    unanswered = left_unanswered(said, cases)
    offered, ignored = _offer(said, cases)
    settled = now - closed_at >= COMES_BACK_WITHIN
    return ConversationFact(
        conversation_id=conversation.id,
        municipality=conversation.municipality,
        channel=conversation.channel,
        topic=topic,
        team=cases[-1].team if cases else None,
        day=_date(closed_at),
        unanswered=unanswered,
        handed_over=bool(talks),
        reasons=sorted({reason for case in talks for reason in case.reasons}),
        by_person=any(one.sender == Sender.EMPLOYEE for one in said),
        offered=offered,
        offer_ignored=ignored,
        resolved=_resolved(conversation, rating, unanswered=unanswered, came_back=came_back, settled=settled),
        score=rating.score if rating else None,
        told_again=rating.told_again if rating else None,
        is_final=settled and all(case.state == CaseState.DONE for case in cases),
        made_at=now,
    )


def left_unanswered(said: Sequence[Message], cases: Sequence[Case]) -> bool:
    """Whether her last need was met by nobody.

    A need is a message that the bot did not understand, or a wait for a person. It is met by a later answer of the bot,
    a later message of an employee, or a callback or report that was taken down.
    """
    needs = [one for one in said if one.sender == Sender.CITIZEN and (one.understood or {}).get("failed")]
    for case in cases:
        if case.kind == CaseKind.CONVERSATION:
            needs += [one for one in said if one.created_at <= case.opened_at][-1:]
    if not needs:
        return False
    need = max(needs, key=lambda one: one.seq)
    later = [one for one in said if one.seq > need.seq]
    met = any(one.sender == Sender.EMPLOYEE or one.kind in _ANSWERS for one in later)
    taken_down = any(case.kind != CaseKind.CONVERSATION and case.opened_at >= need.created_at for case in cases)
    return not (met or taken_down)


def _resolved(
    conversation: Conversation, rating: Rating | None, *, unanswered: bool, came_back: bool, settled: bool
) -> bool | None:
    if rating is not None:
        return rating.answered == Answered.YES
    if came_back:
        return False
    is_recognisable = conversation.peer_hash is not None
    return not unanswered if is_recognisable and settled else None


def _offer(said: Sequence[Message], cases: Sequence[Case]) -> tuple[bool, bool]:
    """Whether a person was offered, and whether the citizen never said what she wanted."""
    offers = [one for one in said if any(button.get("value") == ACCEPTS_PERSON for button in one.buttons)]
    if not offers:
        return False, False
    last = offers[-1]
    refused = any(one.seq > last.seq and (one.understood or {}).get("consent") == Consent.REFUSED for one in said)
    accepted = any(case.opened_at >= last.created_at for case in cases)
    return True, not refused and not accepted


def _topic(said: Sequence[Message]) -> str | None:
    """What was understood last; what the bot only guessed does not count."""
    understood = [one.understood for one in said if one.sender == Sender.CITIZEN and one.understood]
    return next((one["topic"] for one in reversed(understood) if one.get("topic") and not one.get("failed")), None)


def _case_fact(case: Case, conversation: Conversation, topic: str | None, marks: Sequence[AssessmentMark]) -> CaseFact:
    claimed, done = case.claimed_at, case.done_at or case.opened_at
    return CaseFact(
        conversation_id=conversation.id,
        municipality=case.municipality,
        channel=conversation.channel,
        topic=topic,
        team=case.team,
        kind=case.kind,
        day=_date(done),
        abandoned=claimed is None and case.outcome == Outcome.CITIZEN_LEFT,
        waited_seconds=None if claimed is None else round((claimed - case.opened_at).total_seconds()),
        handled_seconds=None if claimed is None else round((done - claimed).total_seconds()),
        on_time=_on_time(case),
        marked=_marked(marks),
    )


def _on_time(case: Case) -> bool | None:
    if case.kind != CaseKind.CALLBACK or case.due_on is None or case.done_at is None:
        return None
    if case.outcome == Outcome.CITIZEN_LEFT:
        return None
    first = case.attempts[0] if case.attempts else None
    called_at = dt.datetime.fromisoformat(first["at"]) if first else case.done_at
    promised = (first or {}).get("due_on") or case.due_on
    return _date(called_at) <= str(promised)


def _marked(marks: Sequence[AssessmentMark]) -> str | None:
    """The last judgement."""
    if not marks:
        return None
    was, should_be = Level(marks[-1].was), Level(marks[-1].should_be)
    if should_be is Level.NONE and was.rank >= Level.ESCALATE.rank:
        return "false"
    if should_be.rank > was.rank:
        return "missed"
    return "right" if should_be is was else "other"


async def _marks(session: AsyncSession, cases: Sequence[Case]) -> dict[str, list[AssessmentMark]]:
    found: dict[str, list[AssessmentMark]] = {}
    wanted = select(AssessmentMark).where(AssessmentMark.case_id.in_([case.id for case in cases]))
    for one in await session.scalars(wanted.order_by(AssessmentMark.created_at)):
        found.setdefault(one.case_id, []).append(one)
    return found


async def _came_back(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether she wrote again within a week, as far as can be seen: from the same chat, or by going on from here."""
    closed_at = conversation.closed_at
    if closed_at is None:
        return False
    same = [Conversation.previous_id == conversation.id]
    if conversation.peer_hash is not None:
        same.append(Conversation.peer_hash == conversation.peer_hash)
    wanted = select(Conversation.id).where(
        Conversation.id != conversation.id,
        Conversation.municipality == conversation.municipality,
        or_(*same),
        Conversation.opened_at >= closed_at,
        Conversation.opened_at < closed_at + COMES_BACK_WITHIN,
    )
    return await session.scalar(wanted.limit(1)) is not None


def _date(moment: dt.datetime) -> str:
    return local_date(moment).isoformat()
