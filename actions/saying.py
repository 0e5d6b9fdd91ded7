"""Handing what was decided to the connector: replies as messages, the rest as facts about the turn."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.dialogue import Command, Outcome, Question
from bot.content.hours import AMSTERDAM


def utter(dispatcher: CollectingDispatcher, outcome: Outcome, turn_id: str, *, facts: bool = True) -> None:
    """Say the replies; with `facts` also what was asked and what is to be done."""
    for reply in outcome.replies:
        dispatcher.utter_message(
            text=reply.text,
            buttons=[{"title": button.title, "payload": button.value} for button in reply.buttons],
            json_message={
                "kind": reply.kind,
                "links": [{"title": link.title, "url": link.url} for link in reply.links],
            },
        )
    if not facts:
        return
    about = {
        "questions": [_question(question) for question in outcome.questions],
        "commands": [_command(command, turn_id) for command in outcome.commands],
        "failures_in_a_row": outcome.memory.failures_in_a_row,
    }
    dispatcher.utter_message(json_message={"turn": about})


def today_of(about: Mapping[str, Any]) -> dt.date:
    """The day of the turn, as balie says it; the day in Amsterdam when it does not."""
    told = about.get("today")
    return dt.date.fromisoformat(told) if told else dt.datetime.now(AMSTERDAM).date()


def _question(question: Question) -> dict[str, Any]:
    return {
        "topic": question.subject.topic,
        "aspect": question.subject.aspect,
        "confidence": round(question.confidence, 4),
        "ranking": [{"topic": topic, "confidence": round(chance, 4)} for topic, chance in question.ranking],
    }


def _command(command: Command, turn_id: str) -> dict[str, Any]:
    return {"name": command.name, "key": f"{turn_id}:{command.name}", "arguments": dict(command.arguments)}
