"""What an employee does first, with the numbers of her municipality."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.content.step_cards import StepCards
from bot.desk import Desk
from handoff import threat
from handoff.console.dependencies import Steps
from handoff.detection import Level
from handoff.gravity import is_pressing
from handoff.hours import local_date
from handoff.tables import Case


def of_case(desk: Desk, cards: StepCards, case: Case, sentences: Sequence[str], now: datetime) -> tuple[Steps, ...]:
    """The step cards of a crisis or an urgent case; a step whose number is not known is left out.

    Args:
        sentences: What the citizen wrote that led to the handover.
    """
    if not is_pressing(case.level):
        return ()
    today = local_date(now)
    return tuple(
        Steps(
            card.title,
            tuple(filter(None, (desk.content.fill_known(step, case.municipality, today) for step in card.steps))),
        )
        for card in cards.of(
            case.reasons, is_crisis=case.level == Level.CRISIS, threat_is_concrete=threat.is_concrete(sentences)
        )
    )
