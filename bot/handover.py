"""The way to a person: the question, what the citizen chose, the place in the queue, and being called back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from bot import texts
from bot.content.hours import describe_time
from bot.desk import callback_day, describe_day, opens_again
from bot.voice import DUTCH, Voice
from handoff import availability, cases
from handoff.availability import Availability
from handoff.cases import NewCase
from handoff.detection import Assessment, Level, Reason, Trigger
from handoff.hours import AMSTERDAM, HalfDay, day_part, local_date
from handoff.messages import Button, Draft
from handoff.tables import Case
from handoff.team_rules import TeamRules
from handoff.vocabulary import ACCEPTS_PERSON, CaseKind, Consent, Contact, MessageKind
from handoff.waiting_time import QueuePlace, Wait

CHOSE_YES = ACCEPTS_PERSON
CHOSE_CALL = "overdracht:bel"
CHOSE_NO = "overdracht:nee"
CHOSE_LEAVE_QUEUE = "wachtrij:verlaten"
CHOSE_WAIT = "wachtrij:wachten"
CHOSE_CHAT = "terugbel:chat"
WISH = "terugbel:"
"""Choices about a callback that stands in the queue begin like this (`callback_wishes`)."""

_CHOICES = frozenset({CHOSE_YES, CHOSE_CALL, CHOSE_NO, CHOSE_LEAVE_QUEUE, CHOSE_WAIT, CHOSE_CHAT})

_YES = re.compile(
    r"\W*(?:ja|jaa+|jazeker|ja graag|graag|oke|oké|ok|okay|goed|is goed|prima|doe maar|ja doe maar|ja hoor|yes)\W*",
    re.I,
)
_NO = re.compile(
    r"\W*(?:nee|neen|nee dank (?:je|u)(?: wel)?|nee bedankt|nee hoor|niet nodig|hoeft niet|liever niet|toch niet"
    r"|laat maar)\W*",
    re.I,
)
_CALL = re.compile(r"\W*(?:(?:ja )?bel (?:mij|me)(?: maar)?(?: terug)?|terugbellen|liever bellen)\W*", re.I)
_PHONE = re.compile(r"\[telefoon-\d+\]")
_EMAIL = re.compile(r"\[e-mail-\d+\]")


@dataclass(frozen=True)
class Reach:
    """How a citizen wants to be reached: the placeholder of her number or address; None in the chat itself."""

    by: Contact
    placeholder: str | None = None

    @property
    def details(self) -> dict[str, str]:
        """As a case keeps it."""
        return {"contact": str(self.by)} | ({str(self.by): self.placeholder} if self.placeholder else {})


def reach(text: str, choice: str | None) -> Reach | None:
    """How she wants to be reached, from a masked message or a button; None when it does not say."""
    if choice == CHOSE_CHAT:
        return Reach(Contact.CHAT)
    if choice is not None:
        return None
    if phone := phone_placeholder(text):
        return Reach(Contact.PHONE, phone)
    email = _EMAIL.search(text)
    return Reach(Contact.EMAIL, email.group()) if email else None


def question(text: str = texts.HANDOVER_QUESTION) -> Draft:
    """The handover question, with its three answers."""
    return Draft(
        text,
        MessageKind.QUESTION,
        buttons=(Button(texts.YES, CHOSE_YES), Button(texts.CALL_ME, CHOSE_CALL), Button(texts.NO, CHOSE_NO)),
    )


def offer() -> Draft:
    """A person beside the answer, made once."""
    return Draft(texts.OFFER, MessageKind.QUESTION, buttons=(Button(texts.TALK_TO_PERSON, CHOSE_YES),))


def question_in(voice: Voice) -> Draft:
    """The handover question to who writes in another language, with its answers in that language."""
    return replace(voice.question(), buttons=(Button(voice.yes(), CHOSE_YES), Button(voice.no(), CHOSE_NO)))


def ask_phone(text: str = texts.ASK_PHONE, voice: Voice = DUTCH) -> Draft:
    """Which number to call, or how to reach her otherwise."""
    chat = (Button(texts.RATHER_CHAT, CHOSE_CHAT),) if voice.language is None else ()
    buttons = (*chat, Button(voice.rather_not(), CHOSE_NO))
    return voice.draft(voice.ask_phone(text), MessageKind.QUESTION, buttons)


def chosen(text: str, choice: str | None, voice: Voice = DUTCH) -> str | None:
    """Which answer to the handover question this message is; None when it is something else."""
    if choice is not None:  # a button of Rasa may be called "Ja" too; its value says whose it is
        return choice if choice in _CHOICES else None
    for pattern, answer in ((_YES, CHOSE_YES), (_NO, CHOSE_NO), (_CALL, CHOSE_CALL)):
        if pattern.fullmatch(text):
            return answer
    said = text.strip(" \t\n.,!?،؛።፡").lower()
    if voice.language is not None and said in voice.language.yes_words:
        return CHOSE_YES
    if voice.language is not None and said in voice.language.no_words:
        return CHOSE_NO
    return None


def phone_placeholder(text: str) -> str | None:
    """The placeholder of the telephone number in a masked message."""
    match = _PHONE.search(text)
    return match.group() if match else None


def pending(assessment: Assessment, told: str, *, stage: str = "asked") -> dict[str, Any]:
    """What is remembered until the citizen answers. Stages: "asked" (yes, call me or no), "phone" (a number)."""
    return {"stage": stage, "told": told, "assessment": asdict(assessment)}


def remembered(offer: dict[str, Any] | None) -> Assessment:
    """The assessment behind a pending question; a plain wish for a person when there was none."""
    if offer is None or "assessment" not in offer:
        return Assessment(Level.ESCALATE, (Reason.WANTS_HUMAN,), explanation="Doorgezet: vraagt om een medewerker.")
    stored = offer["assessment"]
    return Assessment(
        level=Level(stored["level"]),
        reasons=tuple(Reason(reason) for reason in stored["reasons"]),
        triggers=tuple(trigger(one) for one in stored["triggers"]),
        team=stored["team"],
        explanation=stored["explanation"],
        version=stored["version"],
    )


def trigger(stored: dict[str, Any]) -> Trigger:
    """A trigger as it was kept with a case or a pending question."""
    return Trigger(**{**stored, "reason": Reason(stored["reason"])})


def assessment_of(case: Case) -> Assessment:
    """The assessment that a case was opened with and has gathered since."""
    return Assessment(
        level=Level(case.level),
        reasons=tuple(Reason(reason) for reason in case.reasons),
        triggers=tuple(trigger(stored) for stored in case.triggers),
        team=case.team,
        explanation=case.explanation,
        version=case.detector_version,
    )


def queue_notice(
    rules: TeamRules,
    *,
    level: Level,
    present: bool,
    now: datetime,
    wait: Callable[[int], Wait | None],
    presence: str,
    voice: Voice,
) -> Callable[[int], Draft]:
    """What a citizen hears when she joins the queue; at every answer there is a way on.

    In a crisis the help lines stand above it: here only whether somebody reads along, and no question for a number,
    for a call may put her in danger.

    Args:
        rules: Of the team that she waits for.
        wait: How long who has this place may have to wait.
        presence: Whether somebody reads along in a crisis, in the words of who reads it.
        voice: How she is spoken to.
    """

    def told(place: int) -> Draft:
        if level is Level.CRISIS:
            return voice.draft(presence, MessageKind.HANDOVER, (Button(voice.leave_queue(), CHOSE_LEAVE_QUEUE),))
        standing = availability.of_team(rules, now, present=present, place=place)
        buttons = ways_on(voice, waits=standing is not Availability.PRESENT)
        if voice.language is not None:
            text = (voice.language.present if present else voice.language.absent).text
            return voice.draft(text, MessageKind.HANDOVER, buttons)
        place_now = QueuePlace(place, wait(place))
        text = _standing_in_words(standing, rules, place_now, now)
        return replace(voice.draft(text, MessageKind.HANDOVER, buttons), tells_place=place_now)

    return told


def ways_on(voice: Voice, *, waits: bool) -> tuple[Button, ...]:
    """What a citizen in the queue can do: wait on, be called, or go back to the assistant.

    Args:
        waits: Whether waiting is a choice to make; who is nearly there needs no button for it.
    """
    wait = (Button(texts.WAIT_ON, CHOSE_WAIT),) if waits and voice.language is None else ()
    return (*wait, Button(voice.call_me(), CHOSE_CALL), Button(voice.leave_queue(), CHOSE_LEAVE_QUEUE))


def _standing_in_words(standing: Availability, rules: TeamRules, place_now: QueuePlace, now: datetime) -> str:
    place = place_now.place
    match standing:
        case Availability.PRESENT:
            return texts.queue_present(place, place_now.wait)
        case Availability.FULL:
            return texts.queue_full(place, place_now.wait)
        case Availability.NOBODY:
            return texts.queue_nobody_present(place)
        case Availability.HOLIDAY:
            reason = rules.holiday(local_date(now)) or ""
            return texts.queue_holiday(place, reason, opens_again(rules, now))
        case Availability.CLOSED:
            return texts.queue_closed(place, opens_again(rules, now))


def new_callback(
    rules: TeamRules,
    assessment: Assessment,
    reach: Reach,
    now: datetime,
    *,
    told: str = texts.ASK_PHONE,
    half_day: HalfDay | None = None,
    **details: str,
) -> NewCase:
    """A request to be reached on the first day that employees are there, or in the half-day that she chose.

    Args:
        rules: Of the team that calls.
        reach: How; what was typed stays encrypted, the case has its placeholder.
        told: What she was told before she gave it; empty when she asked by herself.
    """
    day = half_day.day if half_day else callback_day(rules, now)
    return NewCase(
        assessment=assessment,
        team=assessment.team,
        consent=Consent.CALLBACK,
        told=told,
        kind=CaseKind.CALLBACK,
        details={**reach.details, **details},
        due_on=day.isoformat() if day else None,
        half_day=half_day,
    )


def callback_confirmation(case: Case, moments: Sequence[HalfDay] = (), today: date | None = None) -> Draft:
    """When she is called, and under which reference.

    Args:
        moments: To choose from instead, as buttons.
        today: For how these are named.
    """
    text = texts.callback_confirmed(
        due_day(case), case.reference, by=cases.contact(case), part=due_part(case), choose=bool(moments)
    )
    buttons = tuple(Button(describe_half_day(one, today), f"{WISH}{one.key}") for one in moments)
    return Draft(text, MessageKind.CALLBACK, buttons=buttons)


def due_part(case: Case) -> str | None:
    """The part of the day that she chose, with its hours; None when she chose none."""
    if case.due_from is None or case.due_until is None:
        return None
    starts, ends = (moment.astimezone(AMSTERDAM).time() for moment in (case.due_from, case.due_until))
    return texts.half_day(day_part(starts), describe_time(starts), describe_time(ends))


def describe_half_day(half: HalfDay, today: date | None) -> str:
    """As on a button: "vandaag, middag", "maandag 30 november, ochtend"."""
    return f"{'vandaag' if half.day == today else describe_day(half.day)}, {half.part}"


def due_day(case: Case) -> str | None:
    """The day that she was promised, in words; None when no opening was known."""
    return describe_day(date.fromisoformat(case.due_on)) if case.due_on else None
