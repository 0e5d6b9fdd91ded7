"""A browser, a served console and an employee who is logged in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests import chromium, servers
from tests.acceptance.console.desk import DESKTOP, Console, Counter, watched
from tests.chromium import launched
from tests.console_room import make_log_ins_quick

VENDOR = chromium.ROOT / "handoff" / "console" / "static" / "vendor"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not (VENDOR / "htmx.org").is_dir():
        servers.missing("The front end's packages are missing: run `make setup`.")
    with launched() as browser:
        yield browser


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    make_log_ins_quick(monkeypatch)
    counter = Counter(tmp_path)
    yield counter
    counter.end()


@pytest.fixture
def errors() -> list[str]:
    """Uncaught errors in pages, and what the Content-Security-Policy refused."""
    return []


@pytest.fixture
def context(browser: Browser, errors: list[str]) -> Iterator[BrowserContext]:
    context = watched(browser.new_context(viewport=DESKTOP, locale="nl-NL"), errors)
    yield context
    context.close()
    assert errors == []


@pytest.fixture
def console(context: BrowserContext, counter: Counter) -> Console:
    return Console(context.new_page(), counter).log_in()
