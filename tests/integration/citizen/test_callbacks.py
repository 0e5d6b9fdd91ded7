"""Asking to be called back with a form."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from bot import handover
from handoff import conversations
from handoff.detection import Level
from handoff.tables import Case
from handoff.vocabulary import CaseKind, CaseState, Consent
from tests.citizen import ANSWER, PHONE, Citizen, problem
from tests.stage import Stage, StoppedClock, new_case, wish

SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def ask(citizen: Citizen, request_id: str = "verzoek-0001", **more: Any) -> httpx.Response:
    return citizen.post("/terugbelverzoeken", {"id": request_id, "telefoonnummer": PHONE, **more})


@pytest.fixture
def cases_of(stage: Stage, portal: BlockingPortal) -> Any:
    def read(citizen: Citizen) -> list[Case]:
        return list(portal.call(stage.cases_of, citizen.id))

    return read


def test_a_callback_gets_a_reference_and_a_day_and_keeps_what_was_filled_in(citizen: Citizen, cases_of: Any) -> None:
    made = ask(citizen, naam="Anna", voorkeur="liever in de ochtend")
    assert made.status_code == 201
    (case,) = cases_of(citizen)
    assert made.json() == {"referentie": case.reference, "dag": "maandag 23 november"}
    assert case.reference.startswith("TB-")
    assert (case.kind, case.state, case.due_on) == (CaseKind.CALLBACK, CaseState.WAITING, "2026-11-23")
    assert (case.details["phone"], case.details["preference"]) == ("[telefoon-1]", "liever in de ochtend")
    assert PHONE not in citizen.get("/verslag").text


def test_the_dossier_says_what_she_was_told_and_chose(citizen: Citizen, cases_of: Any) -> None:
    ask(citizen)
    (case,) = cases_of(citizen)
    assert case.consent == Consent.CALLBACK
    assert case.told == citizen.said()[-1]["tekst"]
    assert case.told.startswith("Wij bellen u op maandag 23 november.")


def test_a_callback_without_a_number_says_how_to_write_it(citizen: Citizen, cases_of: Any) -> None:
    answer = ask(citizen, telefoonnummer="geen nummer")
    assert "06 12 34 56 78" in problem(answer, 422)["detail"]
    assert cases_of(citizen) == []


@pytest.mark.parametrize("request_id", [None, "kort", "met spatie er in", "a" * 65])
def test_a_callback_needs_an_id_of_the_client(citizen: Citizen, cases_of: Any, request_id: str | None) -> None:
    body = {"telefoonnummer": PHONE} | ({} if request_id is None else {"id": request_id})
    assert problem(citizen.post("/terugbelverzoeken", body), 422)["velden"][0]["veld"] == "id"
    assert cases_of(citizen) == []


def test_the_same_id_five_times_at_once_is_one_callback(citizen: Citizen, cases_of: Any) -> None:
    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(lambda _: ask(citizen), range(5)))
    assert {answer.status_code for answer in made} == {201}
    (case,) = cases_of(citizen)
    assert {answer.json()["referentie"] for answer in made} == {case.reference}
    assert sum("Wij bellen u" in message["tekst"] for message in citizen.said()) == 1


def test_another_id_is_another_request(citizen: Citizen, cases_of: Any) -> None:
    first, second = ask(citizen, "verzoek-0001"), ask(citizen, "verzoek-0002")
    assert first.json()["referentie"] != second.json()["referentie"]
    assert len(cases_of(citizen)) == 2


def test_a_repeat_after_the_end_and_on_another_day_gets_the_answer_of_the_first(
    citizen: Citizen, clock: StoppedClock, cases_of: Any
) -> None:
    made = ask(citizen)
    citizen.close()
    clock.advance(3 * 24 * 3600)
    again = ask(citizen)
    assert (again.status_code, again.json()) == (201, made.json())
    assert len(cases_of(citizen)) == 1


def test_a_new_request_after_the_end_is_refused(citizen: Citizen, cases_of: Any) -> None:
    citizen.close()
    assert problem(ask(citizen), 409)["vervolg"] is True
    assert cases_of(citizen) == []


def test_who_waits_in_the_queue_leaves_it_for_the_callback(citizen: Citizen, cases_of: Any) -> None:
    citizen.asks_for_a_person()
    made = ask(citizen).json()
    waited, callback = sorted(cases_of(citizen), key=lambda case: str(case.kind), reverse=True)
    assert (waited.state, callback.state, callback.reference) == (CaseState.DONE, CaseState.WAITING, made["referentie"])
    assert (callback.reasons, callback.triggers) == (waited.reasons, waited.triggers)
    state = citizen.get().json()
    assert (state["eigenaar"], state["plaats"]) == ("bot", None)


def test_five_requests_at_once_of_who_waits_leave_the_queue_once(citizen: Citizen, cases_of: Any) -> None:
    citizen.asks_for_a_person()
    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(lambda _: ask(citizen), range(5)))
    assert {answer.status_code for answer in made} == {201}
    assert sorted(case.state for case in cases_of(citizen)) == [CaseState.DONE, CaseState.WAITING]


def test_an_urgent_case_stays_at_the_head_of_the_queue_and_takes_the_number(
    citizen: Citizen, stage: Stage, portal: BlockingPortal, cases_of: Any
) -> None:
    portal.call(stage.enqueue, citizen.id, new_case(Level.URGENT))
    made = ask(citizen).json()
    (case,) = cases_of(citizen)
    assert (case.state, case.level, case.reference) == (CaseState.WAITING, "urgent", made["referentie"])
    assert (case.details["phone"], case.consent, case.due_on) == ("[telefoon-1]", Consent.CALLBACK, "2026-11-23")
    assert ask(citizen).json() == made
    assert len(cases_of(citizen)) == 1


def test_with_an_employee_the_callback_stands_beside_the_conversation(
    citizen: Citizen, stage: Stage, portal: BlockingPortal, cases_of: Any
) -> None:
    anna = portal.call(stage.employee, "Anna")
    portal.call(stage.claim, portal.call(stage.enqueue, citizen.id), anna)
    ask(citizen)
    assert {(case.kind, case.state) for case in cases_of(citizen)} == {
        (CaseKind.CONVERSATION, CaseState.HELD),
        (CaseKind.CALLBACK, CaseState.WAITING),
    }
    assert citizen.get().json()["eigenaar"] == "medewerker"


def test_what_the_bot_had_offered_is_answered_by_the_callback(
    citizen: Citizen, stage: Stage, portal: BlockingPortal, cases_of: Any
) -> None:
    portal.call(_offer_a_person, stage, citizen.id)
    ask(citizen)
    (case,) = cases_of(citizen)
    assert (case.team, case.explanation) == (wish(team="parkeren").team, wish().explanation)
    citizen.send("ja")
    citizen.wait_for(ANSWER)
    assert citizen.get().json()["eigenaar"] == "bot"


async def _offer_a_person(stage: Stage, conversation_id: str) -> None:
    conversation = await stage.read(conversation_id)
    offer = handover.pending(wish(team="parkeren"), "Wilt u een medewerker?")
    async with stage.database.write() as session:
        await conversations.update_if_unchanged(session, conversation, pending_offer=offer)


def test_on_a_day_that_is_closed_the_next_open_day_is_promised(citizen: Citizen, clock: StoppedClock) -> None:
    clock.now = SUNDAY
    assert ask(citizen).json()["dag"] == "maandag 23 november"


def test_when_no_opening_is_known_no_day_is_promised(
    citizen: Citizen, cases_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "callback_day", lambda *_: None)
    made = ask(citizen).json()
    assert made["dag"] is None
    assert cases_of(citizen)[0].due_on is None
    assert citizen.said()[-1]["tekst"].startswith("Wij bellen u zodra wij weer open zijn.")
    assert ask(citizen).json() == made


def test_the_moments_to_choose_from_lie_inside_the_opening_hours(citizen: Citizen) -> None:
    moments = citizen.get("/terugbelmomenten").json()["momenten"]
    assert len(moments) == 8
    assert moments[0] == {
        "waarde": "2026-11-23-middag",
        "dag": "maandag 23 november",
        "dagdeel": "middag",
        "tijden": "12.00 tot 17.30 uur",
    }


def test_a_deaf_citizen_asks_for_a_chat_or_an_e_mail_without_a_number(citizen: Citizen, cases_of: Any) -> None:
    chat = citizen.post("/terugbelverzoeken", {"id": "verzoek-0001", "manier": "chat", "moment": "2026-11-24-ochtend"})
    mail = citizen.post(
        "/terugbelverzoeken", {"id": "verzoek-0002", "manier": "e-mail", "email": "noor@voorbeeld.example"}
    )
    assert (chat.status_code, mail.status_code, chat.json()["dag"]) == (201, 201, "dinsdag 24 november")
    by_chat, by_mail = sorted(cases_of(citizen), key=lambda one: one.details["contact"])
    assert (by_chat.due_on, by_chat.due_from is not None) == ("2026-11-24", True)
    assert by_mail.details["email"] == "[e-mail-1]"


def test_who_to_ask_for_and_whether_to_leave_a_message_go_along(citizen: Citizen, cases_of: Any) -> None:
    assert ask(citizen, naam="Anna", inspreken=False).status_code == 201
    (case,) = cases_of(citizen)
    assert (case.details["name"], case.details["voicemail"]) == ("Anna", "nee")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"manier": "e-mail", "email": "geen adres"}, "naam@voorbeeld.nl"),
        ({"manier": "e-mail", "telefoonnummer": PHONE}, "naam@voorbeeld.nl"),
        ({"telefoonnummer": PHONE, "moment": "2026-11-22-ochtend"}, "Kies een ander moment"),
        ({"telefoonnummer": PHONE, "moment": "morgen"}, "Kies een ander moment"),
    ],
    ids=["no address", "no address but a number", "a sunday", "no moment"],
)
def test_what_cannot_be_promised_is_refused_and_says_what_to_do(
    citizen: Citizen, cases_of: Any, body: dict[str, str], says: str
) -> None:
    assert says in problem(citizen.post("/terugbelverzoeken", {"id": "verzoek-0001", **body}), 422)["detail"]
    assert cases_of(citizen) == []
