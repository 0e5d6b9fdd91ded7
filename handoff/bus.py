"""Events that tell watchers to look again. An event carries no text: what happened is read from the database.

A lost event costs a moment, never a message: watchers also look at intervals.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Collection
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

REDIS_SECONDS = 1.0
"""How long Redis may take; it carries hints and counts only, so what waits for it goes on without."""
SUBSCRIBER_BACKLOG = 1_000
"""Events a slow watcher may lag behind before the oldest are dropped; it reads the database anyway."""


@dataclass(frozen=True)
class Event:
    """Something changed about `subject` ("conversation:<id>", "queue:<municipality>")."""

    subject: str
    kind: str
    data: dict[str, Any] = field(default_factory=dict)


def conversation_subject(conversation_id: str) -> str:
    """The subject of everything about one conversation."""
    return f"conversation:{conversation_id}"


def conversation_of(subject: str) -> str | None:
    """The id of the conversation that a subject is about; None when it is about something else."""
    kind, _, conversation_id = subject.partition(":")
    return conversation_id if kind == "conversation" else None


def queue_subject(municipality: str) -> str:
    """The subject of everything that changes a municipality's queue."""
    return f"queue:{municipality}"


class Subscription:
    """The events of some subjects, in the order of publishing."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue(SUBSCRIBER_BACKLOG)

    def offer(self, event: Event) -> None:
        """Add an event; when the watcher lags, the oldest makes room."""
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(event)

    async def next(self, timeout_seconds: float | None = None) -> Event | None:
        """The next event, or None when `timeout_seconds` passed without one."""
        try:
            async with asyncio.timeout(timeout_seconds):  # wait_for may swallow a cancellation before Python 3.12
                return await self._queue.get()
        except TimeoutError:
            return None


class Bus(Protocol):
    """Carries events between requests, processes and machines."""

    async def publish(self, event: Event) -> None: ...

    def subscribe(self, *subjects: str) -> contextlib.AbstractAsyncContextManager[Subscription]: ...

    def watched(self) -> Collection[str]: ...

    def deliver(self, event: Event) -> None: ...

    async def close(self) -> None: ...


class InProcessBus:
    """The bus of a single balie process."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, set[Subscription]] = {}

    async def publish(self, event: Event) -> None:
        self.deliver(event)

    def watched(self) -> Collection[str]:
        """The subjects that somebody in this process watches."""
        return tuple(self._subscriptions)

    def deliver(self, event: Event) -> None:
        """Hand an event to the watchers in this process alone."""
        for subscription in tuple(self._subscriptions.get(event.subject, ())):
            subscription.offer(event)

    @contextlib.asynccontextmanager
    async def subscribe(self, *subjects: str) -> AsyncIterator[Subscription]:
        subscription = Subscription()
        for subject in subjects:
            self._subscriptions.setdefault(subject, set()).add(subscription)
        try:
            yield subscription
        finally:
            for subject in subjects:
                watchers = self._subscriptions.get(subject, set())
                watchers.discard(subscription)
                if not watchers:
                    self._subscriptions.pop(subject, None)

    async def close(self) -> None:
        self._subscriptions.clear()


class RedisBus:
    """The bus between replicas: one Redis channel, spread to the watchers in each process."""

    CHANNEL = "balie:events"
    NAME = f"balie-{socket.gethostname()}-{os.getpid()}"
    """What Redis shows of these connections."""
    RECONNECT_SECONDS = 1.0
    LISTEN_SECONDS = 15
    """How long to listen in silence before asking whether the connection still stands."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            health_check_interval=self.LISTEN_SECONDS,
            client_name=self.NAME,
        )
        self._local = InProcessBus()
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    async def start(self) -> None:
        """Begin listening; returns when the subscription stands.

        Raises:
            RedisError: Redis does not answer.
        """
        await self._redis.ping()
        self._listener = asyncio.create_task(self._listen(), name="redis-bus")
        await self._listening.wait()

    async def publish(self, event: Event) -> None:
        try:
            await self._redis.publish(self.CHANNEL, json.dumps(asdict(event)))
        except RedisError as error:
            log.warning("bus.publish_failed", kind=event.kind, error=type(error).__name__)
            self._local.deliver(event)

    def subscribe(self, *subjects: str) -> contextlib.AbstractAsyncContextManager[Subscription]:
        return self._local.subscribe(*subjects)

    def watched(self) -> Collection[str]:
        return self._local.watched()

    def deliver(self, event: Event) -> None:
        self._local.deliver(event)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(self.CHANNEL)
                    self._listening.set()
                    while True:
                        # with a time of its own: silence is no failure, and each round checks the connection
                        message = await pubsub.get_message(timeout=self.LISTEN_SECONDS)
                        if message is not None and message["type"] == "message":
                            self._local.deliver(Event(**json.loads(message["data"])))
            except RedisError as error:
                log.warning("bus.connection_lost", error=type(error).__name__)
                await asyncio.sleep(self.RECONNECT_SECONDS)

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        await self._redis.aclose()
        await self._local.close()
