"""The citizen API over a WebSocket: what is said arrives as it happens, and nothing is missed after a cut.

The token comes in the first frame, never in the address. The socket reads by number from the database; events only tell
it when to look, and what no event told of is found at intervals, so a lost event costs a moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from typing import Any, Literal

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.channels import dutch, problems, representation
from bot.channels.flood import FloodGate
from bot.channels.problems import Problem
from bot.channels.representation import HIGHEST_NUMBER, Bericht, NieuwBericht
from bot.channels.web import accept, authorised
from bot.desk import Desk
from bot.metrics import OPEN_SOCKETS
from bot.place import Places
from handoff import conversations, looking_again, messages
from handoff.bus import Event, Subscription, conversation_subject, queue_subject
from handoff.exceptions import UnknownConversation
from handoff.looking_again import Standing
from handoff.tables import Conversation
from handoff.vocabulary import Owner, Sender

log = structlog.get_logger(__name__)

LOG_IN_SECONDS = 5.0
SEND_SECONDS = 10.0
"""A client that takes nothing for so long has stopped reading; it comes back with the last number it showed."""
PLACE_AGAIN_SECONDS = 10.0
"""While she waits: how long it may take changes by itself. All look in the same moment, for it is read together."""
LOOK_AGAIN_SECONDS = 300.0
"""For what changes by itself in other conversations, such as until when she may judge it. What an event should have
told is found sooner (`handoff.looking_again`)."""
PLACE_SECONDS = 2.0
"""When who waits looks again at her place, after somebody else left or joined the queue: once for several changes."""
MAX_FRAME_BYTES = 64_000
"""The server closes on a larger one with 1009 (`bot/serving.py`); 4,000 characters fit however they are escaped."""
MAX_ID = 64
BAD_TOKEN, BAD_ORIGIN, LATE, ERASED = 4401, 4403, 4408, 4410
BAD_FIRST_FRAME = STOPPED_READING = 1008

router = APIRouter()


class LogIn(BaseModel):
    """The first frame."""

    model_config = ConfigDict(extra="forbid")

    soort: Literal["aanmelden"]
    token: str = Field(max_length=200)
    na: int = Field(0, ge=0, le=HIGHEST_NUMBER)


class Seen(BaseModel):
    """The window has shown everything up to a number."""

    soort: Literal["gezien"]
    volgnummer: int = Field(strict=True, ge=0, le=HIGHEST_NUMBER)


@router.websocket("/api/v1/gesprekken/{gesprek_id}/stroom")
async def stream(socket: WebSocket, gesprek_id: str) -> None:
    """One citizen's live connection."""
    desk: Desk = socket.app.state.desk
    await socket.accept()
    try:
        log_in = await _log_in(socket)
        conversation = await authorised(desk, gesprek_id, log_in.token)
    except TimeoutError:
        await socket.close(LATE)
        return
    except Problem as refused:
        if refused.status == 401:
            await socket.close(BAD_TOKEN)
        else:
            await socket.send_json(_error(refused, None))
            await socket.close(BAD_FIRST_FRAME)
        return
    except WebSocketDisconnect:
        return
    origin = socket.headers.get("origin")
    allowed = desk.municipality(conversation.municipality).allowed_origins
    if origin is not None and origin != socket.app.state.own_origin and origin not in allowed:
        await socket.close(BAD_ORIGIN)
        return
    with OPEN_SOCKETS.track_inprogress():
        state = socket.app.state
        await _Stream(socket, desk, state.flood_gate, state.places, conversation, log_in.na).run()


async def _log_in(socket: WebSocket) -> LogIn:
    frame = await asyncio.wait_for(_receive(socket), LOG_IN_SECONDS)
    try:
        return LogIn.model_validate_json(frame or "")
    except ValidationError as error:
        if all(one["loc"] == ("na",) for one in error.errors()):
            raise Problem(422, "Dit nummer klopt niet: stuur in na het nummer van een bericht.") from error
        raise Problem(401, "Het eerste bericht moet aanmelden zijn, met het token.") from error


async def _receive(socket: WebSocket) -> str | None:
    """The text of the next frame; None when it holds bytes."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code") or 1006, message.get("reason"))
    text: str | None = message.get("text")
    return text


class _StoppedReading(Exception):
    """The other end no longer takes what is sent to it."""


class _Stream:
    """One connection: a task that reads what the citizen sends, and one that sends what there is."""

    def __init__(
        self, socket: WebSocket, desk: Desk, gate: FloodGate, places: Places, conversation: Conversation, after: int
    ) -> None:
        self._socket = socket
        self._places = places
        self._desk = desk
        self._gate = gate
        self._id = conversation.id
        self._municipality = conversation.municipality
        self._after = after
        self._shown: dict[str, Any] | None = None
        self._epoch = -1
        """Of the conversation as it was shown; so is the number of its last message."""
        self._last_seq = 0
        self._sending = asyncio.Lock()
        self._look_at: float | None = None
        """When her place in the queue is looked at again; None while nothing changed it."""
        self._send_seconds = SEND_SECONDS

    async def run(self) -> None:
        subjects = (conversation_subject(self._id), queue_subject(self._municipality))
        async with self._desk.bus.subscribe(*subjects) as subscription:
            tasks = [
                asyncio.create_task(self._read(), name="socket-read"),
                asyncio.create_task(self._write(subscription), name="socket-write"),
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            except (WebSocketDisconnect, RuntimeError):
                pass  # the citizen left or her connection broke; she comes back with "after N"
            except UnknownConversation:
                await self._close(ERASED)
            except _StoppedReading:
                log.info("socket.stopped_reading", conversation=self._id)
                await self._close(STOPPED_READING)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)  # gather would raise a cancellation of its own and hide who cancelled this
                for task in tasks:
                    _ = task.cancelled() or task.exception()  # looked at: what ended the stream is known above

    async def _read(self) -> None:
        while True:
            text = await _receive(self._socket)
            try:
                await self._handle(_frame(text))
            except (UnknownConversation, WebSocketDisconnect, _StoppedReading):
                raise
            except Exception as error:
                problem = problems.of(error)
                if problem is None:
                    log.exception("socket.frame_failed", conversation=self._id)
                    problem = Problem(500, "Er ging iets mis. Probeer het opnieuw.")
                await self._send(_error(problem, text))

    async def _handle(self, frame: dict[str, Any]) -> None:
        match frame.get("soort"):
            case "bericht":
                await self._gate.pass_message(self._id)
                try:
                    new = NieuwBericht.model_validate({k: v for k, v in frame.items() if k != "soort"})
                except ValidationError as error:
                    fields = ", ".join(dict.fromkeys(problems.field(one["loc"]) for one in error.errors()))
                    raise Problem(422, f"Deze gegevens kloppen niet: {fields or 'bericht'}.") from error
                stored = await accept(self._desk, self._id, new)
                await self._send({"soort": "ontvangen", **stored.model_dump(mode="json")})
            case "typt":
                await self._gate.pass_signal(self._id)
                data = {"who": Sender.CITIZEN, "on": bool(frame.get("aan"))}
                await self._desk.bus.publish(Event(conversation_subject(self._id), "typing", data))
            case "gezien":
                await self._gate.pass_signal(self._id)
                try:
                    seen = Seen.model_validate(frame)
                except ValidationError as error:
                    raise Problem(422, "Dit volgnummer klopt niet: stuur het nummer van een bericht.") from error
                async with self._desk.database.write() as session:
                    await conversations.mark_seen(session, self._id, seen.volgnummer)
            case "ping":
                await self._send({"soort": "pong"})
            case _:
                raise Problem(422, "Dit soort bericht kennen wij niet. Zie de documentatie van de API.")

    async def _write(self, subscription: Subscription) -> None:
        await self._show(first=True)
        while True:
            event = await subscription.next(self._seconds_to_look())
            if event is not None and event.kind == "erased" and event.subject == conversation_subject(self._id):
                raise UnknownConversation(self._id)
            if event is not None and event.kind == "typing":
                await self._typing(event)
            elif event is None and self._is_with(Owner.QUEUED):
                await self._show_place()
            elif event is not None and event.subject == queue_subject(self._municipality):
                self._look_at_place_soon()
            elif event is not None and event.kind == looking_again.LOOK and self._has_shown(event.data["standing"]):
                pass  # she was told
            elif event is not None and event.kind == messages.SAID and self._is_with(Owner.EMPLOYEE):
                await self._show_said()
            elif event is None or event.kind != "seen":
                await self._show()

    def _look_at_place_soon(self) -> None:
        """What others do in the queue changes her place, and that only while she waits there."""
        if self._is_with(Owner.QUEUED) and self._look_at is None:
            self._look_at = time.monotonic() + PLACE_SECONDS

    def _seconds_to_look(self) -> float:
        if self._look_at is not None:
            return max(0.001, self._look_at - time.monotonic())
        if self._is_with(Owner.QUEUED):
            return PLACE_AGAIN_SECONDS - time.monotonic() % PLACE_AGAIN_SECONDS
        return LOOK_AGAIN_SECONDS

    def _is_with(self, owner: Owner) -> bool:
        return self._shown is not None and self._shown["eigenaar"] == dutch.OWNERS[owner]

    def _has_shown(self, standing: Standing) -> bool:
        return standing.epoch == self._epoch and standing.last_seq <= self._after

    async def _show_place(self) -> None:
        """Send her place in the queue when it changed."""
        self._look_at = None
        where = (await self._places.get(self._municipality)).get(self._id)
        if where is None or self._shown is None:
            await self._show()  # she waits no more
            return
        state = {**self._shown, **representation.in_queue(where)}
        if state != self._shown:
            self._shown = state
            await self._send({"soort": "status", "gesprek": {**state, "laatste_volgnummer": self._last_seq}})

    async def _show_said(self) -> None:
        """Send what was said: in a talk with a person nothing else is new, unless it changed hands."""
        async with self._desk.database.read() as session:
            epoch = await conversations.epoch_of(session, self._id)
            if epoch == self._epoch:
                said = await messages.after(session, self._id, self._after)
                shown = await representation.messages(self._desk, session, said)
        if epoch == self._epoch:
            await self._send_messages(shown)
        else:
            await self._show()

    async def _show(self, *, first: bool = False) -> None:
        """Send what is new: the state of the conversation when it changed, then messages in order."""
        self._look_at = None
        async with self._desk.database.read() as session:
            conversation = await conversations.get(session, self._id)
            gesprek = (await representation.conversation(self._desk, session, conversation)).model_dump(mode="json")
            said = await messages.after(session, self._id, self._after)
            shown = await representation.messages(self._desk, session, said)
        state = {name: value for name, value in gesprek.items() if name != "laatste_volgnummer"}
        if first:
            await self._send({"soort": "aangemeld", "gesprek": gesprek})
        await self._send_messages(shown)
        if not first and state != self._shown:
            await self._send({"soort": "status", "gesprek": gesprek})
        self._shown, self._epoch, self._last_seq = state, conversation.epoch, conversation.last_seq

    async def _send_messages(self, shown: Sequence[Bericht]) -> None:
        for one in shown:
            await self._send({"soort": "bericht", "bericht": one.model_dump(mode="json")})
            self._after = one.volgnummer

    async def _typing(self, event: Event) -> None:
        if event.data.get("who") == Sender.CITIZEN:
            return
        who = dutch.SENDERS[event.data["who"]]
        name = event.data.get("name")
        await self._send({"soort": "typt", "wie": who, "naam": name, "aan": bool(event.data.get("on"))})

    async def _send(self, frame: dict[str, Any]) -> None:
        """Raises:
        _StoppedReading: it could not be sent in time, or not even begun behind what was being sent.
        """
        try:
            async with asyncio.timeout(self._send_seconds), self._sending:
                await self._socket.send_json(frame)
        except TimeoutError as error:
            raise _StoppedReading from error

    async def _close(self, code: int) -> None:
        with contextlib.suppress(RuntimeError, TimeoutError):
            async with asyncio.timeout(self._send_seconds):
                await self._socket.close(code)


def _frame(text: str | None) -> dict[str, Any]:
    if text is None:
        raise Problem(400, "Wij kunnen dit bericht niet lezen. Stuur tekst met JSON.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "Wij kunnen dit bericht niet lezen. Stuur JSON.") from error
    if not isinstance(frame, dict):
        raise Problem(400, "Wij kunnen dit bericht niet lezen. Stuur een JSON-object.")
    return frame


def _id_in(text: str | None) -> str | None:
    """The id that a refused frame came with, if it could be one."""
    with contextlib.suppress(ValueError, AttributeError, RecursionError):
        about = json.loads(text or "").get("id")
        if isinstance(about, str) and about.isascii() and len(about) <= MAX_ID:
            return about
    return None


def _error(problem: Problem, text: str | None) -> dict[str, Any]:
    """An error frame that names the message it is about, so that the client keeps it."""
    body = problem.body()
    frame = {
        "soort": "fout",
        "id": _id_in(text),
        "titel": body["title"],
        "detail": body["detail"],
        "status": body["status"],
    }
    if "opnieuw_na_seconden" in body:
        frame["opnieuw_na_seconden"] = body["opnieuw_na_seconden"]
    if body.get("vervolg"):
        frame["vervolg"] = True
    return frame
