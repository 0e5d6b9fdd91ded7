"""What the bot decides from what was understood and what it remembers, with the real answers."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from actions.decision import SOMETHING_ELSE, Counter
from actions.dialogue import Command, Memory, Outcome, Subject, Understood
from bot.content import Content

CONTENT_FOLDER = Path(__file__).resolve().parents[2] / "bot" / "content"
CONTENT = Content.load(CONTENT_FOLDER)
COUNTER = Counter(CONTENT, "voorbeeldstad", dt.date(2026, 11, 23))
ASKED_PASSPORT_COSTS = Memory(topic="paspoort", aspect="kosten", answered=True)


def heard(intent: str, text: str = "...", aspect: str = "algemeen", **more: object) -> Understood:
    ranking = ((intent, 0.9), ("rijbewijs", 0.05))
    return Understood(text=text, intent=intent, ranking=ranking, aspect=aspect, **more)  # type: ignore[arg-type]


def unclear(*ranking: tuple[str, float], aspect: str = "kosten") -> Understood:
    return Understood(text="?", intent="nlu_fallback", ranking=ranking, aspect=aspect)


def pressed(choice: str) -> Understood:
    return Understood(text="knop", intent="keuze", choice=choice)


def said(topic: str, aspect: str) -> str:
    return CONTENT.answer(topic, aspect, "voorbeeldstad", COUNTER.today).text


def only_text(outcome: Outcome) -> str:
    assert len(outcome.replies) == 1
    return outcome.replies[0].text


def test_a_question_is_answered_and_remembered() -> None:
    outcome = COUNTER.decide(heard("paspoort", aspect="kosten"), Memory(failures_in_a_row=1))
    assert only_text(outcome) == said("paspoort", "kosten")
    assert outcome.memory == ASKED_PASSPORT_COSTS
    assert outcome.questions[0].subject == Subject("paspoort", "kosten")


def test_a_follow_up_keeps_the_topic() -> None:
    outcome = COUNTER.decide(heard("vervolg", aspect="termijn"), ASKED_PASSPORT_COSTS)
    assert only_text(outcome) == said("paspoort", "termijn")
    assert outcome.questions[0].subject == Subject("paspoort", "termijn")


def test_a_follow_up_to_nothing_asks_for_the_subject_and_then_answers_the_aspect() -> None:
    first = COUNTER.decide(heard("vervolg", aspect="kosten"), Memory())
    assert first.replies[0].kind == "clarify"
    second = COUNTER.decide(heard("paspoort", "paspoort"), first.memory)
    assert only_text(second) == said("paspoort", "kosten")
    assert second.memory.failures_in_a_row == 0


def test_a_bare_new_subject_takes_over_what_was_asked() -> None:
    outcome = COUNTER.decide(heard("rijbewijs", "nee, het rijbewijs"), ASKED_PASSPORT_COSTS)
    assert only_text(outcome) == said("rijbewijs", "kosten")


def test_an_unsure_aspect_counts_as_none_in_a_bare_message() -> None:
    message = heard("rijbewijs", "en een rijbewijs?", aspect="benodigdheden", aspect_confidence=0.4)
    assert only_text(COUNTER.decide(message, ASKED_PASSPORT_COSTS)) == said("rijbewijs", "kosten")


def test_a_longer_message_about_a_new_subject_starts_anew() -> None:
    message = heard("rijbewijs", "ik heb sinds vorige week ook een vraag over mijn rijbewijs")
    assert only_text(COUNTER.decide(message, ASKED_PASSPORT_COSTS)) == said("rijbewijs", "algemeen")


def test_naming_the_same_subject_again_gives_the_overview() -> None:
    outcome = COUNTER.decide(heard("paspoort", "paspoort"), ASKED_PASSPORT_COSTS)
    assert only_text(outcome) == said("paspoort", "algemeen")


def test_an_unclear_message_offers_the_likeliest_topics_and_something_else() -> None:
    outcome = COUNTER.decide(unclear(("paspoort", 0.3), ("identiteitskaart", 0.25), ("groet", 0.2)), Memory())
    reply = outcome.replies[0]
    assert reply.kind == "clarify"
    assert [button.value for button in reply.buttons] == [
        "onderwerp:paspoort/kosten",
        "onderwerp:identiteitskaart/kosten",
        SOMETHING_ELSE,
    ]
    assert outcome.memory.failures_in_a_row == 1


def test_one_candidate_far_ahead_is_asked_about_alone() -> None:
    outcome = COUNTER.decide(unclear(("paspoort", 0.7), ("rijbewijs", 0.032)), Memory())
    assert len(outcome.replies[0].buttons) == 2


def test_nothing_plausible_asks_for_other_words() -> None:
    outcome = COUNTER.decide(unclear(("paspoort", 0.025), ("rijbewijs", 0.02)), Memory())
    assert outcome.replies[0].kind == "fallback"
    assert outcome.replies[0].buttons == ()


def test_what_is_likely_no_work_of_a_municipality_is_said_so_and_not_asked_about() -> None:
    outcome = COUNTER.decide(unclear(("buiten_bereik", 0.4), ("paspoort", 0.35)), Memory())
    assert outcome.replies[0].kind == "smalltalk"
    asked = COUNTER.decide(unclear(("buiten_bereik", 0.2), ("paspoort", 0.18)), Memory())
    assert asked.replies[0].kind == "clarify"


def test_an_answer_that_is_not_quite_sure_has_the_others_beside_it() -> None:
    others = (("identiteitskaart", 0.12), ("groet", 0.05), ("rijbewijs", 0.04), ("trouwen", 0.01))
    sure, unsure = (Understood("wat kost mijn pas", "paspoort", (("paspoort", c), *others)) for c in (0.95, 0.7))
    [reply] = COUNTER.decide(unsure, Memory()).replies
    assert reply.kind == "answer"
    beside = [button for button in reply.buttons if button.value.startswith("onderwerp:")]
    assert [button.value.split("/")[0] for button in beside] == ["onderwerp:identiteitskaart", "onderwerp:rijbewijs"]
    assert beside[0].title.startswith("Of bedoelt u: ")
    [reply] = COUNTER.decide(sure, Memory()).replies
    assert not [button for button in reply.buttons if button.value.startswith("onderwerp:")]


def test_two_failures_in_a_row_are_counted_and_an_answer_ends_the_count() -> None:
    first = COUNTER.decide(unclear(("paspoort", 0.02)), Memory())
    second = COUNTER.decide(unclear(("paspoort", 0.02)), first.memory)
    assert second.memory.failures_in_a_row == 2
    assert COUNTER.decide(heard("paspoort"), second.memory).memory.failures_in_a_row == 0


def test_a_greeting_between_two_failures_ends_nothing() -> None:
    first = COUNTER.decide(unclear(("paspoort", 0.02)), Memory())
    greeted = COUNTER.decide(heard("groet"), first.memory)
    assert greeted.memory.failures_in_a_row == 1


@pytest.mark.parametrize("yes", [heard("bevestigen", "ja"), pressed("antwoord:ja")])
def test_yes_takes_the_first_candidate(yes: Understood) -> None:
    asked = COUNTER.decide(unclear(("paspoort", 0.3), ("rijbewijs", 0.25)), Memory())
    assert only_text(COUNTER.decide(yes, asked.memory)) == said("paspoort", "kosten")


@pytest.mark.parametrize("no", [heard("ontkennen", "nee"), pressed("antwoord:nee"), pressed(SOMETHING_ELSE)])
def test_no_asks_again_without_counting_the_same_failure_twice(no: Understood) -> None:
    asked = COUNTER.decide(unclear(("paspoort", 0.3), ("rijbewijs", 0.25)), Memory())
    again = COUNTER.decide(no, asked.memory)
    assert again.replies[0].kind == "clarify"
    assert again.memory.failures_in_a_row == 1
    assert again.memory.candidates == ()


@pytest.mark.parametrize("intent", ["bevestigen", "ontkennen"])
def test_yes_or_no_to_nothing_invites_the_next_question(intent: str) -> None:
    outcome = COUNTER.decide(heard(intent), Memory())
    assert outcome.replies[0].kind == "smalltalk"
    assert outcome.memory.failures_in_a_row == 0


def test_a_pressed_topic_is_answered_with_its_aspect() -> None:
    outcome = COUNTER.decide(pressed("onderwerp:rijbewijs/kwijt"), Memory())
    assert only_text(outcome) == said("rijbewijs", "kwijt")
    assert outcome.questions[0].confidence == 1.0


@pytest.mark.parametrize("choice", ["onderwerp:bestaatniet/kosten", "onderwerp:", "rommel", "meer:x", ""])
def test_a_button_that_no_longer_exists_asks_again(choice: str) -> None:
    outcome = COUNTER.decide(pressed(choice), Memory())
    assert outcome.replies[0].kind == "clarify"


def test_an_answer_offers_its_simple_version_and_more() -> None:
    outcome = COUNTER.decide(heard("rijbewijs", aspect="termijn"), Memory())
    values = [button.value for button in outcome.replies[0].buttons]
    assert values == ["makkelijker:rijbewijs/termijn", "meer:rijbewijs/termijn"]
    simple = COUNTER.decide(pressed(values[0]), outcome.memory)
    assert only_text(simple) == CONTENT.answer("rijbewijs", "termijn", "voorbeeldstad", COUNTER.today).simple
    assert simple.replies[0].kind == "answer"


def test_not_understanding_the_answer_gives_its_simple_version() -> None:
    outcome = COUNTER.decide(heard("niet_begrepen"), ASKED_PASSPORT_COSTS)
    assert only_text(outcome) == CONTENT.answer("paspoort", "kosten", "voorbeeldstad", COUNTER.today).simple


def test_not_understanding_without_an_answer_before_is_small_talk() -> None:
    assert COUNTER.decide(heard("niet_begrepen"), Memory()).replies[0].kind == "smalltalk"


def test_a_wish_for_a_person_is_a_command_without_words() -> None:
    outcome = COUNTER.decide(heard("medewerker_spreken"), ASKED_PASSPORT_COSTS)
    assert outcome.replies == ()
    assert outcome.commands == (Command("handoff", {"reason": "wants_human"}),)


def test_dissatisfaction_with_an_answer_counts_as_a_failure() -> None:
    assert COUNTER.decide(heard("ontevreden"), ASKED_PASSPORT_COSTS).memory.failures_in_a_row == 1


def test_a_topic_without_answers_says_so() -> None:
    outcome = COUNTER.decide(heard("nog_geen_onderwerp"), Memory())
    assert outcome.replies[0].kind == "fallback"
    assert outcome.memory.failures_in_a_row == 1


def test_memory_survives_slots() -> None:
    memory = Memory("paspoort", "kosten", True, (Subject("a", "b"), Subject("c", "d")), 2)
    assert Memory.from_slots(memory.slots()) == memory
    assert Memory.from_slots({}) == Memory()


def test_two_municipalities_give_their_own_answer() -> None:
    other = Counter(CONTENT, "fictiedam", COUNTER.today)
    message = heard("paspoort", aspect="kosten")
    assert only_text(other.decide(message, Memory())) != only_text(COUNTER.decide(message, Memory()))


def test_the_value_of_every_button_fits_in_telegram_and_finds_its_topic_again() -> None:
    for topic, written in CONTENT.topics.items():
        for aspect in written.answers:
            subject = Subject(topic, aspect.value)
            for name in ("onderwerp", "makkelijker", "meer"):
                value = subject.choice(name)
                assert len(value.encode()) <= 60
                parsed = Subject.parse(value.partition(":")[2])
                assert parsed is not None
                assert parsed.among(CONTENT.topics) == subject


@pytest.mark.parametrize(
    ("topic", "aspect", "button"),
    [
        ("melding_openbare_ruimte_algemeen", "algemeen", "formulier:melding"),
        ("melding_openbare_ruimte_algemeen", "termijn", "formulier:melding"),
        ("bezoekafspraak", "algemeen", "formulier:afspraak"),
        ("bezoekafspraak", "termijn", "formulier:afspraak"),
        ("paspoort", "aanvragen", "formulier:afspraak/identiteit"),
    ],
)
def test_what_can_be_done_here_is_offered_under_the_answer(topic: str, aspect: str, button: str) -> None:
    (reply,) = COUNTER.decide(heard(topic, aspect=aspect), Memory()).replies
    assert reply.buttons[0].value == button


@pytest.mark.parametrize(
    ("topic", "aspect"),
    [("melding_openbare_ruimte_algemeen", "status"), ("bezoekafspraak", "kwijt"), ("paspoort", "kosten")],
)
def test_who_has_done_it_or_asks_something_else_is_offered_no_form(topic: str, aspect: str) -> None:
    (reply,) = COUNTER.decide(heard(topic, aspect=aspect), Memory()).replies
    assert all(not button.value.startswith("formulier:") for button in reply.buttons)


def test_without_a_calendar_no_appointment_is_offered() -> None:
    content = Content.load(CONTENT_FOLDER)
    where = dataclasses.replace(content.municipality("voorbeeldstad"), appointments=None)
    closed = dataclasses.replace(content, municipalities={**content.municipalities, "voorbeeldstad": where})
    counter = dataclasses.replace(COUNTER, content=closed)
    (reply,) = counter.decide(heard("bezoekafspraak"), Memory()).replies
    assert all(not button.value.startswith("formulier:") for button in reply.buttons)


@pytest.mark.parametrize(
    "text", ["Hierbij stel ik u in gebreke.", "ik wil een ingebrekestelling sturen", "u bent in gebreke, ik eis geld"]
)
def test_who_gives_notice_of_default_is_told_that_a_chat_is_not_the_way(text: str) -> None:
    outcome = COUNTER.decide(heard("afscheid", text), Memory())
    assert "Een bericht in dit gesprek telt niet." in only_text(outcome)
    assert "Postbus 100" in only_text(outcome)
    assert outcome.questions[0].subject == Subject("zaakstatus", "termijn")
