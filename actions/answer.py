"""The one action behind every rule: reads the slots, decides, says it and remembers."""

import datetime as dt
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.decision import Counter
from actions.dialogue import Command, Memory, Outcome, Question, Understood
from bot.content import ContentStore
from bot.content.hours import AMSTERDAM


class ActionAnswer(Action):  # type: ignore[misc]  # rasa-sdk has no types
    """Answers, asks which topic is meant, or hands over, as `Counter.decide` says."""

    def __init__(self, store: ContentStore) -> None:
        self._store = store

    def name(self) -> str:
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        about = tracker.latest_message.get("metadata") or {}
        today = dt.date.fromisoformat(about["today"]) if about.get("today") else _today()
        counter = Counter(self._store.current(), about["municipality"], today)
        memory = Memory.from_slots(tracker.slots)
        outcome = counter.decide(Understood.from_message(tracker.latest_message), memory)
        utter(dispatcher, outcome, about["turn_id"])
        changed = {name: value for name, value in outcome.memory.slots().items() if tracker.slots.get(name) != value}
        return [SlotSet(name, value) for name, value in changed.items()]


def utter(dispatcher: CollectingDispatcher, outcome: Outcome, turn_id: str) -> None:
    """Hand the outcome to the connector: replies as messages, the rest as facts about the turn."""
    for reply in outcome.replies:
        dispatcher.utter_message(
            text=reply.text,
            buttons=[{"title": button.title, "payload": button.value} for button in reply.buttons],
            json_message={
                "kind": reply.kind,
                "links": [{"title": link.title, "url": link.url} for link in reply.links],
            },
        )
    facts = {
        "questions": [_question(question) for question in outcome.questions],
        "commands": [_command(command, turn_id) for command in outcome.commands],
        "failures_in_a_row": outcome.memory.failures_in_a_row,
    }
    dispatcher.utter_message(json_message={"turn": facts})


def _question(question: Question) -> dict[str, Any]:
    return {
        "topic": question.subject.topic,
        "aspect": question.subject.aspect,
        "confidence": round(question.confidence, 4),
        "ranking": [{"topic": topic, "confidence": round(chance, 4)} for topic, chance in question.ranking],
    }


def _command(command: Command, turn_id: str) -> dict[str, Any]:
    return {"name": command.name, "key": f"{turn_id}:{command.name}", "arguments": dict(command.arguments)}


def _today() -> dt.date:
    return dt.datetime.now(AMSTERDAM).date()
