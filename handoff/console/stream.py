"""The live stream of one open console: what changed, new messages, who is typing; it also keeps her present.

Frames are JSON with `soort`. From the page: `volg` {zaak, na, stand}, `typt` {aan}, `ping`. To the page: `aangemeld`,
`wachtrij` (fetch the lists again), `kaart` {zaak, html} (a case that she holds, in its place), `zaak` (fetch the case
again), `bericht` {zaak, volgnummer, html}, `bezorging` {zaak, standen}, `typt` {aan}, `meekijkers` {zaak, kijken,
typen}, `pong`.
Closed with 4401 when the session has ended; a page of another origin gets no connection at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import structlog
from fastapi import APIRouter, WebSocket
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.websockets import WebSocketDisconnect

from handoff import dossier, looking_again, messages, queue, signals
from handoff.bus import Event, Subscription, conversation_of, conversation_subject, queue_subject
from handoff.console import overview, security
from handoff.console.attendance import Attendance, Seat
from handoff.console.dependencies import ConsoleDependencies, dependencies_of
from handoff.console.exceptions import ForgedRequest
from handoff.console.lists import DrawnCards
from handoff.console.rendering import Pages
from handoff.console.viewers import Viewers
from handoff.console.work import render_fresh
from handoff.exceptions import NotAllowed, UnknownCase, UnknownConversation
from handoff.looking_again import Standing
from handoff.tables import Employee
from handoff.vocabulary import CaseKind, CaseState, Sender

log = structlog.get_logger(__name__)
router = APIRouter()

SESSION_ENDED = 4401
NOT_UNDERSTOOD = 4400
SAY_AGAIN_SECONDS = 10.0
"""How often colleagues hear that she still has a conversation open (`viewers.py`)."""
GATHER_SECONDS = 0.02
"""Events that come within this time are answered together."""
MOST_AT_ONCE = 200
MAX_FRAME_CHARACTERS = 2_000
_OWN = "stream"
_WISH, _SUBSCRIBED = "wish", "subscribed"
"""Kinds of the stream's own events: the page asked something; from now on events arrive."""
_SIGNALS = frozenset({signals.TYPING, signals.SEEN, signals.DELIVERY, signals.WATCHING})
_NO_LISTS = _SIGNALS | {messages.SAID, looking_again.LOOK}
"""Kinds of events that change nothing in the lists, but for the card of what she holds herself. What is only looked at
again was told before, or is in the lists that a page fetches twice a minute anyway."""


@router.websocket("/stroom")
async def stream(websocket: WebSocket) -> None:
    deps = dependencies_of(websocket)
    try:
        security.check_stream_origin(websocket, deps)
    except ForgedRequest:
        await websocket.close()
        return
    await websocket.accept()
    attendance: Attendance = websocket.app.state.attendance
    token = security.session_token(websocket, deps)
    seat = await attendance.arrive(token) if token else None
    if seat is None:
        await websocket.close(SESSION_ENDED)
        return
    with attendance.staying(seat):
        await _Stream(websocket, deps, websocket.app.state.pages, websocket.app.state.drawn_cards, seat).run()


class _Stream:
    """One open console."""

    def __init__(
        self, websocket: WebSocket, deps: ConsoleDependencies, pages: Pages, cards: DrawnCards, seat: Seat
    ) -> None:
        self._socket = websocket
        self._deps = deps
        self._pages = pages
        self._cards = cards
        self._seat = seat
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
        self._holds: frozenset[str] = frozenset()
        """Conversations of the cases that she holds."""
        self._held: overview.Held | None = None
        """The same, to draw their cards; read when a card is to be drawn."""
        self._told: Standing | None = None
        """How the case that is open stood when the page last heard of it."""
        self._viewers = Viewers(seat.employee.id)
        self._told_viewers: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._watching: str | None = None
        """The conversation of which the others were told that she looks at it."""

    async def run(self) -> None:
        """Serve until the page goes away or the session ends."""
        doing = (self._receive(), self._send(), self._end_with_session())
        tasks = [asyncio.create_task(one) for one in doing]
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

    @property
    def _employee(self) -> Employee:
        return self._seat.employee

    async def _end_with_session(self) -> None:
        await self._seat.ended.wait()
        await self._socket.close(SESSION_ENDED)

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
                    self._subscription.offer(Event(_OWN, _WISH))

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
        standing = "aangemeld"
        watched = await self._watched()
        while True:
            subjects = (queue_subject(self._employee.municipality), *watched)
            async with self._deps.bus.subscribe(*subjects) as subscription:
                self._subscription = subscription
                # what happened between reading and subscribing is read now; what happens next arrives as an event
                self._subscription.offer(Event(_OWN, _SUBSCRIBED))
                await self._tell(standing)
                await self._catch_up()
                await self._say_watching(asks=True)
                await self._serve(subscription, watched)
            standing = "wachtrij"
            watched = await self._watched()

    async def _serve(self, subscription: Subscription, watched: frozenset[str]) -> None:
        """Pass on events, until other conversations have to be watched."""
        loop = asyncio.get_running_loop()
        say_again_at = loop.time() + SAY_AGAIN_SECONDS
        while True:
            events = await _gather(subscription, say_again_at - loop.time(), at_once=self._is_about_open_case)
            if loop.time() >= say_again_at:
                say_again_at = loop.time() + SAY_AGAIN_SECONDS
                await self._say_watching()
            events = [event for event in events if not self._knows(event)]
            for event in events:
                await self._pass_on_signal(event)
            await self._pass_on_changes([event for event in events if event.subject != _OWN])
            follows_another = await self._grant_wishes()
            may_differ = follows_another or any(self._may_change_what_she_holds(event) for event in events)
            if may_differ and await self._watched() != watched:
                return
            if follows_another:
                await self._catch_up()
                await self._say_watching(asks=True)

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
                self._conversation_id = self._told = None
                await self._look_away()
                if self._subscription is not None:
                    self._subscription.offer(Event(_OWN, _WISH))
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
        if any(event.kind not in _NO_LISTS for event in events):
            await self._tell("wachtrij")
        else:
            said = {conversation_of(event.subject) for event in events if event.kind == messages.SAID}
            await self._tell_cards(self._holds.intersection(said))

    async def _tell_cards(self, conversation_ids: Collection[str]) -> None:
        """What she holds of conversations in which something was said: nothing else in her lists changed by that."""
        if not conversation_ids:
            return
        me, now = self._employee, self._deps.clock()
        async with self._deps.database.read() as session:
            if self._held is None:
                look = self._deps.municipality_look(me.municipality)
                self._held = await overview.held(session, me, look, now=now)
            cards = await self._held.cards(session, me, conversation_ids, now=now)
        for card in cards:
            html = self._cards.draw(card, is_mine=True, chosen_id=self._case_id or "")
            await self._tell("kaart", zaak=card.case_id, html=html)

    def _knows(self, event: Event) -> bool:
        """Whether a look found nothing of which she was not told."""
        if event.kind != looking_again.LOOK:
            return False
        now: Standing = event.data["standing"]
        about = conversation_of(event.subject)
        if about == self._conversation_id and self._told is not None:
            case = {one: standing for one, standing in now.cases.items() if one == self._case_id}
            if replace(now, cases=case) != self._told:
                return False
        holds = any(employee_id == self._employee.id for _, _, employee_id, _ in now.cases.values())
        return holds == (about in self._holds)

    def _may_change_what_she_holds(self, event: Event) -> bool:
        """What colleagues take changes nothing for her: among hundreds of consoles each would look at each of it."""
        if event.subject != queue_subject(self._employee.municipality):
            return event.kind not in _SIGNALS | {messages.SAID, _WISH}
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
        self._told = fresh.told

    async def _watched(self) -> frozenset[str]:
        """The subjects that matter to this console: the conversations that she holds and the one that is open."""
        async with self._deps.database.read() as session:
            held = await queue.held_by(session, self._employee.id)
            followed = await self._followed(session)
        self._talks_with = frozenset(case.conversation_id for case in held if case.kind == CaseKind.CONVERSATION)
        self._holds = frozenset(case.conversation_id for case in held)
        self._held = None
        return frozenset(conversation_subject(one) for one in self._holds) | followed

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

    @property
    def _followed_subject(self) -> str | None:
        return conversation_subject(self._conversation_id) if self._conversation_id else None

    async def _tell(self, kind: str, **fields: Any) -> None:
        await self._socket.send_text(json.dumps({"soort": kind, **fields}, ensure_ascii=False))


async def _gather(
    subscription: Subscription, timeout_seconds: float, *, at_once: Callable[[Event], bool]
) -> list[Event]:
    """The next event and those that follow closely; none when the time is over.

    Args:
        at_once: Whether an event is waited for by a reader: then nothing is gathered but what is there already.
    """
    loop = asyncio.get_running_loop()
    event = await subscription.next(max(0.001, timeout_seconds))
    until = loop.time() + GATHER_SECONDS
    events: list[Event] = []
    while event is not None:
        events.append(event)
        if at_once(event):
            until = 0.0
        if len(events) >= MOST_AT_ONCE:
            break
        event = await subscription.next(max(0.0, until - loop.time()))
    return events


def _read_frame(text: str) -> dict[str, Any] | None:
    if len(text) > MAX_FRAME_CHARACTERS:
        return None
    try:
        frame = json.loads(text)
    except ValueError:
        return None
    return frame if isinstance(frame, dict) else None
