"""The OpenAPI description."""

from __future__ import annotations

from fastapi.testclient import TestClient


def test_the_api_describes_itself(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert "/api/v1/gesprekken/{gesprek_id}/berichten" in described["paths"]
