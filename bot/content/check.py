"""`balie content check`: what is wrong with the answers, and what an editor may want to look at.

An error is a broken promise to the citizen and fails `make check`. A remark asks for an editor's eye.
"""

import datetime as dt
import difflib
import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bot.content import check_lines as lines
from bot.content import loader, periods, readability, written
from bot.content.crisis_texts import AroundTexts, CrisisText, ReadingAlongTexts
from bot.content.exceptions import InvalidContent, Problem
from bot.content.municipality import Municipality
from bot.content.national import NationalFile
from bot.content.report import STALE_DAYS, Report
from bot.content.schema import BUILT_IN, VARIABLE, Dated, LocalFile, MunicipalityFile, Reference, TopicFile, variables
from bot.content.source import KeyPath, Source
from bot.content.written import SIMPLE, Written, WrittenLinks

ANSWER_WORDS = 90
SIMPLE_WORDS = 40
SENTENCE_WORDS = 20
AVERAGE_WORDS = 15
EASE = 50.0
"""Flesch-Douma below which a text is difficult (40 to 50 is for readers with a higher education)."""
EASE_FROM_WORDS = 20
"""Shorter texts say little about ease: one long name decides."""
SIMPLE_SENTENCES = 2
"""On a line of a simple text: one step, or a question with its step."""
SOON_DAYS = 60
"""How long before a value ends an editor hears of it."""
LONGEST_ADDRESS = 300


def check(folder: Path, on: dt.date) -> Report:
    """Check all answers in `folder` as they are on a day; reads no network."""
    report = Report(measured=readability.measurable())
    reading = loader.Reading()
    try:
        loaded = loader.load_into(reading, folder)
    except InvalidContent as error:
        report.errors += error.problems
        return report
    lines.check(folder, reading, loaded.municipalities, loaded.help_lines, on, report)
    report.errors += reading.problems
    _Check(folder, reading, loaded.municipalities, on, report).run()
    for found in (report.errors, report.remarks):
        found.sort(key=lambda problem: (str(problem.path), problem.line))
    return report


class _Check:
    """One look at everything."""

    def __init__(
        self,
        folder: Path,
        reading: loader.Reading,
        municipalities: Mapping[str, Municipality],
        on: dt.date,
        report: Report,
    ) -> None:
        self._folder = folder
        self._reading = reading
        self._on = on
        self._report = report
        self._values = {key: municipality.values_on(on) for key, municipality in municipalities.items()}
        self._names = BUILT_IN.union(*(municipality.values for municipality in municipalities.values()))
        self._used: set[str] = set()
        self._rare: Counter[str] = Counter()
        self._rare_at: dict[str, Written] = {}

    def run(self) -> None:
        for source, model in self._reading.done:
            readers = self._readers(source)
            for text in written.texts(source, model, readers):
                self._report.answers += text.field == "text"
                self._variables(text)
                self._length(text)
                self._style(text)
            for links in written.links(source, model, readers):
                self._links(links)
            if isinstance(model, TopicFile):
                self._checked_on(source, ("checked",), model.checked)
                self._references(source, model.sources)
            elif isinstance(model, CrisisText | AroundTexts | ReadingAlongTexts):
                self._checked_on(source, ("checked",), model.checked)
            elif isinstance(model, MunicipalityFile):
                self._holidays(source, model)
        self._all_values()
        self._rare_words()

    def _holidays(self, source: Source, model: MunicipalityFile) -> None:
        """The library proposes which days are off; somebody at the municipality has to have looked."""
        for year in {self._on.year, (self._on + dt.timedelta(days=SOON_DAYS)).year} - set(model.holidays_confirmed):
            message = f"feestdagen van {year} niet nagekeken: zie `balie content holidays {year}`"
            self._remark(source.problem(("holidays_confirmed",), message))

    def _readers(self, source: Source) -> tuple[str, ...]:
        """The municipalities whose citizens read this file."""
        folder = source.path.parent
        return (folder.name,) if folder.parent == self._folder / "municipalities" else tuple(self._values)

    def _error(self, problem: Problem) -> None:
        self._report.errors.append(problem)

    def _remark(self, problem: Problem) -> None:
        self._report.remarks.append(problem)

    # Variables

    def _variables(self, text: Written) -> None:
        used = variables(text.text)
        self._used |= used
        for name in sorted(used - self._names):
            like = difflib.get_close_matches(name, self._names, n=1)
            hint = f"; bedoelt u {{{like[0]}}}?" if like else ": geef hem een waarde of haal hem weg"
            self._error(text.problem(f"{{{name}}} bestaat niet{hint}", f"{{{name}}}"))
        instead = "staat `without_values`" if text.field == "text" else "valt deze tekst weg"
        for key in text.municipalities:
            if missing := sorted((used & self._names) - self._values[key].keys()):
                self._remark(text.problem(f"{key} heeft geen waarde voor {', '.join(missing)}: daar {instead}"))

    def _filled(self, text: Written) -> set[str]:
        """As citizens of each municipality read it; as it stands where nobody does."""
        found = {
            _fill(text.text, self._values[key])
            for key in text.municipalities
            if variables(text.text) <= self._values[key].keys()
        }
        return found or {text.text}

    # Words

    def _length(self, text: Written) -> None:
        """The hard limits, on the longest that any citizen reads."""
        filled = self._filled(text)
        most = SIMPLE_WORDS if text.field == SIMPLE else ANSWER_WORDS
        if (count := max(len(readability.words(one)) for one in filled)) > most:
            self._error(text.problem(f"{count} woorden, en er mogen er {most} in: kort de tekst in"))
        for one in filled:
            counts = [(len(readability.words(sentence)), sentence) for sentence in readability.sentences(one)]
            average = sum(count for count, _ in counts) / max(len(counts), 1)
            if average > AVERAGE_WORDS:
                self._error(text.problem(f"gemiddeld {average:.1f} woorden in een zin, hoogstens {AVERAGE_WORDS}"))
            longest, sentence = max(counts, default=(0, ""))
            if longest > SENTENCE_WORDS:
                message = f"een zin van {longest} woorden, hoogstens {SENTENCE_WORDS}: {sentence}"
                self._error(text.problem(message, sentence))
            if longest > SENTENCE_WORDS or average > AVERAGE_WORDS:
                return

    def _style(self, text: Written) -> None:
        if "http://" in text.text or "https://" in text.text:
            self._error(text.problem("een webadres in de tekst: zet het bij `links`", "http"))
        if text.field == SIMPLE:
            for line in text.text.splitlines():
                if len(readability.sentences(line)) > SIMPLE_SENTENCES:
                    self._remark(text.problem("meer dan één stap op een regel", line.strip()))
        if not self._report.measured:
            return
        for word in readability.rare_words(text.text):
            self._rare[word] += 1
            self._rare_at.setdefault(word, text)
        longest = max(self._filled(text), key=len)
        if len(readability.words(longest)) >= EASE_FROM_WORDS and (ease := readability.ease(longest)) < EASE:
            self._remark(text.problem(f"leest moeilijk: Flesch-Douma {ease:.0f}, liever {EASE:.0f} of meer"))

    def _rare_words(self) -> None:
        for word, count in self._rare.items():
            times = f" ({count} keer)" if count > 1 else ""
            self._remark(self._rare_at[word].problem(f"zeldzaam woord: {word}{times}", word))

    # Links

    def _links(self, links: WrittenLinks) -> None:
        for number, link in enumerate(links.links):
            self._used |= variables(link.url)
            for name in sorted(variables(link.url) - self._names):
                self._error(links.source.problem((*links.where, number), f"{{{name}}} bestaat niet"))
            for key in links.municipalities:
                if complaint := _address_complaint(_fill(link.url, self._values[key])):
                    self._error(links.source.problem((*links.where, number), f"{link.url}: {complaint}"))
                    break
        self._no_doubles(links.source, links.where, [(link.title, link.url) for link in links.links])

    def _references(self, source: Source, references: Iterable[Reference]) -> None:
        found = tuple(references)
        for number, reference in enumerate(found):
            if complaint := _address_complaint(reference.url):
                self._error(source.problem(("sources", number), f"{reference.url}: {complaint}"))
        self._no_doubles(source, ("sources",), [(one.title, one.url) for one in found])

    def _no_doubles(self, source: Source, where: KeyPath, shown: list[tuple[str, str]]) -> None:
        for what, seen in zip(("dezelfde titel", "hetzelfde adres"), zip(*shown, strict=True), strict=False):
            for one, count in Counter(seen).items():
                if count > 1:
                    self._error(source.problem(where, f"twee keer {what}: {one}"))

    # Facts

    def _checked_on(self, source: Source, where: KeyPath, day: dt.date) -> None:
        if day > self._on:
            self._error(source.problem(where, f"{day} ligt in de toekomst"))
        elif (self._on - day).days > STALE_DAYS:
            self._remark(source.problem(where, "langer dan een jaar niet nagekeken"))

    def _all_values(self) -> None:
        for source, model in self._reading.done:
            for where, name, rows in _values(model):
                self._value(source, where, name, rows)
            if isinstance(model, NationalFile):
                for name, fact in model.facts.items():
                    self._checked_on(source, ("facts", name, "checked"), fact.checked)
                    self._references(source, [fact.source])

    def _value(self, source: Source, where: KeyPath, name: str, rows: tuple[Dated, ...]) -> None:
        if empty := periods.gap(rows):
            self._error(source.problem(where, f"geen waarde van {empty[0]} tot en met {empty[1]}"))
        if name not in self._used:
            self._remark(source.problem(where, "geen enkele tekst gebruikt deze waarde"))
        newest = periods.last(rows)
        if newest.valid_to is not None and newest.valid_to < self._on:
            self._remark(source.problem(where, f"gold tot en met {newest.valid_to}: vul de nieuwe waarde in"))
        elif newest.valid_to is not None and (newest.valid_to - self._on).days <= SOON_DAYS:
            self._remark(source.problem(where, f"geldt nog tot en met {newest.valid_to}: wat geldt daarna?"))
        elif (self._on - newest.valid_from).days > STALE_DAYS and where[0] == "values":
            self._remark(source.problem(where, f"niet veranderd sinds {newest.valid_from}: klopt hij nog?"))


def _fill(text: str, values: Mapping[str, str]) -> str:
    """With an x for what has no value: that is told by itself."""
    return VARIABLE.sub(lambda match: values.get(match[1], "x"), text)


def _values(model: object) -> Iterator[tuple[KeyPath, str, tuple[Dated, ...]]]:
    if isinstance(model, LocalFile):
        yield from ((("values", name), name, rows) for name, rows in model.values.items())
    if isinstance(model, NationalFile):
        yield from ((("facts", name, "values"), name, fact.values) for name, fact in model.facts.items())


def _address_complaint(url: str) -> str | None:
    """What is wrong with the form of a web address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "geen webadres"
    if parts.scheme != "https":
        return "begin met https://"
    if not _is_host(host) or any(sign.isspace() or sign in '<>"{}|\\^`' for sign in url) or len(url) > LONGEST_ADDRESS:
        return "geen webadres"
    if port is not None or parts.username is not None:
        return "zonder poort of gebruikersnaam"
    return "twee schuine strepen na elkaar" if "//" in parts.path else None


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.strip(".") and not host.startswith(".") and not host.endswith(".") and ".." not in host
    return False
