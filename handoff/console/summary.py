"""A case in one paragraph: the citizen's own words, each with the message it comes from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handoff.tables import Message
from handoff.vocabulary import Sender

MAX_CHARACTERS = 160  # about two lines of the dossier at its usual width
_END = re.compile(r"(?<=[.!?])\s+|\n+")
_GREETING = re.compile(r"(hallo|hoi|hi|dag|goede\w*(\s\w+)?|beste\s\w+)[\s,.!]*", re.IGNORECASE)


@dataclass(frozen=True)
class SummaryPart:
    """Words of the citizen, shortened at most; `seq` is the message they are from."""

    label: str
    words: str
    seq: int


def summarise(said: Sequence[Message]) -> tuple[SummaryPart, ...]:
    """How it began and what was said last; pressed buttons and bare greetings are left out.

    Nothing is rephrased, so the summary cannot say what the citizen did not. Personal data stay placeholders.
    """
    told = [
        (sentences, message.seq)
        for message in said
        if message.sender == Sender.CITIZEN and not message.choice and (sentences := _sentences(message.text))
    ]
    if not told:
        return ()
    first, first_seq = told[0]
    parts = [SummaryPart("Het begon met", _shortened(first[0]), first_seq)]
    last, last_seq = told[-1]
    if last_seq != first_seq:
        parts.append(SummaryPart("Het laatst", _shortened(last[-1]), last_seq))
    return tuple(parts)


def _sentences(text: str) -> list[str]:
    return [one.strip() for one in _END.split(text) if one.strip() and not _GREETING.fullmatch(one.strip())]


def _shortened(sentence: str) -> str:
    if len(sentence) <= MAX_CHARACTERS:
        return sentence
    return sentence[: MAX_CHARACTERS - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
