"""The Telegram channel as a whole: one bot for each municipality that has a token, started and stopped together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import structlog
from pydantic import SecretStr
from telegram import Bot

from bot.channels.telegram.api import make_bot
from bot.channels.telegram.beside import Beside
from bot.channels.telegram.files import Files
from bot.channels.telegram.judgement import Judgement
from bot.channels.telegram.keeping import Keeping
from bot.channels.telegram.menu import introduce
from bot.channels.telegram.offset import Offset
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.parked import Parked
from bot.channels.telegram.place_notice import PlaceNotices
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.receiving import Receiver
from bot.channels.telegram.seen import Seen
from bot.channels.telegram.sending import Delivery
from bot.channels.telegram.telling import Teller
from bot.channels.telegram.throttle import Throttle
from bot.channels.telegram.typing_notice import TypingNotice
from bot.channels.telegram.webhook import Webhook
from bot.desk import Desk

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Counter:
    """What one municipality's bot consists of."""

    bot: Bot
    typing: TypingNotice
    teller: Teller
    throttle: Throttle
    source: Poller | Webhook
    beside: Beside


class TelegramChannel:
    """Reads and sends for every municipality with a token; without tokens it does nothing.

    Args:
        tokens: BotFather's token of each municipality.
        api_base: Address of the Bot API, without a slash at the end.
        webhook_address: Where Telegram brings updates; None: they are asked for (polling).

    Raises:
        UnknownMunicipality: a token is given for a municipality that does not exist.
    """

    def __init__(
        self,
        desk: Desk,
        tokens: Mapping[str, SecretStr],
        *,
        api_base: str,
        pace: Pace | None = None,
        webhook_address: str | None = None,
    ) -> None:
        self._pace = pace or Pace()
        self._webhook_address = webhook_address
        self._counters = {
            desk.municipality(key).key: self._counter(desk, key, token, api_base) for key, token in tokens.items()
        }
        bots = {key: (counter.bot, counter.throttle) for key, counter in self._counters.items()}
        self._delivery = Delivery(desk, bots, self._pace)
        self._places = PlaceNotices(desk, bots, self._pace)

    def _counter(self, desk: Desk, municipality: str, token: SecretStr, api_base: str) -> _Counter:
        bot, throttle = make_bot(token, api_base, self._pace), Throttle(self._pace.chat_seconds)
        typing = TypingNotice(desk.bus, bot, self._pace)
        teller = Teller(bot, municipality, throttle, self._pace)
        bot_id = token.get_secret_value().partition(":")[0]
        keeping, seen = Keeping(desk, municipality, typing), Seen(desk, bot_id)
        parked = Parked(desk, municipality, bot_id, bot, seen)
        receiver = Receiver(
            desk,
            municipality,
            seen,
            parked,
            keeping,
            Files(desk, municipality, bot, keeping, self._pace),
            Judgement(desk, municipality, teller),
            teller,
        )
        introduced = partial(introduce, bot, desk.municipality(municipality))
        source: Poller | Webhook
        if self._webhook_address is not None:
            source = Webhook(bot, municipality, receiver, desk.vault, self._webhook_address, self._pace, introduced)
        else:
            offset = Offset(desk.database, desk.clock, bot_id)
            source = Poller(bot, municipality, offset, receiver, self._pace, introduced)
        beside = Beside(desk, municipality, parked, receiver, self._pace)
        return _Counter(bot, typing, teller, throttle, source, beside)

    def webhook(self, municipality: str) -> Webhook | None:
        """Where this municipality's updates come in; None when it has no bot here, or one that polls."""
        counter = self._counters.get(municipality)
        return counter.source if counter is not None and isinstance(counter.source, Webhook) else None

    async def start(self) -> None:
        """Begin reading and sending; returns at once, whether or not Telegram is within reach."""
        if not self._counters:
            return
        await self._delivery.start()
        self._places.start()
        for counter in self._counters.values():
            counter.beside.start()
            counter.source.start()
        log.info("telegram.started", municipalities=sorted(self._counters))

    async def stop(self) -> None:
        """Stop reading, then sending; what is stored and not dealt with or delivered is so after the next start."""
        counters = self._counters.values()
        await asyncio.gather(*(part.stop() for counter in counters for part in (counter.source, counter.beside)))
        await asyncio.gather(
            self._delivery.stop(),
            self._places.stop(),
            *(counter.typing.stop() for counter in counters),
            *(counter.teller.stop() for counter in counters),
        )
        await asyncio.gather(*(counter.bot.shutdown() for counter in counters))
