"""Saying what one thinks of a conversation that is over."""

from __future__ import annotations

from typing import Any

import pytest
from anyio.from_thread import BlockingPortal
from sqlalchemy import select

from handoff.tables import Rating
from tests.citizen import Citizen, problem
from tests.stage import CITY, Stage, StoppedClock


def end(citizen: Citizen) -> dict[str, Any]:
    answer = citizen.close()
    assert answer.status_code == 200
    return dict(answer.json())


def rate(citizen: Citizen, **said: Any) -> Any:
    return citizen.client.put(f"{citizen.path}/oordeel", json={"beantwoord": "ja", **said}, headers=citizen.headers)


@pytest.fixture
def kept(stage: Stage, portal: BlockingPortal) -> Any:
    async def read() -> list[Rating]:
        async with stage.database.read() as session:
            return list(await session.scalars(select(Rating)))

    return lambda: portal.call(read)


@pytest.fixture
def ended(citizen: Citizen) -> Citizen:
    assert citizen.send("Wat kost een paspoort?").status_code == 202
    assert end(citizen)["oordeel"] == {"gegeven": False, "medewerker": False}
    return citizen


def test_what_she_says_is_kept_once_and_can_be_changed(ended: Citizen, kept: Any) -> None:
    assert rate(ended, cijfer=4).json()["oordeel"] == {"gegeven": True, "medewerker": False}
    rate(ended, beantwoord="nee", cijfer=2, toelichting="Bel mij op 06 12 34 56 78")
    [rating] = kept()
    assert (rating.answered, rating.score, rating.municipality) == ("no", 2, CITY)
    assert "06 12" not in rating.comment
    assert rating.told_again is None


def test_nothing_is_asked_while_it_goes_on_or_when_nobody_said_anything(citizen: Citizen, kept: Any) -> None:
    assert citizen.get().json().get("oordeel") is None
    problem(rate(citizen), 409)
    assert end(citizen).get("oordeel") is None
    problem(rate(citizen), 409)
    assert kept() == []


def test_after_a_day_nobody_asks_any_more(ended: Citizen, clock: StoppedClock) -> None:
    clock.advance(24 * 3600 + 1)
    assert ended.get().json().get("oordeel") is None
    problem(rate(ended), 409)


@pytest.mark.parametrize(
    "said", [{"beantwoord": "misschien"}, {"cijfer": 0}, {"cijfer": 6}, {"toelichting": "a" * 1001}, {"naam": "Anna"}]
)
def test_what_cannot_be_read_is_refused_and_keeps_nothing(ended: Citizen, kept: Any, said: dict[str, Any]) -> None:
    problem(rate(ended, **said), 422)
    assert kept() == []


def test_who_needs_help_now_hears_in_place_of_thanks_who_helps(ended: Citizen, kept: Any) -> None:
    refused = problem(rate(ended, toelichting="ik wil niet meer leven"), 409)
    assert refused["vervolg"] is True
    assert "Begin een nieuw gesprek" in refused["detail"]
    assert "113" in refused["detail"]
    assert "niet meer leven" not in refused["detail"]
    assert kept() == []
