"""What a citizen wishes of a callback that stands in the queue: when, whether to speak in a message, whom to ask for.

The callback is there already, with its reference: who answers none of these questions is called all the same.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot import handover, texts
from bot.desk import Desk
from bot.handover import WISH
from handoff import audit, cases, hours
from handoff.bus import Event, queue_subject
from handoff.database import emit
from handoff.hours import HalfDay, local_date
from handoff.messages import Button, Draft
from handoff.tables import Case, Conversation, Message
from handoff.vocabulary import CaseState, Contact, MessageKind

MOMENTS = 4
"""Half-days to choose from: two days, as buttons that fit on a telephone."""
NOTICE = dt.timedelta(hours=1)
"""A half-day that ends sooner leaves no time to call in."""
SPEAK_IN, DO_NOT_SPEAK_IN, NO_NAME = (f"{WISH}{one}" for one in ("inspreken-ja", "inspreken-nee", "naam-over"))
YES, NO = "ja", "nee"
_ASKED_WHOM, _ASKED_VOICEMAIL = "whom", "voicemail"
_NAME = re.compile(r"[^?!\n]{2,60}")
_NAME_WORDS = 5
"""A longer answer is no name, but something else that she says."""


@dataclass(frozen=True)
class Answer:
    """What is said, and what is remembered until she answers."""

    drafts: tuple[Draft, ...]
    pending: dict[str, Any] | None = None
    kept: dict[str, str] = field(default_factory=dict)


def moments(desk: Desk, municipality: str, team: str, now: dt.datetime, count: int = MOMENTS) -> tuple[HalfDay, ...]:
    """The next half-days on which this team calls, inside its hours."""
    return hours.half_days(now, desk.rules(municipality, team).open_on, count=count, notice=NOTICE)


def is_wish(message: Message, pending: dict[str, Any] | None) -> bool:
    """Whether this message says something about a callback that stands in the queue."""
    if message.choice is not None:
        return message.choice.startswith(WISH) and message.choice != handover.CHOSE_CHAT
    match (pending or {}).get("stage"):
        case "whom":
            return _is_name(message.text)
        case "voicemail":
            return _yes_or_no(message.text) is not None
        case _:
            return False


def is_question(pending: dict[str, Any]) -> bool:
    """Whether what was asked last was about a callback."""
    return pending.get("stage") in (_ASKED_WHOM, _ASKED_VOICEMAIL)


def _yes_or_no(text: str) -> str | None:
    return {handover.CHOSE_YES: YES, handover.CHOSE_NO: NO}.get(handover.chosen(text, None) or "")


async def carry_out(
    desk: Desk, session: AsyncSession, conversation: Conversation, message: Message, now: dt.datetime
) -> Answer:
    """Keep the wish with the callback, and ask the next thing. Its cases are locked already (`ownership.hold`)."""
    case = await cases.callback_of(session, conversation.id)
    if case is None:
        return _said(texts.NO_CALLBACK)
    if case.state != CaseState.WAITING:
        return _said(texts.CALLBACK_IS_HELD)
    choice = (message.choice or "").removeprefix(WISH)
    asked = (conversation.pending_offer or {}).get("stage")
    typed = _yes_or_no(message.text) if message.choice is None and asked == _ASKED_VOICEMAIL else None
    if message.choice in (SPEAK_IN, DO_NOT_SPEAK_IN) or typed:
        answer = _asks_whom(case, {"voicemail": typed or (YES if message.choice == SPEAK_IN else NO)})
    elif message.choice == NO_NAME:
        answer = _said(texts.WISHES_KEPT)
    elif message.choice is None:
        answer = Answer(_said(texts.WISHES_KEPT).drafts, kept={"name": message.text.strip()})
    else:
        answer = _at(desk, case, choice, now)
    if answer.kept:
        case.details = {**case.details, **answer.kept}
    audit.record(
        session,
        "callback_wish",
        at=now,
        municipality=case.municipality,
        actor="citizen",
        conversation_id=conversation.id,
        case_reference=case.reference,
    )
    emit(session, Event(queue_subject(case.municipality), "changed", {"conversation_id": conversation.id}))
    return answer


def _at(desk: Desk, case: Case, key: str, now: dt.datetime) -> Answer:
    half = hours.half_day(key, desk.rules(case.municipality, case.team).open_on)
    if half is None or half.ends - NOTICE <= now:
        others = moments(desk, case.municipality, case.team, now)
        today = local_date(now)
        buttons = tuple(Button(handover.describe_half_day(one, today), f"{WISH}{one.key}") for one in others)
        return Answer((Draft(texts.HALF_DAY_PASSED, MessageKind.CALLBACK, buttons=buttons),))
    plan(case, half)
    confirmed = handover.callback_confirmation(case)
    if cases.contact(case) is Contact.PHONE:
        buttons = (Button(texts.MAY_SPEAK_IN, SPEAK_IN), Button(texts.MAY_NOT_SPEAK_IN, DO_NOT_SPEAK_IN))
        asks = Draft(texts.ASK_VOICEMAIL, MessageKind.QUESTION, buttons=buttons)
        return Answer((confirmed, asks), {"stage": _ASKED_VOICEMAIL, "case": case.reference})
    return Answer((confirmed,))


def plan(case: Case, half: HalfDay) -> None:
    """Let a callback be due in this half-day."""
    case.due_on, case.due_from, case.due_until = half.day.isoformat(), half.starts, half.ends


def _asks_whom(case: Case, kept: dict[str, str]) -> Answer:
    asks = Draft(texts.ASK_WHOM, MessageKind.QUESTION, buttons=(Button(texts.NO_NAME, NO_NAME),))
    return Answer((asks,), {"stage": _ASKED_WHOM, "case": case.reference}, kept)


def _said(text: str) -> Answer:
    return Answer((Draft(text, MessageKind.CALLBACK),))


def _is_name(text: str) -> bool:
    return bool(_NAME.fullmatch(text.strip())) and len(text.split()) <= _NAME_WORDS
