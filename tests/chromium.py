"""Debian's Chromium, as every browser test starts it and waits for it."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests import servers

ROOT = Path(__file__).parents[1]
ARTEFACTS = ROOT / "artefacts"
"""Where tests leave their screenshots."""

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""No graphics and no root's sandbox on a build machine; no traffic but what a test asks for."""

PATIENCE_SECONDS = 30
"""For anything a page is waited for: a build machine can be busy. Only what fails takes so long."""
PATIENCE_MS = PATIENCE_SECONDS * 1000

DESKTOP: ViewportSize = {"width": 1280, "height": 860}
PHONE: ViewportSize = {"width": 360, "height": 740}

_AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
_AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """A browser without a window.

    No longer than a module: while Playwright runs, no other test can start an event loop.
    """
    executable = shutil.which("chromium")
    if executable is None:
        servers.missing("Chromium is missing: install Debian's package chromium.")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS, timeout=PATIENCE_MS)
        yield browser
        browser.close()


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """Let the page go on until something outside it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        page.evaluate("() => new Promise(requestAnimationFrame)")


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is now, by its rules for WCAG 2.2 A and AA and for best practice."""
    if not _AXE.exists():
        servers.missing("axe-core is missing: run npm ci, or make setup.")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_AXE.read_text())
    found: dict[str, Any] = page.evaluate("(tags) => axe.run(document, {runOnly: tags})", _AXE_TAGS)
    return [
        f"{one['id']}: {one['help']}: {json.dumps([node['target'] for node in one['nodes']])}"
        for one in found["violations"]
    ]
