"""What a browser loads before the chat is there."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, expect

from bot.widget import assets
from tests.acceptance.widget.citizen import Visit
from tests.fake_balie import FakeBalie

LARGEST_BYTES = 30_500
"""Without what is loaded only when it is needed (`later/`)."""


def test_everything_that_the_browser_loads_stays_under_its_bound_gzipped(visit: Visit) -> None:
    page = visit().page
    expect(page.locator("balie-chat .start")).to_be_visible()
    loaded: list[str] = page.evaluate("() => performance.getEntriesByType('resource').map((entry) => entry.name)")
    modules = {re.sub(r".*/widget/", "", name) for name in loaded if "/widget/" in name and "/demo/" not in name}
    files = {name: asset for name, asset in assets.load().items() if name.endswith(".js") and "/" not in name}
    assert modules == set(files)
    assert sum(len(asset.compressed) for asset in files.values()) < LARGEST_BYTES


def test_a_module_is_sent_again_only_when_it_changed(balie: FakeBalie, context: BrowserContext) -> None:
    address = f"{balie.url}/widget/element.js"
    first = context.request.get(address)
    assert first.headers["content-encoding"] == "gzip"
    assert context.request.get(address, headers={"If-None-Match": first.headers["etag"]}).status == 304
    assert context.request.get(f"{balie.url}/widget/assets.py").status == 404
