"""Runs turns: one at a time for a conversation, many conversations at once, and again after a crash.

A conversation is answered by the process that holds its turn lease in the database. A process that dies leaves its
lease to run out; the sweep of any process then finds the unanswered message.
"""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.metrics import TURN_CRASHES
from handoff import conversations
from handoff.clock import Clock
from handoff.database import Database

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 1.0
TURNS_AT_ONCE = 32
CRASHES_BEFORE_GIVING_UP = 3

AnswerNext = Callable[[str], Awaitable[bool]]
GiveUp = Callable[[str], Awaitable[None]]


class TurnRunner:
    """Answers what citizens sent, in order, exactly once.

    Args:
        answer_next: Answers the earliest unanswered message of a conversation; False when there is none.
        give_up: Ends a turn that failed three times.
        lease_seconds: Longer than the longest turn (Rasa's time-out and the storing).
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        answer_next: AnswerNext,
        give_up: GiveUp,
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._answer_next = answer_next
        self._give_up = give_up
        self._lease_seconds = lease_seconds
        self._renew_after_seconds = lease_seconds / 10
        self._holder = str(uuid.uuid4())
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._crashes: dict[str, int] = {}
        self._slots = asyncio.Semaphore(TURNS_AT_ONCE)
        self._sweeper: asyncio.Task[None] | None = None
        self._stopped = False

    async def start(self) -> None:
        """Begin sweeping; first whatever an earlier process left."""
        if self._database.is_sqlite:
            async with self._database.write() as session:
                await conversations.drop_all_turn_leases(session)
        self._sweeper = asyncio.create_task(self._sweep(), name="turn-sweep")

    async def stop(self) -> None:
        """Stop at once; what is unanswered is found again by the next start."""
        self._stopped = True
        tasks = [task for task in (self._sweeper, *self._running.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self, conversation_id: str) -> None:
        """A message was stored; answer it now, or right after the turn that is running."""
        if self._stopped:
            return
        if conversation_id in self._running:
            self._again.add(conversation_id)
            return
        task = asyncio.create_task(self._run(conversation_id), name=f"turn-{conversation_id}")
        self._running[conversation_id] = task

    async def _run(self, conversation_id: str) -> None:
        try:
            async with self._slots:
                await self._answer_all(conversation_id)
        except Exception as error:  # the sweep tries again; a poisoned message is given up after three times
            TURN_CRASHES.labels(type(error).__name__).inc()
            log.exception("turn.crashed", conversation=conversation_id)
            await self._count_crash(conversation_id)
        finally:
            self._running.pop(conversation_id, None)
            if conversation_id in self._again:
                self._again.discard(conversation_id)
                self.wake(conversation_id)

    async def _answer_all(self, conversation_id: str) -> None:
        renew_at = -math.inf
        while True:
            if time.monotonic() >= renew_at:
                if not await self._take_lease(conversation_id):
                    break
                renew_at = time.monotonic() + self._renew_after_seconds
            if not await self._answer_next(conversation_id):
                break
            self._crashes.pop(conversation_id, None)
        async with self._database.write() as session:
            await conversations.give_turn_lease_back(session, conversation_id, holder=self._holder)

    async def _take_lease(self, conversation_id: str) -> bool:
        async with self._database.write() as session:
            return await conversations.take_turn_lease(
                session, conversation_id, holder=self._holder, now=self._clock(), seconds=self._lease_seconds
            )

    async def _count_crash(self, conversation_id: str) -> None:
        crashes = self._crashes[conversation_id] = self._crashes.get(conversation_id, 0) + 1
        if crashes < CRASHES_BEFORE_GIVING_UP:
            return
        self._crashes.pop(conversation_id, None)
        try:
            await self._give_up(conversation_id)
        except Exception as error:  # the message stays stored, and the sweep comes back to it
            TURN_CRASHES.labels(type(error).__name__).inc()
            log.exception("turn.giving_up_failed", conversation=conversation_id)

    async def _sweep(self) -> None:
        while True:
            try:
                async with self._database.read() as session:
                    for conversation_id in await conversations.awaiting_turn(session, now=self._clock()):
                        self.wake(conversation_id)
            except Exception:
                log.exception("turn.sweep_failed")
            await asyncio.sleep(SWEEP_SECONDS)


def lease_seconds(engine_timeout_seconds: float) -> float:
    """How long a turn may hold its conversation: Rasa's time-out, and as long again for storing."""
    return timedelta(seconds=engine_timeout_seconds + 5).total_seconds()
