"""One turn: read a citizen's message, judge it, and answer or hand over.

Nothing is held in memory between reading and storing: `bot/result.py` stores what was decided under the owner and epoch
that it was decided for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bot import (
    callback_wishes,
    commands,
    engine,
    handover,
    interrupted,
    missed,
    moment,
    result,
    teams,
    texts,
    waiting,
)
from bot.conversation import ASK_FOR_PERSON
from bot.desk import Desk
from bot.engine import EngineError, EngineTurn, ReplyKind
from bot.metrics import ENGINE_FAILURES, TURN_SECONDS
from bot.moment import Moment
from bot.result import Result
from handoff import conversations, own_words, personal_data
from handoff.bus import Event, conversation_subject
from handoff.cases import NewCase
from handoff.decision import Action, decide
from handoff.detection import Assessment, Level, NluSignals, Reason, Trigger
from handoff.detection.languages import NAMES, language_of
from handoff.gravity import is_pressing
from handoff.messages import Button, Draft, Link
from handoff.quiet import STILL_THERE
from handoff.vocabulary import Consent, MessageKind, Owner, Sender

log = structlog.get_logger(__name__)

_WISHES = frozenset({ASK_FOR_PERSON, STILL_THERE})
"""Buttons that ask for a person; "Ik ben er nog" does once the conversation with one has closed."""
FAILURE_VERSION = "storing-1"
"""Who judged: no detector, but the failure of the engine itself."""
FAILURES_IN_A_FORM = 2
"""Answers in a row that a form could not read before a person is offered."""
_NOT_UNDERSTOOD = frozenset({ReplyKind.CLARIFY, ReplyKind.FALLBACK})


async def answer_next(desk: Desk, conversation_id: str) -> bool:
    """Answer the earliest citizen's message that is owed a turn; False when there is none."""
    now_is = await moment.read(desk, conversation_id)
    if now_is is None:
        return False
    owner = Owner(now_is.conversation.owner)
    with TURN_SECONDS.labels(owner).time():
        if owner is Owner.BOT:
            await result.store(desk, now_is, await _decide(desk, now_is))
        elif owner is Owner.QUEUED:
            await waiting.queued_turn(desk, now_is)
        else:
            await waiting.overheard(desk, now_is)
    return True


async def give_up(desk: Desk, conversation_id: str) -> None:
    """End a turn that keeps failing: say so, offer a person, and go on with the next message."""
    now_is = await moment.read(desk, conversation_id)
    if now_is is None:
        return
    if now_is.conversation.owner == Owner.BOT:
        await result.store(desk, now_is, _failure(now_is, texts.TURN_FAILED))
        return
    async with desk.database.write() as session:
        await conversations.mark_handled(session, now_is.message.id, now=desk.clock())


async def _decide(desk: Desk, now_is: Moment) -> Result:
    """A crisis first; then the answer to what was asked; then the wish for a person; all else is the bot's."""
    assessment = await _assess(desk, now_is)
    if now_is.message.choice in _WISHES:
        assessment = _wish(assessment)
    return (
        _pressing(desk, now_is, assessment)
        or _chosen(desk, now_is, desk.clock())
        or _wished(now_is, assessment)
        or _in_another_language(desk, now_is, assessment)
        or await _ask_engine(desk, now_is)
    )


async def _assess(desk: Desk, now_is: Moment, signals: NluSignals | None = None) -> Assessment:
    """What detection says, but for a bare "ja" or "nee" as a wish for a person.

    What such a word answers is known here (a pending question, a button); detection can only guess it from the words.
    """
    assessment = await moment.assess(desk, now_is, signals)
    asked_by_rasa = signals is not None and signals.wants_human
    if asked_by_rasa or handover.chosen(now_is.message.text, None) not in (handover.CHOSE_YES, handover.CHOSE_NO):
        return assessment
    reasons = tuple(reason for reason in assessment.reasons if reason is not Reason.WANTS_HUMAN)
    if reasons or not assessment.reasons:
        return replace(assessment, reasons=reasons)
    return replace(assessment, level=Level.NONE, reasons=(), triggers=(), explanation="")


def _pressing(desk: Desk, now_is: Moment, assessment: Assessment) -> Result | None:
    """Crisis and urgent: the fixed text, and the queue, whatever else was going on."""
    if not is_pressing(assessment.level):
        return None
    drafts = moment.fixed_text(desk, now_is, assessment)
    told = drafts[0].text if drafts else ""
    return Result(drafts=drafts, new_case=_case(assessment, told), joins_queue=True)


def _wished(now_is: Moment, assessment: Assessment) -> Result | None:
    """The wish for a person needs no second question. A button's title is no wish: its value says what was meant."""
    is_button = now_is.message.choice is not None and now_is.message.choice not in _WISHES
    if is_button or decide(assessment, offered_before=True) is not Action.HAND_OVER:
        return None
    return Result(new_case=_case(assessment, ""), joins_queue=True)


def _in_another_language(desk: Desk, now_is: Moment, assessment: Assessment) -> Result | None:
    """The bot knows Dutch only: who writes in another language is told so in hers, and offered a person."""
    said = now_is.message
    language = language_of(said.text) if said.choice is None else None
    if language is None:
        return None
    if Reason.LANGUAGE not in assessment.reasons:
        explanation = f"Doorgezet: schrijft {NAMES.get(language, 'een andere taal')}, geen Nederlands."
        trigger = Trigger(said.seq, 0, len(said.text), Reason.LANGUAGE)
        assessment = replace(
            assessment,
            level=max(assessment.level, Level.ESCALATE, key=lambda one: one.rank),
            reasons=(*assessment.reasons, Reason.LANGUAGE),
            triggers=(*assessment.triggers, trigger),
            explanation=assessment.explanation or explanation,
        )
    question = handover.question_in(moment.voice(desk, now_is))
    return Result(
        (question,),
        pending=handover.pending(assessment, question.text),
        person_offered=True,
        understood={"failed": True, "language": language},
    )


def _case(assessment: Assessment, told: str) -> NewCase:
    consent = Consent.ASKED_HERSELF if Reason.WANTS_HUMAN in assessment.reasons else Consent.NOT_ASKED
    return NewCase(assessment, assessment.team, consent, told)


def _wish(assessment: Assessment) -> Assessment:
    """The button "Praat met een medewerker" says as much as the words."""
    if Reason.WANTS_HUMAN in assessment.reasons:
        return assessment
    level = max(assessment.level, Level.ESCALATE, key=lambda one: one.rank)
    explanation = assessment.explanation or handover.remembered(None).explanation
    return replace(assessment, level=level, reasons=(*assessment.reasons, Reason.WANTS_HUMAN), explanation=explanation)


def _chosen(desk: Desk, now_is: Moment, now: datetime) -> Result | None:
    """An answer to the handover question, how to reach her, or a wish about a callback."""
    asked = now_is.conversation.pending_offer
    if callback_wishes.is_wish(now_is.message, asked):
        return Result(wish=True)
    if asked and (callback_wishes.is_question(asked) or interrupted.is_asked(asked)):
        asked = None  # that stands apart: the callback stays as it is, and a form is Rasa's
    if now_is.message.choice is None and not asked:
        return None  # "ja" or "nee" with nothing asked here is the bot's
    spoken = moment.voice(desk, now_is)
    answer = handover.chosen(now_is.message.text, now_is.message.choice, spoken)
    assessment = handover.remembered(asked)
    told = asked["told"] if asked else ""
    if asked and asked["stage"] == "phone" and answer is None and now_is.message.choice is None:
        return _reach_given(desk, now_is, asked, assessment, now)
    if answer == handover.CHOSE_CHAT:
        return _reach_given(desk, now_is, asked or {"again": True}, assessment, now)
    if answer == handover.CHOSE_YES:
        return Result(new_case=NewCase(assessment, assessment.team, Consent.ACCEPTED, told), joins_queue=True)
    if answer == handover.CHOSE_CALL:
        asks = handover.ask_phone(voice=spoken)
        return Result((asks,), pending=handover.pending(assessment, told, stage="phone"))
    if answer == handover.CHOSE_WAIT:  # a button of before: she is in no queue any more
        return Result((handover.offer(),), pending=handover.pending(assessment, texts.OFFER), person_offered=True)
    if answer in (handover.CHOSE_NO, handover.CHOSE_LEAVE_QUEUE):
        no_call = asked is not None and asked["stage"] == "phone"
        text = spoken.no_call() if no_call else spoken.refused()
        refused = {"consent": Consent.REFUSED, "told": texts.ASK_PHONE if no_call else told}
        return Result((spoken.draft(text, MessageKind.NOTICE),), person_offered=True, understood=refused)
    return None


def _reach_given(
    desk: Desk, now_is: Moment, asked: dict[str, Any], assessment: Assessment, now: datetime
) -> Result | None:
    reach = handover.reach(now_is.message.text, now_is.message.choice)
    if reach is not None:
        rules = desk.rules(now_is.conversation.municipality, assessment.team)
        return Result(new_case=handover.new_callback(rules, assessment, reach, now))
    if asked.get("again"):
        return None  # twice no number: she talks about something else, so the bot answers
    again = handover.ask_phone(texts.ASK_PHONE_AGAIN, moment.voice(desk, now_is))
    return Result((again,), pending={**asked, "again": True})


async def _ask_engine(desk: Desk, now_is: Moment) -> Result:
    """Ask Rasa, judge again with what it made of the message, and answer accordingly."""
    conversation = now_is.conversation
    form = interrupted.answer(conversation, now_is.message.text, now_is.message.choice)
    subject = conversation_subject(conversation.id)
    await desk.bus.publish(Event(subject, "typing", {"who": Sender.BOT, "on": True}))
    try:
        answered = await desk.engine.turn(
            text=now_is.message.text,
            choice=form.choice,
            municipality=conversation.municipality,
            state=None if form.dropped else conversation.engine_state,
            turn_id=now_is.message.id,
        )
    except EngineError as error:
        ENGINE_FAILURES.labels(type(error).__name__).inc()
        log.warning("turn.engine_failed", conversation=conversation.id, error=type(error).__name__)
        return _failure(now_is, texts.ENGINE_FAILED)
    finally:
        await desk.bus.publish(Event(subject, "typing", {"who": Sender.BOT, "on": False}))
    signals = _signals(desk, conversation.municipality, answered)
    assessment = _within_form(answered, signals, await _assess(desk, now_is, signals))
    decided = _answer(desk, now_is, answered, signals, assessment)
    return replace(decided, drafts=(form.dropped, *decided.drafts)) if form.dropped else decided


def _within_form(answered: EngineTurn, signals: NluSignals, assessment: Assessment) -> Assessment:
    """A form asks much the same thing twice without failing, to its end: that alone is no reason for a person."""
    asks_on = bool(answered.replies) and answered.replies[-1].kind is ReplyKind.FORM
    is_done = any(commands.is_doable(command) for command in answered.commands)
    if not (asks_on or is_done) or signals.failures_in_a_row >= FAILURES_IN_A_FORM:
        return assessment
    reasons = tuple(one for one in assessment.reasons if one not in (Reason.BOT_FAILURE, Reason.CONFUSION))
    if reasons or not assessment.reasons:
        return replace(assessment, reasons=reasons)
    return replace(assessment, level=Level.NONE, reasons=(), triggers=(), explanation="")


def _answer(desk: Desk, now_is: Moment, answered: EngineTurn, signals: NluSignals, assessment: Assessment) -> Result:
    answers = tuple(_draft(reply) for reply in answered.replies)
    doable = tuple(command for command in answered.commands if commands.is_doable(command))
    base = Result(
        engine_state=answered.state,
        understood=_understood(answered, signals),
        commands=doable,
        missed=missed.of(now_is.message, answered, assessment),
    )
    match decide(assessment, offered_before=now_is.conversation.person_offered):
        case Action.HAND_OVER:
            fixed = moment.fixed_text(desk, now_is, assessment)
            case = _case(assessment, fixed[0].text if fixed else "")
            case = replace(case, details={"topic": signals.topic})
            return replace(base, drafts=fixed, new_case=case, joins_queue=True)
        case Action.ASK_HANDOVER:
            question = handover.question()
            kept = () if signals.failed else answers
            offered = handover.pending(assessment, question.text)
            return replace(base, drafts=(*kept, question), pending=offered, person_offered=True)
        case Action.ANSWER_AND_OFFER:
            offered = handover.pending(assessment, texts.OFFER)
            return replace(base, drafts=(*answers, handover.offer()), pending=offered, person_offered=True)
        case Action.ANSWER:
            return replace(base, drafts=answers, failures_in_a_row=signals.failures_in_a_row)


def _failure(now_is: Moment, text: str) -> Result:
    """The bot could not answer: say so plainly and offer a person; the message stays stored."""
    said = now_is.message
    assessment = Assessment(
        level=Level.ESCALATE,
        reasons=(Reason.BOT_FAILURE,),
        triggers=(Trigger(said.seq, 0, len(said.text), Reason.BOT_FAILURE),),
        explanation="Doorgezet: de assistent kon niet antwoorden door een storing.",
        version=FAILURE_VERSION,
    )
    told = f"{text}\n\n{texts.HANDOVER_QUESTION}"
    return Result(
        (handover.question(told),),
        pending=handover.pending(assessment, told),
        person_offered=True,
        understood={"failed": True},
    )


def _signals(desk: Desk, municipality: str, answered: EngineTurn) -> NluSignals:
    topic = answered.questions[0].topic if answered.questions else None
    written = desk.content.topics.get(topic) if topic else None
    failed = answered.failures_in_a_row > 0 and any(reply.kind in _NOT_UNDERSTOOD for reply in answered.replies)
    return NluSignals(
        topic=topic,
        team=teams.team_for_topic(desk.content, desk.municipality(municipality), topic),
        sensitive=bool(written and written.sensitive) and not failed,
        failed=failed,
        failures_in_a_row=answered.failures_in_a_row,
        wants_human=any(command.name == "handoff" for command in answered.commands),
    )


def _understood(answered: EngineTurn, signals: NluSignals) -> dict[str, Any]:
    first = answered.questions[0] if answered.questions else None
    return {
        "topic": first.topic if first else None,
        "aspect": first.aspect if first else None,
        "confidence": round(first.confidence, 3) if first else None,
        "failed": signals.failed,
    }


def _draft(reply: engine.Reply) -> Draft:
    return Draft(
        personal_data.in_words(reply.text, keep=own_words.REPEATED if reply.kind is ReplyKind.FORM else ()),
        MessageKind.ANSWER if reply.kind is ReplyKind.ANSWER else MessageKind.TEXT,
        buttons=tuple(Button(button.title, button.value) for button in reply.buttons),
        links=tuple(Link(link.title, link.url) for link in reply.links),
    )
