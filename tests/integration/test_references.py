"""References: something else when what was drawn is in use."""

from __future__ import annotations

import pytest

from handoff import cases, references
from tests.stage import CITY, Stage, new_case


async def test_a_reference_that_is_in_use_is_drawn_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["ZK-0001-BBB", "ZK-0001-BBB", "ZK-0002-BBB"])
    monkeypatch.setattr(references, "_draw", lambda _prefix: next(drawn))
    found = []
    for _ in range(2):
        conversation_id = await stage.conversation()
        async with stage.database.write() as session:
            case = await cases.open_case(
                session, new_case(), conversation_id=conversation_id, municipality=CITY, now=stage.clock()
            )
        found.append(case.reference)
    assert found == ["ZK-0001-BBB", "ZK-0002-BBB"]
