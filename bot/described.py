"""What the files of a municipality say besides its hours, for its administrators: to read, to change in the files."""

from __future__ import annotations

from collections.abc import Iterator

from bot.desk import Desk
from handoff.console.dependencies import Setting


def municipality(desk: Desk, key: str) -> tuple[Setting, ...]:
    """The municipality itself."""
    return tuple(_settings(desk, key))


def _settings(desk: Desk, key: str) -> Iterator[Setting]:
    where = desk.municipality(key)
    yield Setting("Naam", where.full_name)
    yield Setting("Website", where.website)
    yield Setting("Telefoon", where.phone)
    yield Setting("Adres", where.address)
    yield Setting("Bewaartermijn van gesprekken", f"{where.retention_days} dagen")
    if others := sorted(one.name for one in desk.content.municipalities.values() if one.key != key):
        yield Setting("Andere gemeenten in deze installatie", ", ".join(others))
