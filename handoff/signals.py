"""What both sides are told besides messages: who is typing, how far was read, and whether it arrived."""

from __future__ import annotations

from handoff.bus import Event, conversation_subject
from handoff.vocabulary import Sender

TYPING = "typing"
SEEN = "seen"
DELIVERY = "delivery"


def typing(conversation_id: str, who: Sender, *, on: bool, name: str | None = None) -> Event:
    """Somebody started or stopped typing. `name` is what the other side may see."""
    return Event(conversation_subject(conversation_id), TYPING, {"who": str(who), "on": on, "name": name})


def seen(conversation_id: str, seq: int) -> Event:
    """The citizen's window has shown everything up to message number `seq`."""
    return Event(conversation_subject(conversation_id), SEEN, {"seq": seq})


def delivery(conversation_id: str) -> Event:
    """A message got a new delivery state; the outbox says which."""
    return Event(conversation_subject(conversation_id), DELIVERY)
