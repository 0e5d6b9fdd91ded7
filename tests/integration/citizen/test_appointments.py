"""What the actions ask of the calendar, and the file for a citizen's own calendar, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from tests.citizen import application, settings_for
from tests.stage import StoppedClock

FREE = "/intern/v1/vrije-tijden?gemeente=voorbeeldstad&product=identiteit&vanaf=2026-11-24&dagen=1"
KEY = {"Authorization": "Bearer geheim-van-de-acties"}


@pytest.fixture
def client(database_url: str, tmp_path: Path, clock: StoppedClock) -> Iterator[TestClient]:
    settings = settings_for(database_url, tmp_path, actions_token=SecretStr("geheim-van-de-acties"))
    with TestClient(application(settings, clock)) as client:
        yield client


def test_free_times_are_told_to_the_actions(client: TestClient) -> None:
    answered = client.get(FREE, headers=KEY)
    assert answered.status_code == 200
    times = answered.json()["tijden"]
    assert times[:2] == ["2026-11-24T09:00:00+01:00", "2026-11-24T09:15:00+01:00"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer anders"}, {"Authorization": "Basic geheim"}])
def test_nobody_else_may_ask(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get(FREE, headers=headers).status_code == 401


def test_without_a_secret_nobody_may_ask(database_url: str, tmp_path: Path, clock: StoppedClock) -> None:
    with TestClient(application(settings_for(database_url, tmp_path), clock)) as client:
        assert client.get(FREE, headers={"Authorization": "Bearer "}).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "status"),
    [("product=identiteit", 404), ("dagen=1", 422), ("gemeente=voorbeeldstad", 404), ("vanaf=2026-11-24", 422)],
)
def test_a_wrong_question_gets_a_clear_error(client: TestClient, wrong: str, status: int) -> None:
    name = wrong.partition("=")[0]
    asked = client.get(FREE.replace(wrong, f"{name}=onzin"), headers=KEY)
    assert asked.status_code == status
    assert asked.headers["content-type"] == "application/problem+json"


def test_an_unknown_reference_is_an_empty_answer(client: TestClient) -> None:
    found = client.get("/intern/v1/afspraken?gemeente=voorbeeldstad&kenmerk=AF-0000-BBB", headers=KEY)
    assert found.json() == {"afspraken": []}


def test_a_calendar_file_that_does_not_exist_is_not_found(client: TestClient) -> None:
    assert client.get("/afspraken/raad-maar.ics").status_code == 404


def test_the_internal_questions_are_not_in_the_public_description(client: TestClient) -> None:
    assert not [path for path in client.get("/api/v1/openapi.json").json()["paths"] if "intern" in path]
