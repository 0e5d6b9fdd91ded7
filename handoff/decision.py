"""From an assessment to what happens next. Pure: no database, no clock, no texts."""

from __future__ import annotations

from enum import StrEnum

from handoff.detection import Assessment, Level, Reason
from handoff.gravity import is_pressing


class Action(StrEnum):
    """What happens with the citizen's message."""

    ANSWER = "answer"
    ANSWER_AND_OFFER = "answer_and_offer"
    ASK_HANDOVER = "ask_handover"
    HAND_OVER = "hand_over"


def decide(assessment: Assessment, *, offered_before: bool) -> Action:
    """What to do after this assessment.

    A wish for a person needs no second question; urgent and crisis are never left to a choice; an offer is made once
    in a conversation, not at every turn.
    """
    if is_pressing(assessment.level):
        return Action.HAND_OVER
    if Reason.WANTS_HUMAN in assessment.reasons and assessment.level is Level.ESCALATE:
        return Action.HAND_OVER
    if assessment.level is Level.ESCALATE:
        return Action.ASK_HANDOVER
    if assessment.level is Level.OFFER and not offered_before:
        return Action.ANSWER_AND_OFFER
    return Action.ANSWER
