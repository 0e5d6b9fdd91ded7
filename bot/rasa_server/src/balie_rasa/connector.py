"""The only door into Rasa: one call is one turn, with the state in it and the new state in the answer."""

import hmac
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, response
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse

from balie_rasa.action_server import record_failures
from balie_rasa.nlu.encoder import meaning_of
from balie_rasa.state import InvalidState
from balie_rasa.store import StatelessTrackerStore

logger = logging.getLogger(__name__)

LONGEST_TEXT = 4000
CHOICE_INTENT = "keuze"
_NOTHING_SAID = "..."
"""Stands for a text of slashes only: Rasa refuses an empty one."""


class BadCall(Exception):
    """The call itself is wrong; the message says what."""


class TurnFailed(Exception):
    """Rasa or the action server could not finish the turn."""


class Collected(OutputChannel):
    """Collects what the actions say instead of sending it."""

    @classmethod
    def name(cls) -> str:
        return "balie"

    def __init__(self) -> None:
        self.replies: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {}

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        custom = message.get("custom") or {}
        if "turn" in custom:
            self.facts.update(custom["turn"])
        if message.get("text"):
            self.replies.append(
                {
                    "text": message["text"],
                    "buttons": message.get("buttons") or [],
                    "links": custom.get("links", []),
                    "kind": custom.get("kind", "answer"),
                }
            )


class BalieInput(InputChannel):
    """POST /webhooks/balie/turn and /webhooks/balie/meaning, and GET /webhooks/balie/health."""

    def __init__(self, token: str, store: StatelessTrackerStore) -> None:
        self._token = token
        self._store = store

    @classmethod
    def name(cls) -> str:
        return "balie"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        doors = Blueprint("balie")

        @doors.get("/health")
        async def health(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            ready = agent is not None and agent.is_ready()
            return response.json({"status": "ok" if ready else "loading"}, status=200 if ready else 503)

        @doors.post("/meaning")
        async def meaning(request: Request) -> HTTPResponse:
            if not self._is_allowed(request):
                return _error(401, "wrong or missing token")
            try:
                vector = meaning_of(harmless(_body(request, "text")["text"]))
            except (BadCall, InvalidUsage) as error:
                return _error(400, str(error))
            return response.json({"meaning": None if vector is None else [round(float(one), 5) for one in vector]})

        @doors.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            if not self._is_allowed(request):
                return _error(401, "wrong or missing token")
            try:
                return response.json(await self._turn(_call(request), on_new_message))
            except (BadCall, InvalidState, InvalidUsage) as error:
                return _error(400, str(error))
            except TurnFailed as error:
                logger.error("turn failed: %s", error)
                return _error(502, str(error))
            except Exception as error:  # the answer must be 5xx whatever broke, never an empty 200
                logger.error("turn failed: %s", type(error).__name__, exc_info=error)
                return _error(500, type(error).__name__)

        return doors

    def _is_allowed(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())

    async def _turn(
        self, call: dict[str, Any], on_new_message: Callable[[UserMessage], Awaitable[Any]]
    ) -> dict[str, Any]:
        output = Collected()
        failures = record_failures()
        sender_id = uuid.uuid4().hex
        with self._store.turn(sender_id, call["state"]) as turn:
            await on_new_message(_message(call, sender_id, output))
            if failures:
                raise TurnFailed(f"action server: {', '.join(failures)}")
            state = self._store.state_after(turn)
        commands = output.facts.get("commands", [])
        if state is None or not (output.replies or commands):
            raise TurnFailed("no reply")
        return {
            "replies": output.replies,
            "questions": output.facts.get("questions", []),
            "entities": turn.tracker.latest_message.entities if turn.tracker and turn.tracker.latest_message else [],
            "commands": commands,
            "failures_in_a_row": output.facts.get("failures_in_a_row", 0),
            "state": state,
        }


def _body(request: Request, *strings: str) -> dict[str, Any]:
    body = request.json
    if not isinstance(body, dict):
        raise BadCall("the body is no JSON object")
    for name in strings:
        if not isinstance(body.get(name), str):
            raise BadCall(f"{name} is missing or no string")
    if len(body["text"]) > LONGEST_TEXT:
        raise BadCall(f"text is longer than {LONGEST_TEXT} characters")
    return body


def _call(request: Request) -> dict[str, Any]:
    body = _body(request, "turn_id", "text", "municipality")
    for name, kind in (("choice", str), ("state", dict), ("today", str)):
        if body.get(name) is not None and not isinstance(body[name], kind):
            raise BadCall(f"{name} is no {kind.__name__}")
        body.setdefault(name, None)
    return body


def _message(call: dict[str, Any], sender_id: str, output: Collected) -> UserMessage:
    text = harmless(call["text"])
    return UserMessage(
        text=text,
        output_channel=output,
        sender_id=sender_id,
        parse_data=_chosen(text) if call["choice"] else None,
        input_channel="balie",
        message_id=call["turn_id"],
        metadata={name: call[name] for name in ("turn_id", "choice", "municipality", "today")},
    )


def harmless(text: str) -> str:
    """`text` without leading slashes: Rasa takes `/restart` for a command and `/paspoort{...}` for an intent."""
    return text.lstrip().lstrip("/").lstrip("/ \t\r\n\u00a0") or _NOTHING_SAID


def _chosen(text: str) -> dict[str, Any]:
    """A pressed button is understood already: the language model is not asked."""
    intent = {"name": CHOICE_INTENT, "confidence": 1.0}
    return {"text": text, "intent": intent, "entities": [], "intent_ranking": [intent]}


def _error(status: int, detail: str) -> HTTPResponse:
    return response.json({"error": detail}, status=status)
