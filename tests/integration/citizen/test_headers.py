"""Who may read an answer from another site, and what every answer tells browsers."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from bot.channels import representation
from tests.citizen import ORIGIN, Citizen, problem, running, settings_for
from tests.stage import StoppedClock

PATHS = ("/healthz", "/api/v1/gemeenten/voorbeeldstad", "/api/v1/bestaat-niet", "/medewerker/inloggen", "/demo")


def test_another_site_may_not_start_a_conversation(client: TestClient) -> None:
    body = {"gemeente": "voorbeeldstad"}
    problem(client.post("/api/v1/gesprekken", json=body, headers={"Origin": "https://evil.example"}), 403)
    own = client.post("/api/v1/gesprekken", json=body, headers={"Origin": ORIGIN})
    assert own.status_code == 201
    assert own.headers["access-control-allow-origin"] == ORIGIN


def test_preflight_names_only_the_sites_of_municipalities(client: TestClient) -> None:
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,content-type"}
    allowed = client.options("/api/v1/gesprekken", headers={"Origin": ORIGIN, **asked})
    refused = client.options("/api/v1/gesprekken", headers={"Origin": "https://evil.example", **asked})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_safe_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"]
    assert "strict-transport-security" not in headers


def test_an_answer_of_the_api_is_not_kept_not_framed_and_names_its_version(client: TestClient) -> None:
    for path in ("/api/v1/gemeenten/voorbeeldstad", "/api/v1/bestaat-niet", "/api/v1/openapi.json"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["api-version"].count(".") == 2


def test_behind_tls_a_browser_is_told_to_stay_there(tmp_path: Path, migrated_sqlite: Path) -> None:
    url = f"sqlite+aiosqlite:///{migrated_sqlite}"
    with running(settings_for(url, tmp_path, "https://chat.example"), StoppedClock()) as client:
        assert client.get("/healthz").headers["strict-transport-security"] == "max-age=31536000"
    with running(settings_for(url, tmp_path), StoppedClock()) as client:
        told = client.get("https://testserver/healthz").headers
        assert told["strict-transport-security"] == "max-age=31536000", "as uvicorn has it from a trusted proxy"


def test_a_fault_of_ours_is_a_problem_that_the_widget_may_read(
    citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(representation, "conversation", None)
    failed = citizen.client.get(citizen.path, headers={**citizen.headers, "Origin": ORIGIN})
    assert "bewaard" in problem(failed, 500)["detail"]
    assert failed.headers["access-control-allow-origin"] == ORIGIN
    assert failed.headers["api-version"]


def test_the_widget_can_be_loaded_from_any_site(client: TestClient) -> None:
    loaded = client.get("/widget/balie-chat.js", headers={"Origin": "https://anders.example"})
    assert loaded.status_code == 200
    assert loaded.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/api/v1/gemeenten/voorbeeldstad/", "/api/v1/gesprekken/", "/healthz/"])
def test_an_address_with_a_slash_at_its_end_is_another_address(client: TestClient, path: str) -> None:
    problem(client.get(path, follow_redirects=False), 404)


def test_the_console_is_found_without_a_slash(client: TestClient) -> None:
    assert client.get("/medewerker").url.path.startswith("/medewerker/")
    assert client.get("/medewerker").status_code == 200
