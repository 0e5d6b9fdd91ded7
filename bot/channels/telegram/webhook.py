"""Telegram brings the updates itself: each is stored first, and only then answered with 200."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable

import structlog
from telegram import Bot, Update
from telegram.error import InvalidToken, TelegramError

from bot.channels.telegram.api import describe
from bot.channels.telegram.incoming import WANTED_UPDATES
from bot.channels.telegram.metrics import GIVEN_UP, POLL_FAILURES
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.receiving import Receiver
from bot.channels.telegram.trying import Trying
from handoff.vault import Vault

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
LARGEST_BYTES = 1_000_000
"""Of one update: Telegram sends no files, only what is said about them."""


class NotTelegram(Exception):
    """Whoever sent this does not know the secret that Telegram was given."""


def path_of(municipality: str) -> str:
    """Where Telegram brings the updates of this municipality's bot."""
    return f"/telegram/{municipality}"


class Webhook:
    """One bot whose updates come by themselves.

    Args:
        address: Where balie is reached, without a slash at the end; Telegram wants https.
    """

    def __init__(
        self,
        bot: Bot,
        municipality: str,
        receiver: Receiver,
        vault: Vault,
        address: str,
        pace: Pace,
        introduce: Callable[[], Awaitable[None]],
    ) -> None:
        self._introduce = introduce
        self._bot = bot
        self._municipality = municipality
        self._trying = Trying(receiver)
        self._secret = vault.equality_hash(f"telegram-webhook:{municipality}")
        self._address = address
        self._pace = pace
        self._one_by_one = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Tell Telegram where to bring updates; it need not be within reach."""
        self._task = asyncio.create_task(self._register(), name=f"telegram-webhook-{self._municipality}")

    async def stop(self) -> None:
        """Stop telling. Telegram goes on bringing updates and keeps what it can't bring for 24 hours."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def check(self, secret: str) -> None:
        """Before anything of a request is read.

        Raises:
            NotTelegram: the secret is not the one that Telegram was given.
        """
        if not hmac.compare_digest(secret.encode(), self._secret.encode()):
            raise NotTelegram

    async def take_in(self, body: bytes) -> None:
        """Store one update, after those that came before it.

        Raises:
            Exception: it could not be stored; Telegram brings it again when it is not answered with 200.
        """
        try:
            update = Update.de_json(json.loads(body), self._bot)
        except Exception as error:  # noqa: BLE001 - brought again it would be as unreadable
            GIVEN_UP.inc()
            log.error("telegram.unreadable_update", municipality=self._municipality, error=type(error).__name__)
            return
        async with self._one_by_one:
            await self._trying.take_in(update)

    async def _register(self) -> None:
        failures = 0
        while True:
            try:
                await self._bot.initialize()
                await self._bot.set_webhook(
                    f"{self._address}{path_of(self._municipality)}",
                    allowed_updates=WANTED_UPDATES,
                    secret_token=self._secret,
                    max_connections=1,  # in order
                    drop_pending_updates=False,
                )
            except TelegramError as error:
                failures += 1
                refused = isinstance(error, InvalidToken)
                seconds = self._pace.refused_pause_seconds if refused else self._pace.pause(failures)
                POLL_FAILURES.labels(type(error).__name__).inc()
                log.warning(
                    "telegram.webhook_refused",
                    municipality=self._municipality,
                    error=describe(error),
                    advice="check BALIE_TELEGRAM_TOKENS" if refused else "check BALIE_PUBLIC_URL; it is tried again",
                    again_in_seconds=seconds,
                )
                await asyncio.sleep(seconds)
            else:
                break
        await self._introduce()
        log.info("telegram.webhook", municipality=self._municipality)
