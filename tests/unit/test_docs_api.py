"""docs/api.md names every resource of the citizen API, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from bot.channels import socket, web

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
_RESOURCE = re.compile(r"^\| `(GET|POST|PUT|PATCH|DELETE|WebSocket) (/[^`?]*)", re.M)


def test_the_documentation_lists_the_routes_that_exist() -> None:
    documented = {(method, path) for method, path in _RESOURCE.findall(DOCS.read_text())}
    served = {
        (method, route.path.removeprefix("/api/v1"))  # type: ignore[attr-defined]
        for route in web.router.routes
        for method in route.methods  # type: ignore[attr-defined]
    } | {("WebSocket", route.path.removeprefix("/api/v1")) for route in socket.router.routes}  # type: ignore[attr-defined]
    assert documented == served
