"""The dialogue state that travels with each call: bounded, and the same conversation when it comes back."""

from collections.abc import Sequence
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker

USER_TURNS = 6
VERSION = 1
_KEPT_OF_A_MESSAGE = ("intent", "entities")
"""Of what was understood; the text stands beside it, the ranking has done its work."""

State = dict[str, Any]


class InvalidState(Exception):
    """The state of the call can't be read: made by another version, or damaged."""


def restore(sender_id: str, state: State | None, domain: Domain) -> DialogueStateTracker:
    """The tracker that `state` describes; a new conversation when it is None.

    Raises:
        InvalidState: not a state that `capture` made.
    """
    tracker = DialogueStateTracker(sender_id, domain.slots)
    events = _opening({}, None)
    if state is not None:
        try:
            if state["version"] != VERSION:
                raise InvalidState(f"state of version {state['version']}, expected {VERSION}")
            events = _opening(state["slots"], state["active_loop"]) + deserialise_events(state["events"])
        except InvalidState:
            raise
        except Exception as error:
            raise InvalidState(f"unreadable state: {type(error).__name__}") from error
    tracker.update_with_events(events, domain)
    return tracker


def capture(tracker: DialogueStateTracker, domain: Domain) -> State:
    """The last user turns of `tracker`, and the slots and active form as they were before these."""
    events = [event for event in tracker.events if not isinstance(event, BotUttered)]
    starts = [number for number, event in enumerate(events) if isinstance(event, UserUttered)]
    cut = starts[-USER_TURNS] if len(starts) >= USER_TURNS else (starts[0] if starts else len(events))
    before = DialogueStateTracker.from_events(tracker.sender_id, events[:cut], domain.slots, domain=domain)
    initial = {slot.name: slot.initial_value for slot in domain.slots}
    changed = {name: value for name, value in before.current_slot_values().items() if value != initial.get(name)}
    return {
        "version": VERSION,
        "slots": changed,
        "active_loop": before.active_loop_name,
        "events": [_slim(event) for event in events[cut:]],
    }


def _opening(slots: dict[str, Any], active_loop: str | None) -> list[Event]:
    """What a tracker begins with: a session, so that Rasa starts none itself, and what was known before."""
    known: Sequence[Event] = [SlotSet(name, value) for name, value in slots.items()]
    loop: Sequence[Event] = [ActiveLoop(active_loop)] if active_loop else []
    return [
        ActionExecuted(ACTION_SESSION_START_NAME),
        SessionStarted(),
        *known,
        *loop,
        ActionExecuted(ACTION_LISTEN_NAME),
    ]


def _slim(event: Event) -> dict[str, Any]:
    data = event.as_dict()
    data.pop("model_id", None)
    data.pop("metadata", None)
    if isinstance(event, UserUttered):
        parsed = data["parse_data"]
        data["parse_data"] = {name: parsed[name] for name in _KEPT_OF_A_MESSAGE if name in parsed}
    return {name: value for name, value in data.items() if value is not None}
