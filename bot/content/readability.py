"""How easy a text reads: words in a sentence, ease by Flesch-Douma, rare words."""

import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from bot.content.schema import VARIABLE

RARE_ZIPF = 2.5
"""Zipf frequency below which a word is rare: about once in three million words. "Bezwaarschrift" has 2.6."""
PART_ZIPF = 3.3
"""From here on a word may explain itself as part of a longer one: "parkeerplek"."""
SHORTEST_PART = 3
_TOOLS = ("textstat", "wordfreq")
_SENTENCE_END = re.compile(r"""(?<=[.!?])["')*]*\s+(?=["'(*]*[A-Z0-9€À-Þ])""")
_BULLET = re.compile(r"^[-*] +")
_LETTERS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ADDRESS = re.compile(r"\S*(?:@|://|\.nl\b|\.example\b)\S*")
_CLOSING = ".!?;:,"


def sentences(text: str) -> list[str]:
    """Sentences in order; an item of a list is a sentence, and a line that ends is one too."""
    lines = (_BULLET.sub("", line.strip()) for line in text.splitlines())
    return [part for line in lines for part in _SENTENCE_END.split(line) if words(part)]


def words(text: str) -> list[str]:
    """What stands between spaces and holds a letter or digit: "€ 17,60" is one word."""
    return [part for part in text.split() if any(character.isalnum() for character in part)]


def measurable() -> bool:
    """Whether ease and rare words can be measured here: the tools come with the development environment."""
    return all(importlib.util.find_spec(tool) is not None for tool in _TOOLS)


def ease(text: str) -> float:
    """Flesch-Douma: 100 is very easy, 60 to 70 standard, below 50 difficult. Counted on whole sentences."""
    whole = " ".join(f"{sentence.rstrip(_CLOSING)}." for sentence in sentences(_ADDRESS.sub("website", text)))
    return float(_textstat().flesch_reading_ease(whole))


def rare_words(text: str) -> Iterator[str]:
    """Rare words in small letters, each as often as it stands there; names, addresses and variables are left out."""
    for sentence in sentences(_ADDRESS.sub(" ", VARIABLE.sub(" ", text))):
        for number, match in enumerate(_LETTERS.finditer(sentence)):
            word = match[0]
            is_name = word[0].isupper() and (number > 0 or word.isupper())
            if not is_name and _is_rare(word.lower()):
                yield word.lower()


@cache
def _is_rare(word: str) -> bool:
    if len(word) <= SHORTEST_PART or _zipf(word) >= RARE_ZIPF:
        return False
    parts = word.split("-")
    if len(parts) > 1:
        return any(_is_rare(part) for part in parts)
    return not _explains_itself(word)


def _explains_itself(word: str) -> bool:
    """Two common words, with or without a joining s, e or en between them."""
    for cut in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        first, second = word[:cut], word[cut:]
        if _zipf(second) >= PART_ZIPF and any(_zipf(start) >= PART_ZIPF for start in _without_joint(first)):
            return True
    return False


def _without_joint(word: str) -> Iterator[str]:
    yield word
    for joint in ("s", "e", "en"):
        if word.endswith(joint) and len(word) - len(joint) >= SHORTEST_PART:
            yield word.removesuffix(joint)


@cache
def _zipf(word: str) -> float:
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, "nl"))


@cache
def _textstat() -> Any:
    from textstat import textstat

    textstat.set_lang("nl")
    return textstat
