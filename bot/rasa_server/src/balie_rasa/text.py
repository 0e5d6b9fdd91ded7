"""Makes messages alike that mean the same: capitals, placeholders, numbers, stretched letters."""

import re
import unicodedata

_PLACEHOLDER = re.compile(r"\[([a-z]+)-\d+\]")
_NUMBER = re.compile(r"\d+")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_SPACE = re.compile(r"\s+")
_LONGEST = 1000
"""Characters that are read for the topic: later ones repeat the story, and cost time."""


def normalise(text: str) -> str:
    """`text` as the classifiers read it. `[telefoon-1]` becomes a word of its own, digits one sign."""
    text = unicodedata.normalize("NFKC", text[:_LONGEST]).lower()
    text = text.replace("\u2019", "'").replace("`", "'").replace("´", "'")
    text = _PLACEHOLDER.sub(r" \1_placeholder ", text)
    text = _NUMBER.sub(lambda match: "0" * min(len(match[0]), 4), text)
    text = _STRETCHED.sub(r"\1\1", text)
    return _SPACE.sub(" ", text).strip()
