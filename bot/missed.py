"""Which messages go on the review list: what the bot did not understand, asked about, or sent away in doubt."""

from __future__ import annotations

from bot import handover
from bot.engine import EngineTurn, ReplyKind
from handoff.detection import Assessment
from handoff.gravity import is_grave
from handoff.review import Missed, Why
from handoff.tables import Message

OUT_OF_SCOPE = "buiten_bereik"
SURE_OUTSIDE = 0.6
"""Confidence below which "no work of a municipality" is doubtful: the threshold below which a topic is asked about."""
GUESSES = 3
TOPIC_BUTTON = "onderwerp:"


def of(message: Message, answered: EngineTurn, assessment: Assessment) -> Missed | None:
    """What to put on the list about this message; None when it was understood, or is too grave for others to read."""
    if message.choice is not None or not answered.replies:
        return None
    if is_grave(assessment.level, assessment.reasons):
        return None
    why = _why(answered)
    if why is None:
        return None
    asked = answered.questions[0] if answered.questions else None
    if asked is None:
        return Missed(why)
    guesses = tuple(one.topic for one in asked.ranking if one.topic != asked.topic)[:GUESSES]
    return Missed(why, asked.topic, asked.aspect, round(asked.confidence, 3), guesses)


def chooses_topic(message: Message) -> bool:
    """Whether the citizen says which of the topics she meant that the bot named."""
    if message.choice is not None:
        return message.choice.startswith(TOPIC_BUTTON)
    return handover.chosen(message.text, None) == handover.CHOSE_YES


def _why(answered: EngineTurn) -> Why | None:
    kinds = {reply.kind for reply in answered.replies}
    if kinds & {ReplyKind.FALLBACK, ReplyKind.CLARIFY} and answered.failures_in_a_row > 1:
        return Why.SECOND_FAILURE
    if ReplyKind.FALLBACK in kinds:
        return Why.NOT_UNDERSTOOD
    if ReplyKind.CLARIFY in kinds:
        return Why.ASKED
    asked = answered.questions[0] if answered.questions else None
    if asked is not None and asked.topic == OUT_OF_SCOPE and asked.confidence < SURE_OUTSIDE:
        return Why.DOUBTFUL
    return None
