"""What the model reads of a conversation: words, pieces of words, expressions found and the course of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import combinations

from handoff.detection.concepts import Concepts
from handoff.detection.conversation import Course
from handoff.detection.words import Message

PIECES = (3, 4, 5)
"""Lengths of the pieces of words, so that inflections and typing errors share some."""
MOST_FAMILIES = 24
"""Families that are combined two by two, which bounds the time."""
MOST_PIECES_OF = 1500
"""Characters of a message whose pieces are read; what matters is said before that, and time is bounded."""


def features(
    course: Course, said: Collection[str], said_before: Collection[str], concepts: Concepts, topics: Concepts
) -> dict[str, float]:
    """Every feature with its value.

    Args:
        course: The conversation.
        said: Names of the expressions found in the judged turn.
        said_before: The same in the turns before it.
        concepts: The families of words.
        topics: The families that tell which team it is about.
    """
    found: dict[str, float] = {}
    words = [word.text for word in course.message.words][:400]
    for name in _grams(words):
        found[name] = 1.0
    for piece in _pieces(course.message):
        found[piece] = 1.0
    for name in said:
        found[f"r:{name}"] = 1.0
    for name in said_before:
        found[f"b:{name}"] = 1.0
    found.update(_concepts(course, concepts))
    found.update(_topics(course, topics))
    for _, message in course.earlier:
        for word in message.words[:100]:
            found[f"h:{word.text}"] = 1.0
    for answered in course.answered:
        found[f"a:{answered}"] = 1.0
    found.update(_course(course, len(words)))
    return found


def _concepts(course: Course, concepts: Concepts) -> Iterator[tuple[str, float]]:
    """Families in the judged turn, two of them together, and families in the turns before it."""
    families = sorted(concepts.of(course.message))
    for family in families:
        yield f"g:{family}", 1.0
    for left, right in combinations(families[:MOST_FAMILIES], 2):
        yield f"p:{left}+{right}", 1.0
    for _, message in course.earlier:
        for family in concepts.of(message):
            yield f"e:{family}", 1.0


def _topics(course: Course, topics: Concepts) -> Iterator[tuple[str, float]]:
    """What the judged turn is about, and what was talked about before."""
    here = topics.of(course.message)
    before = topics.of_words(sorted(course.answered))
    for _, message in course.earlier:
        before |= topics.of(message)
    for team in here:
        yield f"t:{team}", 1.0
    for team in before:
        yield f"u:{team}", 1.0
    if len(here | before) == 1:
        yield f"t:only {next(iter(here | before))}", 1.0


def _grams(words: list[str]) -> Iterator[str]:
    for at, word in enumerate(words):
        yield f"w:{word}"
        if at + 1 < len(words):
            yield f"w:{word} {words[at + 1]}"
        if at + 2 < len(words):
            yield f"w:{word} _ {words[at + 2]}"


def _pieces(message: Message) -> Iterable[str]:
    found = set()
    length = 0
    for word in dict.fromkeys(one.text for one in message.words):
        length += len(word)
        if length > MOST_PIECES_OF:
            break
        padded = f" {word} "
        for size in PIECES:
            for at in range(len(padded) - size + 1):
                found.add(f"c:{padded[at : at + size]}")
    return found


def _course(course: Course, words: int) -> dict[str, float]:
    found = {
        "k:failures": min(course.failures, 3) / 2,
        "k:failures2": float(course.failures >= 2),
        "k:row2": float(course.failures_in_a_row >= 2),
        "k:row1": float(course.failures_in_a_row == 1),
        "k:repeated_answer": min(course.repeated_answers, 2.0),
        "k:repeated_question": min(course.repeated_questions, 2.0),
        "k:corrects": float(course.corrects),
        "k:corrections2": float(course.corrections >= 2),
        "k:offered": float(course.offered),
        "k:accepts": float(course.accepts),
        "k:shouting": float(course.shouting > 0.6),
        "k:exclamations": min(course.exclamations, 3) / 3,
        "k:question": float("?" in course.message.text),
        "k:domains2": float(len(course.domains) >= 2),
        "k:domains3": float(len(course.domains) >= 3),
        "k:foreign": float(course.language is not None),
        "k:turns3": float(len(course.earlier) >= 2),
        "k:short": float(words <= 4),
        "k:long": float(words >= 35),
        "k:very_long": float(words >= 60),
    }
    return {name: value for name, value in found.items() if value}


def sentence_features(message: Message) -> list[tuple[tuple[int, int], list[str]]]:
    """The bounds of each sentence with the features of its words."""
    sentences: dict[tuple[int, int], list[str]] = {}
    for at, word in enumerate(message.words[:400]):
        bounds = message.sentence(at, at)
        sentences.setdefault(bounds, []).append(word.text)
    return [(bounds, list(_grams(words))) for bounds, words in sentences.items()]
