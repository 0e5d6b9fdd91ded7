"""A tracker store that keeps nothing: the state comes with the call and goes back with the answer."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from balie_rasa.state import State, capture, restore


class Turn:
    """One call: the conversation that came in and, when Rasa has saved, the one that goes out."""

    def __init__(self, incoming: DialogueStateTracker) -> None:
        self.incoming = incoming
        self.tracker: DialogueStateTracker | None = None


class StatelessTrackerStore(TrackerStore):
    """Knows a conversation only inside `turn`."""

    def __init__(self, domain: Domain | None = None) -> None:
        super().__init__(domain)
        self._turns: dict[str, Turn] = {}

    @contextmanager
    def turn(self, sender_id: str, state: State | None) -> Iterator[Turn]:
        """Hold `state` under `sender_id` for the length of one call.

        It is read here and not when Rasa asks for it: Rasa would take a mistake for a lost database, and go on with
        an empty conversation in its own memory.

        Raises:
            InvalidState: unreadable.
        """
        turn = self._turns[sender_id] = Turn(restore(sender_id, state, self.domain))
        try:
            yield turn
        finally:
            del self._turns[sender_id]

    def state_after(self, turn: Turn) -> State | None:
        """The new state, or None when Rasa never came to saving."""
        return None if turn.tracker is None else capture(turn.tracker, self.domain)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        turn = self._turns.get(sender_id)
        return None if turn is None else turn.incoming

    async def save(self, tracker: DialogueStateTracker) -> None:
        turn = self._turns.get(tracker.sender_id)
        if turn is not None:
            turn.tracker = tracker

    async def keys(self) -> Iterable[str]:
        return list(self._turns)
