"""One reading for all who want to know the same thing at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


class ReadTogether(Generic[Key, Found]):
    """Reads once for everybody who asked before the reading began.

    When something changes every console asks what there is now. Nothing is kept: what somebody gets was always read
    after she asked, so it is never older than what she would have read herself.
    """

    def __init__(self, read: Callable[[Key], Awaitable[Found]]) -> None:
        self._read = read
        self._running: dict[Key, asyncio.Task[Found]] = {}
        self._next: dict[Key, asyncio.Task[Found]] = {}

    async def get(self, key: Key) -> Found:
        """What `read` finds for this key; raises what it raises."""
        reading = self._next.get(key)
        if reading is None:
            reading = asyncio.create_task(self._read_after(self._running.get(key), key))
            self._next[key] = reading
        return await asyncio.shield(reading)  # who goes away leaves it to the others

    async def _read_after(self, before: asyncio.Task[Found] | None, key: Key) -> Found:
        if before is not None:
            await asyncio.wait([before])
        self._running[key] = mine = self._next.pop(key)  # who asks from now on is too late for this one
        try:
            return await self._read(key)
        finally:
            if self._running.get(key) is mine:
                del self._running[key]
