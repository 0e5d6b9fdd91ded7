"""From an assessment to what happens: urgent never waits for a choice, a wish needs no second question."""

from __future__ import annotations

import pytest

from handoff.decision import Action, decide
from handoff.detection import Assessment, Level, Reason


@pytest.mark.parametrize("offered_before", [False, True])
@pytest.mark.parametrize(
    ("level", "reasons", "action"),
    [
        (Level.NONE, (), Action.ANSWER),
        (Level.ESCALATE, (Reason.BOT_FAILURE,), Action.ASK_HANDOVER),
        (Level.ESCALATE, (Reason.BOT_FAILURE, Reason.WANTS_HUMAN), Action.HAND_OVER),
        (Level.ESCALATE, (Reason.WANTS_HUMAN,), Action.HAND_OVER),
        (Level.URGENT, (Reason.CUTOFF,), Action.HAND_OVER),
        (Level.CRISIS, (Reason.SUICIDE,), Action.HAND_OVER),
    ],
)
def test_what_happens_follows_from_level_and_wish(
    level: Level, reasons: tuple[Reason, ...], action: Action, offered_before: bool
) -> None:
    assert decide(Assessment(level, reasons), offered_before=offered_before) is action


def test_a_person_is_offered_beside_the_answer_once_in_a_conversation() -> None:
    sensitive = Assessment(Level.OFFER, (Reason.VULNERABILITY,))
    assert decide(sensitive, offered_before=False) is Action.ANSWER_AND_OFFER
    assert decide(sensitive, offered_before=True) is Action.ANSWER


def test_levels_are_ordered_from_just_answering_to_life_and_safety() -> None:
    ordered = [Level.NONE, Level.OFFER, Level.ESCALATE, Level.URGENT, Level.CRISIS]
    assert [level.rank for level in ordered] == [0, 1, 2, 3, 4]
    assert [level.wants_person for level in ordered] == [False, False, True, True, True]
