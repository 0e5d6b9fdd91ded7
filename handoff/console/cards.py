"""A case as one card in the left column."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from handoff import alerts, cases, dossier, offers, queue
from handoff.console import words
from handoff.console.look import MunicipalityLook
from handoff.detection import Reason
from handoff.detection.languages import NAMES
from handoff.gravity import is_pressing
from handoff.tables import Case, Employee
from handoff.vocabulary import CaseKind, CaseState, Contact

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
class Said:
    """Who spoke last in a conversation, and when."""

    by_citizen: bool
    at: dt.datetime


@dataclass(frozen=True)
class Facts:
    """What cards are made of, beside the cases themselves; the same for everybody who looks.

    Args:
        topics: What the bot last recognised, by case.
        sentences: What led to the handover, by case.
        names: Of employees, by id.
    """

    look: MunicipalityLook
    now: dt.datetime
    topics: Mapping[str, str]
    sentences: Mapping[str, str]
    channels: Mapping[str, str]
    last_said: Mapping[str, Said]
    names: Mapping[str, str]

    def card(self, case: Case, *, held: bool = False) -> Card:
        """The card as who looks sees it for whom nothing is different."""
        reasons = tuple(words.REASONS.get(reason, reason) for reason in case.reasons)
        last = self.last_said.get(case.conversation_id) if held else None
        return Card(
            case_id=case.id,
            kind=case.kind,
            level=case.level,
            level_word=words.LEVELS.get(case.level, case.level),
            title=case_title(case, self.topics.get(case.id), self.look),
            reasons=reasons,
            excerpt=self.sentences.get(case.id, "") or shorten(str(case.details.get("task", ""))),
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
            language=f"Schrijft {NAMES.get(case.language, 'een andere taal')}" if case.language else "",
            service="" if held else words.service(case, self.now),
            is_late=not held and case.pick_up_by is not None and case.pick_up_by <= self.now,
            offer=self._offer(case),
            can_claim=not offers.is_offered(case, self.now),
        )

    def card_for(self, me: Employee, case: Case, card: Card, *, held: bool = False) -> Card:
        """`card` of this case with what is different for her who looks; the very same where nothing is."""
        own: dict[str, Any] = {}
        if case.language in me.languages:
            own["language"] = f"{card.language}. U spreekt dit."
        if offers.is_offered(case, self.now) and case.offered_to == me.id and case.offered_until is not None:
            seconds = max(1, int((case.offered_until - self.now).total_seconds()))
            own |= {"offer": f"Aangeboden aan u, nog {seconds} seconden", "is_offered_to_me": True, "can_claim": True}
        if not held and case.preferred_employee_id == me.id:
            own["knows"] = True
        if because := self._seen_because(case, me):
            own["seen_because"] = because
        return replace(card, **own) if own else card

    def _offer(self, case: Case) -> str:
        if not offers.is_offered(case, self.now) or case.offered_to is None:
            return ""
        return f"Aangeboden aan {self.names.get(case.offered_to, 'een collega')}"

    def _seen_because(self, case: Case, me: Employee) -> str:
        if case.employee_id == me.id:
            return ""
        holder = self.names.get(case.employee_id or "", "")
        doing = f"{holder} praat met de inwoner" if holder else "De inwoner wacht in de rij"
        if alerts.is_for_lead(case, me) and case.state == CaseState.HELD:
            return f"Bedreiging in uw team. {doing}."
        if dossier.reads_for_regie(me, case):
            return f"Regie bij {self.look.team_name(case.team)}: gaat ook over uw team. {doing}."
        return ""

    def _state(self, case: Case, last: Said | None) -> str:
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


def shorten(text: str) -> str:
    """The beginning of a text, as much as a card has room for."""
    if len(text) <= EXCERPT_CHARACTERS:
        return text
    return text[:EXCERPT_CHARACTERS].rsplit(" ", 1)[0] + "…"
