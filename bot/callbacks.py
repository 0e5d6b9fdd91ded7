"""Asking to be called back from outside the dialogue: a form instead of a typed number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import callback_wishes, handover, interrupted, texts
from bot.desk import Desk
from bot.handover import Reach
from bot.metrics import HANDOVERS
from bot.result import open_callback
from bot.voice import voice_in
from handoff import cases, conversations, hours, messages, ownership
from handoff.exceptions import ConversationClosed, InvalidText, StaleOwner
from handoff.hours import HalfDay
from handoff.messages import clean
from handoff.tables import Case, Conversation
from handoff.team_rules import TeamRules
from handoff.vocabulary import Consent, Contact, Owner

_ATTEMPTS = 10
"""More changes of hands than this between two statements do not happen to one conversation."""
_REQUESTS = "requests"
"""Where a case keeps the ids of the requests that made it: a list, so that no page takes it for something to show."""

_NOT_RECOGNISED = {
    Contact.PHONE: "Wij herkennen dit telefoonnummer niet. Schrijf het zo: 06 12 34 56 78.",
    Contact.EMAIL: "Wij herkennen dit e-mailadres niet. Schrijf het zo: naam@voorbeeld.nl.",
}


@dataclass(frozen=True)
class Wanted:
    """What a citizen fills in."""

    id: str
    """The client's own; the same id is one request, however often it comes."""
    by: Contact = Contact.PHONE
    phone: str = ""
    email: str = ""
    name: str = ""
    """Whom to ask for."""
    preference: str = ""
    moment: str | None = None
    """The key of a half-day (handoff/hours.py)."""
    may_speak_in: bool | None = None
    """Whether a message may be left; None when she did not say."""


@dataclass(frozen=True)
class Requested:
    """A callback that stands in the queue."""

    reference: str
    day: str | None
    """The day in words; None when nobody knows yet when the municipality opens."""


async def request(desk: Desk, conversation_id: str, wanted: Wanted) -> Requested:
    """Put a callback in the queue; who waited there for a conversation no longer does.

    A repeated id gets the answer of the first, also when the conversation was closed in between.

    Raises:
        InvalidText: no telephone number or e-mail address was recognised, or the half-day is past or closed.
        ConversationClosed: the conversation is closed.
        UnknownConversation: it does not exist (any more).
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return await _request(desk, conversation_id, wanted)
        except StaleOwner:
            continue  # it changed hands before its case could be locked
    return await _request(desk, conversation_id, wanted)


async def _request(desk: Desk, conversation_id: str, wanted: Wanted) -> Requested:
    now = desk.clock()
    async with desk.database.write() as session:
        conversation = await _lock(session, conversation_id)
        made = await _made_before(session, conversation_id, wanted.id)
        if made is not None:
            return Requested(made.reference, handover.due_day(made))
        if conversation.owner == Owner.CLOSED:
            raise ConversationClosed(conversation_id)
        reach, details = await _masked(desk, session, conversation_id, wanted)
        open_case = await cases.open_case_of(session, conversation_id)
        offered = conversation.pending_offer
        about = handover.remembered(offered) if open_case is None else handover.assessment_of(open_case)
        if conversation.owner == Owner.QUEUED:
            spoken = await voice_in(desk, session, conversation_id)
            await ownership.leave_queue(session, conversation_id, now=now, told=spoken.left)
            await interrupted.offer(session, conversation_id, now=now)
        elif offered is not None and not interrupted.is_asked(offered):
            # What the bot had asked is answered with this: a "ja" that follows must not bring her to the queue too.
            await conversations.update_if_unchanged(session, conversation, pending_offer=None)
        rules = desk.rules(conversation.municipality, about.team)
        half = _half_day(rules, wanted, now)
        new = handover.new_callback(rules, about, reach, now, told="", half_day=half, **details)
        case = await open_callback(desk, session, conversation_id, new, now)
        case.details = {**case.details, _REQUESTS: [*case.details.get(_REQUESTS, ()), wanted.id]}
        requested = Requested(case.reference, handover.due_day(case))
    HANDOVERS.labels(about.level, Consent.CALLBACK).inc()
    return requested


async def _lock(session: AsyncSession, conversation_id: str) -> Conversation:
    """Lock in the order of every change: the case, then the conversation.

    Raises:
        StaleOwner: it changed hands between the two, so that another case may be the open one.
    """
    read = await conversations.get(session, conversation_id)
    return await ownership.hold(session, conversation_id, owner=read.owner, epoch=read.epoch)


async def _made_before(session: AsyncSession, conversation_id: str, request_id: str) -> Case | None:
    made = await session.scalars(select(Case).where(Case.conversation_id == conversation_id))
    return next((case for case in made if request_id in case.details.get(_REQUESTS, ())), None)


def _half_day(rules: TeamRules, wanted: Wanted, now: datetime) -> HalfDay | None:
    if wanted.moment is None:
        return None
    half = hours.half_day(wanted.moment, rules.open_on)
    if half is None or half.ends - callback_wishes.NOTICE <= now:
        raise InvalidText(texts.HALF_DAY_PASSED)
    return half


async def _masked(
    desk: Desk, session: AsyncSession, conversation_id: str, wanted: Wanted
) -> tuple[Reach, dict[str, str]]:
    """How to reach her, and what else was filled in.

    Raises:
        InvalidText: no telephone number or e-mail address was recognised.
    """
    typed = {Contact.PHONE: wanted.phone, Contact.EMAIL: wanted.email}.get(wanted.by, "")
    masked = await messages.mask_in_conversation(session, desk.vault, conversation_id, typed)
    reach = Reach(Contact.CHAT) if wanted.by is Contact.CHAT else handover.reach(masked.text, None)
    if reach is None or reach.by is not wanted.by:
        raise InvalidText(_NOT_RECOGNISED[wanted.by])
    details = {}
    if wanted.may_speak_in is not None:
        details["voicemail"] = callback_wishes.YES if wanted.may_speak_in else callback_wishes.NO
    for key, value in (("name", wanted.name), ("preference", wanted.preference)):
        if value.strip():
            masked = await messages.mask_in_conversation(session, desk.vault, conversation_id, clean(value))
            details[key] = masked.text
    return reach, details
