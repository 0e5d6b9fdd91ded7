"""The detector: safety rules first, then what the conversation tells, then the trained model.

A rule's level is a floor that no score lowers, but for rules marked weak in the expressions: what is also said in jest
counts only where the model does not find it routine. Nothing is read or written after loading.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from handoff.detection import course as course_rules
from handoff.detection.assessment import Assessment, Level, NluSignals, Reason, Trigger, Turn
from handoff.detection.conversation import Course, follow
from handoff.detection.explanation import explain
from handoff.detection.features import features, sentence_features
from handoff.detection.finding import Finding
from handoff.detection.lexicon import FOLDER, Lexicon
from handoff.detection.model import CRISIS, HUMAN, OFFER, URGENT, Model, Scores
from handoff.detection.teams import DEFAULT_TEAM, team_for
from handoff.detection.words import Message

_MODEL_LEVELS = ((CRISIS, Level.CRISIS), (URGENT, Level.URGENT), (HUMAN, Level.ESCALATE), (OFFER, Level.OFFER))
ROUTINE = 0.8
"""Log-odds of needing a person under which a weak expression does not count.

On two voices kept apart, 0.8 instead of -0.6 took away a third of the false alarms and missed 0.4% and 2.7% more.
"""
ROUTINE_CRISIS = (-1.0, 0.0)
"""The same for what may be a crisis: log-odds of needing a person, and of a crisis, under which it does not count.

On voices unseen by the model, 0.0 instead of -3.0 took away a quarter of the false alarms and a fiftieth of the crises.
"""
_SAFETY = {
    Level.CRISIS: (Reason.SUICIDE, Reason.ABUSE, Reason.ACUTE_DANGER),
    Level.URGENT: (
        Reason.HOMELESSNESS, Reason.CUTOFF, Reason.THREAT, Reason.VULNERABILITY, Reason.DEBT, Reason.DISTRESS,
    ),
}  # fmt: skip
"""What a level is about: a model that is sure of the level but of none of these names the likeliest."""


@dataclass(frozen=True)
class Parts:
    """Which parts take part; all but for an ablation (docs/detection.md)."""

    rules: bool = True
    model: bool = True
    course: bool = True


class Detector:
    """Judges a conversation after the citizen's last message. Pure and deterministic: no I/O after loading."""

    def __init__(self, lexicon: Lexicon, model: Model | None, version: str, parts: Parts = Parts()) -> None:
        self._lexicon = lexicon
        self._model = model
        self._parts = parts
        self.version = version

    @classmethod
    def load(cls, path: Path | None = None, parts: Parts = Parts()) -> Detector:
        """The detector; `path` is where a trained model lies. Without one, rules and the conversation decide.

        Raises:
            UnusableModel: the file is not the one that was trained.
            InvalidExpression: an expression cannot be read.
        """
        written = b"".join(file.read_bytes() for file in sorted(FOLDER.glob("*.yml")))
        version = f"regels-{hashlib.sha256(written).hexdigest()[:8]}"
        if path is None:
            return cls(_expressions(), None, version, parts)
        trained = path.stem.rpartition("-")[2]  # the fingerprint alone: a case keeps 32 characters of it
        return cls(_expressions(), Model.load(path), f"{version}+{trained}", parts)

    def assess(
        self, turns: Sequence[Turn], nlu: NluSignals | None = None, meaning: Sequence[float] | None = None
    ) -> Assessment:
        """Whether a person is needed, how soon and why.

        Args:
            turns: The conversation so far, oldest first; the last citizen's turn is judged.
            nlu: What the bot made of that turn; None before the bot was asked.
            meaning: The vector of that turn's text by the encoder with which the bot reads; words alone decide without.
        """
        course = follow(turns)
        if course is None:
            return Assessment(Level.NONE, team=_team_of(nlu) or DEFAULT_TEAM, version=self.version)
        said, names = self._expressions(course.last, course.message)
        before, names_before = self._before(course)
        findings = [*said, *before] if self._parts.rules else []
        if self._parts.course:
            findings += course_rules.findings(course, names, nlu)
        scores = self._scores(course, names, names_before, meaning)
        if scores is not None:
            findings = [one for one in findings if not one.weak or not _routine(one.level, scores)]
            findings += self._by_model(course, scores, findings)
        if self._parts.course:
            findings = course_rules.soften(names, findings)
        return self._assessment(findings, scores, nlu)

    def features(self, turns: Sequence[Turn]) -> Mapping[str, float]:
        """What the model learns from."""
        return self.lesson(turns)[0]

    def lesson(self, turns: Sequence[Turn]) -> tuple[Mapping[str, float], Level]:
        """What the model learns from, and the level that expressions and course give and no score takes back."""
        course = follow(turns)
        if course is None:
            return {}, Level.NONE
        said, names = self._expressions(course.last, course.message)
        before, names_before = self._before(course)
        sure = [one for one in (*said, *before) if not one.weak]
        found = course_rules.soften(names, sure + course_rules.findings(course, names, None))
        floor = max((one.level for one in found), key=lambda one: one.rank, default=Level.NONE)
        return features(course, names, names_before, self._lexicon.concepts, self._lexicon.topics), floor

    def _expressions(self, turn: int, message: Message) -> tuple[list[Finding], set[str]]:
        findings = []
        names = set()
        for rule, found in self._lexicon.said(message):
            names.add(rule.name)
            if rule.level is not None and rule.reason is not None:
                start, end = message.sentence(found.first, found.last)
                trigger = Trigger(turn, start, end, rule.reason)
                findings.append(Finding(rule.level, rule.reason, rule.about, trigger, rule.weak))
        return findings, names

    def _before(self, course: Course) -> tuple[list[Finding], set[str]]:
        """Life and safety stay: neither "grapje" nor another question undoes them, until a person has spoken."""
        kept: list[Finding] = []
        names: set[str] = set()
        for turn, message in course.earlier:
            findings, said = self._expressions(turn, message)
            kept += [one for one in findings if one.level is Level.CRISIS]
            names |= {name for name in said if not name.startswith("hint_")}
        return kept, names

    def _scores(
        self, course: Course, names: set[str], before: set[str], meaning: Sequence[float] | None
    ) -> Scores | None:
        if self._model is None or not self._parts.model:
            return None
        found = features(course, names, before, self._lexicon.concepts, self._lexicon.topics)
        return self._model.scores(found, meaning)

    def _by_model(self, course: Course, scores: Scores, known: Collection[Finding]) -> list[Finding]:
        model = self._model
        if model is None or _says_too_little(course, known):
            return []
        level = next((level for output, level in _MODEL_LEVELS if scores.says(output)), Level.NONE)
        floor = max((one.level for one in known), key=lambda one: one.rank, default=Level.NONE)
        if level is Level.NONE and floor is Level.NONE:
            return []
        reasons = [reason for reason in Reason if scores.says(f"reason:{reason}")]
        if not reasons and level.rank > floor.rank:
            choices = [f"reason:{reason}" for reason in _SAFETY.get(level, tuple(Reason))]
            reasons = [Reason(scores.best(choices).removeprefix("reason:"))]
        have = {one.reason for one in known}
        counts = level if level is not Level.NONE else Level.OFFER
        return [
            Finding(counts, reason, "", self._sentence_for(course, reason, model))
            for reason in reasons
            if reason not in have or level.rank > floor.rank
        ]

    @staticmethod
    def _sentence_for(course: Course, reason: Reason, model: Model) -> Trigger:
        """The sentence that speaks most for a reason."""
        sentences = sentence_features(course.message)
        if not sentences:
            return Trigger(course.last, 0, len(course.message.text), reason)
        output = f"reason:{reason}"
        (start, end), _ = max(sentences, key=lambda one: model.weight_of(one[1], output))
        return Trigger(course.last, start, end, reason)

    def _assessment(self, findings: Sequence[Finding], scores: Scores | None, nlu: NluSignals | None) -> Assessment:
        level = max((one.level for one in findings), key=lambda one: one.rank, default=Level.NONE)
        reasons = tuple(dict.fromkeys(one.reason for one in findings))
        triggers = tuple(dict.fromkeys(one.trigger for one in findings if one.trigger is not None))
        return Assessment(
            level=level,
            reasons=reasons,
            triggers=triggers,
            team=team_for(reasons, _team_of(nlu), scores.of if scores else None),
            explanation=explain(level, findings),
            version=self.version,
        )


@functools.cache
def _expressions() -> Lexicon:
    """Read once in a process: compiling them takes a second, and nothing in them changes."""
    return Lexicon.load()


def _says_too_little(course: Course, known: Collection[Finding]) -> bool:
    """Whether one word is all that was said, now and before: too little for a score, enough for an expression."""
    return len(course.message.words) <= 1 and not known and not course.earlier


def _routine(level: Level, scores: Scores) -> bool:
    """Whether the model finds a conversation too ordinary for a weak expression of this level."""
    if level is Level.CRISIS:
        human, crisis = ROUTINE_CRISIS
        return scores.of[HUMAN] < human or scores.of[CRISIS] < crisis
    return scores.of[HUMAN] < ROUTINE


def _team_of(nlu: NluSignals | None) -> str | None:
    return nlu.team if nlu and nlu.team else None
