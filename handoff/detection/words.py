"""Cuts a message into words and sentences that expressions and the model read; every word keeps its place."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

LONGEST_TEXT = 4000
"""Characters that are read of one message: the longest that the citizen API takes."""

_WORD_OR_STOP = re.compile(r"[^\W_]+(?:['’`´‘-][^\W_]+)*|['’`´‘][^\W_]{1,2}\b|[.!?;\n…]+")
_STOPS = frozenset(".!?;\n…")
_QUOTES = str.maketrans("", "", "'’`´‘-")

_SPELLINGS = {
    "nie": "niet", "nt": "niet", "niett": "niet", "da": "dat", "wa": "wat", "ni": "niet", "nimmer": "niet meer",
    "me": "mij", "mn": "mij", "mijn": "mij", "men": "mij", "myn": "mij", "mijne": "mij", "mijzelf": "mezelf",
    "t": "het", "m": "hem", "em": "hem", "k": "ik", "ikke": "ik", "kheb": "ik heb", "kben": "ik ben",
    "kwil": "ik wil", "n": "een", "un": "een", "ne": "een", "zn": "zijn", "dr": "haar", "der": "haar", "ze": "zij",
    "je": "jij", "u": "jij", "ge": "jij", "gij": "jij", "uw": "jouw", "ie": "hij", "d": "de", "s": "des",
    "effe": "even", "ff": "even", "effen": "even", "nou": "nu", "we": "wij", "wy": "wij", "onze": "ons",
    "mama": "moeder", "mam": "moeder", "ma": "moeder", "mamma": "moeder", "mem": "moeder", "papa": "vader",
    "pap": "vader", "pa": "vader", "heit": "vader", "paps": "vader", "pappa": "vader", "kids": "kinderen",
    "kindjes": "kinderen", "kinders": "kinderen", "kiddos": "kinderen", "kindren": "kinderen", "vanaaf": "vanaf",
    "vanavont": "vanavond", "zegge": "zeggen", "wete": "weten", "slape": "slapen", "ete": "eten", "leve": "leven",
    "iemant": "iemand", "niemant": "niemand", "hoevaak": "hoe vaak", "zelfdoding": "zelfmoord", "ed": "en dergelijke",
    "plz": "alsjeblieft", "pls": "alsjeblieft", "aub": "alsjeblieft", "svp": "alsjeblieft",
    "alstublieft": "alsjeblieft", "asjeblieft": "alsjeblieft", "grappie": "grapje", "geintje": "grapje",
    "dooie": "dode", "ouwe": "oude", "goeie": "goede", "isda": "is dat", "hiero": "hier", "ken": "kan",
    "kenne": "kunnen", "kunne": "kunnen", "wille": "willen", "moete": "moeten", "mot": "moet", "motte": "moeten",
    "hep": "heb", "heppu": "hebben", "hebbe": "hebben",
}  # fmt: skip
"""Short spoken and written forms to the word that expressions use: me, mn and mijn are one word, and so on."""

_OFTEN_MISSPELLED = (
    "medewerker", "medewerkster", "collega", "zelfmoord", "mishandeld", "mishandelt", "overleden", "uithuiszetting",
    "huisuitzetting", "ontruiming", "ontruimd", "deurwaarder", "afgesloten", "advocaat", "ingebrekestelling", "dwangsom",
    "rechtbank", "doodgaan", "verkracht", "vermoorden", "dakloos", "slaapplek", "slaapplaats", "onderdak", "schulden",
    "rekeningen", "verdwenen", "vermist", "paniek", "schandalig", "belachelijk", "begrijpen", "begrijp", "bedreigt",
    "bedreigd", "bewusteloos", "verward", "dement", "dementie", "wanhopig", "radeloos", "gescheiden", "huilen",
    "vannacht", "vanavond", "ombudsman", "oplichters", "onbeschoft", "waardeloos", "nederlands", "voedselbank",
    "geslagen", "afsluiten", "vluchten", "gewurgd", "hulpeloos", "uitzichtloos", "doorverbinden", "terugbellen",
)  # fmt: skip
"""Words that matter and are typed wrong in a hurry; a word one letter off any of these is read as it."""


@dataclass(frozen=True)
class Word:
    """A word as it is read, and where it stands in the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Message:
    """A message as expressions read it.

    `line` is every word with a space before it, and ` |` at the borders of sentences; `places` tells for each
    character of `line` which word it belongs to.
    """

    text: str
    folded: str
    words: tuple[Word, ...]
    line: str
    starts: tuple[int, ...]
    """Where in `line` each word begins, its space included."""
    known: frozenset[str]

    def word_at(self, position: int) -> int:
        """The number of the word that holds a character of `line`, or of the last before it."""
        return max(0, bisect_right(self.starts, position) - 1)

    def sentence(self, first: int, last: int) -> tuple[int, int]:
        """Bounds in the text of the sentence that holds words `first` to `last`."""
        return sentence_around(self.text, self.words[first].start, self.words[last].end)


def fold(text: str) -> str:
    """Lower case, accents off, each character kept in place so that offsets still fit the original."""
    if text.isascii():
        return text.lower()
    folded = []
    for character in text:
        plain = unicodedata.normalize("NFD", character)[0].lower()
        folded.append(plain if len(plain) == 1 else character)
    return "".join(folded)


def read(text: str) -> Message:
    """Cut a message; only its first 4,000 characters are read."""
    folded = fold(text[:LONGEST_TEXT])
    words: list[Word] = []
    starts: list[int] = []
    line = [" |"]
    length = 2
    for found in _WORD_OR_STOP.finditer(folded):
        raw = found.group()
        if raw[0] in _STOPS:
            if line[-1] != " |":
                line.append(" |")
                length += 2
            continue
        for part in normalise(without_quotes(raw)):
            words.append(Word(part, found.start(), found.end()))
            starts.append(length)
            line.append(f" {part}")
            length += len(part) + 1
    if line[-1] != " |":
        line.append(" |")
    known = frozenset(word.text for word in words)
    return Message(text, folded, tuple(words), "".join(line), tuple(starts), known)


def without_quotes(word: str) -> str:
    """The word without apostrophes and hyphens."""
    return word.translate(_QUOTES)


@lru_cache(maxsize=4096)
def normalise(word: str) -> tuple[str, ...]:
    """A word as expressions write it: spoken forms and typing errors put right."""
    if word in _SPELLINGS:
        return tuple(_SPELLINGS[word].split())
    return (_corrected(word),) if word else ()


def _corrected(word: str) -> str:
    if len(word) < 6 or word in _TARGETS:
        return word
    for shape in _shapes(word):
        for target in _SHAPES.get(shape, ()):
            if target[0] == word[0] and target[-1] == word[-1] and len(target) - len(word) in (-1, 0, 1):
                return target
    return word


def _shapes(word: str) -> set[str]:
    """The word and all that is left of it when one letter is taken out: words one error apart share a shape."""
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


def _index() -> dict[str, tuple[str, ...]]:
    index: dict[str, tuple[str, ...]] = {}
    for target in _OFTEN_MISSPELLED:
        for shape in _shapes(target):
            index[shape] = (*index.get(shape, ()), target)
    return index


_TARGETS = frozenset(_OFTEN_MISSPELLED) | {"gesloten", "ontruimen", "bedreigen", "verwarde", "oplichter", "medewerkers"}
_SHAPES = _index()


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the sentence that holds characters `start` to `end`."""
    before = max(text.rfind(mark, 0, start) for mark in ".!?\n")
    ends = [place for mark in ".!?\n" if (place := text.find(mark, end)) != -1]
    first = before + 1
    last = min(ends) + 1 if ends else len(text)
    while first < start and text[first].isspace():
        first += 1
    return first, last
