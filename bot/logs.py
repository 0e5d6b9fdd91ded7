"""Structured logs: our own and those of every library, one line each, without personal data."""

import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.settings import LogLevel

OWN_FIELDS = frozenset({"timestamp", "level", "logger"})
"""Fields that the program fills itself: never what somebody typed."""

Redact = Callable[[str], str]


def configure_logs(level: LogLevel, *, as_json: bool | None, redact: Redact) -> None:
    """Send all logs to standard error, each text in them through `redact`.

    Args:
        as_json: JSON lines, or lines for reading; None chooses JSON unless standard error is a terminal.
        redact: Takes personal data out of a text. Applied to every field, whichever library wrote it.
    """
    if as_json is None:
        as_json = not sys.stderr.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=repr)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redacting(redact),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "asyncio", "uvicorn.access", "aiosqlite", "watchfiles"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def redacting(redact: Redact) -> Processor:
    """A processor that applies `redact` to every text of an event, however deep."""

    def process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {name: value if name in OWN_FIELDS else _without(value, redact) for name, value in event.items()}

    return process


def _without(value: Any, redact: Redact) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return redact(value)
        case Mapping():
            return {key: _without(one, redact) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_without(one, redact) for one in value]
        case _:
            return redact(repr(value))
