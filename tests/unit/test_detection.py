"""The detector's rules: what must reach a person, and what must not be taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.detection import Detector, Level, NluSignals, Reason, Role, Turn
from handoff.detection.words import fold

detector = Detector.load()


def assess(text: str, nlu: NluSignals | None = None) -> tuple[Level, tuple[Reason, ...]]:
    found = detector.assess([Turn(Role.CITIZEN, text)], nlu)
    return found.level, found.reasons


WANTS_HUMAN = [
    "Ik wil een medewerker spreken",
    "mag ik een medewerker",
    "medewerker",
    "Medewerker!",
    "Kan ik met iemand praten?",
    "ik wil met een echt mens praten",
    "ik wil gewoon een mens spreken",
    "Verbind mij door met een medewerker, ik wil doorverbonden worden met een medewerker",
    "Ik wil geen robot maar een mens",
    "ik wil geen computer maar een medewerker",
    "Ik wil niet met een robot praten",
    "Kan ik niet gewoon met een medewerker praten?",
    "kan ik niet een medewerker spreken",
    "Kan iemand mij terugbellen?",
    "liever een medewerker",
    "Geef mij een medewerker",
    "Ik krijg niemand aan de lijn. Ik wil iemand spreken",
    "IK WIL EEN MENS SPREKEN",
    "Paspoort kwijt. Medewerker graag.",
    "Ik zoek een boek over bezwaar. Ik wil een medewerker spreken.",
]
NOT_HUMAN = [
    "Ben je een mens?",
    "bent u een echt persoon of een robot",
    "Ik hoef geen medewerker te spreken",
    "Nee, ik wil geen medewerker",
    "Ik wil een paspoort aanvragen voor iemand anders",
    "Kan ik iemand machtigen?",
    "Mag ik mijn moeder bij mij inschrijven?",
    "Hoeveel medewerkers heeft de gemeente?",
    "Wat zijn de openingstijden?",
    "Ik wil een rijbewijs",
    "",
]
SUICIDE = [
    "Ik wil dood",
    "ik wil niet meer leven",
    "Ik wil liever dood zijn",
    "ik denk aan zelfmoord",
    "ik maak er een eind aan",
    "Ik wil er een einde aan maken",
    "ik zie het niet meer zitten",
    "ik zie het allemaal echt niet meer zitten",
    "Ze zijn beter af zonder mij",
    "ik spring voor de trein",
    "Sinds mijn man overleden is wil ik niet meer leven",
    "Mijn vader is overleden. Ik wil ook dood.",
    "Ik las een boek over de bijstand. Ik wil dood.",
    "Mijn aanvraag is afgewezen, ik zie het niet meer zitten. De tuin kan me niets schelen.",
    "ík wíl dóód",
    "Ik heb een boek over zelfmoord gelezen. Nu wil ik zelf niet meer leven.",
]
NOT_SUICIDE = [
    "Ik wil een dode vogel melden",
    "Er ligt dood hout in het park",
    "Mijn vader is overleden, hoe doe ik aangifte?",
    "Ik wil de dood van mijn vader aangeven",
    "Ik wil aangifte doen van de dood van mijn moeder",
    "Ik zie het plan voor de parkeergarage niet meer zitten",
    "Waar vind ik het boek over zelfmoordpreventie?",
    "Ik maak een einde aan mijn abonnement",
    "Mijn hond is dood, waar kan ik hem brengen?",
    "ik wil weten waar ik een dode kat kan melden",
]
ABUSE = [
    "Mijn man slaat mij",
    "Hij slaat mij en de kinderen",
    "ik word mishandeld",
    "Mijn ex bedreigt me",
    "Ik heb te maken met huiselijk geweld",
    "mijn vriend heeft me geslagen",
    "Dit slaat nergens op. Mijn man slaat mij.",
]
NOT_ABUSE = [
    "Dit slaat nergens op",
    "Dat slaat op mijn aanvraag",
    "Moet ik bij de brug linksaf?",
    "de klok slaat twaalf",
]
DANGER = [
    "Er is brand uitgebroken bij de buren",
    "ons huis staat in brand",
    "Ik ruik gas",
    "er is een gaslek",
    "mijn buurman is bewusteloos",
    "Dit is geen oefening. Ik ruik gas.",
]
NOT_DANGER = ["Mag ik een vreugdevuur houden?", "Wanneer is de oefening met het brandalarm?", "Is parkeren gratis?"]
HOMELESS = [
    "Ik slaap op straat",
    "ik heb vannacht geen slaapplek",
    "ik heb nergens om te slapen",
    "wij staan morgen op straat",
    "Ik word uit mijn huis gezet, mijn huis wordt ontruimd",
    "morgen is de uithuiszetting",
]
NOT_HOMELESS = [
    "Er ligt vuil op straat",
    "De lamp op straat is kapot",
    "Mag mijn auto op straat staan?",
    "kinderen spelen op straat",
]
CUTOFF = [
    "Ons water is afgesloten",
    "de stroom wordt afgesloten",
]
NOT_CUTOFF = ["De weg is afgesloten", "wanneer is de straat is afgesloten voor de kermis"]
THREAT = ["Ik steek het gemeentehuis in brand", "ik kom met een mes naar de balie"]


@pytest.mark.parametrize("text", WANTS_HUMAN)
def test_a_wish_for_a_person_is_understood(text: str) -> None:
    level, reasons = assess(text)
    assert Reason.WANTS_HUMAN in reasons
    assert level is Level.ESCALATE


@pytest.mark.parametrize("text", NOT_HUMAN)
def test_a_question_about_people_is_no_wish_for_one(text: str) -> None:
    assert assess(text) == (Level.NONE, ())


@pytest.mark.parametrize(
    ("reason", "level", "text"),
    [
        *((Reason.SUICIDE, Level.CRISIS, text) for text in SUICIDE),
        *((Reason.ABUSE, Level.CRISIS, text) for text in ABUSE),
        *((Reason.ACUTE_DANGER, Level.CRISIS, text) for text in DANGER),
        *((Reason.HOMELESSNESS, Level.URGENT, text) for text in HOMELESS),
        *((Reason.CUTOFF, Level.URGENT, text) for text in CUTOFF),
        *((Reason.THREAT, Level.URGENT, text) for text in THREAT),
    ],
)
def test_what_cannot_wait_is_recognised(reason: Reason, level: Level, text: str) -> None:
    found, reasons = assess(text)
    assert reason in reasons
    assert found.rank >= level.rank


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        *((Reason.SUICIDE, text) for text in NOT_SUICIDE),
        *((Reason.ABUSE, text) for text in NOT_ABUSE),
        *((Reason.ACUTE_DANGER, text) for text in NOT_DANGER),
        *((Reason.HOMELESSNESS, text) for text in NOT_HOMELESS),
        *((Reason.CUTOFF, text) for text in NOT_CUTOFF),
    ],
)
def test_an_ordinary_question_raises_no_alarm(reason: Reason, text: str) -> None:
    assert reason not in assess(text)[1]


def test_the_trigger_is_the_sentence_that_said_it_in_its_turn() -> None:
    text = "Goedemorgen. Mijn man slaat mij! Wat nu?"
    turns = [Turn(Role.BOT, "Welkom"), Turn(Role.CITIZEN, "hallo"), Turn(Role.BOT, "Dag"), Turn(Role.CITIZEN, text)]
    found = detector.assess(turns)
    (trigger,) = found.triggers
    assert (trigger.turn, text[trigger.start : trigger.end]) == (3, "Mijn man slaat mij!")


def test_offsets_fit_the_original_text_with_accents_and_emoji() -> None:
    text = "😀 İk hééb pech. Ik wíl een médewerker spreken 😀"
    (trigger,) = detector.assess([Turn(Role.CITIZEN, text)]).triggers
    assert text[trigger.start : trigger.end] == "Ik wíl een médewerker spreken 😀"


def test_only_the_last_turn_of_the_citizen_is_judged() -> None:
    turns = [
        Turn(Role.CITIZEN, "Ik wil een medewerker"),
        Turn(Role.BOT, "Ik wil dood, zegt de bot"),
        Turn(Role.CITIZEN, "Wat kost een paspoort?"),
        Turn(Role.EMPLOYEE, "Ik wil een medewerker"),
    ]
    assert detector.assess(turns).level is Level.NONE


def test_two_failures_in_a_row_escalate_and_one_does_not() -> None:
    assert assess("bla", NluSignals(failed=True, failures_in_a_row=1))[0] is Level.NONE
    level, reasons = assess("bla", NluSignals(failed=True, failures_in_a_row=2))
    assert (level, reasons) == (Level.ESCALATE, (Reason.BOT_FAILURE,))


def test_a_sensitive_topic_offers_a_person() -> None:
    assert assess("bijstand", NluSignals(topic="bijstand", sensitive=True)) == (Level.OFFER, (Reason.VULNERABILITY,))


def test_the_gravest_finding_decides_and_every_reason_is_kept() -> None:
    found = detector.assess([Turn(Role.CITIZEN, "Ik wil een medewerker. Mijn man slaat mij. Ik slaap op straat.")])
    assert found.level is Level.CRISIS
    assert set(found.reasons) == {Reason.WANTS_HUMAN, Reason.ABUSE, Reason.HOMELESSNESS}
    assert len(found.triggers) == 3
    assert found.team == "sociaal-wijkteam"
    assert found.explanation.startswith("Doorgezet: ")


def test_the_team_of_the_topic_counts_where_no_reason_presses() -> None:
    signals = NluSignals(topic="parkeervergunning", team="parkeren", wants_human=True)
    found = detector.assess([Turn(Role.CITIZEN, "ik kom er niet uit")], signals)
    assert (found.team, found.level) == ("parkeren", Level.ESCALATE)


WORDS = [
    "ik", "wil", "dood", "niet", "meer", "leven", "medewerker", "geen", "robot", "maar", "mens", "overleden", "boek",
    ".", "!", "\n", "op straat", "slaat", "mij", "é", "İ", "ß", "ﬁ", "🙂", "\u200d", "  ",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=25).map(" ".join), st.booleans())
def test_no_text_makes_the_detector_fail_and_every_trigger_lies_in_its_turn(text: str, before: bool) -> None:
    turns = ([Turn(Role.BOT, "Dag")] if before else []) + [Turn(Role.CITIZEN, text)]
    found = detector.assess(turns, NluSignals(failures_in_a_row=2))
    assert found == detector.assess(turns, NluSignals(failures_in_a_row=2))
    for trigger in found.triggers:
        assert trigger.turn == len(turns) - 1
        assert 0 <= trigger.start <= trigger.end <= len(text)
        assert text[trigger.start : trigger.end].strip() or not text.strip()
    assert bool(found.reasons) == (found.level is not Level.NONE)


@given(st.text())
def test_folding_keeps_every_character_in_its_place(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_without_a_turn_of_the_citizen_there_is_nothing_to_judge() -> None:
    assert detector.assess([]).level is Level.NONE
    assert detector.assess([Turn(Role.BOT, "Ik wil dood")]).level is Level.NONE
