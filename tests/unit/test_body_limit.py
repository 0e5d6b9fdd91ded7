"""How much a request may bring, and who says that it is too much."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.middleware import BodyLimit
from handoff.attachments import Limits
from handoff.vocabulary import FileKind

TWO_MEGABYTES = Limits(frozenset({FileKind.PDF}), 2_000_000)


@pytest.fixture
def client() -> TestClient:
    async def page(request: Request) -> PlainTextResponse:
        try:
            return PlainTextResponse(f"{len(await request.body())} bytes")
        except HTTPException as error:
            return PlainTextResponse(f"said on the page: {error.status_code}")

    app = Starlette(routes=[Route("/{path:path}", page, methods=["POST"])])
    app.add_middleware(BodyLimit, files=TWO_MEGABYTES)
    return TestClient(app)


def test_a_message_has_a_limit_and_a_file_one_of_its_own(client: TestClient) -> None:
    assert client.post("/api/v1/gesprekken/een/berichten", content=bytes(64_001)).status_code == 413
    assert client.post("/api/v1/gesprekken/een/bijlagen", content=bytes(2_000_000)).text == "2000000 bytes"


def test_a_citizen_hears_how_large_a_file_may_be(client: TestClient) -> None:
    refused = client.post("/api/v1/gesprekken/een/bijlagen", content=bytes(2_100_000))
    assert refused.status_code == 413
    assert refused.json()["detail"] == "Dit bestand is te groot. Een bestand mag hoogstens 2 MB zijn."


def test_the_console_says_to_an_employee_on_her_page_that_a_file_is_too_large(client: TestClient) -> None:
    assert client.post("/medewerker/zaken/een/bijlagen", content=bytes(2_100_000)).text == "said on the page: 413"
