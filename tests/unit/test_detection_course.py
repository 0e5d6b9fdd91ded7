"""What the course of a conversation tells, and which language a message is in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.detection import Detector, Level, Reason, Role, Turn
from handoff.detection.conversation import Course, follow
from handoff.detection.languages import language_of

NOT_UNDERSTOOD = "Ik begrijp uw vraag niet goed. Kunt u het anders zeggen?"
detector = Detector.load()


def talk(*texts: str) -> list[Turn]:
    """Citizen and bot in turn; the citizen begins."""
    return [Turn(Role.BOT if at % 2 else Role.CITIZEN, text) for at, text in enumerate(texts)]


def course(*texts: str) -> Course:
    found = follow(talk(*texts))
    assert found is not None
    return found


def test_failures_in_a_row_end_with_an_answer() -> None:
    assert course("wat kost het", NOT_UNDERSTOOD, "de prijs", NOT_UNDERSTOOD, "hallo").failures_in_a_row == 2
    answered = course("wat kost het", NOT_UNDERSTOOD, "paspoort", "Een paspoort kost 80 euro.", "dank")
    assert (answered.failures, answered.failures_in_a_row) == (1, 0)


def test_two_failures_escalate_however_friendly() -> None:
    found = detector.assess(talk("wat kost het", NOT_UNDERSTOOD, "de prijs dus", NOT_UNDERSTOOD, "hoeveel euro is het"))
    assert found.level is Level.ESCALATE
    assert Reason.BOT_FAILURE in found.reasons


def test_the_same_answer_again_is_counted() -> None:
    answer = "U kunt grofvuil aanmelden via de website."
    assert course("groene bak", answer, "nee de groene bak", answer, "dat zei je net al").repeated_answers == 1


def test_a_yes_to_the_offer_of_a_person_is_a_wish() -> None:
    found = detector.assess(talk("ik kom er niet uit", "Wilt u verder met een medewerker?", "ja graag"))
    assert (found.level, found.reasons) == (Level.ESCALATE, (Reason.WANTS_HUMAN,))


def test_a_crisis_stays_after_a_joke_until_an_employee_has_spoken() -> None:
    turns = talk("ik wil dood", NOT_UNDERSTOOD, "grapje")
    assert detector.assess(turns).level is Level.CRISIS
    spoken = [*turns, Turn(Role.EMPLOYEE, "Dag, ik ben Samira."), Turn(Role.CITIZEN, "wat kost een paspoort")]
    assert detector.assess(spoken).level is Level.NONE


@pytest.mark.parametrize(
    "text",
    [
        "Hello, do you speak English? I need help with my letter",
        "Ich brauche Hilfe mit einem Brief von der Stadt",
        "Bonjour, je voudrais parler avec une personne",
        "Dzień dobry, nie mówię po niderlandzku, czy ktoś może mi pomóc",
        "merhaba bana yardim lazim bu mektup ne icin",
        "مرحبا، أحتاج إلى مساعدة",
        "Доброго дня, мені потрібна допомога",
        "ሰላም፡ ሓገዝ የድልየኒ ኣሎ",
    ],
)
def test_another_language_is_recognised(text: str) -> None:
    assert course(text).language is not None


@pytest.mark.parametrize(
    "text",
    [
        "Goeiemiddag, wêr kin ik in nij rydbewiis oanfreegje foar myn heit?",
        "moi, hou loat bin ie lös vandoage in t gemientehoes",
        "Iech had get wille vraoge euver de Wmo, meh 't is al good",
        "ik wonen hier 2 jaar. hoe ik vraag nieuw paspoort voor kind?",
        "wat kost een paspoort",
        "ok",
        "",
    ],
)
def test_frisian_dialect_and_clumsy_dutch_are_not_another_language(text: str) -> None:
    assert course(text).language is None


def test_a_message_answered_in_its_own_language_needs_nobody_for_it() -> None:
    turns = talk(
        "How much is a passport for my son?", "A passport for your son is 65 euros. You can have it here.", "ok"
    )
    assert follow(turns[:1]) is not None
    found = follow([*turns[:2], Turn(Role.CITIZEN, "thank you, and where can I get it")])
    assert found is not None
    assert found.language is None


@given(st.text(max_size=120))
def test_no_text_makes_the_language_fail(text: str) -> None:
    assert language_of(text) is None or isinstance(language_of(text), str)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Role), st.text(max_size=80)), max_size=12))
def test_no_conversation_makes_the_detector_fail(said: list[tuple[Role, str]]) -> None:
    found = detector.assess([Turn(role, text) for role, text in said])
    assert bool(found.reasons) == (found.level is not Level.NONE)


@pytest.mark.parametrize("text", ["", "😀😀😀", "\x00\x07\u202e", "а" * 4000, "Aб漢字ع " * 800, "!" * 4000])
def test_bad_input_is_judged(text: str) -> None:
    assert detector.assess([Turn(Role.CITIZEN, text)]).level in Level


@pytest.mark.parametrize(
    ("answered", "said", "wanted"),
    [
        ("Wilt u verder met een medewerker?", "doe maar", True),
        ("Wilt u verder met een medewerker?", "doe dat maar graag", True),
        ("Wilt u verder met een medewerker?", "doe maar het tarief voor twee dagen", False),
        ("Prima, dan geen medewerker. Welke dag past u?", "ja, dinsdag", False),
    ],
)
def test_a_choice_after_a_refused_offer_is_no_wish_for_a_person(answered: str, said: str, wanted: bool) -> None:
    turns = [Turn(Role.CITIZEN, "wat kost grofvuil"), Turn(Role.BOT, answered), Turn(Role.CITIZEN, said)]
    assert (Reason.WANTS_HUMAN in detector.assess(turns).reasons) is wanted
