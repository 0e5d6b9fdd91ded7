"""A round of housekeeping does what it can: one part that fails stops none of the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from bot.desk import Desk
from bot.housekeeping import RETENTION_WITHOUT_MUNICIPALITY_DAYS, round_once
from handoff import appointments, figures, ownership, retention
from handoff.bus import InProcessBus
from handoff.database import Database
from handoff.tables import Conversation
from handoff.vault import Vault
from tests.counter import FakeRasa, make_desk
from tests.stage import Stage, StoppedClock

DAYS = 24 * 3600


@pytest.fixture
def desk(database: Database, bus: InProcessBus, vault: Vault, clock: StoppedClock) -> Desk:
    return make_desk(database, bus, vault, clock, FakeRasa())


async def overdue(stage: Stage) -> list[str]:
    """Two conversations that have to be erased by now."""
    ids = [await stage.conversation(first="Hallo") for _ in range(2)]
    for one in ids:
        async with stage.database.write() as session:
            await ownership.close_by_citizen(session, one, now=stage.clock())
    stage.clock.advance((RETENTION_WITHOUT_MUNICIPALITY_DAYS + 1) * DAYS)
    return ids


def failures(part: str) -> float:
    return REGISTRY.get_sample_value("balie_housekeeping_failures_total", {"part": part}) or 0.0


async def fails(*_args: object, **_more: object) -> None:
    raise RuntimeError("this part is broken")


@pytest.mark.parametrize(
    ("part", "broken", "verb"),
    [
        ("close", ownership, "close_left_alone"),
        ("count", figures, "due"),
        ("figures", figures, "forget_old"),
        ("sessions", retention, "drop_expired_sessions"),
        ("appointments", appointments, "forget_past"),
    ],
)
async def test_what_is_overdue_is_erased_whatever_else_fails(
    stage: Stage, desk: Desk, monkeypatch: pytest.MonkeyPatch, part: str, broken: object, verb: str
) -> None:
    await overdue(stage)
    if part == "close":
        await stage.conversation(first="Hallo")
        stage.clock.advance(2 * DAYS)
    monkeypatch.setattr(broken, verb, fails)
    before = failures(part)
    assert (await round_once(desk))[1] == 2
    assert failures(part) == before + 1


async def test_one_conversation_that_cannot_be_erased_keeps_no_other(
    stage: Stage, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = min(await overdue(stage))
    erase: Callable[..., object] = retention.erase

    async def all_but_one(session: object, conversation_id: str, **more: object) -> object:
        if conversation_id == stuck:
            raise RuntimeError("this one is broken")
        return await erase(session, conversation_id, **more)  # type: ignore[misc]

    monkeypatch.setattr(retention, "erase", all_but_one)
    before = failures("erase")
    assert (await round_once(desk))[1] == 1
    assert failures("erase") == before + 1
    assert await stage.count(Conversation) == 1
