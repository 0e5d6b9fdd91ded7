"""One case opened: the conversation in the middle and the dossier on the right."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import canned, cases, dossier, employees, follow_up, marks, offers, on_call, review
from handoff.attachments import Limits
from handoff.console import markup, transcript, words
from handoff.console.cards import case_title
from handoff.console.dependencies import ConsoleDependencies, Steps, Suggestion
from handoff.console.look import MunicipalityLook
from handoff.console.summary import SummaryPart, summarise
from handoff.console.transcript import FileView, Line, Narrator
from handoff.detection import Level
from handoff.detection.languages import NAMES
from handoff.dossier import Attempt, Dossier
from handoff.tables import Case, Employee
from handoff.vocabulary import CaseKind, CaseState, Contact, Owner, Presence, Team


@dataclass(frozen=True)
class TriggerView:
    """A sentence that led to the handover."""

    seq: int
    sentence: str
    reason: str


@dataclass(frozen=True)
class AttemptView:
    """What the bot made of one message."""

    seq: int
    words: str
    certainty: str | None
    reported: bool
    """An employee said that the bot should have known."""


@dataclass(frozen=True)
class DetailView:
    """One fact of a callback or report; `placeholder` when its value is masked."""

    label: str
    value: str
    placeholder: str | None


@dataclass(frozen=True)
class Colleague:
    """Somebody who can take the case over."""

    employee_id: str
    name: str
    presence: str
    """In words."""


@dataclass(frozen=True)
class NoteView:
    """What a colleague wrote about the case."""

    author: str
    at: str
    text: str


@dataclass(frozen=True)
class OtherCase:
    """Another open case of the same citizen: that it exists and with whom, never what it holds."""

    case_id: str
    words: str
    may_open: bool
    team: str


@dataclass(frozen=True)
class RefusalView:
    """An offer that the citizen did not want, and the message in which she said so."""

    seq: int
    told: Markup


@dataclass(frozen=True)
class Opened:
    """Everything that the page of one case shows."""

    case: Case
    title: str
    kind_word: str
    level_word: str
    reasons: tuple[str, ...]
    summary: tuple[SummaryPart, ...]
    triggers: tuple[TriggerView, ...]
    topic: str | None
    attempts: tuple[AttemptView, ...]
    told: Markup
    consent: str
    refusals: tuple[RefusalView, ...]
    details: tuple[DetailView, ...]
    placeholders: tuple[str, ...]
    lines: Sequence[Line]
    earlier: Sequence[Line]
    files: tuple[FileView, ...]
    """What came with the messages, the newest first."""
    uploads: Limits | None
    """Which files she can send, when she can."""
    colleagues: tuple[Colleague, ...]
    other_teams: dict[str, str]
    notes: tuple[NoteView, ...]
    attempts_to_call: tuple[str, ...]
    on_call: str | None
    """What whoever is on call was told of it."""
    steps: tuple[Steps, ...]
    """What to do first, while the case is open."""
    replies: tuple[Suggestion, ...]
    """To insert: the team's standard replies, then the bot's answers about the topic."""
    marked: str | None
    """What she said that the assessment should have been, in words."""
    regie_teams: tuple[str, ...]
    """Other teams that may read it, by name."""
    language: str | None
    """What the citizen writes, in words; None for Dutch."""
    regie_at: str | None
    """The team whose case it is, where she only reads it for regie."""
    outcomes: dict[str, str]
    other_cases: tuple[OtherCase, ...]
    team: str
    channel: str
    opened: str
    waited: str
    due: str | None
    standing: str
    is_mine: bool
    can_write: bool
    can_claim: bool
    can_report: bool
    """Whether what the bot missed here may go to the editors."""
    today: str
    """In the Netherlands, as a date field has it."""
    last_follow_up: str
    """The last day on which a follow-up can be due."""
    last_seq: int
    epoch: int
    """Of the conversation as it is shown: a reply to another one is refused."""
    reply_key: str
    version: str

    @property
    def is_conversation(self) -> bool:
        """Whether the citizen is on the other side, and not only a call or a report to deal with."""
        return self.case.kind == CaseKind.CONVERSATION

    @property
    def contact(self) -> str:
        """How a callback's citizen wants to be reached: "phone", "email" or "chat"."""
        return str(cases.contact(self.case))

    @property
    def can_be_tried_again(self) -> bool:
        """Whether she can say that she did not reach the citizen."""
        if self.case.kind == CaseKind.CALLBACK:
            return self.contact != Contact.EMAIL
        return self.contact == Contact.CHAT

    @property
    def is_done(self) -> bool:
        """Whether the case has ended."""
        return self.case.state == CaseState.DONE


async def read(
    session: AsyncSession, case_id: str, me: Employee, deps: ConsoleDependencies, *, now: dt.datetime
) -> Opened:
    """The case as this employee may see it.

    Raises:
        UnknownCase, UnknownConversation: it does not exist (any more).
        NotAllowed: another municipality's or team's case.
    """
    look = deps.municipality_look(me.municipality)
    found = await dossier.read(session, case_id, me)
    case, conversation = found.case, found.conversation
    narrator = Narrator(me, look, now)
    deliveries = await transcript.deliveries_of(session, conversation, found.messages)
    is_mine = case.state == CaseState.HELD and case.employee_id == me.id
    can_write = is_mine and transcript.may_write(case, conversation, me)
    details = _details(case)
    in_details = {detail.placeholder for detail in details}
    topic = next((attempt.topic for attempt in reversed(found.attempts) if attempt.topic), None)
    mark = await marks.of_employee(session, case.id, me.id)
    ids_reported = await review.marked_in(session, conversation.id)
    reported = frozenset(message.seq for message in found.messages if message.id in ids_reported)
    return Opened(
        case=case,
        title=case_title(case, topic, look),
        kind_word=words.KINDS.get(case.kind, case.kind),
        level_word=words.LEVELS.get(case.level, case.level),
        reasons=tuple(words.REASONS.get(reason, reason) for reason in case.reasons),
        summary=summarise(found.messages),
        triggers=tuple(
            TriggerView(one.seq, one.sentence, words.REASONS.get(one.reason, one.reason)) for one in found.triggers
        ),
        topic=words.first_capital(look.topic_title(topic)) if topic else None,
        attempts=tuple(_attempt(one, look, reported) for one in found.attempts),
        told=markup.formatted(case.told),
        consent=words.CONSENTS.get(case.consent, case.consent),
        refusals=tuple(RefusalView(one.seq, markup.formatted(one.told)) for one in found.refusals),
        details=details,
        placeholders=tuple(one for one in found.placeholders if one not in in_details),
        lines=narrator.lines(found.messages, case=case, deliveries=deliveries),
        earlier=narrator.lines(found.earlier),
        files=_files(found, me),
        uploads=deps.attachments.limits if can_write and deps.attachments.is_open else None,
        colleagues=await _colleagues(session, case, me, now) if is_mine else (),
        other_teams={str(team): look.team_name(team) for team in Team if team != case.team} if is_mine else {},
        notes=tuple(
            NoteView(one.author_name, words.moment_in_words(one.created_at, now), one.text) for one in found.notes
        ),
        on_call=words.on_call(on_call.told(case)),
        attempts_to_call=tuple(
            words.moment_in_words(dt.datetime.fromisoformat(one["at"]), now) for one in case.attempts
        ),
        steps=tuple(deps.steps(case, [one.sentence for one in found.triggers], now))
        if case.state != CaseState.DONE
        else (),
        replies=await _replies(session, case, me, topic, deps, now) if is_mine else (),
        marked=words.MARKS.get(Level(mark.should_be)) if mark else None,
        regie_teams=tuple(look.team_name(team) for team in case.also_for),
        language=NAMES.get(case.language, "een andere taal") if case.language else None,
        regie_at=look.team_name(case.team) if dossier.reads_for_regie(me, case) else None,
        outcomes=words.closing_outcomes(case.kind),
        other_cases=tuple(_other(one, me, look) for one in found.other_cases),
        team=look.team_name(case.team),
        channel=words.CHANNELS.get(conversation.channel, conversation.channel),
        opened=words.moment_in_words(case.opened_at, now),
        waited=words.duration((case.claimed_at or case.done_at or now) - case.waiting_since),
        due=words.due(case, now),
        standing=_standing(found, me),
        is_mine=is_mine,
        can_write=can_write,
        can_claim=case.state == CaseState.WAITING and case.team in me.teams and _may_take(case, me, now),
        can_report=not await review.is_grave(session, conversation.id),
        last_seq=found.messages[-1].seq if found.messages else 0,
        today=words.local_date(now).isoformat(),
        last_follow_up=(words.local_date(now) + dt.timedelta(days=follow_up.LONGEST_DAYS)).isoformat(),
        epoch=conversation.epoch,
        reply_key=new_reply_key(),
        version=transcript.standing(case, conversation),
    )


def new_reply_key() -> str:
    """What tells one reply from the next, so that the same form sent twice is one message."""
    return secrets.token_urlsafe(12)


def _standing(found: Dossier, me: Employee) -> str:
    case = found.case
    if case.state == CaseState.DONE:
        return f"Afgerond: {words.OUTCOMES.get(case.outcome or '', 'klaar').lower()}"
    if case.state == CaseState.HELD:
        doing = "praat met de inwoner" if case.kind == CaseKind.CONVERSATION else "heeft deze zaak"
        if case.employee_id == me.id:
            return "U praat met de inwoner" if case.kind == CaseKind.CONVERSATION else "U heeft deze zaak"
        return f"{found.holder_name or 'Een collega'} {doing}"
    if case.kind == CaseKind.CALLBACK:
        return _AWAITS[cases.contact(case)]
    return words.OWNERS[Owner.QUEUED] if case.kind == CaseKind.CONVERSATION else "Wacht op behandeling"


_AWAITS = {
    Contact.PHONE: "Wacht op een telefoontje",
    Contact.EMAIL: "Wacht op een e-mail",
    Contact.CHAT: "Wacht op u in de chat",
}


def _may_take(case: Case, me: Employee, now: dt.datetime) -> bool:
    return not offers.is_offered(case, now) or case.offered_to == me.id


def _attempt(one: Attempt, look: MunicipalityLook, reported: Collection[int]) -> AttemptView:
    if one.failed or not one.topic:
        return AttemptView(one.seq, "Niet begrepen", None, one.seq in reported)
    certainty = None if one.confidence is None else f"{one.confidence:.0%} zeker"
    about = words.first_capital(look.topic_title(one.topic))
    what = f"{about}: {one.aspect}" if one.aspect else about
    return AttemptView(one.seq, what, certainty, one.seq in reported)


def _details(case: Case) -> tuple[DetailView, ...]:
    views = []
    for key, value in case.details.items():
        if isinstance(value, str | int | float) and str(value).strip():
            text = words.DETAIL_VALUES.get(key, {}).get(str(value), str(value))
            masked = text if markup.PLACEHOLDER.fullmatch(text) else None
            views.append(DetailView(words.DETAILS.get(key, words.first_capital(key)), text, masked))
    return tuple(views)


def _files(found: Dossier, me: Employee) -> tuple[FileView, ...]:
    if not dossier.may_read(me, found.case):
        return ()  # who reads for regie opens no files
    return tuple(view for one in reversed([*found.earlier, *found.messages]) if (view := transcript.file_view(one)))


def _other(case: Case, me: Employee, look: MunicipalityLook) -> OtherCase:
    # Only that it exists and with whom: its content is another purpose (doelbinding).
    state = "wacht" if case.state == CaseState.WAITING else "in behandeling"
    team = look.team_name(case.team)
    shown = f"{words.KINDS.get(case.kind, case.kind)} bij {team}, {state}"
    return OtherCase(case.id, shown, dossier.may_read(me, case), team)


async def _replies(
    session: AsyncSession,
    case: Case,
    me: Employee,
    topic: str | None,
    deps: ConsoleDependencies,
    now: dt.datetime,
) -> tuple[Suggestion, ...]:
    own = {"{medewerker}": me.display_name, "{kenmerk}": case.reference}
    written = []
    for reply in await canned.of_team(session, case.municipality, case.team):
        text = deps.fill(case.municipality, reply.text, now)
        for variable, value in own.items():
            text = text.replace(variable, value)
        written.append(Suggestion(reply.title, text))
    return (*written, *(deps.suggestions(case.municipality, topic, now) if topic else ()))


async def _colleagues(session: AsyncSession, case: Case, me: Employee, now: dt.datetime) -> tuple[Colleague, ...]:
    """Who takes new cases first, then the others that are there, then who is not."""
    found = await employees.colleagues(session, me, case.team)
    ordered = sorted(found, key=lambda one: (_ORDER.index(_presence(one, now)), one.display_name))
    return tuple(Colleague(one.id, one.display_name, _presence_word(one, now)) for one in ordered)


_ORDER: tuple[Presence | None, ...] = (*Presence, None)


def _presence(employee: Employee, now: dt.datetime) -> Presence | None:
    """None for who has no console open."""
    is_there = employee.lease_until is not None and employee.lease_until > now
    return Presence(employee.presence) if is_there else None


def _presence_word(employee: Employee, now: dt.datetime) -> str:
    presence = _presence(employee, now)
    return "niet aanwezig" if presence is None else words.PRESENCES[presence].lower()
