"""Stories in Rasa's test format, told to the real Rasa over its door with the real actions behind it.

`rasa test core` predicts each action without running any, so a form that an action opens never opens there. Here every
action runs, as for a citizen; what a story says of intent, actions, form and slots is compared with what happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.engine import open_form

STORIES = Path(__file__).parent / "stories"
CHOICE = "keuze"
"""The intent of a pressed button; the text of the step is then the button's value."""
_LISTEN = "action_listen"


@dataclass(frozen=True)
class Step:
    """One message of the citizen, and what the story says must come of it."""

    text: str
    intent: str | None
    actions: tuple[str, ...]
    form: tuple[str | None, ...]
    """One name, or None where no form may be open; empty when the story does not say."""
    slots: Mapping[str, Any]


@dataclass(frozen=True)
class Story:
    name: str
    steps: tuple[Step, ...]


def read(folder: Path = STORIES) -> Iterator[Story]:
    """All stories of a folder.

    Raises:
        ValueError: a step that the runner does not compare; nothing in a story may be overlooked.
    """
    for path in sorted(folder.glob("test_*.yml")):
        for story in yaml.safe_load(path.read_text(encoding="utf-8"))["stories"]:
            yield Story(f"{path.stem}: {story['story']}", tuple(_steps(story["steps"])))


def _steps(written: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    starts = [number for number, step in enumerate(written) if "user" in step]
    if starts[0] != 0:
        raise ValueError("a story begins with what a citizen says")
    for start, end in zip(starts, [*starts[1:], len(written)], strict=True):
        said, *then = written[start:end]
        actions, form, slots = [], (), {}
        for step in then:
            ((kind, value),) = step.items()
            if kind == "action":
                actions.append(value)
            elif kind == "active_loop":
                form = (value,)
            elif kind == "slot_was_set":
                slots |= {name: wanted for one in value for name, wanted in one.items()}
            else:
                raise ValueError(f"{kind} is not compared")
        yield Step(said["user"].strip(), said.get("intent"), tuple(actions), form, slots)


def happened(state: Mapping[str, Any]) -> Step:
    """What the last turn did, from the state that it returned."""
    events = state["events"]
    last = max(number for number, event in enumerate(events) if event["event"] == "user")
    slots = dict(state["slots"])
    for event in events:
        if event["event"] == "slot":
            slots[event["name"]] = event.get("value")
    return Step(
        text=events[last]["text"],
        intent=events[last]["parse_data"]["intent"]["name"],
        actions=tuple(one["name"] for one in events[last:] if one["event"] == "action" and one["name"] != _LISTEN),
        form=(open_form(state),),
        slots=slots,
    )
