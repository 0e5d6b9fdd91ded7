"""What both sides are told besides messages: who is typing, how far was read, and whether it arrived."""

from __future__ import annotations

from handoff.bus import Event, conversation_subject
from handoff.vocabulary import Sender

TYPING = "typing"
SEEN = "seen"
DELIVERY = "delivery"
WATCHING = "watching"


def typing(
    conversation_id: str, who: Sender, *, on: bool, name: str | None = None, employee_id: str | None = None
) -> Event:
    """Somebody started or stopped typing. `name` is what the other side may see."""
    data = {"who": str(who), "on": on, "name": name, "employee": employee_id}
    return Event(conversation_subject(conversation_id), TYPING, data)


def viewers_subject(conversation_id: str) -> str:
    """The subject of who else looks at a conversation: for consoles alone, so that the citizen's side is not woken."""
    return f"viewers:{conversation_id}"


def watching(conversation_id: str, employee_id: str, name: str, *, on: bool, asks: bool = False) -> Event:
    """An employee has this conversation open, or no longer; `asks` who else has."""
    data = {"employee": employee_id, "name": name, "on": on, "asks": asks}
    return Event(viewers_subject(conversation_id), WATCHING, data)


def seen(conversation_id: str, seq: int) -> Event:
    """The citizen's window has shown everything up to message number `seq`."""
    return Event(conversation_subject(conversation_id), SEEN, {"seq": seq})


def delivery(conversation_id: str) -> Event:
    """A message got a new delivery state; the outbox says which."""
    return Event(conversation_subject(conversation_id), DELIVERY)
