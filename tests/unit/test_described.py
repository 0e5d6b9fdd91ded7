"""What the files of a municipality say besides its hours, as its administrators read it."""

from __future__ import annotations

from types import SimpleNamespace

from bot import described
from bot.content import ContentStore
from tests.counter import CONTENT


def test_the_municipality_is_told_with_the_others_beside_it() -> None:
    content = ContentStore(CONTENT).current()
    desk = SimpleNamespace(content=content, municipality=content.municipality)
    said = {one.name: one.value for one in described.municipality(desk, "fictiedam")}  # type: ignore[arg-type]
    assert said["Naam"] == "gemeente Fictiedam"
    assert said["Bewaartermijn van gesprekken"] == "28 dagen"
    assert "Voorbeeldstad" in said["Andere gemeenten in deze installatie"]
