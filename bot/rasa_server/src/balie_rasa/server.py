"""Puts Rasa together: our door, our tracker store, our way to the actions; nothing of Rasa's own API."""

from asyncio import AbstractEventLoop
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.run import configure_app
from sanic import Sanic

from balie_rasa.action_server import ActionServer, check_format_once
from balie_rasa.connector import BalieInput
from balie_rasa.store import StatelessTrackerStore

LARGEST_CALL = 1_000_000
"""Bytes. Six turns of 4,000 characters, each written as an escape of six bytes, are less than half of it."""


def build(
    model: Path, actions_url: str, token: str, actions_token: str | None, actions_timeout_seconds: float
) -> Sanic:
    """The application; the model is loaded before it starts listening."""
    check_format_once()
    store = StatelessTrackerStore()
    actions = ActionServer(actions_url, actions_token, actions_timeout_seconds)
    app = configure_app([BalieInput(token, store)], enable_api=False)
    app.config.REQUEST_MAX_SIZE = LARGEST_CALL

    async def load(app: Sanic, _: AbstractEventLoop) -> None:
        app.ctx.agent = Agent.load(model, tracker_store=store, lock_store=InMemoryLockStore(), action_endpoint=actions)

    async def close(_app: Sanic, _loop: AbstractEventLoop) -> None:
        await actions.close()

    app.register_listener(load, "before_server_start")
    app.register_listener(close, "after_server_stop")
    return app
