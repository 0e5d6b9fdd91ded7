"""The one action behind every rule: reads the slots, decides, says it and remembers."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.decision import Counter
from actions.dialogue import Memory, Understood
from actions.fill_in import Turn, open_form
from actions.forms.times import Times
from actions.saying import utter
from bot.content import ContentStore


class ActionAnswer(Action):  # type: ignore[misc]  # rasa-sdk has no types
    """Answers, asks which topic is meant, opens a form, or hands over, as `Counter.decide` says."""

    def __init__(self, store: ContentStore, times: Times) -> None:
        self._store = store
        self._times = times

    def name(self) -> str:
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        turn = Turn(tracker, self._store, self._times)
        counter = Counter(self._store.current(), turn.about["municipality"], turn.today)
        memory = Memory.from_slots(tracker.slots)
        outcome = counter.decide(Understood.from_message(tracker.latest_message), memory)
        utter(dispatcher, outcome, turn.about["turn_id"])
        changed = {name: value for name, value in outcome.memory.slots().items() if tracker.slots.get(name) != value}
        opened = [] if outcome.form is None else await open_form(turn, outcome.form, dispatcher)
        return [*(SlotSet(name, value) for name, value in changed.items()), *opened]
