"""The OpenAPI description, held against the NL GOV API Design Rules and against what is served."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.channels import description, socket, web
from tests.citizen import running, settings_for
from tests.stage import StoppedClock


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return description.of(web.router.routes, "https://chat.voorbeeldstad.example", "beheer@voorbeeldstad.example")


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_served_under_the_version_and_any_site_may_read_it(client: TestClient) -> None:
    served = client.get("/api/v1/openapi.json", headers={"Origin": "https://anders.example"})
    assert served.status_code == 200
    assert served.headers["access-control-allow-origin"] == "*"
    assert served.json()["servers"] == [{"url": "http://testserver/api/v1", "description": "Deze installatie"}]


def test_it_describes_every_route_and_no_other(described: dict[str, Any]) -> None:
    served = {
        (method.lower(), route.path.removeprefix("/api/v1"))  # type: ignore[attr-defined]
        for route in web.router.routes
        for method in route.methods  # type: ignore[attr-defined]
    }
    assert {(method, path) for path, method, _ in operations(described)} == served


def test_it_says_who_keeps_it_and_under_which_version(described: dict[str, Any]) -> None:
    info = described["info"]
    assert info["contact"] == {
        "name": "Beheer van deze digitale balie",
        "url": "https://chat.voorbeeldstad.example",
        "email": "beheer@voorbeeldstad.example",
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+", info["version"])
    assert info["license"]["name"] == "EUPL-1.2"
    assert "email" not in description.of(web.router.routes, "https://a.example", None)["info"]["contact"]


def test_the_server_carries_the_version_and_no_path_ends_in_a_slash(described: dict[str, Any]) -> None:
    assert [server["url"] for server in described["servers"]] == ["https://chat.voorbeeldstad.example/api/v1"]
    assert all(re.fullmatch(r"(/([a-z0-9-]+|\{[a-z_]+\}))+", path) for path in described["paths"])


def test_every_route_documents_its_problems_as_problem_json(described: dict[str, Any]) -> None:
    for path, method, operation in operations(described):
        refused = {status: one for status, one in operation["responses"].items() if not status.startswith("2")}
        expected = {"500", "default"}
        if "requestBody" in operation:
            expected |= {"400", "413", "415", "422"}
        if "{gesprek_id}" in path:
            expected |= {"401", "404"}
        assert expected <= set(refused), (method, path)
        for response in refused.values():
            assert response["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Probleem"}}
            }


def test_a_problem_has_the_members_of_rfc_9457(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    assert set(schemas["Probleem"]["properties"]) == {"type", "title", "status", "detail"}
    assert not {"HTTPValidationError", "ValidationError"} & set(schemas)


def test_every_answer_names_the_version_of_the_api(described: dict[str, Any]) -> None:
    for _, _, operation in operations(described):
        for response in operation["responses"].values():
            assert response["headers"]["API-Version"] == {"$ref": "#/components/headers/API-Version"}


def test_the_token_is_a_security_scheme_that_every_conversation_asks_for(described: dict[str, Any]) -> None:
    (name, scheme), *others = described["components"]["securitySchemes"].items()
    assert (scheme["type"], scheme["scheme"], others) == ("http", "bearer", [])
    for path, method, operation in operations(described):
        security = operation.get("security", [])
        if "{gesprek_id}" in path:
            assert security == [{name: []}], (method, path)
        else:
            assert security in ([], [{name: []}, {}]), (method, path)


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(described))):
        found: Any = described
        for part in reference.split("/"):
            found = found[part]


def test_everything_is_explained_in_words(described: dict[str, Any]) -> None:
    assert {tag["name"] for tag in described["tags"]} == {"gemeenten", "gesprekken"}
    for path, method, operation in operations(described):
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert operation["tags"], (method, path)
    for name in ("Bericht", "Gesprek"):
        for field, schema in described["components"]["schemas"][name]["properties"].items():
            assert schema.get("description"), (name, field)


def test_the_stream_is_described_with_all_its_close_codes(described: dict[str, Any]) -> None:
    about = described["info"]["description"]
    assert "/gesprekken/{gesprek_id}/stroom" in about
    for code in (socket.BAD_TOKEN, socket.BAD_ORIGIN, socket.LATE, socket.ERASED, socket.BAD_FIRST_FRAME, 1009):
        assert f"| {code} |" in about


def test_an_installation_without_a_contact_starts_all_the_same(tmp_path: Path, migrated_sqlite: Path) -> None:
    settings = settings_for(f"sqlite+aiosqlite:///{migrated_sqlite}", tmp_path, "https://chat.example")
    with running(settings, StoppedClock()) as client:
        assert client.get("/api/v1/openapi.json").json()["info"]["contact"]["url"] == "https://chat.example"
