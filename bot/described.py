"""What the files of a municipality say besides its hours, for its administrators: to read, to change in the files."""

from __future__ import annotations

from collections.abc import Iterator

from bot.content import Municipality
from bot.desk import Desk
from handoff.console.dependencies import Setting, SettingsSection


def municipality(desk: Desk, key: str) -> tuple[SettingsSection, ...]:
    """The municipality itself."""
    where = desk.municipality(key)
    others = ", ".join(sorted(one.name for one in desk.content.municipalities.values() if one.key != key))
    return (SettingsSection("Gemeente", tuple(_identity(where, others))),)


def _identity(where: Municipality, others: str) -> Iterator[Setting]:
    yield Setting("Naam", where.full_name)
    yield Setting("Website", where.website)
    yield Setting("Telefoon", where.phone)
    yield Setting("Adres", where.address)
    yield Setting("Bewaartermijn van gesprekken", f"{where.retention_days} dagen")
    if others:
        yield Setting("Andere gemeenten in deze installatie", others)
