"""Files over the citizen API: to a person only, looked at first, given back with the token alone."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from PIL import Image

from handoff.attachments.checking import Limits
from handoff.attachments.scanning import ClamdScanner
from handoff.detection import Level
from handoff.vocabulary import FileKind
from tests.citizen import Citizen, problem
from tests.files import PDF, PLACE, VOICE, clamd, photo
from tests.stage import Stage, new_case


def send(citizen: Citizen, data: bytes, name: str = "stoep.jpg", file_id: str = "bestand-0001") -> httpx.Response:
    return citizen.client.post(
        f"{citizen.path}/bijlagen",
        data={"id": file_id},
        files={"bestand": (name, data, "application/octet-stream")},
        headers=citizen.headers,
    )


@pytest.fixture
def with_person(citizen: Citizen, stage: Stage, portal: BlockingPortal) -> Citizen:
    """A citizen who talks with an employee."""
    anna = portal.call(stage.employee, "Anna")
    case_id = portal.call(stage.enqueue, citizen.id, new_case(Level.ESCALATE))
    portal.call(stage.claim, case_id, anna)
    return citizen


@pytest.fixture
def folder(citizen: Citizen) -> Path:
    return Path(citizen.client.app.state.settings.data_dir) / "attachments"  # type: ignore[attr-defined]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_photo_goes_to_the_employee_and_can_be_fetched_again(with_person: Citizen) -> None:
    sent = send(with_person, photo())
    assert sent.status_code == 201, sent.text
    message = sent.json()
    assert (message["soort"], message["tekst"], message["afzender"]) == ("bestand", "Bestand: stoep.jpg", "burger")
    assert message == with_person.said()[-1]
    attachment = message["bijlage"]
    assert (attachment["naam"], attachment["soort"]) == ("stoep.jpg", "jpg")
    fetched = with_person.get(f"/bijlagen/{attachment['id']}")
    assert fetched.status_code == 200
    assert len(fetched.content) == attachment["bytes"]
    assert Image.open(io.BytesIO(fetched.content)).size == (64, 48)
    assert PLACE not in fetched.content


def test_a_fetched_file_is_saved_and_never_shown(with_person: Citizen) -> None:
    attachment = send(with_person, photo(), "straat é.jpg").json()["bijlage"]
    headers = with_person.get(f"/bijlagen/{attachment['id']}").headers
    assert headers["Content-Disposition"].startswith('attachment; filename="straat _.jpg"')
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "no-store"


def test_the_conversation_says_what_can_be_sent_while_a_person_has_it(with_person: Citizen) -> None:
    assert with_person.get("").json()["bestanden"] == {"soorten": ["jpg", "png", "webp"], "max_bytes": 10_000_000}


def test_with_a_virus_scanner_every_kind_can_be_sent_a_spoken_message_too(
    with_person: Citizen, portal: BlockingPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = with_person.client.app.state.desk.attachments  # type: ignore[attr-defined]
    with portal.wrap_async_context_manager(clamd()) as scanner:
        monkeypatch.setattr(store, "_scanner", ClamdScanner(scanner.address))
        monkeypatch.setattr(store, "limits", Limits(frozenset(FileKind), 10_000_000))
        assert with_person.get("").json()["bestanden"]["soorten"] == [kind.value for kind in FileKind]
        assert send(with_person, VOICE, "bericht.ogg").json()["bijlage"]["soort"] == "ogg"


def test_with_the_assistant_a_kind_sentence_says_that_files_go_to_a_person(citizen: Citizen, folder: Path) -> None:
    assert citizen.get("").json()["bestanden"] is None
    before = files_in(folder)
    refused = problem(send(citizen, photo()), 409)
    assert "als een medewerker met u praat" in refused["detail"]
    assert "vervolg" not in refused
    assert files_in(folder) == before


def test_after_the_conversation_a_file_belongs_in_a_linked_one(with_person: Citizen) -> None:
    with_person.client.patch(with_person.path, json={"status": "gesloten"}, headers=with_person.headers)
    assert problem(send(with_person, photo()), 409)["vervolg"] is True


def test_the_same_id_is_one_file(with_person: Citizen, folder: Path) -> None:
    first = send(with_person, photo()).json()
    before = len(files_in(folder))
    assert send(with_person, photo()).json() == first
    assert len(files_in(folder)) == before


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (PDF, "brief.pdf", "JPG, PNG of WebP"),
        (b"<script>alert(1)</script>", "foto.jpg", "JPG, PNG of WebP"),
        (b"", "foto.jpg", "leeg"),
        (photo()[:150], "foto.jpg", "konden wij niet lezen"),
    ],
)
def test_what_may_not_come_in_is_refused_in_words(
    with_person: Citizen, folder: Path, data: bytes, name: str, said: str
) -> None:
    before = files_in(folder)
    assert said in problem(send(with_person, data, name), 422)["detail"]
    assert files_in(folder) == before


def test_a_file_over_the_limit_is_refused_before_it_is_read_whole(with_person: Citizen) -> None:
    assert "hoogstens 10 MB" in problem(send(with_person, bytes(11_000_000)), 413)["detail"]


def test_a_file_just_over_the_limit_is_refused_with_the_limit(with_person: Citizen) -> None:
    assert "10 MB" in problem(send(with_person, bytes(10_000_001)), 422)["detail"]


@pytest.mark.parametrize("wrong", ["kort", "met spatie", "x" * 65, "<script>"])
def test_a_wrong_id_is_refused(with_person: Citizen, wrong: str) -> None:
    problem(send(with_person, photo(), file_id=wrong), 422)


def test_another_kind_of_body_is_refused_with_what_to_send(with_person: Citizen) -> None:
    assert "multipart/form-data" in problem(with_person.post("/bijlagen", {"id": "bestand-0001"}), 400)["detail"]


def test_a_form_without_a_file_is_refused(with_person: Citizen) -> None:
    answer = with_person.client.post(
        f"{with_person.path}/bijlagen", files={"id": (None, "bestand-0001")}, headers=with_person.headers
    )
    problem(answer, 400)


def test_without_the_token_nobody_sends_or_fetches(with_person: Citizen) -> None:
    attachment = send(with_person, photo()).json()["bijlage"]
    other = Citizen(with_person.client)
    for headers in ({}, other.headers):
        fetched = with_person.client.get(f"{with_person.path}/bijlagen/{attachment['id']}", headers=headers)
        problem(fetched, 401)
    problem(other.get(f"/bijlagen/{attachment['id']}"), 404)
    problem(with_person.client.post(f"{with_person.path}/bijlagen", files={"bestand": ("a.jpg", photo())}), 401)


@pytest.mark.parametrize("unknown", ["00000000-0000-0000-0000-000000000000", "..%2f..%2fetc", "x"])
def test_an_unknown_file_is_not_there(with_person: Citizen, unknown: str) -> None:
    problem(with_person.get(f"/bijlagen/{unknown}"), 404)


def test_too_many_files_in_a_minute_have_to_wait(with_person: Citizen) -> None:
    answers = [send(with_person, b"geen foto", file_id=f"bestand-{number:04d}") for number in range(11)]
    assert [one.status_code for one in answers] == [422] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_erasing_the_conversation_erases_its_files(with_person: Citizen, folder: Path) -> None:
    attachment = send(with_person, photo()).json()["bijlage"]
    before = len(files_in(folder))
    with_person.client.delete(with_person.path, headers=with_person.headers)
    assert len(files_in(folder)) == before - 1
    problem(with_person.get(f"/bijlagen/{attachment['id']}"), 401)


def test_the_transcript_names_the_file(with_person: Citizen) -> None:
    send(with_person, photo())
    assert "Bestand: stoep.jpg" in with_person.get("/verslag").text
