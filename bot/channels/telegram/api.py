"""Requests to Telegram's Bot API: making a bot, and what each failure means for the message that was being sent."""

from __future__ import annotations

import datetime as dt
import logging
import warnings
from collections.abc import Awaitable
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import httpx
import structlog
from pydantic import SecretStr
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest, RequestData

from bot.channels.telegram.metrics import COURTESY_FAILURES
from bot.channels.telegram.pace import Pace

log = structlog.get_logger(__name__)

SENDS_AT_ONCE = 20


class Failure(StrEnum):
    """What a failed request says about its message."""

    NO_CONNECTION = "no_connection"
    """It did not leave: send it again, however long the connection stays away."""
    NOT_SENT = "not_sent"
    """Telegram said that it failed: send it again."""
    UNCERTAIN = "uncertain"
    """It was sent and no answer came: it may have arrived."""
    WAIT = "wait"
    """Telegram names the seconds to wait."""
    REFUSED_TOKEN = "refused_token"  # noqa: S105 - the name of a failure
    """The municipality's token is wrong or was withdrawn; an operator has to mend it."""
    UNREACHABLE = "unreachable"
    """This citizen can no longer be reached: she blocked the bot, or the chat is gone."""
    MALFORMED = "malformed"
    """Telegram does not accept the message as it is."""


_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_CHAT_IS_GONE = ("chat not found", "user is deactivated", "user not found", "peer_id_invalid", "bot was kicked")


def judge(error: TelegramError) -> Failure:
    """What this error says about the message that was being sent."""
    match error:
        case RetryAfter():
            return Failure.WAIT
        case Forbidden() | ChatMigrated():
            return Failure.UNREACHABLE
        case InvalidToken():
            return Failure.REFUSED_TOKEN
        case BadRequest():
            gone = any(reason in error.message.lower() for reason in _CHAT_IS_GONE)
            return Failure.UNREACHABLE if gone else Failure.MALFORMED
        case NetworkError():
            return _judge_network(error)
    return Failure.UNCERTAIN  # a success that cannot be read, or something new


def _judge_network(error: NetworkError) -> Failure:
    cause = error.__cause__
    if isinstance(cause, _NEVER_LEFT):
        return Failure.NO_CONNECTION
    answered = cause is None or isinstance(cause, TelegramError)  # an HTTP status, with or without JSON
    return Failure.NOT_SENT if answered and not isinstance(error, TimedOut) else Failure.UNCERTAIN


def wait_seconds(error: RetryAfter) -> float:
    """The seconds that Telegram asks to wait."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library is changing this attribute's type; both are read here
        after = error.retry_after
    return after.total_seconds() if isinstance(after, dt.timedelta) else float(after)


def is_unchanged(error: BadRequest) -> bool:
    """Whether a message reads already as it was to be changed."""
    return "message is not modified" in error.message.lower()


def describe(error: BaseException) -> str:
    """An error for the log and the outbox: Telegram's words where it answered, never a token or an address."""
    if isinstance(error, BadRequest | Forbidden):
        return f"{type(error).__name__}: {error.message}"[:256]
    if isinstance(error, NetworkError) and error.__cause__ is not None:
        return f"{type(error).__name__}: {type(error.__cause__).__name__}"
    return type(error).__name__


def make_bot(token: SecretStr, api_base: str, pace: Pace) -> Bot:
    """A bot that keeps one connection for polling and a bounded number for sending."""
    _hush()
    polling = _Request(connection_pool_size=1, read_timeout=5.0, connect_timeout=10.0)
    sending = _Request(
        connection_pool_size=SENDS_AT_ONCE * 2,
        read_timeout=pace.send_seconds,
        write_timeout=pace.send_seconds,
        connect_timeout=min(10.0, pace.send_seconds),
        pool_timeout=pace.send_seconds,
    )
    return Bot(
        token.get_secret_value(),
        base_url=f"{api_base}/bot",
        base_file_url=f"{api_base}/file/bot",
        request=sending,
        get_updates_request=polling,
    )


async def courtesy(what: str, request: Awaitable[Any]) -> None:
    """Make a request that carries no message: when it fails nothing is lost, and nothing is tried again."""
    try:
        await request
    except TelegramError as error:
        COURTESY_FAILURES.labels(what).inc()
        log.debug("telegram.courtesy_failed", what=what, error=describe(error))


class _Request(HTTPXRequest):
    """Tells a gateway that gave up waiting apart from an answer: Telegram may have done what was asked."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = HTTPXRequest.DEFAULT_NONE,
        write_timeout: Any = HTTPXRequest.DEFAULT_NONE,
        connect_timeout: Any = HTTPXRequest.DEFAULT_NONE,
        pool_timeout: Any = HTTPXRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        code, payload = await super().do_request(
            url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
        )
        if code == HTTPStatus.GATEWAY_TIMEOUT:
            raise TimedOut("the gateway did not wait for the answer")
        return code, payload


def _hush() -> None:
    """Silence the libraries' own logs: httpx prints the token in every address, the Bot what citizens wrote."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logging.WARNING, logger.level))
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
