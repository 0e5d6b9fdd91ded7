"""The headers that every answer carries."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.middleware import SafeHeaders


@pytest.mark.parametrize(
    ("own", "expected"), [({}, "no-referrer"), ({"Referrer-Policy": "same-origin"}, "same-origin")], ids=["none", "own"]
)
def test_a_page_that_sets_a_header_itself_keeps_its_own_value_alone(own: dict[str, str], expected: str) -> None:
    async def page(_request: Request) -> Response:
        return Response(headers=own)

    app = Starlette(routes=[Route("/", page)])
    app.add_middleware(SafeHeaders)
    headers = TestClient(app).get("/").headers
    assert headers.get_list("referrer-policy") == [expected]
    assert headers["x-content-type-options"] == "nosniff"
