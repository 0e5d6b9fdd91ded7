"""The live stream of one open console: what changed, new messages, who is typing; it also keeps her present.

Frames are JSON with `soort`. From the page: `volg` {zaak, na, stand}, `typt` {aan}, `ping`. To the page: `aangemeld`,
`wachtrij` (fetch the lists again), `zaak` (fetch the case again), `bericht` {zaak, volgnummer, html},
`bezorging` {zaak, standen}, `typt` {aan}, `meekijkers` {zaak, kijken, typen}, `pong`.
Closed with 4401 when the session has ended; a page of another origin gets no connection at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import APIRouter, WebSocket
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.websockets import WebSocketDisconnect

from handoff import dossier, employees, queue, signals
from handoff.bus import Event, Subscription, conversation_subject, queue_subject
from handoff.console import security
from handoff.console.dependencies import ConsoleDependencies, dependencies_of
from handoff.console.exceptions import ForgedRequest
from handoff.console.rendering import Pages
from handoff.console.viewers import Viewers
from handoff.console.work import render_fresh
from handoff.exceptions import NotAllowed, UnknownCase, UnknownConversation
from handoff.tables import Employee
from handoff.vocabulary import CaseKind, CaseState, Sender

log = structlog.get_logger(__name__)
router = APIRouter()

SESSION_ENDED = 4401
NOT_UNDERSTOOD = 4400
RENEW_SECONDS = 10.0
"""A third of the lease: two renewals may get lost."""
GATHER_SECONDS = 0.02
"""Events that come within this time are answered together."""
MAX_FRAME_CHARACTERS = 2_000
_OWN = "stream"
_SIGNALS = frozenset({signals.TYPING, signals.SEEN, signals.DELIVERY, signals.WATCHING})
"""Kinds of events that change nothing in the lists."""


@router.websocket("/stroom")
async def stream(websocket: WebSocket) -> None:
    deps = dependencies_of(websocket)
    try:
        security.check_stream_origin(websocket, deps)
    except ForgedRequest:
        await websocket.close()
        return
    await websocket.accept()
    me = await security.session_of(websocket, deps)
    if me is None:
        await websocket.close(SESSION_ENDED)
        return
    await _Stream(websocket, deps, websocket.app.state.pages, me.employee).run()


class _Stream:
    """One open console."""

    def __init__(self, websocket: WebSocket, deps: ConsoleDependencies, pages: Pages, employee: Employee) -> None:
        self._socket = websocket
        self._deps = deps
        self._pages = pages
        self._employee = employee
        self._token = security.session_token(websocket, deps) or ""
        self._wishes: asyncio.Queue[dict[str, Any]] = asyncio.Queue(100)
        self._subscription: Subscription | None = None
        self._case_id: str | None = None
        self._conversation_id: str | None = None
        self._last_seq = 0
        self._deliveries: Mapping[int, str] = {}
        self._standing: str | None = None
        """What the page was drawn with; None when it did not say."""
        self._talks_with: frozenset[str] = frozenset()
        """Conversations whose citizen she talks with."""
        self._viewers = Viewers(employee.id)
        self._told_viewers: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._watching: str | None = None
        """The conversation of which the others were told that she looks at it."""

    async def run(self) -> None:
        """Serve until the page goes away or the session ends."""
        tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._send())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                with contextlib.suppress(WebSocketDisconnect):
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)  # gather would raise here when it is itself cancelled
            await self._look_away()

    async def _receive(self) -> None:
        while True:
            text = await self._socket.receive_text()
            frame = _read_frame(text)
            if frame is None:
                await self._socket.close(NOT_UNDERSTOOD)
                return
            if frame.get("soort") == "typt":
                await self._pass_on_typing(on=frame.get("aan") is True)
            else:
                await self._wishes.put(frame)
                if self._subscription is not None:
                    self._subscription.offer(Event(_OWN, "wish"))

    async def _pass_on_typing(self, *, on: bool) -> None:
        if self._conversation_id is None or self._conversation_id not in self._talks_with:
            return
        event = signals.typing(
            self._conversation_id,
            Sender.EMPLOYEE,
            on=on,
            name=self._employee.display_name,
            employee_id=self._employee.id,
        )
        await self._deps.bus.publish(event)

    async def _send(self) -> None:
        if not await self._renew():
            return
        standing = "aangemeld"
        watched = await self._watched()
        while True:
            subjects = (queue_subject(self._employee.municipality), *watched)
            async with self._deps.bus.subscribe(*subjects) as subscription:
                self._subscription = subscription
                # what happened between reading and subscribing is read now; what happens next arrives as an event
                self._subscription.offer(Event(_OWN, "wish"))
                await self._tell(standing)
                await self._catch_up()
                await self._say_watching(asks=True)
                if not await self._serve(subscription, watched):
                    return
            standing = "wachtrij"
            watched = await self._watched()

    async def _serve(self, subscription: Subscription, watched: frozenset[str]) -> bool:
        """Pass on events; True when other conversations have to be watched, False when the session has ended."""
        loop = asyncio.get_running_loop()
        renew_at = loop.time() + RENEW_SECONDS
        while True:
            events = await _gather(subscription, renew_at - loop.time())
            if loop.time() >= renew_at:
                if not await self._renew():
                    return False
                renew_at = loop.time() + RENEW_SECONDS
                await self._catch_up()
                await self._say_watching()
            for event in events:
                await self._pass_on_signal(event)
            await self._pass_on_changes([event for event in events if event.subject != _OWN])
            if await self._grant_wishes() and await self._watched() == watched:
                await self._catch_up()
                await self._say_watching(asks=True)
            if any(self._may_change_what_she_holds(event) for event in events) and await self._watched() != watched:
                return True

    async def _grant_wishes(self) -> bool:
        """Do what the page asked, up to another case that it wants to follow; True when there was one.

        What the page asked after that is done once the other conversation is watched.
        """
        while not self._wishes.empty():
            wish = self._wishes.get_nowait()
            if wish.get("soort") == "ping":
                await self._tell("pong")
            elif wish.get("soort") == "volg":
                case_id, after = wish.get("zaak"), wish.get("na")
                self._case_id = case_id if isinstance(case_id, str) and case_id else None
                self._last_seq = after if isinstance(after, int) and after >= 0 else 0
                self._deliveries = {}
                drawn_with = wish.get("stand")
                self._standing = drawn_with if isinstance(drawn_with, str) else None
                self._conversation_id = None
                await self._look_away()
                if self._subscription is not None:
                    self._subscription.offer(Event(_OWN, "wish"))
                return True
        return False

    async def _say_watching(self, *, asks: bool = False) -> None:
        """Tell colleagues that she has this conversation open, and the page who of them has."""
        if self._conversation_id is not None:
            self._watching = self._conversation_id
            me = self._employee
            event = signals.watching(self._conversation_id, me.id, me.display_name, on=True, asks=asks)
            await self._deps.bus.publish(event)
        await self._tell_viewers()

    async def _look_away(self) -> None:
        """Tell colleagues that she no longer has it open."""
        if self._watching is not None:
            event = signals.watching(self._watching, self._employee.id, self._employee.display_name, on=False)
            self._watching = None
            await self._deps.bus.publish(event)
        self._viewers.clear()
        self._told_viewers = ((), ())

    async def _tell_viewers(self) -> None:
        found = self._viewers.now(asyncio.get_running_loop().time())
        if self._case_id is not None and found != self._told_viewers:
            self._told_viewers = found
            await self._tell("meekijkers", zaak=self._case_id, kijken=found[0], typen=found[1])

    async def _pass_on_signal(self, event: Event) -> None:
        if self._conversation_id is None:
            return
        if event.subject in (self._followed_subject, signals.viewers_subject(self._conversation_id)):
            if self._viewers.hear(event, asyncio.get_running_loop().time()):
                await self._say_watching()
            await self._tell_viewers()
        if event.subject != self._followed_subject:
            return
        if event.kind == signals.TYPING and event.data.get("who") == Sender.CITIZEN:
            await self._tell("typt", aan=bool(event.data.get("on")))

    async def _pass_on_changes(self, events: list[Event]) -> None:
        """Tell once for each kind of change, however many events there were."""
        if any(self._is_about_open_case(event) for event in events):
            await self._catch_up()
        if any(event.kind not in _SIGNALS for event in events):
            await self._tell("wachtrij")

    def _may_change_what_she_holds(self, event: Event) -> bool:
        """What colleagues take changes nothing for her: among hundreds of consoles each would look at each of it."""
        if event.subject != queue_subject(self._employee.municipality):
            return event.kind not in _SIGNALS
        return event.kind != "presence" and event.data.get("holder", self._employee.id) == self._employee.id

    def _is_about_open_case(self, event: Event) -> bool:
        if self._conversation_id is None or event.kind in {signals.TYPING, signals.WATCHING}:
            return False
        return event.subject == self._followed_subject or event.data.get("conversation_id") == self._conversation_id

    async def _catch_up(self) -> None:
        """Send what changed about the followed case since what the page has, whether or not an event told of it."""
        if self._case_id is None:
            return
        try:
            async with self._deps.database.read() as session:
                fresh = await render_fresh(
                    session, self._pages, self._deps, self._employee, self._case_id, self._last_seq
                )
        except (NotAllowed, UnknownCase, UnknownConversation):
            self._conversation_id = None
            await self._tell("zaak", zaak=self._case_id)
            self._case_id = None
            return
        self._conversation_id = fresh.conversation_id
        for seq, line in fresh.lines.items():
            await self._tell("bericht", zaak=self._case_id, volgnummer=seq, html=line)
            self._last_seq = max(self._last_seq, seq)
        if fresh.deliveries != self._deliveries:
            self._deliveries = fresh.deliveries
            await self._tell("bezorging", zaak=self._case_id, standen=dict(fresh.deliveries))
        if self._standing not in (None, fresh.standing):
            await self._tell("zaak", zaak=self._case_id)
        self._standing = fresh.standing

    async def _watched(self) -> frozenset[str]:
        """The subjects that matter to this console: the conversations that she holds and the one that is open."""
        async with self._deps.database.read() as session:
            held = await queue.held_by(session, self._employee.id)
            followed = await self._followed(session)
        self._talks_with = frozenset(case.conversation_id for case in held if case.kind == CaseKind.CONVERSATION)
        return frozenset(conversation_subject(case.conversation_id) for case in held) | followed

    async def _followed(self, session: AsyncSession) -> frozenset[str]:
        if self._case_id is None:
            return frozenset()
        try:
            case = await dossier.readable_case(session, self._case_id, self._employee, regie=True)
        except (NotAllowed, UnknownCase):
            return frozenset()
        if case.state == CaseState.DONE:
            return frozenset()
        return frozenset({conversation_subject(case.conversation_id), signals.viewers_subject(case.conversation_id)})

    async def _renew(self) -> bool:
        """Check the session and renew the lease; False when the session has ended and the page was told."""
        now = self._deps.clock()
        async with self._deps.database.write() as session:
            me = await employees.by_session(session, self._token, now=now)
            if me is not None:
                await employees.renew_lease(session, me.employee.id, now=now)
        if me is None:
            await self._socket.close(SESSION_ENDED)
            return False
        self._employee = me.employee
        return True

    @property
    def _followed_subject(self) -> str | None:
        return conversation_subject(self._conversation_id) if self._conversation_id else None

    async def _tell(self, kind: str, **fields: Any) -> None:
        await self._socket.send_text(json.dumps({"soort": kind, **fields}, ensure_ascii=False))


async def _gather(subscription: Subscription, timeout_seconds: float) -> list[Event]:
    """The next event and those that follow closely; none when the time is over."""
    events: list[Event] = []
    event = await subscription.next(max(0.001, timeout_seconds))
    while event is not None:
        events.append(event)
        if len(events) >= 200:
            break
        event = await subscription.next(GATHER_SECONDS)
    return events


def _read_frame(text: str) -> dict[str, Any] | None:
    if len(text) > MAX_FRAME_CHARACTERS:
        return None
    try:
        frame = json.loads(text)
    except ValueError:
        return None
    return frame if isinstance(frame, dict) else None
