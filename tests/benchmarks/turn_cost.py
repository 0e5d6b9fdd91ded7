"""What a turn costs at turn 2, 50 and 200: our tracker store beside Rasa's own, in one run, with one model.

Run by test_turn_cost.py with Rasa's Python: `turn_cost.py MODEL ACTIONS_URL`. Prints JSON.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

from balie_rasa import surroundings

surroundings.prepare()
surroundings.quieten()

from balie_rasa.action_server import ActionServer, check_format_once  # noqa: E402
from balie_rasa.connector import Collected  # noqa: E402
from balie_rasa.store import StatelessTrackerStore  # noqa: E402
from rasa.core.agent import Agent  # noqa: E402
from rasa.core.channels.channel import UserMessage  # noqa: E402
from rasa.core.lock_store import InMemoryLockStore  # noqa: E402
from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore, TrackerStore  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402

TURNS = 200
WINDOWS = {"2": (2, 6), "11-20": (11, 20), "50": (46, 55), "191-200": (191, 200)}
"""Turns of which the median is taken."""
SPOKEN = (
    "wat kost een paspoort?",
    "en hoe lang duurt dat?",
    "wanneer wordt het grofvuil opgehaald",
    "ik ga verhuizen, wat moet ik doen",
    "dankjewel",
)

Say = Callable[[str], Awaitable[None]]


def message(text: str, sender: str) -> UserMessage:
    """What the connector makes of a call."""
    about = {"turn_id": uuid.uuid4().hex, "choice": None, "municipality": "voorbeeldstad", "today": None}
    return UserMessage(text, Collected(), sender, input_channel="balie", metadata=about)


def keeping(agent: Agent) -> Say:
    """A conversation that Rasa's own store remembers."""
    sender = uuid.uuid4().hex

    async def say(text: str) -> None:
        await agent.handle_message(message(text, sender))

    return say


def carrying(agent: Agent, store: StatelessTrackerStore) -> Say:
    """A conversation whose state travels, as JSON, with each call."""
    state = "null"

    async def say(text: str) -> None:
        nonlocal state
        sender = uuid.uuid4().hex
        with store.turn(sender, json.loads(state)) as turn:
            await agent.handle_message(message(text, sender))
            state = json.dumps(store.state_after(turn))

    return say


async def measure(start: Callable[[], Say], conversations: int = 1) -> dict[str, tuple[float, float]]:
    """Milliseconds a turn by the clock and of the processor, the median of each window over all conversations."""
    warm = start()
    for text in SPOKEN:
        await warm(text)
    took = [await talk(start()) for _ in range(conversations)]
    return {name: (_median(took, 0, window), _median(took, 1, window)) for name, window in WINDOWS.items()}


def _median(took: list[list[tuple[float, float]]], which: int, window: tuple[int, int]) -> float:
    first, last = window
    return statistics.median([turn[which] for one in took for turn in one[first - 1 : last]])


async def talk(say: Say) -> list[tuple[float, float]]:
    """Milliseconds of each turn of one conversation, by the clock and of the processor."""
    took = []
    for number in range(TURNS):
        began, worked = time.perf_counter(), time.process_time()
        await say(SPOKEN[number % len(SPOKEN)])
        took.append(((time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000))
    return took


async def main(model: Path, actions_url: str) -> None:
    """Measure the three stores one after the other."""
    check_format_once()
    actions = ActionServer(actions_url, None, 10)

    def agent(store: TrackerStore) -> Agent:
        return Agent.load(model, tracker_store=store, lock_store=InMemoryLockStore(), action_endpoint=actions)

    found = {}
    ours = StatelessTrackerStore()
    loaded = agent(ours)
    found["ours: the state travels"] = await measure(lambda: carrying(loaded, ours), conversations=3)
    loaded = agent(InMemoryTrackerStore(Domain.empty()))
    found["Rasa: InMemoryTrackerStore"] = await measure(lambda: keeping(loaded))
    with tempfile.TemporaryDirectory() as folder:
        loaded = agent(SQLTrackerStore(Domain.empty(), dialect="sqlite", db=f"{folder}/rasa.db"))
        found["Rasa: SQLTrackerStore on SQLite"] = await measure(lambda: keeping(loaded))
    await actions.close()
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
