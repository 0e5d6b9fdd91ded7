"""Waiting for an event so that stopping always works."""

from __future__ import annotations

import asyncio
import time

from handoff.bus import Event, Subscription


async def next_event(events: Subscription, seconds: float) -> Event | None:
    """The next event, or None when `seconds` passed without one.

    Python 3.11's `asyncio.wait_for` loses a cancellation that comes together with a result; `asyncio.timeout` does not.
    """
    try:
        async with asyncio.timeout(seconds):
            return await events.next()
    except TimeoutError:
        return None


async def pass_over(events: Subscription, seconds: float) -> None:
    """Let what happens within this time be answered by one look."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        await next_event(events, left)
