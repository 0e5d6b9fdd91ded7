"""A browser, a balie that misbehaves on request, and the widget on a demo page of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.acceptance.widget.citizen import Visit, Widget
from tests.chromium import DESKTOP, PATIENCE_MS, launched
from tests.fake_balie import FakeBalie


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def balie() -> Iterator[FakeBalie]:
    with FakeBalie() as server:
        yield server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESKTOP, locale="nl-NL")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def errors() -> list[str]:
    """What went wrong in the pages: uncaught errors and refusals by the Content-Security-Policy."""
    return []


@pytest.fixture
def visit(balie: FakeBalie, context: BrowserContext, errors: list[str]) -> Visit:
    def visit(path: str = "/demo/voorbeeldstad", base: str | None = None) -> Widget:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if "Security Policy" in line.text else None)
        page.goto(f"{base or balie.url}{path}")
        return Widget(page)

    return visit


@pytest.fixture
def widget(visit: Visit, errors: list[str]) -> Iterator[Widget]:
    yield visit()
    assert errors == []
