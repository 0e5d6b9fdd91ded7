"""Two questions in one message: which subjects both are about, when that is sure."""

import re
from collections.abc import Container

from actions.dialogue import Subject, Understood

SURE = 0.7
"""Confidence from which a question read alone is believed."""
SURE_OF_OTHER = 0.8
"""The same for a second question that changes the subject: a story cut in two is worse than half an answer."""
SURE_OF_ASPECT = 0.6
"""Confidence from which an aspect is taken to be named, where the topic alone may have suggested it."""
SHORT = 3
"""Words with which nobody names another subject: "en welke dag?"."""
_REFERS_BACK = re.compile(
    r"\b(?:daar\w*|ervoor|erbij|ermee|eraan|hiervoor|dan)\b"
    r"|\b(?:dat|die|het)\W*$"
    r"|\b(?:kost|duurt|is|gaat) (?:dat|die|het)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


def two_subjects(understood: Understood, subjects: Container[str]) -> tuple[Subject, Subject] | None:
    """What each of two questions is about; None where there is one question, or one of them is not sure.

    `subjects` are the topics that have an answer of their own. A second question that names no subject ("en hoe lang
    duurt dat?") is about the first one's.
    """
    if len(understood.parts) != 2:
        return None
    first, second = understood.parts
    topic, confidence = first.best
    if topic not in subjects or confidence < SURE:
        return None
    other, other_confidence = second.best
    leans = len(_WORD.findall(second.text)) <= SHORT or _REFERS_BACK.search(second.text) is not None
    if other in subjects and other != topic and other_confidence >= SURE_OF_OTHER and not leans:
        return Subject(topic, first.aspect), Subject(other, second.aspect)
    if not leans and other != topic:
        return None
    if second.aspect in ("algemeen", first.aspect) or second.aspect_confidence < SURE_OF_ASPECT:
        return None
    return Subject(topic, first.aspect), Subject(topic, second.aspect)
