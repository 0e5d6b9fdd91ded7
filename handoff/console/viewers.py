"""Who else has the same conversation open, and who of them types an answer.

Kept by each console for itself from what the others say every ten seconds; who is silent for longer has gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from handoff import signals
from handoff.bus import Event
from handoff.vocabulary import Sender

GONE_AFTER_SECONDS = 25.0
"""Two of their words may get lost."""
TYPING_LASTS_SECONDS = 8.0
"""A page repeats "is typing" every three seconds."""


@dataclass
class Viewers:
    """The others at one conversation.

    Args:
        me: The employee whose console this is; her own other pages do not count.
    """

    me: str
    _names: dict[str, str] = field(default_factory=dict)
    _seen: dict[str, float] = field(default_factory=dict)
    _typing: dict[str, float] = field(default_factory=dict)

    def hear(self, event: Event, at: float) -> bool:
        """Take in a word about another; whether she asks who else is there.

        Args:
            at: Seconds on a clock that only runs forward.
        """
        who, name = event.data.get("employee"), event.data.get("name")
        if not isinstance(who, str) or not isinstance(name, str) or who == self.me:
            return False
        if event.kind == signals.WATCHING:
            if not event.data.get("on"):
                self._forget(who)
                return False
            self._names[who], self._seen[who] = name, at
            return bool(event.data.get("asks"))
        if event.kind == signals.TYPING and event.data.get("who") == Sender.EMPLOYEE:
            self._names[who] = name
            if event.data.get("on"):
                self._seen[who] = self._typing[who] = at
            else:
                self._typing.pop(who, None)
        return False

    def now(self, at: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of who looks along, and of who of them types."""
        for who in [one for one, seen in self._seen.items() if at - seen > GONE_AFTER_SECONDS]:
            self._forget(who)
        typing = {one for one, since in self._typing.items() if at - since <= TYPING_LASTS_SECONDS}
        looking = sorted(self._names[one] for one in self._seen if one not in typing)
        return tuple(looking), tuple(sorted(self._names[one] for one in typing if one in self._seen))

    def clear(self) -> None:
        """Another conversation was opened."""
        self._names.clear()
        self._seen.clear()
        self._typing.clear()

    def _forget(self, who: str) -> None:
        for known in (self._names, self._seen, self._typing):
            known.pop(who, None)
