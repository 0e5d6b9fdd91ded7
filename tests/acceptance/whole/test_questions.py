"""Thirty real questions to the real model, answered with the municipality's own facts."""

from __future__ import annotations

import pytest

from tests.acceptance.whole.stack import Stack

QUESTIONS = [
    ("Wat kost een paspoort?", "€ 88,65"),
    ("hoe vraag ik een nieuwe id kaart aan", "identiteitskaart"),
    ("mijn rijbewijs is verlopen, wat nu", "rijbewijs"),
    ("Ik ga verhuizen. Hoe geef ik dat door?", "verhui"),
    ("waar kan ik een uittreksel brp aanvragen", "uittreksel"),
    ("ik heb geen vast adres, kan ik een briefadres krijgen", "briefadres"),
    ("Hoe kom ik aan een kopie van mijn geboorteakte?", "akte"),
    ("we hebben een baby gekregen, waar geef ik die aan", "aangifte"),
    ("mijn vader is gisteren overleden, wat moet ik regelen bij de gemeente", "overl"),
    ("wij willen trouwen, hoe werkt dat", "trouw"),
    ("ik heb een vog nodig voor mijn werk", "Justis"),
    ("mijn digid werkt niet meer", "DigiD"),
    ("ik heb mijn stempas niet gekregen", "stempas"),
    ("ik ben mijn fietssleutel verloren op straat", "gevonden"),
    ("wanneer wordt het oud papier opgehaald", "afval"),
    ("ik wil een bank laten ophalen als grofvuil", "grof"),
    ("mijn grijze container is kapot", "container"),
    ("waar is de milieustraat", "milieustraat"),
    ("de lantaarnpaal voor mijn huis is stuk", "meld"),
    ("heb ik een vergunning nodig voor een dakkapel", "vergunning"),
    ("hoe vraag ik een parkeervergunning aan", "vergunning"),
    ("ik wil een gehandicaptenparkeerkaart", "parkeerkaart"),
    ("ik ben het niet eens met de woz waarde van mijn huis", "bezwaar"),
    ("kan ik kwijtschelding krijgen van de gemeentelijke belasting", "kwijtschelding"),
    ("kan ik mijn aanslag in termijnen betalen", "betalingsregeling"),
    ("ik wil bijstand aanvragen", "bijstand"),
    ("ik kan de trap niet meer op, kan ik een traplift krijgen", "wijkteam"),
    ("hoe maak ik bezwaar tegen een besluit", "bezwaar"),
    ("ik wil een klacht indienen over een medewerker aan de balie", "klacht"),
    ("Wanneer is het gemeentehuis open?", "open"),
]


@pytest.mark.parametrize(("question", "words"), QUESTIONS, ids=[question for question, _ in QUESTIONS])
def test_a_real_question_gets_its_answer(stack: Stack, question: str, words: str) -> None:
    assert words.casefold() in stack.citizen().ask(question).casefold()


def test_two_municipalities_answer_with_their_own_facts(stack: Stack) -> None:
    answers = {key: stack.citizen(key).ask("Wat kost een paspoort?") for key in ("voorbeeldstad", "fictiedam")}
    assert "€" in answers["voorbeeldstad"]
    assert "€" in answers["fictiedam"]
    assert answers["voorbeeldstad"] != answers["fictiedam"]


def test_a_follow_up_keeps_the_topic_and_another_topic_replaces_it(stack: Stack) -> None:
    citizen = stack.citizen()
    assert "€ 88,65" in citizen.ask("wat kost een paspoort")
    assert "werkdagen" in citizen.ask("en hoe lang duurt dat?")
    assert "rijbewijs" in citizen.ask("nee, het rijbewijs").casefold()


def test_the_second_failure_in_a_row_asks_the_handover_question(stack: Stack) -> None:
    citizen = stack.citizen()
    first = citizen.ask("wat kost dat?")
    second = citizen.ask("en hoe lang duurt dat dan?")
    assert "Wilt u verder met een medewerker?" not in first
    assert "Wilt u verder met een medewerker?" in second


def test_a_citizen_who_types_a_command_of_rasa_gets_an_ordinary_answer(stack: Stack) -> None:
    citizen = stack.citizen()
    assert "€ 88,65" in citizen.ask("wat kost een paspoort")
    assert citizen.ask("/restart")
    assert "werkdagen" in citizen.ask("hoe lang duurt dat?")
