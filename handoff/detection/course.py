"""What follows from the course of a conversation: failures bring a person, a refusal keeps her away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from handoff.detection.assessment import Level, NluSignals, Reason, Trigger
from handoff.detection.conversation import Course
from handoff.detection.finding import Finding
from handoff.detection.languages import NAMES

FAILURES_THAT_ESCALATE = 2
COUNTS = {2: "twee", 3: "drie", 4: "vier"}
_SOLVED = frozenset({"hint_opgelost", "hint_dank"})


def findings(course: Course, names: Collection[str], nlu: NluSignals | None) -> list[Finding]:
    """What the course says.

    Args:
        course: The conversation.
        names: Names of the expressions in the judged turn.
        nlu: What the bot made of the turn; None before it was asked.
    """
    whole = (course.last, 0, len(course.message.text))
    found: list[Finding] = []

    def add(level: Level, reason: Reason, about: str = "", *, trigger: bool = True) -> None:
        found.append(Finding(level, reason, about, Trigger(*whole, reason) if trigger else None))

    if nlu is not None and nlu.wants_human:
        add(Level.ESCALATE, Reason.WANTS_HUMAN)
    if course.accepts:
        add(Level.ESCALATE, Reason.WANTS_HUMAN, "wil het aangeboden gesprek met een medewerker")
    failures = _failures(course, names, nlu)
    if failures >= FAILURES_THAT_ESCALATE:
        add(Level.ESCALATE, Reason.BOT_FAILURE, f"de assistent begreep het {COUNTS.get(failures, failures)} keer niet")
    elif course.repeated_answers and (course.corrects or course.repeated_questions):
        times = COUNTS.get(course.repeated_answers + 1, course.repeated_answers + 1)
        add(Level.ESCALATE, Reason.BOT_FAILURE, f"kreeg {times} keer hetzelfde antwoord")
    elif course.corrects and course.corrections >= FAILURES_THAT_ESCALATE and not _SOLVED & set(names):
        add(Level.ESCALATE, Reason.BOT_FAILURE, "zegt voor de tweede keer dat het antwoord niet klopt")
    if course.language is not None:
        name = NAMES.get(course.language, "een andere taal")
        add(Level.ESCALATE, Reason.LANGUAGE, f"schrijft {name}, geen Nederlands")
    if nlu is not None and nlu.form_abandoned:
        add(Level.OFFER, Reason.CONFUSION, "stopte halverwege een formulier")
    if nlu is not None and nlu.sensitive:
        add(Level.OFFER, Reason.VULNERABILITY, "stelt een vraag over een gevoelig onderwerp", trigger=False)
    return found


def _failures(course: Course, names: Collection[str], nlu: NluSignals | None) -> int:
    """How often in a row the bot did not understand, this turn included where the bot was asked."""
    if nlu is not None:
        return nlu.failures_in_a_row
    return 0 if _SOLVED & set(names) else course.failures_in_a_row


def soften(names: Collection[str], found: Sequence[Finding]) -> list[Finding]:
    """An offer is never forced: who refuses a person, or has solved it, gets at most the answer and an offer.

    Urgent and crisis stay: there an employee reads along.
    """
    top = max((one.level for one in found), key=lambda one: one.rank, default=Level.NONE)
    asked = any(one.reason is Reason.WANTS_HUMAN for one in found)
    if top is Level.ESCALATE and "weigert" in names and not asked:
        return [replace(one, level=min(one.level, Level.OFFER, key=lambda level: level.rank)) for one in found]
    return list(found)
