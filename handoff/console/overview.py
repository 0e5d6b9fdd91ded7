"""The left column: my conversations, the queue, and who has to be called back; each case as one card."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import String, and_, cast, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import alerts, dossier, offers, queue, skills
from handoff.console.cards import Card, Facts, Said, shorten
from handoff.console.look import MunicipalityLook
from handoff.detection import Level, Reason
from handoff.tables import Case, Conversation, Employee, Message
from handoff.vocabulary import LEADS, CaseKind, CaseState, Sender


@dataclass(frozen=True)
class Overview:
    """What one employee can pick up now, and what she holds."""

    mine: tuple[Card, ...]
    waiting: tuple[Card, ...]
    callbacks: tuple[Card, ...]
    watched: tuple[Card, ...]
    """Not to claim: threats in a team that she leads, and cases of others that touch her team (`regie`)."""
    alarming: tuple[str, ...]
    """Ids of the cases that should make themselves heard."""
    with_sound: bool
    open_count: int
    maximum: int

    @property
    def crises(self) -> int:
        """How many people in crisis wait."""
        return sum(card.level == Level.CRISIS for card in self.waiting)


@dataclass(frozen=True)
class Waiting:
    """What waits for some teams of a municipality: the same for everybody in them.

    Args:
        cards: Of each case, but for what differs by who looks (`Facts.card_for`).
        for_crisis: Of each team with somebody in crisis in the queue, who is there with the skill for it.
    """

    cases: Sequence[Case]
    cards: Mapping[str, Card]
    facts: Facts
    for_crisis: Mapping[str, Collection[str]]


async def waiting(
    session: AsyncSession, municipality: str, teams: Collection[str], look: MunicipalityLook, *, now: dt.datetime
) -> Waiting:
    """What waits for these teams now."""
    found = await queue.waiting(session, municipality, teams)
    facts = await _facts(session, look, now, shown=found, quoted=found)
    cards = {case.id: facts.card(case) for case in found}
    return Waiting(found, cards, facts, await _for_crisis(session, found, now))


async def read(session: AsyncSession, me: Employee, for_teams: Waiting, look: MunicipalityLook) -> Overview:
    """The overview of this employee.

    Args:
        for_teams: What waited for her teams just before.
    """
    now = for_teams.facts.now
    held = await queue.held_by(session, me.id)
    watched = await _watched(session, me)
    facts = await _facts(session, look, now, shown=(*held, *watched), quoted=watched, held=held)
    taken = {case.id for case in (*held, *watched)}  # also what was claimed since
    waits = [case for case in for_teams.cases if case.id not in taken]
    calls = [case for case in waits if case.kind != CaseKind.CONVERSATION]
    talks = [case for case in waits if case.kind == CaseKind.CONVERSATION]
    # What is offered to her stands on top: it is hers for seconds only.
    talks.sort(key=lambda case: not (offers.is_offered(case, now) and case.offered_to == me.id))

    def card(case: Case) -> Card:
        return for_teams.facts.card_for(me, case, for_teams.cards[case.id])

    return Overview(
        mine=tuple(facts.card_for(me, case, facts.card(case, held=True), held=True) for case in held),
        waiting=tuple(card(case) for case in talks),
        watched=tuple(facts.card_for(me, case, facts.card(case)) for case in watched),
        alarming=tuple(
            case.id for case in talks if alerts.alerts(case, me, for_teams.for_crisis.get(case.team, ()), now)
        ),
        with_sound=me.with_sound,
        callbacks=tuple(card(case) for case in sorted(calls, key=queue.due_order)),
        open_count=me.open_conversations,
        maximum=me.max_conversations,
    )


@dataclass(frozen=True)
class Held:
    """What an employee holds, to draw its cards anew after something was said."""

    cases: Sequence[Case]
    facts: Facts

    async def cards(
        self, session: AsyncSession, me: Employee, conversation_ids: Collection[str], *, now: dt.datetime
    ) -> tuple[Card, ...]:
        """Her cards of these conversations, with who spoke last."""
        facts = replace(self.facts, now=now, last_said=await _last_said(session, conversation_ids))
        return tuple(
            facts.card_for(me, case, facts.card(case, held=True), held=True)
            for case in self.cases
            if case.conversation_id in conversation_ids
        )


async def held(session: AsyncSession, me: Employee, look: MunicipalityLook, *, now: dt.datetime) -> Held:
    """What she holds now."""
    found = await queue.held_by(session, me.id)
    return Held(found, await _facts(session, look, now, shown=found, quoted=()))


async def _facts(
    session: AsyncSession,
    look: MunicipalityLook,
    now: dt.datetime,
    *,
    shown: Collection[Case],
    quoted: Collection[Case],
    held: Collection[Case] = (),
) -> Facts:
    return Facts(
        look=look,
        now=now,
        topics=await _latest_topics(session, shown),
        sentences=await _trigger_sentences(session, quoted),
        names=await _names(session, shown),
        channels=await _channels(session, {case.conversation_id for case in shown}),
        last_said=await _last_said(session, {case.conversation_id for case in held}),
    )


async def _watched(session: AsyncSession, employee: Employee) -> Sequence[Case]:
    """Open conversations that she may not claim but should know of, the oldest first."""
    touches = or_(*(cast(Case.also_for, String).contains(f'"{team}"') for team in employee.teams), false())
    threat = cast(Case.reasons, String).contains(f'"{Reason.THREAT}"') if employee.role in LEADS else false()
    in_her_team = and_(Case.team.in_(employee.teams), Case.state == CaseState.HELD, threat)
    wanted = (
        select(Case)
        .where(
            Case.municipality == employee.municipality,
            Case.state != CaseState.DONE,
            Case.kind == CaseKind.CONVERSATION,
            or_(Case.employee_id.is_(None), Case.employee_id != employee.id),
            or_(in_her_team, and_(touches, Case.team.not_in(employee.teams))),
        )
        .order_by(Case.opened_at, Case.id)
    )
    return (await session.scalars(wanted)).all()


async def _names(session: AsyncSession, shown: Collection[Case]) -> dict[str, str]:
    """What the employees are called who hold these cases, or to whom they are offered."""
    ids = {one for case in shown for one in (case.employee_id, case.offered_to) if one}
    if not ids:
        return {}
    rows = await session.execute(select(Employee.id, Employee.display_name).where(Employee.id.in_(ids)))
    return {row.id: row.display_name for row in rows}


async def _for_crisis(
    session: AsyncSession, waits: Collection[Case], now: dt.datetime
) -> Mapping[str, Collection[str]]:
    found: dict[str, Collection[str]] = {}
    for case in waits:
        if case.kind == CaseKind.CONVERSATION and case.level == Level.CRISIS and case.team not in found:
            found[case.team] = {one.id for one in await skills.for_crisis(session, case, now=now)}
    return found


async def _latest_topics(session: AsyncSession, shown: Collection[Case]) -> dict[str, str]:
    """The topic that the bot last recognised in what belongs to each case."""
    if not shown:
        return {}
    cases_of: dict[str, list[Case]] = defaultdict(list)
    for case in shown:
        cases_of[case.conversation_id].append(case)
    topic = Message.understood["topic"].as_string()
    understood = await session.execute(
        select(Message.conversation_id, Message.created_at, topic.label("topic"))
        .where(Message.conversation_id.in_(cases_of), Message.sender == Sender.CITIZEN, topic != "")
        .order_by(Message.conversation_id, Message.seq)
    )
    return {
        case.id: row.topic
        for row in understood
        for case in cases_of[row.conversation_id]
        if dossier.belongs(case, row.created_at)
    }


async def _trigger_sentences(session: AsyncSession, quoted: Collection[Case]) -> dict[str, str]:
    wanted = {case.id: (case.conversation_id, case.triggers[0]) for case in quoted if case.triggers}
    if not wanted:
        return {}
    rows = await session.execute(
        select(Message.conversation_id, Message.seq, Message.text).where(
            Message.conversation_id.in_({conversation_id for conversation_id, _ in wanted.values()}),
            Message.seq.in_({trigger["turn"] for _, trigger in wanted.values()}),
        )
    )
    texts = {(row.conversation_id, row.seq): row.text for row in rows}
    sentences = {}
    for case_id, (conversation_id, trigger) in wanted.items():
        text = texts.get((conversation_id, trigger["turn"]), "")[trigger["start"] : trigger["end"]]
        sentences[case_id] = shorten(" ".join(text.split()))
    return sentences


async def _channels(session: AsyncSession, conversation_ids: Collection[str]) -> dict[str, str]:
    if not conversation_ids:
        return {}
    rows = await session.execute(
        select(Conversation.id, Conversation.channel).where(Conversation.id.in_(conversation_ids))
    )
    return {row.id: row.channel for row in rows}


async def _last_said(session: AsyncSession, conversation_ids: Collection[str]) -> dict[str, Said]:
    if not conversation_ids:
        return {}
    people = (Sender.CITIZEN, Sender.EMPLOYEE)
    last = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(Message.conversation_id.in_(conversation_ids), Message.sender.in_(people))
        .group_by(Message.conversation_id)
        .subquery()
    )
    rows = await session.execute(
        select(Message.conversation_id, Message.sender, Message.created_at).join(
            last, (Message.conversation_id == last.c.conversation_id) & (Message.seq == last.c.seq)
        )
    )
    return {row.conversation_id: Said(row.sender == Sender.CITIZEN, row.created_at) for row in rows}
