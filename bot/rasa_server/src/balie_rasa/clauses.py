"""Finds two questions in one message: "wat kost een paspoort en wanneer komt het grofvuil?".

Only where both begin as questions do. To miss a second question costs the citizen a message more; to cut her story in
two answers what she did not ask.
"""

import re

LONGEST = 400
"""Characters: who writes more tells a story, and has one question about it."""
_LEAST_WORDS = 2

_ASKING = (
    r"(?:wat|hoe|hoeveel|hoelang|wanneer|waar|waarom|welke?|wie|kost|kosten|duurt"
    r"|(?:kan|kun|kunt|kunnen|mag|mogen|moet|moeten|is|zijn|heb|hebben|krijg|krijgen|komt|komen)"
    r"\s+(?:ik|je|u|we|wij|jullie|men|er|dat|die|het|mijn|m'n|mn))"
)
"""A question begins so. A verb alone may begin a story as well: "heb gisteren gebeld"."""
_BOUNDARY = re.compile(
    r"(?<=[?!.;\n])\s*"  # the end of a sentence
    rf"|[\s,]+(?=(?:en|maar)\s+(?:ook\s+|verder\s+|dan\s+|nog\s+|trouwens\s+)*(?:{_ASKING})\b)"  # "... en wat kost"
    rf"|[\s,]+(?=(?:ook nog|trouwens|verder|daarnaast|oh ja|o ja|oja)[\s,]+(?:{_ASKING})\b)",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:[\s,.:;!-]+|(?:en|maar|ook|nog|dan|verder|daarnaast|trouwens|oh ja|o ja|oja|hallo|hoi|hey|dag|vraagje)\b)+",
    re.IGNORECASE,
)
_ASKS = re.compile(rf"(?:{_ASKING})\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def two_questions(text: str) -> tuple[str, str] | None:
    """The first question with the story before it, and the second one alone; None where there are no two.

    >>> two_questions("hoi, ik ga verhuizen. wat kost dat en hoe lang duurt het?")
    ('hoi, ik ga verhuizen. wat kost dat', 'hoe lang duurt het?')
    """
    if len(text) > LONGEST:
        return None
    found: list[tuple[int, int]] = []
    start = 0
    for boundary in [*_BOUNDARY.finditer(text), None]:
        end = boundary.start() if boundary else len(text)
        if _is_question(text[start:end]):
            found.append((start, end))
        start = boundary.end() if boundary else end
    if len(found) < 2:
        return None
    (_, first_end), (second_start, second_end) = found[:2]
    return text[:first_end].strip(), _LEADING.sub("", text[second_start:second_end]).strip()


def _is_question(clause: str) -> bool:
    bare = _LEADING.sub("", clause).strip()
    return len(_WORD.findall(bare)) >= _LEAST_WORDS and _ASKS.match(bare) is not None
