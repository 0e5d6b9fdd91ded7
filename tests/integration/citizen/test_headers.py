"""Who may read an answer from another site, and what every answer tells browsers."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.citizen import ORIGIN, problem


def test_another_site_may_not_start_a_conversation(client: TestClient) -> None:
    body = {"gemeente": "voorbeeldstad"}
    problem(client.post("/api/v1/gesprekken", json=body, headers={"Origin": "https://evil.example"}), 403)
    own = client.post("/api/v1/gesprekken", json=body, headers={"Origin": ORIGIN})
    assert own.status_code == 201
    assert own.headers["access-control-allow-origin"] == ORIGIN


def test_preflight_names_only_the_sites_of_municipalities(client: TestClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    allowed = client.options("/api/v1/gesprekken", headers={"Origin": ORIGIN, **asked})
    refused = client.options("/api/v1/gesprekken", headers={"Origin": "https://evil.example", **asked})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in refused.headers


def test_every_answer_carries_safe_headers(client: TestClient) -> None:
    for path in ("/healthz", "/api/v1/gemeenten/voorbeeldstad", "/api/v1/bestaat-niet"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert client.get("/api/v1/gemeenten/voorbeeldstad").headers["cache-control"] == "no-store"


def test_the_widget_can_be_loaded_from_any_site(client: TestClient) -> None:
    loaded = client.get("/widget/balie-chat.js", headers={"Origin": "https://anders.example"})
    assert loaded.status_code == 200
    assert loaded.headers["access-control-allow-origin"] == "*"
