"""A conversation from opening to erasing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from anyio.from_thread import BlockingPortal
from fastapi.testclient import TestClient

from tests.citizen import ANSWER, Citizen, problem
from tests.stage import Stage


def test_the_first_message_says_that_it_is_no_person_and_what_happens_to_the_data(citizen: Citizen) -> None:
    welcome = citizen.opened["berichten"][0]
    assert welcome["soort"] == "welkom"
    for words in ("gemeente Voorbeeldstad", "digitale assistent", "geen mens", "medewerker", "BSN", "28 dagen"):
        assert words in welcome["tekst"]
    assert welcome["links"][0]["url"].startswith("https://www.voorbeeldstad.example")


def test_a_question_is_acknowledged_and_then_answered(citizen: Citizen) -> None:
    sent = citizen.send("wat kost een paspoort")
    assert sent.status_code == 202
    assert sent.json()["volgnummer"] == 2
    assert citizen.wait_for(ANSWER)["afzender"] == "bot"


def test_who_presses_a_button_of_an_employee_says_its_title_and_no_more(
    citizen: Citizen, stage: Stage, portal: BlockingPortal
) -> None:
    assert citizen.send("Ja, graag", keuze="zeg:1").status_code == 202
    citizen.wait_for(ANSWER)  # the bot has it: an old button means nothing to it, the words do
    [pressed] = [one for one in portal.call(stage.said, citizen.id) if one.text == "Ja, graag"]
    assert pressed.choice is None


def test_the_same_id_is_stored_once_however_often_it_comes_at_once(citizen: Citizen) -> None:
    with ThreadPoolExecutor(5) as pool:
        sent = list(pool.map(lambda _: citizen.send("hoi", "zelfde-id-1"), range(5)))
    assert {response.json()["volgnummer"] for response in sent} == {2}
    assert sorted(response.json()["herhaald"] for response in sent) == [False, True, True, True, True]
    assert sum(message["tekst"] == "hoi" for message in citizen.said()) == 1


def test_a_bsn_is_masked_and_the_citizen_is_told(citizen: Citizen) -> None:
    sent = citizen.send("mijn bsn is 111222333")
    assert sent.json()["tekst"] == "mijn bsn is [bsn-1]"
    assert any("BSN" in message["tekst"] and message["afzender"] == "systeem" for message in citizen.said(2))


def test_four_thousand_characters_are_stored_whole(citizen: Citizen) -> None:
    assert len(citizen.send("é" * 4_000).json()["tekst"]) == 4_000


def test_a_lone_surrogate_does_no_harm(citizen: Citizen) -> None:
    headers = {**citizen.headers, "Content-Type": "application/json"}
    body = b'{"id":"bericht-0001","tekst":"dag \\ud800 daar"}'
    sent = citizen.client.post(f"{citizen.path}/berichten", content=body, headers=headers)
    assert sent.json()["tekst"] == "dag  daar"


def test_the_municipality_shows_ways_to_a_person(client: TestClient) -> None:
    shown = client.get("/api/v1/gemeenten/voorbeeldstad").json()
    assert shown["telefoon"]
    assert shown["openingstijden"]["vandaag"].startswith("Vandaag ")
    assert len(shown["openingstijden"]["week"]) == 7
    assert shown["thema"]["primair"].startswith("#")


def test_asking_for_a_person_puts_the_conversation_in_the_queue(citizen: Citizen) -> None:
    citizen.asks_for_a_person()
    state = citizen.get().json()
    assert (state["eigenaar"], state["plaats"]) == ("wachtrij", 1)
    assert state["zaak"].startswith("ZK-")


def test_closing_twice_is_closing_once_and_a_later_message_opens_a_linked_conversation(citizen: Citizen) -> None:
    for _ in range(2):
        assert citizen.close().json()["eigenaar"] == "gesloten"
    assert problem(citizen.send("nog iets"), 409)["vervolg"] is True
    body = {"gemeente": "voorbeeldstad", "vervolg_op": citizen.id}
    problem(citizen.client.post("/api/v1/gesprekken", json=body), 401)
    linked = citizen.client.post("/api/v1/gesprekken", json=body, headers=citizen.headers)
    assert linked.status_code == 201
    assert linked.json()["id"] != citizen.id


def test_the_transcript_holds_the_whole_conversation(citizen: Citizen) -> None:
    citizen.send("wat kost een paspoort")
    citizen.wait_for(ANSWER)
    text = citizen.get("/verslag")
    assert text.headers["content-disposition"].startswith("attachment")
    assert "wat kost een paspoort" in text.text
    assert ANSWER in text.text


def test_erasing_leaves_nothing_to_read_and_says_what_is_kept(citizen: Citizen) -> None:
    erased = citizen.client.delete(citizen.path, headers=citizen.headers)
    assert erased.json()["gewist"] is True
    assert "AVG" in erased.json()["bewaard"]
    problem(citizen.get(), 401)


def test_erasing_and_the_transcript_take_along_the_conversations_it_goes_on_from(citizen: Citizen) -> None:
    client, paths, headers = citizen.client, [citizen.path], citizen.headers
    stranger = client.post("/api/v1/gesprekken", json={"gemeente": "voorbeeldstad"}).json()
    for number in range(2):
        message = {"id": f"bericht-000{number}", "tekst": f"dit is deel {number} van mijn verhaal"}
        assert client.post(f"{paths[-1]}/berichten", json=message, headers=headers).status_code == 202
        client.patch(paths[-1], json={"status": "gesloten"}, headers=headers)
        body = {"gemeente": "voorbeeldstad", "vervolg_op": paths[-1].rsplit("/", 1)[1]}
        opened = client.post("/api/v1/gesprekken", json=body, headers=headers).json()
        paths.append(f"/api/v1/gesprekken/{opened['id']}")
        headers = {"Authorization": f"Bearer {opened['token']}"}
    text = client.get(f"{paths[-1]}/verslag", headers=headers).text
    assert 0 < text.index("deel 0") < text.index("deel 1")
    assert text.count("Begonnen op") == 3

    assert client.delete(paths[-1], headers=headers).json()["gewist"] is True
    problem(client.get(citizen.path, headers=citizen.headers), 401)
    problem(client.get(paths[-1], headers=headers), 401)
    kept = {"Authorization": f"Bearer {stranger['token']}"}
    assert client.get(f"/api/v1/gesprekken/{stranger['id']}", headers=kept).status_code == 200


def test_operations_answer(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok"
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["database"] is True
