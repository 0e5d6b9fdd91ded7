"""The left column: my conversations, the queue, and who has to be called back; each case as one card."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import String, and_, cast, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import alerts, cases, dossier, offers, queue, skills
from handoff.console import words
from handoff.console.look import MunicipalityLook
from handoff.detection import Level, Reason
from handoff.detection.languages import NAMES
from handoff.gravity import is_pressing
from handoff.tables import Case, Conversation, Employee, Message
from handoff.vocabulary import LEADS, CaseKind, CaseState, Contact, Sender

EXCERPT_CHARACTERS = 160
_PLAIN_REASONS = frozenset({Reason.WANTS_HUMAN, Reason.BOT_FAILURE})
"""Reasons that say nothing of what it is about; a title names another where there is one."""


_DOING: Mapping[str, str] = {
    CaseKind.VISIT: "U helpt deze inwoner",
    CaseKind.REPORT: "U behandelt deze melding",
    CaseKind.FOLLOW_UP: "U volgt dit op",
}
_REACHING: Mapping[str, str] = {
    Contact.PHONE: "U belt deze inwoner",
    Contact.EMAIL: "U mailt deze inwoner",
    Contact.CHAT: "U zoekt deze inwoner in de chat",
}


@dataclass(frozen=True)
class Card:
    """One case in a list."""

    case_id: str
    kind: str
    level: str
    level_word: str
    title: str
    reasons: tuple[str, ...]
    excerpt: str
    since: dt.datetime
    waited: str
    team: str
    channel: str
    due: str | None = None
    is_overdue: bool = False
    attempts: int = 0
    """How often a callback was tried in vain."""
    contact: str = ""
    """How a callback's citizen wants to be reached, in words."""
    awaits_answer: bool = False
    state: str = ""
    language: str = ""
    """What the citizen writes, and whether she who looks speaks it."""
    service: str = ""
    """Until when it should be picked up, in words."""
    is_late: bool = False
    offer: str = ""
    """To whom it is offered, in words; "" for nobody."""
    is_offered_to_me: bool = False
    can_claim: bool = True
    knows: bool = False
    """Whether she who looks talked with the citizen before."""
    seen_because: str = ""
    """Why she sees a case that is not hers to claim."""

    @property
    def version(self) -> str:
        """Of what is drawn, but for how long it waits already: a card of the same version need not be drawn anew."""
        drawn = "|".join(str(getattr(self, one.name)) for one in fields(self) if one.name != "waited")
        return hashlib.blake2b(drawn.encode(), digest_size=6).hexdigest()

    @property
    def is_pressing(self) -> bool:
        """Crisis or urgent."""
        return is_pressing(self.level)


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


async def read(session: AsyncSession, employee: Employee, look: MunicipalityLook, *, now: dt.datetime) -> Overview:
    """The overview of this employee as it is now."""
    waiting = await queue.waiting(session, employee.municipality, employee.teams)
    held = await queue.held_by(session, employee.id)
    watched = await _watched(session, employee)
    shown = (*waiting, *held, *watched)
    ids = {case.conversation_id for case in shown}
    facts = _Facts(
        look=look,
        now=now,
        topics=await _latest_topics(session, shown),
        sentences=await _trigger_sentences(session, (*waiting, *watched)),
        me=employee,
        names=await _names(session, shown),
        channels=await _channels(session, ids),
        last_said=await _last_said(session, {case.conversation_id for case in held}),
    )
    calls = [case for case in waiting if case.kind != CaseKind.CONVERSATION]
    talks = [case for case in waiting if case.kind == CaseKind.CONVERSATION]
    # What is offered to her stands on top: it is hers for seconds only.
    talks.sort(key=lambda case: not (offers.is_offered(case, now) and case.offered_to == employee.id))
    for_crisis = await _for_crisis(session, talks, now)
    return Overview(
        mine=tuple(facts.card(case, held=True) for case in held),
        waiting=tuple(facts.card(case) for case in talks),
        watched=tuple(facts.card(case) for case in watched),
        alarming=tuple(case.id for case in talks if alerts.alerts(case, employee, for_crisis[case.team], now)),
        with_sound=employee.with_sound,
        callbacks=tuple(facts.card(case) for case in sorted(calls, key=queue.due_order)),
        open_count=employee.open_conversations,
        maximum=employee.max_conversations,
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
    rows = await session.execute(select(Employee.id, Employee.display_name).where(Employee.id.in_(ids)))
    return {row.id: row.display_name for row in rows}


async def _for_crisis(session: AsyncSession, talks: Collection[Case], now: dt.datetime) -> dict[str, set[str]]:
    """Of each team with somebody in crisis in the queue: who is there with the skill for it."""
    found: dict[str, set[str]] = defaultdict(set)
    for case in talks:
        if case.level == Level.CRISIS and case.team not in found:
            found[case.team] = {one.id for one in await skills.for_crisis(session, case, now=now)}
    return found


async def _latest_topics(session: AsyncSession, shown: Collection[Case]) -> dict[str, str]:
    """The topic that the bot last recognised in what belongs to each case."""
    cases_of: dict[str, list[Case]] = defaultdict(list)
    for case in shown:
        cases_of[case.conversation_id].append(case)
    understood = await session.execute(
        select(Message.conversation_id, Message.created_at, Message.understood)
        .where(Message.conversation_id.in_(cases_of), Message.sender == Sender.CITIZEN)
        .order_by(Message.conversation_id, Message.seq)
    )
    return {
        case.id: row.understood["topic"]
        for row in understood
        if row.understood and row.understood.get("topic")
        for case in cases_of[row.conversation_id]
        if dossier.belongs(case, row.created_at)
    }


@dataclass(frozen=True)
class _Said:
    by_citizen: bool
    at: dt.datetime


@dataclass(frozen=True)
class _Facts:
    look: MunicipalityLook
    now: dt.datetime
    topics: Mapping[str, str]
    sentences: Mapping[str, str]
    channels: Mapping[str, str]
    last_said: Mapping[str, _Said]
    me: Employee
    names: Mapping[str, str]

    def card(self, case: Case, *, held: bool = False) -> Card:
        reasons = tuple(words.REASONS.get(reason, reason) for reason in case.reasons)
        topic = self.topics.get(case.id)
        last = self.last_said.get(case.conversation_id) if held else None
        return Card(
            case_id=case.id,
            kind=case.kind,
            level=case.level,
            level_word=words.LEVELS.get(case.level, case.level),
            title=case_title(case, topic, self.look),
            reasons=reasons,
            excerpt=self.sentences.get(case.id, "") or _shorten(str(case.details.get("task", ""))),
            since=case.waiting_since,
            waited=words.duration(self.now - case.waiting_since),
            team=self.look.team_name(case.team),
            channel=words.CHANNELS.get(self.channels.get(case.conversation_id, ""), ""),
            due=words.due(case, self.now),
            is_overdue=queue.is_overdue(case, now=self.now, today=words.local_date(self.now)),
            contact=words.CONTACTS[cases.contact(case)],
            attempts=len(case.attempts),
            awaits_answer=last is not None and last.by_citizen,
            state=self._state(case, last) if held else "",
            language=self._language(case),
            service="" if held else words.service(case, self.now),
            is_late=not held and case.pick_up_by is not None and case.pick_up_by <= self.now,
            offer=self._offer(case),
            is_offered_to_me=offers.is_offered(case, self.now) and case.offered_to == self.me.id,
            can_claim=not offers.is_offered(case, self.now) or case.offered_to == self.me.id,
            knows=not held and case.preferred_employee_id == self.me.id,
            seen_because=self._seen_because(case),
        )

    def _language(self, case: Case) -> str:
        if case.language is None:
            return ""
        name = NAMES.get(case.language, "een andere taal")
        return f"Schrijft {name}. U spreekt dit." if case.language in self.me.languages else f"Schrijft {name}"

    def _offer(self, case: Case) -> str:
        if not offers.is_offered(case, self.now) or case.offered_to is None or case.offered_until is None:
            return ""
        if case.offered_to != self.me.id:
            return f"Aangeboden aan {self.names.get(case.offered_to, 'een collega')}"
        seconds = max(1, int((case.offered_until - self.now).total_seconds()))
        return f"Aangeboden aan u, nog {seconds} seconden"

    def _seen_because(self, case: Case) -> str:
        if case.employee_id == self.me.id:
            return ""
        holder = self.names.get(case.employee_id or "", "")
        doing = f"{holder} praat met de inwoner" if holder else "De inwoner wacht in de rij"
        if alerts.is_for_lead(case, self.me) and case.state == CaseState.HELD:
            return f"Bedreiging in uw team. {doing}."
        if dossier.reads_for_regie(self.me, case):
            return f"Regie bij {self.look.team_name(case.team)}: gaat ook over uw team. {doing}."
        return ""

    def _state(self, case: Case, last: _Said | None) -> str:
        if case.kind != CaseKind.CONVERSATION:
            return _DOING.get(case.kind) or _REACHING[cases.contact(case)]
        if last is None:
            return "Nog niets gezegd"
        ago = words.duration(self.now - last.at)
        return f"Wacht op uw antwoord, {ago}" if last.by_citizen else f"U antwoordde, {ago} geleden"


def case_title(case: Case, topic: str | None, look: MunicipalityLook) -> str:
    """What a case is about, in a few words."""
    if topic:
        return words.first_capital(look.topic_title(topic))
    if case.kind == CaseKind.CALLBACK:
        return "Terugbelverzoek"
    if case.kind in (CaseKind.VISIT, CaseKind.FOLLOW_UP):
        return words.KINDS[case.kind]
    if case.reasons:
        telling = next((reason for reason in case.reasons if reason not in _PLAIN_REASONS), case.reasons[0])
        return words.REASONS.get(telling, telling)
    return words.KINDS.get(case.kind, "Gesprek")


async def _trigger_sentences(session: AsyncSession, shown: Sequence[Case]) -> dict[str, str]:
    wanted = {case.id: (case.conversation_id, case.triggers[0]) for case in shown if case.triggers}
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
        sentences[case_id] = _shorten(" ".join(text.split()))
    return sentences


def _shorten(text: str) -> str:
    if len(text) <= EXCERPT_CHARACTERS:
        return text
    return text[:EXCERPT_CHARACTERS].rsplit(" ", 1)[0] + "…"


async def _channels(session: AsyncSession, conversation_ids: Collection[str]) -> dict[str, str]:
    rows = await session.execute(
        select(Conversation.id, Conversation.channel).where(Conversation.id.in_(conversation_ids))
    )
    return {row.id: row.channel for row in rows}


async def _last_said(session: AsyncSession, conversation_ids: Collection[str]) -> dict[str, _Said]:
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
    return {row.conversation_id: _Said(row.sender == Sender.CITIZEN, row.created_at) for row in rows}
