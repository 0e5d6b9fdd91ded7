"""Whom a waiting case alerts, which teams a life touches, and when a threat is one to call 112 about."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import pytest

from bot.content.step_cards import StepCards
from bot.settings import PROJECT_DIR
from handoff import threat
from handoff.alerts import alerts, is_for_lead
from handoff.cases import priority
from handoff.detection import Level, Reason
from handoff.regie import touched
from handoff.tables import Case, Employee
from handoff.vocabulary import CaseKind, CaseState, Role
from tests.stage import MONDAY_MORNING as NOW


def waiting(level: Level = Level.ESCALATE, *reasons: Reason, **more: object) -> Case:
    return Case(
        team="publieksbalie",
        state=CaseState.WAITING,
        kind=CaseKind.CONVERSATION,
        level=level,
        priority=priority(level),
        reasons=reasons,
        **more,
    )


def employee(role: Role = Role.EMPLOYEE, skills: Collection[str] = ()) -> Employee:
    return Employee(id="anna", teams=["publieksbalie"], role=role, skills=list(skills))


@pytest.mark.parametrize(
    ("case", "who", "for_crisis", "expected"),
    [
        (waiting(), employee(), (), False),
        (waiting(Level.URGENT), employee(), (), True),
        (waiting(Level.CRISIS), employee(), ("bea",), False),
        (waiting(Level.CRISIS), employee(), (), True),
        (waiting(Level.CRISIS), employee(skills=["crisis"]), ("anna",), True),
        (waiting(Level.ESCALATE, Reason.THREAT), employee(), (), False),
        (waiting(Level.ESCALATE, Reason.THREAT), employee(Role.TEAM_LEAD), (), True),
    ],
    ids=["plain", "urgent", "crisis, another has the skill", "crisis, nobody has", "crisis, she has", "threat", "lead"],
)
def test_whom_a_case_alerts(case: Case, who: Employee, for_crisis: Collection[str], expected: bool) -> None:
    assert alerts(case, who, for_crisis, NOW) is expected


def test_an_offer_alerts_her_alone_and_only_while_it_stands() -> None:
    later, before = NOW + timedelta(seconds=30), NOW - timedelta(seconds=1)
    assert alerts(waiting(offered_to="anna", offered_until=later), employee(), (), NOW)
    assert not alerts(waiting(offered_to="bea", offered_until=later), employee(), (), NOW)
    assert not alerts(waiting(offered_to="anna", offered_until=before), employee(), (), NOW)


@pytest.mark.parametrize("level", [Level.URGENT, Level.CRISIS])
def test_what_got_worse_while_it_was_offered_alerts_everybody(level: Level) -> None:
    case = waiting(level, offered_to="bea", offered_until=NOW + timedelta(seconds=30))
    assert alerts(case, employee(), (), NOW)


def test_a_threat_in_another_team_is_not_this_leads() -> None:
    case = waiting(Level.URGENT, Reason.THREAT)
    case.team = "wonen"
    assert not is_for_lead(case, employee(Role.TEAM_LEAD))


@pytest.mark.parametrize(
    "sentence",
    [
        "ik kom morgen langs en dan zullen jullie wat beleven",
        "ik sta straks bij het stadhuis",
        "ik heb een mes en ik weet je te vinden",
        "ik steek die boel in de fik",
        "vrijdag om 14.00 uur zijn jullie aan de beurt",
        "ik weet waar je woont",
    ],
)
def test_a_threat_with_a_place_a_time_or_a_weapon_is_concrete(sentence: str) -> None:
    assert threat.is_concrete([sentence])


@pytest.mark.parametrize("sentence", ["jullie krijgen hier spijt van", "ik maak je kapot", ""])
def test_a_threat_without_these_is_not(sentence: str) -> None:
    assert not threat.is_concrete([sentence])


def test_a_concrete_threat_has_the_card_with_112_on_top() -> None:
    cards = StepCards.load(PROJECT_DIR / "bot" / "content")
    titles = [card.title for card in cards.of(["threat"], is_crisis=False, threat_is_concrete=True)]
    assert titles == ["Bedreiging met plaats, tijd of wapen: bel nu 112", "Bedreiging: wat doet u nu?"]
    assert cards.of(["anger"], is_crisis=False, threat_is_concrete=True) == ()


def test_the_teams_that_a_life_touches() -> None:
    said = ["Ik word uit mijn huis gezet", "en ik heb schulden en mijn paspoort is kwijt"]
    assert touched([Reason.COMPLEXITY], said) == {"wonen", "sociaal-wijkteam", "publieksbalie"}
    assert touched([Reason.HOMELESSNESS, Reason.DEBT], ["help"]) == {"wonen", "sociaal-wijkteam"}
    assert touched([Reason.ANGER], ["de lantaarnpaal is stuk"]) == frozenset()
