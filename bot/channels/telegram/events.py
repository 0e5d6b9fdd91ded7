"""Waiting for an event so that stopping always works."""

from __future__ import annotations

import asyncio

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
