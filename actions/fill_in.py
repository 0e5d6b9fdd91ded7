"""Forms inside Rasa: Rasa keeps which form is open and what to ask next; the forms read and ask.

For each form Rasa calls three kinds of actions: `validate_<form>` with each message while it is open,
`action_ask_<slot>` for the next question, and `action_finish_<form>` when it is filled in or stopped.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.decision import FALLBACK, FOLLOW_UP, FORM_BUTTON, FORMS, OUT_OF_SCOPE, Counter
from actions.dialogue import Memory, Outcome, Reply, Understood
from actions.forms.appointment import AppointmentForm
from actions.forms.change import ChangeForm
from actions.forms.form import GO_ON, Form, FormUnavailable, Heard, Taken
from actions.forms.report import ReportForm
from actions.forms.times import Times
from actions.saying import today_of, utter
from bot.content import ContentStore

REQUESTED = "requested_slot"
STOPPED = "form_stopped"
"""Empty while the form goes on; else why it stopped: `STOP`, `SAID`, or the form that opens instead."""
STOP, SAID = "stop", "said"
UNREADABLE = "form_unreadable"
"""Answers in a row that the form could not read."""

_NO_SUBJECT = frozenset({FALLBACK, "bevestigen", "ontkennen", "groet", "keuze"})
"""Understood as these, a message in a form is no question beside it."""
_SUBJECT_WHEN_ASKED = frozenset({FOLLOW_UP, OUT_OF_SCOPE})
"""Understood as these, it is one only when it is asked: "wat kost dat?", and not "blauw"."""
_STOPPED_TEXT = "Ik ben gestopt. Er is niets vastgelegd. Waarmee kan ik u helpen?"
_UNCLEAR_TEXT = "Dat begrijp ik niet helemaal."


@dataclass(frozen=True)
class Turn:
    """One call of Rasa: the message, what is remembered, and the form as it stands in it."""

    tracker: Tracker
    store: ContentStore
    times: Times

    @property
    def about(self) -> Mapping[str, Any]:
        return self.tracker.latest_message.get("metadata") or {}

    @property
    def today(self) -> dt.date:
        return today_of(self.about)

    @property
    def heard(self) -> Heard:
        message = self.tracker.latest_message
        return Heard(message.get("text") or "", self.about.get("choice"), Understood.from_message(message))

    @property
    def memory(self) -> Memory:
        return Memory.from_slots(self.tracker.slots)

    def form(self, name: str) -> Form:
        where = self.store.current().municipality(self.about["municipality"])
        makers: dict[str, Callable[[], Form]] = {
            AppointmentForm.name: lambda: AppointmentForm(where, self.times, self.today),
            ChangeForm.name: lambda: ChangeForm(where, self.times, self.today, self.about["turn_id"]),
            ReportForm.name: lambda: ReportForm(where, self.today),
        }
        return makers[name]()

    def another_form(self) -> str | None:
        """The form that a pressed button opens."""
        kind, _, name = (self.heard.choice or "").partition(":")
        return FORMS.get(name.partition("/")[0]) if f"{kind}:" == FORM_BUTTON else None

    def beside(self) -> Outcome | None:
        """The answer to a question that has nothing to do with the form; None when it is no such question."""
        heard = self.heard
        intent = heard.understood.intent
        unasked = intent in _SUBJECT_WHEN_ASKED and not heard.asks
        if heard.choice is None and (intent in _NO_SUBJECT or unasked):
            return None
        counter = Counter(self.store.current(), self.about["municipality"], self.today)
        outcome = counter.decide(heard.understood, self.memory)
        return None if outcome.form is not None else outcome


async def open_form(turn: Turn, name: str, dispatcher: CollectingDispatcher) -> list[dict[str, Any]]:
    """Empty the form, fill in what the message says already, and let Rasa ask the rest."""
    form = turn.form(name)
    try:
        said = await form.start(turn.heard)
    except FormUnavailable as error:
        utter(dispatcher, Outcome(turn.memory, (Reply(str(error), "fallback"),)), turn.about["turn_id"])
        return []
    utter(dispatcher, Outcome(turn.memory, (Reply(form.opening, "form"),)), turn.about["turn_id"], facts=False)
    values = dict.fromkeys((*form.slots, *form.extra, STOPPED)) | dict(said) | {UNREADABLE: 0}
    return [*(SlotSet(slot, value) for slot, value in values.items()), FollowupAction(name)]


class ValidateForm(Action):  # type: ignore[misc]  # rasa-sdk has no types
    """Reads a message while a form is open: an answer, a stop, a question beside it, or nothing it understands."""

    def __init__(self, form: str, store: ContentStore, times: Times) -> None:
        self._form, self._store, self._times = form, store, times

    def name(self) -> str:
        return f"validate_{self._form}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        slot = tracker.slots.get(REQUESTED)
        if slot is None:
            return []  # the form opens: nothing was asked yet
        turn = Turn(tracker, self._store, self._times)
        if turn.heard.stops:
            return _stop()
        another = turn.another_form()
        if another is not None:
            return _stop(another)
        if turn.heard.choice == GO_ON:
            self._say(dispatcher, turn, (Reply(f"Goed, verder met {turn.form(self._form).about}.", "form"),))
            return [SlotSet(UNREADABLE, 0), SlotSet(slot, None)]
        try:
            taken = await turn.form(self._form).take(slot, turn.heard, tracker.slots)
        except FormUnavailable as error:
            self._say(dispatcher, turn, (Reply(str(error), "fallback"),))
            return _stop(SAID)
        return self._taken(dispatcher, turn, slot, taken)

    def _taken(self, dispatcher: CollectingDispatcher, turn: Turn, slot: str, taken: Taken) -> list[dict[str, Any]]:
        if taken.understood:
            self._say(dispatcher, turn, taken.replies)
            values = taken.values | {UNREADABLE: 0}
            return [SlotSet(name, value) for name, value in values.items()]
        beside = turn.beside()
        if beside is not None:
            back = Reply(f"Nu terug naar {turn.form(self._form).about}.", "form")
            utter(dispatcher, replace(beside, replies=(*beside.replies, back)), turn.about["turn_id"])
            remembered = beside.memory.slots()
            return [*(SlotSet(name, value) for name, value in remembered.items()), SlotSet(slot, None)]
        unreadable = int(turn.tracker.slots.get(UNREADABLE) or 0) + 1
        memory = replace(turn.memory, failures_in_a_row=unreadable)
        utter(dispatcher, Outcome(memory, (Reply(_UNCLEAR_TEXT, "clarify"),)), turn.about["turn_id"])
        return [SlotSet(UNREADABLE, unreadable), SlotSet(slot, None)]

    def _say(self, dispatcher: CollectingDispatcher, turn: Turn, replies: tuple[Reply, ...]) -> None:
        memory = replace(turn.memory, failures_in_a_row=0)
        utter(dispatcher, Outcome(memory, replies), turn.about["turn_id"])


class AskSlot(Action):  # type: ignore[misc]
    """Asks the next question of a form."""

    def __init__(self, form: str, slot: str, store: ContentStore, times: Times) -> None:
        self._form, self._slot, self._store, self._times = form, slot, store, times

    def name(self) -> str:
        return f"action_ask_{self._slot}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        turn = Turn(tracker, self._store, self._times)
        try:
            question = await turn.form(self._form).ask(self._slot, tracker.slots)
        except FormUnavailable as error:
            question = Reply(str(error), "fallback")
        utter(dispatcher, Outcome(turn.memory, (question,)), turn.about["turn_id"], facts=False)
        return []


class FinishForm(Action):  # type: ignore[misc]
    """Carries out a filled-in form, or says that it was stopped; and empties it."""

    def __init__(self, form: str, store: ContentStore, times: Times) -> None:
        self._form, self._store, self._times = form, store, times

    def name(self) -> str:
        return f"action_finish_{self._form}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        turn = Turn(tracker, self._store, self._times)
        form = turn.form(self._form)
        stopped = tracker.slots.get(STOPPED)
        emptied = [SlotSet(slot, None) for slot in (*form.slots, *form.extra, STOPPED, UNREADABLE)]
        if stopped in FORMS.values():
            return [*emptied, *await open_form(turn, stopped, dispatcher)]
        if stopped == STOP:
            outcome = Outcome(turn.memory, (Reply(_STOPPED_TEXT, "smalltalk"),))
            utter(dispatcher, outcome, turn.about["turn_id"])
        elif stopped is None:
            commands = form.finish(tracker.slots)
            utter(dispatcher, Outcome(turn.memory, commands=commands), turn.about["turn_id"])
        return emptied


def _stop(why: str = STOP) -> list[dict[str, Any]]:
    return [SlotSet(STOPPED, why), SlotSet(REQUESTED, None)]


def form_actions(store: ContentStore, times: Times) -> list[Action]:
    """The actions of every form."""
    actions: list[Action] = []
    for form in (AppointmentForm, ChangeForm, ReportForm):
        actions += [ValidateForm(form.name, store, times), FinishForm(form.name, store, times)]
        actions += [AskSlot(form.name, slot, store, times) for slot in form.slots]
    return actions
