"""What cannot be accepted: each gets a clear error, and what was stored before stays."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.citizen import Citizen, problem


@pytest.mark.parametrize("text", ["", "   \n ", "\u200b\u0007", "a" * 4_001])
def test_text_that_cannot_be_stored_gets_a_reason(citizen: Citizen, text: str) -> None:
    problem(citizen.send(text), 422)
    assert citizen.get().json()["laatste_volgnummer"] == 1


def test_a_body_that_is_no_utf8_is_refused(citizen: Citizen) -> None:
    headers = {**citizen.headers, "Content-Type": "application/json"}
    body = b'{"id":"bericht-0001","tekst":"\xff\xfe"}'
    problem(citizen.client.post(f"{citizen.path}/berichten", content=body, headers=headers), 400)


def test_a_body_over_64_kb_is_refused_before_it_is_read(citizen: Citizen) -> None:
    headers = {**citizen.headers, "Content-Type": "application/json"}
    problem(citizen.client.post(f"{citizen.path}/berichten", content=b"x" * 70_000, headers=headers), 413)


def test_a_body_without_a_length_is_refused_once_it_passes_64_kb(citizen: Citizen) -> None:
    headers = {**citizen.headers, "Content-Type": "application/json"}
    parts = (b"x" * 10_000 for _ in range(8))
    problem(citizen.client.post(f"{citizen.path}/berichten", content=parts, headers=headers), 413)


@pytest.mark.parametrize(
    "body",
    [
        {"tekst": "hoi"},
        {"id": "kort", "tekst": "hoi"},
        {"id": "met spatie er in", "tekst": "hoi"},
        {"id": "bericht-0001", "tekst": 5},
        {"id": "bericht-0001", "tekst": "hoi", "onbekend": 1},
        {"id": "bericht-0001", "tekst": "hoi", "keuze": "/restart"},
    ],
)
def test_a_message_of_the_wrong_shape_is_refused(citizen: Citizen, body: dict[str, Any]) -> None:
    fields = problem(citizen.client.post(f"{citizen.path}/berichten", json=body, headers=citizen.headers), 422)
    assert fields["velden"]


def test_a_field_with_a_name_that_cannot_be_sent_back_is_refused_all_the_same(citizen: Citizen) -> None:
    headers = {**citizen.headers, "Content-Type": "application/json"}
    body = b'{"id":"bericht-0001","tekst":"hoi","\\ud800":1}'
    problem(citizen.client.post(f"{citizen.path}/berichten", content=body, headers=headers), 422)


@pytest.mark.parametrize("number", ["-1", str(2**31), "een"])
def test_messages_after_a_number_that_cannot_be_are_refused(citizen: Citizen, number: str) -> None:
    problem(citizen.get(f"/berichten?na={number}"), 422)


def test_a_wrong_token_and_an_unknown_conversation_look_the_same(citizen: Citizen) -> None:
    wrong = {"Authorization": "Bearer not-the-token"}
    known = problem(citizen.client.get(citizen.path, headers=wrong), 401)
    unknown = problem(citizen.client.get("/api/v1/gesprekken/bestaat-niet", headers=wrong), 401)
    missing = citizen.client.get(citizen.path)
    assert known == unknown
    problem(missing, 401)
    assert missing.headers["www-authenticate"] == "Bearer"


def test_a_citizen_cannot_read_another_conversation(client: TestClient) -> None:
    mine, hers = Citizen(client), Citizen(client)
    problem(client.get(hers.path, headers=mine.headers), 401)
    problem(client.delete(hers.path, headers=mine.headers), 401)


def test_a_flood_is_told_to_wait_and_loses_nothing(citizen: Citizen) -> None:
    answers = [citizen.send(f"bericht {number}", f"bericht-{number:04d}") for number in range(25)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["Retry-After"]) >= 1
    problem(refused, 429)
    stored = {answer.json()["volgnummer"] for answer in answers if answer.status_code == 202}
    kept = {message["volgnummer"] for message in citizen.said() if message["afzender"] == "burger"}
    assert stored == kept


def test_an_unknown_municipality_is_named_as_such(client: TestClient) -> None:
    problem(client.post("/api/v1/gesprekken", json={"gemeente": "nergenshuizen"}), 404)
    problem(client.get("/api/v1/gemeenten/nergenshuizen"), 404)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_of_another_kind_than_json_is_refused_as_such(citizen: Citizen, kind: str | None) -> None:
    headers = citizen.headers | ({"Content-Type": kind} if kind else {})
    body = b'{"id":"bericht-0001","tekst":"hoi"}'
    refused = citizen.client.post(f"{citizen.path}/berichten", content=body, headers=headers)
    assert "application/json" in problem(refused, 415)["detail"]
    assert citizen.get().json()["laatste_volgnummer"] == 1


@pytest.mark.parametrize("gesprek", ["bestaat-niet", "%00", "a" * 500, "%F0%9F%98%80"])
def test_an_id_that_no_conversation_can_have_is_a_wrong_token(citizen: Citizen, gesprek: str) -> None:
    problem(citizen.client.get(f"/api/v1/gesprekken/{gesprek}", headers=citizen.headers), 401)
    body = {"gemeente": "voorbeeldstad", "vervolg_op": "\0"}
    problem(citizen.client.post("/api/v1/gesprekken", json=body, headers=citizen.headers), 401)


def test_another_method_says_which_are_there(client: TestClient) -> None:
    refused = client.put("/api/v1/gesprekken", json={})
    problem(refused, 405)
    assert refused.headers["allow"] == "POST"
