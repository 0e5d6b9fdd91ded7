"""Logs: one line each, from every library, without personal data."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import pytest
import structlog

from bot.logs import configure_logs
from handoff.personal_data import redact

PHONE = "06 12345678"

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The lines logged so far, read as JSON."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    written = StringIO()
    with redirect_stderr(written):
        configure_logs("INFO", as_json=True, redact=redact)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers, root.level = before
    structlog.reset_defaults()


def test_our_own_events_and_a_librarys_messages_look_alike(lines: Lines) -> None:
    structlog.get_logger("handoff.queue").info("claimed", case="Z-1")
    logging.getLogger("some.library").warning("slow by %d ms", 12)
    own, other = lines()
    assert (own["event"], own["case"], own["level"], own["logger"]) == ("claimed", "Z-1", "info", "handoff.queue")
    assert (other["event"], other["level"], other["logger"]) == ("slow by 12 ms", "warning", "some.library")
    assert own["timestamp"].endswith("Z")


def test_personal_data_is_taken_out_wherever_it_stands(lines: Lines) -> None:
    log = structlog.get_logger("bot")
    log.info(f"said {PHONE}", text=f"bel {PHONE}", deep={"list": [PHONE, {"one": PHONE}]}, thing=Thing())
    logging.getLogger("library").error("could not send to %s", PHONE, extra={"to": PHONE})
    try:
        raise ValueError(f"cannot read {PHONE}")
    except ValueError:
        log.exception("failed")
    written = json.dumps(lines())
    assert PHONE not in written
    assert written.count("[telefoon]") == 8


def test_less_serious_than_the_level_is_left_out(lines: Lines) -> None:
    structlog.get_logger("bot").debug("detail")
    logging.getLogger("httpx").info("GET /")
    assert lines() == []


class Thing:
    def __repr__(self) -> str:
        return f"Thing({PHONE})"
