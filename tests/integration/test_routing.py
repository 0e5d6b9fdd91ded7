"""From a citizen's words to the team, the teams that read along, and the language on the card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import handover, regie
from bot.desk import Desk
from bot.moment import Moment
from handoff import conversations, messages
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.detection import Assessment, Level, Reason
from handoff.vault import Vault
from handoff.vocabulary import Owner
from tests.counter import Citizen, FakeRasa, make_desk
from tests.stage import Stage, StoppedClock, new_case


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    return make_desk(database, bus, vault, clock, FakeRasa())


async def test_what_the_citizen_writes_stands_with_her_case(stage: Stage, desk: Desk) -> None:
    citizen = await Citizen.starts(desk)
    await citizen.asks("Merhaba, pasaportumu kaybettim. Ne yapmam gerekiyor? Lütfen yardım edin.")
    await citizen.asks("Evet", handover.CHOSE_YES)
    assert (await stage.read(citizen.id)).owner == Owner.QUEUED
    (case,) = await stage.cases_of(citizen.id)
    assert case.language == "tr"


async def test_a_dutch_citizen_has_no_language_on_her_case(stage: Stage, desk: Desk) -> None:
    citizen = await Citizen.starts(desk)
    await citizen.asks("Ik wil een medewerker spreken")
    (case,) = await stage.cases_of(citizen.id)
    assert (case.language, case.also_for) == (None, [])


async def moment_of(stage: Stage, *said: str) -> Moment:
    conversation_id = await stage.conversation()
    for text in said:
        await stage.citizen_says(conversation_id, text)
    async with stage.database.read() as session:
        history = tuple(await messages.after(session, conversation_id, 0))
        return Moment(await conversations.get(session, conversation_id), history[-1], history)


def about(*reasons: Reason, team: str = "sociaal-wijkteam") -> Assessment:
    return Assessment(Level.ESCALATE, reasons, (), team, "Doorgezet.", "test")


async def test_several_domains_of_life_let_the_other_teams_read_along(stage: Stage, desk: Desk) -> None:
    moment = await moment_of(stage, "Ik word uit mijn huis gezet", "en ik heb schulden door mijn scheiding")
    new = replace(new_case(team="sociaal-wijkteam"), assessment=about(Reason.COMPLEXITY, Reason.DEBT))
    assert regie.also_for(desk, moment, new) == ("wonen",)


async def test_one_domain_is_nobody_elses_business(stage: Stage, desk: Desk) -> None:
    moment = await moment_of(stage, "Ik word uit mijn huis gezet", "en ik heb schulden door mijn scheiding")
    new = replace(new_case(team="sociaal-wijkteam"), assessment=about(Reason.DEBT))
    assert regie.also_for(desk, moment, new) == ()
