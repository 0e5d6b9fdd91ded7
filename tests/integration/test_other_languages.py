"""Who writes in another language is answered in it, to the last step; a child is spoken to as one."""

from __future__ import annotations

import pytest

from bot.channels import representation
from bot.content.spoken import LANGUAGES
from bot.desk import Desk
from bot.handover import CHOSE_CALL, CHOSE_NO, CHOSE_YES
from handoff import employees
from handoff.bus import InProcessBus
from handoff.tables import Case
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, Consent, Owner
from tests.counter import Citizen, FakeRasa, answered, make_desk
from tests.stage import Stage, StoppedClock

IN_ENGLISH = "Hello, I need to register my new address, can somebody help me please?"
ASKED = {
    "en": IN_ENGLISH,
    "de": "Guten Tag, ich möchte mich anmelden, können Sie mir bitte helfen?",
    "fr": "Bonjour, je voudrais un rendez-vous pour mon passeport, s'il vous plaît.",
    "es": "Hola, necesito ayuda con una carta que no entiendo, por favor.",
    "tr": "Merhaba, belediyeden bir mektup aldım ama anlamıyorum, yardım eder misiniz?",
    "ar": "مرحبا، وصلتني رسالة من البلدية ولا أفهمها",
    "pl": "Dzień dobry, dostałem list z gminy i nie rozumiem, proszę o pomoc.",
    "uk": "Добрий день, я отримала листа і не розумію його, допоможіть будь ласка.",
    "ro": "Bună ziua, am primit o scrisoare și nu înțeleg, vă rog să mă ajutați.",
    "bg": "Добър ден, получих писмо от общината и не го разбирам, моля помогнете.",
    "fa": "سلام، من یک نامه از شهرداری گرفتم و نمی‌فهمم، لطفا کمک کنید",
    "so": "Salaan, warqad ayaan ka helay dawladda hoose mana fahmin, fadlan i caawiya.",
    "ti": "ሰላም፡ ደብዳበ ካብ ምምሕዳር ከተማ በጺሑኒ፡ ኣይተረድኣንን፡ ሓግዙኒ በጃኹም",
}


@pytest.fixture
def rasa() -> FakeRasa:
    rasa = FakeRasa()
    rasa.reply = answered("Antwoord van Rasa")
    return rasa


@pytest.fixture
def desk(stage: Stage, bus: InProcessBus, vault: Vault, clock: StoppedClock, rasa: FakeRasa) -> Desk:
    return make_desk(stage.database, bus, vault, clock, rasa)


@pytest.fixture
async def citizen(desk: Desk) -> Citizen:
    return await Citizen.starts(desk)


async def only_case(stage: Stage, citizen: Citizen) -> Case:
    (case,) = await stage.cases_of(citizen.id)
    return case


@pytest.mark.parametrize("code", LANGUAGES)
async def test_each_language_is_answered_in_itself_and_a_person_offered(
    stage: Stage, citizen: Citizen, desk: Desk, rasa: FakeRasa, code: str
) -> None:
    (said,) = await citizen.asks(ASKED[code])
    language = desk.languages.by_code[code]
    assert said == language.offer.text
    assert rasa.asked == []
    shown = representation.message((stored := (await stage.said(citizen.id))[-1]), stored.text)
    assert shown.taal == code
    assert [button.titel for button in shown.knoppen] == [language.agree.text, language.decline.text]


@pytest.mark.parametrize(("text", "choice"), [("Yes, please", CHOSE_YES), ("yes", None), ("Yes please!", None)])
async def test_who_agrees_in_english_gets_a_person_and_the_employee_knows_why(
    stage: Stage, citizen: Citizen, text: str, choice: str | None
) -> None:
    await citizen.asks(IN_ENGLISH)
    (said,) = await citizen.asks(text, choice)
    assert said.startswith("There is no employee now.")
    case = await only_case(stage, citizen)
    assert case.consent == Consent.ACCEPTED
    assert "language" in case.reasons
    assert "Engels" in case.explanation


async def test_who_joins_while_somebody_is_there_hears_so_in_her_language(
    stage: Stage, citizen: Citizen, clock: StoppedClock
) -> None:
    anna = await stage.employee("Anna")
    async with stage.database.write() as session:
        await employees.renew_lease(session, anna, now=clock())
    await citizen.asks(IN_ENGLISH)
    (said,) = await citizen.asks("yes")
    assert said.startswith("An employee is taking over")


async def test_who_declines_is_told_that_she_can_still_ask(stage: Stage, citizen: Citizen) -> None:
    await citizen.asks(IN_ENGLISH)
    assert await citizen.asks("No, thank you", CHOSE_NO) == ["That is fine. You can always ask for an employee."]
    assert await stage.cases_of(citizen.id) == []


async def test_a_call_is_asked_and_confirmed_in_her_language(stage: Stage, citizen: Citizen) -> None:
    await citizen.asks(IN_ENGLISH)
    await citizen.asks("yes")
    (asked,) = await citizen.asks("Call me", CHOSE_CALL)
    assert asked.startswith("Which number may we call?")
    left, confirmed = await citizen.asks("06 12 34 56 78")
    assert left == "That is fine. You can always ask for an employee."
    case = (await stage.cases_of(citizen.id))[-1]
    assert case.kind == CaseKind.CALLBACK
    assert confirmed == f"We will call you as soon as we are here. Your reference is {case.reference}."


async def test_a_language_without_texts_gets_english_with_the_dutch_under_it(citizen: Citizen) -> None:
    (said,) = await citizen.asks("Здравствуйте, я получил письмо и не понимаю его")
    assert "I only understand Dutch" in said
    assert "Ik begrijp alleen Nederlands" in said


@pytest.mark.parametrize(
    "text",
    [
        "Goeie, ik wol graach in nij paspoart oanfreegje",
        "Moi, ik wil geern n nij paspoort hebben",
        "Wa kost da paspoort?",
    ],
)
async def test_frisian_and_dialects_are_dutch(citizen: Citizen, rasa: FakeRasa, text: str) -> None:
    assert await citizen.asks(text) == ["Antwoord van Rasa"]
    assert len(rasa.asked) == 1


async def test_who_goes_on_in_dutch_is_answered_in_dutch(citizen: Citizen) -> None:
    await citizen.asks(IN_ENGLISH)
    assert await citizen.asks("Sorry, ik wil graag een paspoort aanvragen") == ["Antwoord van Rasa"]
    (said,) = await citizen.asks("Ik wil een medewerker spreken")
    assert "medewerker" in said


async def test_a_crisis_in_english_gets_the_text_in_english_and_a_person(stage: Stage, citizen: Citizen) -> None:
    said = await citizen.asks("I want to kill myself")
    assert "113" in said[0]
    assert "We cannot send help" in said[0]
    assert said[1].startswith("Our employees are not here now.")
    assert (await stage.read(citizen.id)).owner == Owner.QUEUED


async def test_a_child_in_a_crisis_is_spoken_to_as_one(citizen: Citizen) -> None:
    said = await citizen.asks("ik ben 12 en mijn vader slaat mij elke dag")
    assert "jouw schuld" in said[0]
    assert "Kindertelefoon" in said[0]
    assert " u " not in said[0] + said[1]
