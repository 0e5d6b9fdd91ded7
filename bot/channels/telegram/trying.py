"""Takes in updates one by one: what fails by itself is tried a few times, then the citizen is told."""

from __future__ import annotations

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from telegram import Update

from bot.channels.telegram.metrics import GIVEN_UP
from bot.channels.telegram.receiving import Receiver

log = structlog.get_logger(__name__)

ATTEMPTS = 3
"""So often an update is tried that fails by itself; then the citizen is told and the next one has its turn."""

PASSING = (OperationalError, InterfaceError, PoolTimeout, OSError)
"""Failures of the database or the machine: they say nothing about the update, so it waits as long as they last."""


class Trying:
    """Remembers which updates failed, and how often."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._attempts: dict[int, int] = {}

    async def take_in(self, update: Update) -> None:
        """Store what this update says; returning means that it may be confirmed to Telegram.

        Raises:
            Exception: it was not stored and has to come again.
        """
        try:
            await self._receiver.take_in(update)
        except PASSING:
            raise
        except Exception as error:
            attempts = self._attempts[update.update_id] = self._attempts.get(update.update_id, 0) + 1
            if attempts < ATTEMPTS:
                raise
            GIVEN_UP.inc()
            log.error("telegram.update_given_up", update=update.update_id, error=type(error).__name__)
            await self._receiver.apologise(update)
        self._attempts.pop(update.update_id, None)
