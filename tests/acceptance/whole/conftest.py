"""One running installation for all tests here, a browser, and a folder for screenshots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.acceptance.whole.stack import PROJECT, Stack
from tests.chromium import PATIENCE_MS, launched
from tests.telegram_server import FakeTelegram


@pytest.fixture(scope="session")
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, telegram: FakeTelegram) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("balie"), telegram_api=telegram.url)
    stack.prepare()
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture(autouse=True)
def everything_runs(stack: Stack) -> None:
    """What an earlier test hurt has recovered before the next begins."""
    stack.wait_until_ready()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """No longer than a module: while Playwright runs, no other test can start an event loop."""
    with launched() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="nl-NL", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = PROJECT / "artefacts" / "acceptance"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
