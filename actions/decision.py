"""From what was understood to what is said: the whole dialogue outside forms, as plain functions."""

import datetime as dt
import re
from dataclasses import dataclass, replace

from actions import opening_hours
from actions.dialogue import (
    RANKING_SHOWN,
    Button,
    Command,
    Link,
    Memory,
    Outcome,
    Question,
    Reply,
    Subject,
    Understood,
)
from actions.two_questions import SURE_OF_ASPECT, two_subjects
from bot.content import Answer, Content

SUGGESTED = 3
PLAUSIBLE = 0.03
"""Confidence from which a topic is worth asking about; chance is 0.009 with 117 topics."""
CLEAR_LEAD = 20.0
"""A first candidate this many times as likely as the second is asked about alone."""
LIKELY_OUTSIDE = 0.3
"""Confidence from which the best guess that a municipality does not do this is said, also below the threshold."""
NEARLY_SURE = 0.9
"""Confidence below which an answer has the other plausible topics as buttons under it."""
BESIDE = 2
"""Such buttons at most. Figures of these five: docs/nlu.md."""
BARE_WORDS = 6
"""Words in which somebody names just another subject: "nee, ik bedoel mijn rijbewijs"."""

FOLLOW_UP = "vervolg"
OUT_OF_SCOPE = "buiten_bereik"
FALLBACK = "nlu_fallback"
SOMETHING_ELSE = "antwoord:anders"
_WITHOUT_SUBJECT = frozenset(
    {
        FOLLOW_UP,
        "groet",
        "afscheid",
        "bedankt",
        "bevestigen",
        "ontkennen",
        "medewerker_spreken",
        "ben_je_een_robot",
        "wat_kun_je",
        "niet_begrepen",
        "ontevreden",
        "schelden",
        OUT_OF_SCOPE,
        "privacy_gesprek",
    }
)
_WORD = re.compile(r"\w+")

IN_DEFAULT = Subject("zaakstatus", "termijn")
"""What is said to who gives notice of default (Awb art. 4:17): a chat is not the way, and where it is."""
_PUTS_IN_DEFAULT = re.compile(r"\bin\s*gebreke\w*|\bingebreke\w*", re.I)
"""Said in a set phrase, whatever it is about; read as a farewell by its other words ("hierbij stel ik u ...")."""

FORM_BUTTON = "formulier:"
"""Begins the value of a button that opens a form, or answers one."""
FORMS = {"afspraak": "appointment_form", "wijzigen": "change_form", "melding": "report_form"}
"""What such a button names, and the form it opens."""
APPOINTMENTS, REPORTS = "bezoekafspraak", "melding_openbare_ruimte_algemeen"
"""Topics about what a form does."""
_ABOUT_WHAT_IS_DONE = ("status", "wijzigen", "kwijt")
"""Aspects in which somebody has such an appointment or report already."""
_OPENS = {
    (APPOINTMENTS, "aanvragen"): "afspraak",
    (APPOINTMENTS, "wijzigen"): "wijzigen",
    (REPORTS, "aanvragen"): "melding",
    (REPORTS, "kwijt"): "melding",
}
"""Questions that are not answered but done."""
_NEED_A_CALENDAR = ("afspraak", "wijzigen")
_WANTS_APPOINTMENT = re.compile(
    r"\bafspraak\b.{0,40}\b(?:maken|plannen|inplannen|hebben)\b|\b(?:maak|plan)\b.{0,30}\bafspraak\b", re.I
)
"""Says so in as many words, whatever it is for."""
_WITH_APPOINTMENT = ("aanvragen", "kwijt", "wijzigen")
"""Aspects of a product after which somebody may want to come to the counter."""


@dataclass(frozen=True)
class Counter:
    """Decides one turn of one citizen: at which municipality, on which day, with which answers."""

    content: Content
    municipality: str
    today: dt.date

    def decide(self, understood: Understood, memory: Memory) -> Outcome:
        """What to say, what was asked, and what to remember."""
        if understood.choice is not None:
            return self._choice(understood, memory)
        settled = self._in_default(understood, memory) or self._two(understood)
        if settled is not None:
            return settled
        match understood.intent:
            case "medewerker_spreken":
                return self._person(understood, memory)
            case "bevestigen":
                return self._yes(understood, memory)
            case "ontkennen":
                return self._no(understood, memory)
            case "niet_begrepen":
                return self._simpler(understood, memory)
            case intent if intent == FALLBACK:
                return self._unclear(understood, memory)
            case intent if intent == FOLLOW_UP:
                return self._follow_up(understood, memory)
            case intent if intent in _WITHOUT_SUBJECT:
                return self._small_talk(understood, memory)
        return self._subject(understood, memory)

    # Questions about a subject

    def _subject(self, understood: Understood, memory: Memory) -> Outcome:
        aspect = understood.aspect
        if memory.aspect is not None and self._takes_over_aspect(understood, memory):
            aspect = memory.aspect
        asked = _asked(understood, aspect=aspect)
        if self._wants_appointment(understood):
            remembered = Memory(topic=understood.intent, aspect=aspect, answered=True)
            return Outcome(remembered, questions=(asked,), form=self._form("afspraak"))
        outcome = self._answer(Subject(understood.intent, aspect), memory, asked)
        return self._with_others_beside(self._on_that_day(outcome, understood.text), understood)

    def _on_that_day(self, outcome: Outcome, text: str) -> Outcome:
        """Opening hours of the day that was asked about, with the whole week behind a button."""
        if outcome.memory.topic != opening_hours.TOPIC or len(outcome.replies) != 1:
            return outcome
        said = opening_hours.about_a_day(text, self.content.municipality(self.municipality), self.today)
        if said is None:
            return outcome
        whole_week = Button(
            self.content.phrases.all_hours_button, Subject(opening_hours.TOPIC, "algemeen").choice("onderwerp")
        )
        [reply] = outcome.replies
        return replace(outcome, replies=(replace(reply, text=said, buttons=(whole_week,)),))

    def _with_others_beside(self, outcome: Outcome, understood: Understood) -> Outcome:
        """Buttons for what else may have been meant, under an answer that is not quite sure."""
        if understood.best[1] >= NEARLY_SURE or outcome.form is not None or len(outcome.replies) != 1:
            return outcome
        others = [subject for subject in self._plausible(understood) if subject.topic != understood.intent][:BESIDE]
        phrase = self.content.phrases.or_meant_button
        buttons = tuple(Button(f"{phrase} {self._choice_title(one)}", one.choice("onderwerp")) for one in others)
        [reply] = outcome.replies
        return replace(outcome, replies=(replace(reply, buttons=reply.buttons + buttons),))

    def _in_default(self, understood: Understood, memory: Memory) -> Outcome | None:
        if _PUTS_IN_DEFAULT.search(understood.text) is None:
            return None
        return self._answer(IN_DEFAULT, memory, _asked(understood, IN_DEFAULT.topic, IN_DEFAULT.aspect))

    def _two(self, understood: Understood) -> Outcome | None:
        """Both answers to two questions; None where there is one, or where one of them opens a form."""
        pair = two_subjects(understood, self.content.topics.keys() - _WITHOUT_SUBJECT)
        if pair is None:
            return None
        outcomes = [
            self._answer(subject, Memory(), Question(subject, part.best[1], part.ranking[:RANKING_SHOWN]))
            for subject, part in zip(pair, understood.parts, strict=True)
        ]
        first, second = outcomes
        if first.form or second.form or first.replies[0].text == second.replies[0].text:
            return None
        return Outcome(second.memory, first.replies + second.replies, first.questions + second.questions)

    def _wants_appointment(self, understood: Understood) -> bool:
        appointments = self.content.municipality(self.municipality).appointments
        if appointments is None or _WANTS_APPOINTMENT.search(understood.text) is None:
            return False
        return any(understood.intent in product.topics for product in appointments.products.values())

    def _takes_over_aspect(self, understood: Understood, memory: Memory) -> bool:
        """Somebody who asked what a passport costs and then says "en een rijbewijs" asks what that costs."""
        bare = len(_WORD.findall(understood.text)) <= BARE_WORDS
        unsaid = understood.aspect == "algemeen" or understood.aspect_confidence < SURE_OF_ASPECT
        asked_before = memory.answered or memory.topic is None
        return bare and unsaid and asked_before and understood.intent != memory.topic

    def _follow_up(self, understood: Understood, memory: Memory) -> Outcome:
        if memory.topic is None:
            asked = _asked(understood, FOLLOW_UP)
            reply = Reply(self._say(self.content.phrases.ask_topic), "clarify")
            return Outcome(replace(_failed(memory), aspect=understood.aspect), replies=(reply,), questions=(asked,))
        asked = _asked(understood, memory.topic)
        outcome = self._answer(Subject(memory.topic, understood.aspect), memory, asked)
        return self._on_that_day(outcome, understood.text)

    def _answer(self, subject: Subject, memory: Memory, asked: Question) -> Outcome:
        if subject.topic not in self.content.topics:
            reply = Reply(self._say(self.content.phrases.no_answer), "fallback")
            return Outcome(_failed(memory), replies=(reply,), questions=(asked,))
        remembered = Memory(topic=subject.topic, aspect=subject.aspect, answered=True)
        opens = self._form(_OPENS.get((subject.topic, subject.aspect), ""))
        if opens is not None:
            return Outcome(remembered, questions=(asked,), form=opens)
        answer = self.content.answer(subject.topic, subject.aspect, self.municipality, self.today)
        return Outcome(remembered, replies=(self._full(answer, subject),), questions=(asked,))

    def _form(self, name: str) -> str | None:
        if name in _NEED_A_CALENDAR and self.content.municipality(self.municipality).appointments is None:
            return None
        return FORMS.get(name)

    def _form_button(self, subject: Subject) -> Button | None:
        """Under an answer about what can be done here at once."""
        appointments = self.content.municipality(self.municipality).appointments
        if subject.topic == REPORTS and subject.aspect not in _ABOUT_WHAT_IS_DONE:
            return Button("Maak een melding", f"{FORM_BUTTON}melding")
        if appointments is None:
            return None
        if subject.topic == APPOINTMENTS and subject.aspect not in _ABOUT_WHAT_IS_DONE:
            return Button("Maak een afspraak", f"{FORM_BUTTON}afspraak")
        if subject.aspect not in _WITH_APPOINTMENT:
            return None
        fitting = [key for key, product in appointments.products.items() if subject.topic in product.topics]
        return Button("Maak een afspraak", f"{FORM_BUTTON}afspraak/{fitting[0]}") if fitting else None

    def _full(self, answer: Answer, subject: Subject) -> Reply:
        phrases = self.content.phrases
        buttons = [button for button in (self._form_button(subject),) if button is not None]
        if answer.simple and answer.simple != answer.text:
            buttons.append(Button(phrases.simple_button, subject.choice("makkelijker")))
        if answer.more:
            buttons.append(Button(phrases.more_button, subject.choice("meer")))
        links = tuple(Link(link.title, link.url) for link in answer.links)
        return Reply(answer.text, "answer", tuple(buttons), links)

    # Not understood

    def _unclear(self, understood: Understood, memory: Memory) -> Outcome:
        if understood.best[0] == OUT_OF_SCOPE and understood.best[1] >= LIKELY_OUTSIDE:
            return self._small_talk(replace(understood, intent=OUT_OF_SCOPE), memory)
        candidates = self._candidates(understood)
        best = understood.best[0]
        asked = _asked(understood, best)
        if not candidates:
            reply = Reply(self._say(self.content.phrases.rephrase), "fallback")
            return Outcome(_failed(memory), replies=(reply,), questions=(asked,))
        phrases = self.content.phrases
        buttons = [Button(self._choice_title(subject), subject.choice("onderwerp")) for subject in candidates]
        buttons.append(Button(phrases.something_else_button, SOMETHING_ELSE))
        text = phrases.clarify_one if len(candidates) == 1 else phrases.clarify_many
        reply = Reply(self._say(text), "clarify", tuple(buttons))
        return Outcome(_failed(memory, candidates), replies=(reply,), questions=(asked,))

    def _candidates(self, understood: Understood) -> tuple[Subject, ...]:
        known = self._plausible(understood)[:SUGGESTED]
        chances = dict(understood.ranking)
        if len(known) > 1 and chances[known[0].topic] >= CLEAR_LEAD * chances[known[1].topic]:
            known = known[:1]
        return tuple(known)

    def _plausible(self, understood: Understood) -> list[Subject]:
        """What may be meant, the likeliest first."""
        return [
            Subject(topic, understood.aspect)
            for topic, confidence in understood.ranking
            if confidence >= PLAUSIBLE and topic in self.content.topics and topic not in _WITHOUT_SUBJECT
        ]

    def _choice_title(self, subject: Subject) -> str:
        title = self.content.topic(subject.topic).title
        return title[:1].upper() + title[1:]

    # About the conversation itself

    def _person(self, understood: Understood, memory: Memory) -> Outcome:
        command = Command("handoff", {"reason": "wants_human"})
        return Outcome(replace(memory, candidates=()), questions=(_asked(understood),), commands=(command,))

    def _yes(self, understood: Understood, memory: Memory) -> Outcome:
        if memory.candidates:
            first = memory.candidates[0]
            return self._answer(first, memory, Question(first, 1.0))
        return self._what_else(self.content.phrases.yes_without_question, understood, memory)

    def _no(self, understood: Understood, memory: Memory) -> Outcome:
        if memory.candidates:
            return self._something_else(memory)
        return self._what_else(self.content.phrases.no_without_question, understood, memory)

    def _what_else(self, text: str, understood: Understood, memory: Memory) -> Outcome:
        """A yes or no to nothing in particular: invites the next question."""
        reply = Reply(self._say(text), "smalltalk")
        return Outcome(memory, replies=(reply,), questions=(_asked(understood),))

    def _something_else(self, memory: Memory) -> Outcome:
        """None of the suggestions: the same misunderstanding goes on, so it is not counted again."""
        reply = Reply(self._say(self.content.phrases.rephrase_after_no), "clarify")
        return Outcome(replace(memory, candidates=(), answered=False), replies=(reply,))

    def _simpler(self, understood: Understood, memory: Memory) -> Outcome:
        asked = _asked(understood)
        if memory.topic in self.content.topics and memory.answered:
            subject = Subject(memory.topic or "", memory.aspect or "algemeen")
            answer = self.content.answer(subject.topic, subject.aspect, self.municipality, self.today)
            if answer.simple:
                return Outcome(memory, replies=(Reply(answer.simple, "answer"),), questions=(asked,))
        return self._small_talk(understood, memory)

    def _small_talk(self, understood: Understood, memory: Memory) -> Outcome:
        asked = _asked(understood)
        if understood.intent not in self.content.topics:
            reply = Reply(self._say(self.content.phrases.rephrase), "fallback")
            return Outcome(_failed(memory), replies=(reply,), questions=(asked,))
        answer = self.content.answer(understood.intent, "algemeen", self.municipality, self.today)
        links = tuple(Link(link.title, link.url) for link in answer.links)
        kept = _failed(memory) if understood.intent == "ontevreden" else replace(memory, candidates=())
        return Outcome(kept, replies=(Reply(answer.text, "smalltalk", links=links),), questions=(asked,))

    # Buttons

    def _choice(self, understood: Understood, memory: Memory) -> Outcome:
        name, _, value = (understood.choice or "").partition(":")
        written = Subject.parse(value)
        subject = written.among(self.content.topics) if written else None
        if subject is not None:
            asked = Question(subject, 1.0)
            if name == "onderwerp":
                return self._answer(subject, memory, asked)
            if name in ("makkelijker", "meer"):
                return self._other_version(name, subject, memory)
        if name == "antwoord":
            return self._reply_button(value, understood, memory)
        opens = self._form(value.partition("/")[0]) if f"{name}:" == FORM_BUTTON else None
        if opens is not None:
            return Outcome(replace(memory, candidates=()), form=opens)
        reply = Reply(self._say(self.content.phrases.rephrase), "clarify")
        return Outcome(replace(memory, candidates=()), replies=(reply,))

    def _reply_button(self, value: str, understood: Understood, memory: Memory) -> Outcome:
        if value == "ja":
            return self._yes(replace(understood, intent="bevestigen"), memory)
        if value == "nee":
            return self._no(replace(understood, intent="ontkennen"), memory)
        return self._something_else(memory)

    def _other_version(self, name: str, subject: Subject, memory: Memory) -> Outcome:
        answer = self.content.answer(subject.topic, subject.aspect, self.municipality, self.today)
        phrases = self.content.phrases
        if name == "makkelijker":
            text = answer.simple or self._say(phrases.no_simple)
        else:
            text = answer.more or self._say(phrases.no_more)
        remembered = replace(memory, topic=subject.topic, aspect=subject.aspect, answered=True, candidates=())
        return Outcome(remembered, replies=(Reply(text, "answer"),))

    def _say(self, text: str) -> str:
        return self.content.fill(text, self.municipality, self.today)


def _asked(understood: Understood, topic: str | None = None, aspect: str | None = None) -> Question:
    best, confidence = understood.best
    subject = Subject(topic or best, aspect or understood.aspect)
    return Question(subject, confidence, understood.ranking[:RANKING_SHOWN])


def _failed(memory: Memory, candidates: tuple[Subject, ...] = ()) -> Memory:
    return replace(memory, failures_in_a_row=memory.failures_in_a_row + 1, candidates=candidates, answered=False)
