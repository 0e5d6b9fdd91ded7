"""What the course of a conversation tells, read from its turns alone: failures, loops, repeats, refusals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from handoff.detection.assessment import Role, Turn
from handoff.detection.languages import language_of
from handoff.detection.words import Message, read

SAME = 0.75
"""Share of words in common from which two texts of the bot are the same answer."""
REPHRASED = 0.5
"""The same for two questions of the citizen, over the words that carry meaning."""
TURNS_READ = 30
ANSWERS_READ = 2

_FAILED = re.compile(
    r"(begrijp|snap|begreep|versta|herken)\w* .{0,30}(niet|geen)|niet (goed |helemaal |precies )?(begrepen|herkend|begrijpen)"
    r"|(anders|opnieuw) (zeggen|formuleren|vragen|omschrijven|proberen|stellen)|andere woorden"
    r"|(geen|niet) (een )?(antwoord|resultaat|resultaten|informatie) (gevonden|vinden|op|over)?|weet ik niet|weet het niet"
    r"|bedoelt u( misschien)?:|kies (een|uit)|niet mee helpen|niet gelukt|er (ging|gaat) iets (mis|fout)"
)
_OFFERED = re.compile(r"medewerker|iemand spreken|met iemand|collega|terugbellen|teruggebeld|doorverbind")
_NOT_WHAT_I_ASKED = re.compile(
    r"klopt (dus )?niet|(vroeg|vraag|bedoel|bedoelde|zei|schreef) ik (toch |dus |nou |nu |net |ook )*(niet|niks)"
    r"|dat (was|is) (de|mijn|m'?n) vraag niet|(niet|geen antwoord op) (mijn|m'?n|me|de) vraag|ik (zei|vroeg|bedoel|bedoelde|schreef)\b"
    r"|verkeerd\w* (antwoord|vraag)|dat zei (je|u)|zei je (net|al)|al gezegd|al gelezen|heb ik al|dat heb ik|dat weet ik"
    r"|lees (nou|nu|eens|es|dan)|nog (een|1) ?(keer|x)|(derde|vierde|vijfde|zoveelste|tiende|3e|4e) keer|weer hetzelfde"
    r"|zelfde antwoord|hetzelfde|in een rondje|rondjes|\bnee+,? (nee|niet|dat|ik|het|de|een)\b(?!.*\b(alles|bedankt|dank|hoeft)\b)|slaat (nergens|als)|schiet niet op"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_PART = re.compile(r"[/.!?\n]+")
_YES = re.compile(
    r"^\W*(ja+|jazeker|graag|prima|is goed|oke|ok|okay|yes|yep|jawel|ja\s*hoor|goed)\b|^\W*doe (maar|dat)( (maar|dat|graag|hoor|dan|alstublieft|alsjeblieft))*\W*$"
)
_NO_OFFER = re.compile(r"(geen|zonder) (een )?(medewerker|collega)")
_SMALL = frozenset(
    [
        "ik",
        "jij",
        "hij",
        "zij",
        "wij",
        "jullie",
        "mij",
        "hem",
        "haar",
        "ons",
        "de",
        "het",
        "een",
        "en",
        "of",
        "maar",
        "dus",
        "niet",
        "geen",
        "wel",
        "ook",
        "al",
        "nog",
        "dan",
        "als",
        "dat",
        "die",
        "dit",
        "deze",
        "wat",
        "wie",
        "waar",
        "wanneer",
        "hoe",
        "van",
        "voor",
        "naar",
        "met",
        "bij",
        "uit",
        "om",
        "over",
        "tot",
        "te",
        "op",
        "door",
        "is",
        "ben",
        "was",
        "wordt",
        "heb",
        "heeft",
        "kan",
        "moet",
        "mag",
        "wil",
        "ga",
        "gaat",
        "er",
        "nu",
        "even",
        "hier",
        "daar",
        "zo",
        "toch",
        "meer",
        "in",
        "aan",
        "zijn",
        "ja",
        "nee",
        "ok",
        "oke",
    ]
)
_DOMAINS = {
    "wonen": "huis woning huur huurachterstand hypotheek wonen slapen opvang urgentie huisbaas verhuurder woningbouw",
    "geld": "schuld schulden geld uitkering bijstand inkomen toeslag huurtoeslag betalen beslag deurwaarder loon failliet",
    "werk": "werk baan ontslagen ontslag werkloos zzp bedrijf zaak ww werkgever",
    "gezin": "scheiding scheiden gescheiden kinderen alimentatie voogdij omgang jeugdhulp jeugdzorg ex school",
    "zorg": "ziek ziekenhuis dementie beperking wmo mantelzorg thuiszorg operatie kanker burnout psychisch ggz zorg rolstoel",
    "papieren": "verblijfsvergunning paspoort ind uitgeschreven adresonderzoek briefadres inschrijven bsn nationaliteit",
    "recht": "bezwaar beroep rechter advocaat rechtbank boete dagvaarding politie aangifte",
}
_DOMAIN_WORDS = {name: frozenset(words.split()) for name, words in _DOMAINS.items()}


@dataclass(frozen=True)
class Course:
    """A conversation, as far as its course matters."""

    last: int
    """The turn of the citizen that is judged."""
    message: Message
    earlier: tuple[tuple[int, Message], ...]
    """The citizen's turns before it, since a person last spoke."""
    failures: int = 0
    failures_in_a_row: int = 0
    """Answers of the bot that understood nothing, up to the judged turn."""
    repeated_answers: int = 0
    """How often the bot gave an answer again."""
    repeated_questions: int = 0
    """How many earlier turns asked what the judged turn asks."""
    corrections: int = 0
    """Turns of the citizen that say that the answer was not to the question."""
    corrects: bool = False
    offered: bool = False
    """The bot's last answer offered a person."""
    accepts: bool = False
    shouting: float = 0.0
    """Share of capitals, of texts long enough to tell."""
    exclamations: int = 0
    domains: tuple[str, ...] = field(default=())
    """The domains of life named in all turns."""
    answered: frozenset[str] = frozenset()
    """The words of the bot's last answers: what the conversation is about."""
    language: str | None = None
    """Another language than Dutch, which the bot did not answer in."""


def follow(turns: Sequence[Turn]) -> Course | None:
    """Read the course up to the citizen's last turn; None where she said nothing."""
    last = next((at for at in reversed(range(len(turns))) if turns[at].role == Role.CITIZEN), None)
    if last is None:
        return None
    first = max(0, last - TURNS_READ)
    for at in range(first, last):
        if turns[at].role == Role.EMPLOYEE:
            first = at + 1
    message = read(turns[last].text)
    own = [(at, read(turns[at].text)) for at in range(first, last) if turns[at].role == Role.CITIZEN]
    bot = [turns[at].text[:1000].lower() for at in range(first, last) if turns[at].role == Role.BOT]
    failed = [bool(_FAILED.search(text)) for text in bot]
    corrected = [bool(_NOT_WHAT_I_ASKED.search(one.folded)) for one in (*(m for _, m in own), message)]
    offered = bool(bot) and turns[last - 1].role == Role.BOT and bool(_OFFERED.search(bot[-1]))
    offered = offered and not _NO_OFFER.search(bot[-1])
    return Course(
        last=last,
        message=message,
        earlier=tuple(own),
        failures=sum(failed),
        failures_in_a_row=_at_the_end(failed),
        repeated_answers=_repeated(bot),
        repeated_questions=_asked_before(message, [one for _, one in own]),
        corrections=sum(corrected),
        corrects=corrected[-1],
        offered=offered,
        accepts=offered and bool(_YES.search(message.folded)) and "niet" not in message.known,
        shouting=_shouting(turns[last].text),
        exclamations=turns[last].text.count("!"),
        domains=_domains([*(one for _, one in own), message]),
        answered=frozenset(word for text in bot[-ANSWERS_READ:] for word in _WORD.findall(text)),
        language=_language(message, bot),
    )


def _at_the_end(failed: list[bool]) -> int:
    count = 0
    for one in reversed(failed):
        if not one:
            break
        count += 1
    return count


def _repeated(bot: list[str]) -> int:
    seen: list[frozenset[str]] = []
    count = 0
    for text in bot:
        words = frozenset(text.split())
        count += any(_alike(words, other) >= SAME for other in seen)
        seen.append(words)
    return count


def _asked_before(message: Message, earlier: list[Message]) -> int:
    asked = message.known - _SMALL
    if not asked:
        return 0
    return sum(_alike(asked, one.known - _SMALL) >= REPHRASED for one in earlier)


def _alike(left: frozenset[str], right: frozenset[str]) -> float:
    both = left | right
    return len(left & right) / len(both) if both else 0.0


def _shouting(text: str) -> float:
    letters = [character for character in text[:1000] if character.isalpha()]
    return sum(character.isupper() for character in letters) / len(letters) if len(letters) >= 12 else 0.0


def _domains(messages: list[Message]) -> tuple[str, ...]:
    known = frozenset().union(*(one.known for one in messages))
    return tuple(name for name, words in _DOMAIN_WORDS.items() if not words.isdisjoint(known))


def _language(message: Message, bot: list[str]) -> str | None:
    """Another language, unless the bot answered in one: a word of thanks is too short to tell which."""
    found = language_of(message.text)
    answered = found and any(language_of(part) for text in bot[-ANSWERS_READ:] for part in (text, *_PART.split(text)))
    return None if answered else found
