"""Finds personal data in what people type and replaces each value by a numbered placeholder.

Recognised: BSN (eleven test), IBAN (check digits), e-mail, Dutch and international telephone numbers, licence plates
(RDW series), addresses (street with number, postcode) and places on the map (degrees). Placeholders look like
`[telefoon-1]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from stdnum import iban
from stdnum.exceptions import ValidationError
from stdnum.nl import bsn


class PersonalDataKind(StrEnum):
    """The kinds of value that are masked, named as the placeholder shows them."""

    BSN = "bsn"
    IBAN = "iban"
    EMAIL = "e-mail"
    PHONE = "telefoon"
    LICENCE_PLATE = "kenteken"
    ADDRESS = "adres"
    LOCATION = "locatie"


@dataclass(frozen=True)
class Found:
    """One value in a text: its place in characters and its kind."""

    start: int
    end: int
    kind: PersonalDataKind
    value: str

    @property
    def normalised(self) -> str:
        """The value as it counts, so that one number gets one placeholder however it is spaced.

        In an e-mail address or a house number each sign counts: jan.smit@ is not jansmit@, and 1-2 is not 12.
        """
        if self.kind in (PersonalDataKind.EMAIL, PersonalDataKind.ADDRESS, PersonalDataKind.LOCATION):
            return " ".join(self.value.split()).casefold()
        return re.sub(r"[\s.\-/()]", "", self.value).casefold()


@dataclass(frozen=True)
class Masked:
    """A text without personal data, and the values that were taken out, by placeholder."""

    text: str
    values: Mapping[str, Found]

    def has(self, kind: PersonalDataKind) -> bool:
        """Whether a value of this kind was taken out."""
        return any(found.kind is kind for found in self.values.values())


_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,6}")
_IBAN = re.compile(r"\b(?=([A-Za-z]{2}\d{2}(?:[ .\-]?[A-Za-z0-9]){11,30}\b))")
_BSN = re.compile(r"(?<![\d.,])(?<!\+31 )(?<!\+31 \(0\))(?:\d[ .\-]?){7,8}\d(?![\d])")
_LOCATION = re.compile(r"(?<![\d.,])-?\d{1,2}\.\d{4,8}, ?-?\d{1,3}\.\d{4,8}(?![\d.])")
"""Degrees north and east, as maps give them: four decimals tell houses apart."""
_DATE = re.compile(
    r"(?<![\d.])(?:\d{1,2}([ ./\-])\d{1,2}\1(?:19|20)\d{2}|(?:19|20)\d{2}([ ./\-])\d{1,2}\2\d{1,2})(?!\d|\.\d)"
)
_TIME = re.compile(r"(?<![\d.])(?:[01]?\d|2[0-3])[.:][0-5]\d(?!\d|\.\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(?:19|20)\d{2} ?- ?\d{4,5}(?!\d)")
"""A school year (2026-2027) or a case number that begins with its year (2026-12345)."""
_LICENCE_PLATE = re.compile(
    r"(?<![\w-])(?:[A-Z]{2}-?\d{2}-?\d{2}|\d{2}-?\d{2}-?[A-Z]{2}|\d{2}-?[A-Z]{2}-?\d{2}|[A-Z]{2}-?\d{2}-?[A-Z]{2}"
    r"|[A-Z]{2}-?[A-Z]{2}-?\d{2}|\d{2}-?[A-Z]{2}-?[A-Z]{2}|\d{2}-?[A-Z]{3}-?\d|\d-?[A-Z]{3}-?\d{2}"
    r"|[A-Z]{2}-?\d{3}-?[A-Z]|[A-Z]-?\d{3}-?[A-Z]{2}|[A-Z]{3}-?\d{2}-?[A-Z]|[A-Z]-?\d{2}-?[A-Z]{3}"
    r"|\d-?[A-Z]{2}-?\d{3}|\d{3}-?[A-Z]{2}-?\d)(?![\w-])",
    re.IGNORECASE,
)
_NO_PLATE = re.compile(
    r"[1-9]\d{3}[A-Z]{2}|[A-Z]{2}-(?:19|20)\d\d|(?:19|20)\d\d-[A-Z]{2}"
    r"|\d{1,2}-?(?:jan|feb|mrt|apr|mei|jun|jul|aug|sep|okt|nov|dec)-?\d{1,2}",
    re.IGNORECASE,
)
"""A postcode, a number with its year, a date such as 1-mei-26."""
_STREET_END = (
    r"(?:straat|str\.|laan|weg|plein|gracht|kade|singel|dreef|steeg|hof|pad|dijk|plantsoen|park|wal|markt"
    r"|baan|ring|erf|oord|veld|burg|haven|waard|akker|donk|hoek|zoom|stee|berg)"
)
_PARTICLES = r"(?:(?:van|de|den|der|het|'t|ter|ten)\s+){0,4}"
_SIZE = r"(?:oude|nieuwe|grote|kleine|lange|korte|hoge|lage|eerste|tweede|derde)"
_TITLE = (
    r"(?:burgemeester|burg\.|dokter|dr\.|professor|prof\.|pastoor|dominee|ds\.|meester|mr\.|generaal|president"
    r"|koning|koningin|prins|prinses|graaf|sint|st\.)"
)
_NO_STREET = r"(?:onderweg|halfweg|snelweg|loopbaan|zwembaan|ijsbaan|startbaan|voetbalveld|sportveld|speelveld)\b"
_STREET = re.compile(
    rf"\b(?!(?i:{_NO_STREET}))"
    rf"(?:(?:(?i:{_TITLE})\s+(?:[A-Z][\w'.]*\s+){{0,2}}(?i:{_PARTICLES})|(?i:{_SIZE})\s+|Van\s+(?i:{_PARTICLES}))?"
    rf"[\w'\-]{{2,30}}(?i:{_STREET_END})"
    rf"|(?i:{_SIZE})\s+(?i:{_STREET_END})"
    r"|(?:Laan|Straat|Plein|Weg|Kade|Hof|Park)\s+(?:(?:van|de|den|der|het|'t|ter|ten)\s+){1,4}"
    r"[A-Z][\w']*(?:\s+[A-Z][\w']*)?)"
    r"\s+(?:nr\.?\s*|nummer\s+)?\d{1,5}(?:[A-Za-z](?!\w)|\s[A-Ha-h](?!\w)|\s?-\s?(?:\d{1,3}|[IVX]{1,4})|\s?bis)?\b"
    r"(?!\s*(?:uur|keer|x|dag|dagen|week|weken|maand|maanden|jaar|euro|meter|km|minuten|mensen|personen)\b)"
)
_POSTCODE = re.compile(r"\b[1-9]\d{3}(?: [A-Z]{2}|[A-Z]{2}|[a-z]{2}| [a-z]{2})\b")
_SHORT_WORDS = frozenset(
    {
        "al",
        "bv",
        "cm",
        "de",
        "dm",
        "en",
        "er",
        "eu",
        "ex",
        "gb",
        "gr",
        "ha",
        "ik",
        "in",
        "is",
        "ja",
        "je",
        "kg",
        "km",
        "kw",
        "la",
        "ma",
        "mb",
        "me",
        "ml",
        "mm",
        "mr",
        "na",
        "nl",
        "nu",
        "of",
        "om",
        "op",
        "pk",
        "st",
        "te",
        "tv",
        "uw",
        "va",
        "we",
        "ze",
        "zo",
    }
)
"""Words and units after a year or a time: "in 2026 is", "om 1500 op", "2000 km"."""
_DUTCH_MOBILE = re.compile(r"(?<![\d])0\s?6(?:[\s.\-]?\d){8}(?!\d)")

_PHONE_REGION = "NL"


def find(text: str) -> tuple[Found, ...]:
    """All personal data in `text`, in order, never overlapping; the surest kind wins where two overlap."""
    taken: list[Found] = []
    for finder in _FINDERS:
        for found in finder(text):
            if all(found.end <= other.start or found.start >= other.end for other in taken):
                taken.append(found)
    return tuple(sorted(taken, key=lambda found: found.start))


def mask(
    text: str,
    placeholder_for: Callable[[Found], str] | None = None,
    *,
    found: Iterable[Found] | None = None,
    elsewhere: Callable[[str], str] = str,
) -> Masked:
    """Replace every value by a placeholder, `[telefoon-1]`.

    Args:
        placeholder_for: Gives the placeholder of a value; without it, values are numbered per kind within this text.
        found: What `find` found in this text, where that was done before.
        elsewhere: Changes the pieces of text between the values.
    """
    name = placeholder_for or Numbering()
    values: dict[str, Found] = {}
    parts: list[str] = []
    position = 0
    for one in find(text) if found is None else found:
        placeholder = name(one)
        values[placeholder] = one
        parts += [elsewhere(text[position : one.start]), placeholder]
        position = one.end
    return Masked(text="".join([*parts, elsewhere(text[position:])]), values=values)


class Numbering:
    """Numbers values per kind; a value seen before keeps its placeholder."""

    def __init__(self, known: Mapping[str, str] | None = None, key: Callable[[Found], str] | None = None) -> None:
        """Start from placeholders already given, by the key that `key` makes of a value."""
        self._placeholders = dict(known or {})
        self._key = key or value_key

    def __call__(self, found: Found) -> str:
        key = self._key(found)
        if key not in self._placeholders:
            number = 1 + sum(1 for given in self._placeholders.values() if given.startswith(f"[{found.kind}-"))
            self._placeholders[key] = f"[{found.kind}-{number}]"
        return self._placeholders[key]


def redact(text: str) -> str:
    """`text` with every value replaced by its kind; for logs, where no numbering is kept."""
    parts: list[str] = []
    position = 0
    for found in find(text):
        parts += [text[position : found.start], f"[{found.kind}]"]
        position = found.end
    return "".join([*parts, text[position:]])


_IN_WORDS = {
    PersonalDataKind.BSN: "uw BSN",
    PersonalDataKind.IBAN: "uw rekeningnummer",
    PersonalDataKind.EMAIL: "uw e-mailadres",
    PersonalDataKind.PHONE: "uw telefoonnummer",
    PersonalDataKind.LICENCE_PLATE: "uw kenteken",
    PersonalDataKind.ADDRESS: "het adres dat u noemde",
    PersonalDataKind.LOCATION: "de plek die u stuurde",
}
_NAMES = {
    PersonalDataKind.BSN: "BSN",
    PersonalDataKind.IBAN: "rekeningnummer",
    PersonalDataKind.EMAIL: "e-mailadres",
    PersonalDataKind.PHONE: "telefoonnummer",
    PersonalDataKind.LICENCE_PLATE: "kenteken",
    PersonalDataKind.ADDRESS: "adres",
    PersonalDataKind.LOCATION: "plek op de kaart",
}
_PLACEHOLDER = re.compile(rf"\[({'|'.join(PersonalDataKind)})-\d+\]")


def in_words(text: str, keep: Collection[PersonalDataKind] = ()) -> str:
    """What the assistant repeats of her words, as she can read it: "het adres dat u noemde" for `[adres-1]`.

    Args:
        keep: Kinds whose placeholders stay, to be filled in where she reads it (`handoff/own_words.py`).
    """
    return _PLACEHOLDER.sub(lambda match: match[0] if match[1] in keep else _IN_WORDS[PersonalDataKind(match[1])], text)


def left_out(text: str) -> str:
    """Her words for another system, without what it has no need of: "(telefoonnummer weggelaten)"."""
    return _PLACEHOLDER.sub(lambda match: f"({_NAMES[PersonalDataKind(match[1])]} weggelaten)", text)


def value_key(found: Found) -> str:
    """What makes two values the same: kind and normalised value."""
    return f"{found.kind}:{found.normalised}"


def _overlaps(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _emails(text: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        yield Found(match.start(), match.end(), PersonalDataKind.EMAIL, match.group())


def _ibans(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        # The pattern may run on into the next word, so the longest part that passes the check digits counts.
        for end in range(match.end(1), match.start() + 14, -1):
            candidate = text[match.start() : end]
            if candidate[-1].isalnum() and iban.is_valid(candidate.replace(".", ""), check_country=False):
                yield Found(match.start(), end, PersonalDataKind.IBAN, candidate)
                break


def _bsns(text: str) -> Iterator[Found]:
    others = [found.span() for pattern in (_DATE, _TIME, _YEAR_FIRST) for found in pattern.finditer(text)]
    for match in _BSN.finditer(text):
        if _overlaps(match.span(), others):
            continue
        digits = re.sub(r"\D", "", match.group())
        try:
            bsn.validate(digits)
        except ValidationError:
            continue
        yield Found(match.start(), match.end(), PersonalDataKind.BSN, match.group())


def _phones(text: str) -> Iterator[Found]:
    dates = [found.span() for found in _DATE.finditer(text)]
    for match in _DUTCH_MOBILE.finditer(text):
        if not _overlaps(match.span(), dates):
            yield Found(match.start(), match.end(), PersonalDataKind.PHONE, match.group())
    matcher = phonenumbers.PhoneNumberMatcher(text, _PHONE_REGION, leniency=phonenumbers.Leniency.VALID)
    for found in matcher:
        if not _is_public_number(found.number) and not _overlaps((found.start, found.end), dates):
            yield Found(found.start, found.end, PersonalDataKind.PHONE, found.raw_string)


def _is_public_number(number: phonenumbers.PhoneNumber) -> bool:
    """Free and service numbers (0800, 0900, 14 0xx) belong to an organisation, not to a person."""
    return phonenumbers.number_type(number) in {
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.UAN,
    }


def _licence_plates(text: str) -> Iterator[Found]:
    for match in _LICENCE_PLATE.finditer(text):
        plate = match.group()
        if _NO_PLATE.fullmatch(plate):
            continue
        if any(c.isdigit() for c in plate) and (plate.isupper() or "-" in plate):
            yield Found(match.start(), match.end(), PersonalDataKind.LICENCE_PLATE, plate)


def _addresses(text: str) -> Iterator[Found]:
    for match in _STREET.finditer(text):
        yield Found(match.start(), match.end(), PersonalDataKind.ADDRESS, match.group())
    for match in _POSTCODE.finditer(text):
        if match.group()[4:].strip() not in _SHORT_WORDS:
            yield Found(match.start(), match.end(), PersonalDataKind.ADDRESS, match.group())


def _locations(text: str) -> Iterator[Found]:
    for match in _LOCATION.finditer(text):
        yield Found(match.start(), match.end(), PersonalDataKind.LOCATION, match.group())


_FINDERS: tuple[Callable[[str], Iterator[Found]], ...] = (
    _locations,
    _emails,
    _ibans,
    _phones,  # before the BSN: the last eight digits of one number in ten pass the eleven test
    _bsns,
    _licence_plates,
    _addresses,
)
