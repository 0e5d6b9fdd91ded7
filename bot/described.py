"""What the files of a municipality say, for its administrators: to read in the console, to change in the files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from babel.dates import format_date

from bot.content import Municipality, hours
from bot.desk import Desk
from handoff.console.dependencies import Setting, SettingsSection


def municipality(desk: Desk, key: str, today: date) -> tuple[SettingsSection, ...]:
    """The municipality itself, its hours, its holidays of this year and the next, and its teams."""
    where = desk.municipality(key)
    file = f"bot/content/municipalities/{key}/gemeente.yml"
    others = ", ".join(sorted(one.name for one in desk.content.municipalities.values() if one.key != key))
    return (
        SettingsSection("Gemeente", file, tuple(_identity(where, others))),
        SettingsSection("Openingstijden", file, tuple(_hours(where))),
        *(_holidays(where, year, today, file) for year in (today.year, today.year + 1)),
        SettingsSection("Teams", file, tuple(_teams(where))),
    )


def _identity(where: Municipality, others: str) -> Iterator[Setting]:
    yield Setting("Naam", where.full_name)
    yield Setting("Website", where.website)
    yield Setting("Telefoon", where.phone)
    yield Setting("Adres", where.address)
    yield Setting("Bewaartermijn van gesprekken", f"{where.retention_days} dagen")
    if others:
        yield Setting("Andere gemeenten in deze installatie", others)


def _hours(where: Municipality) -> Iterator[Setting]:
    yield Setting("Balie", hours.describe_week(where.opening_hours))
    yield Setting("Telefoon en chat", hours.describe_week(where.phone_hours))


def _holidays(where: Municipality, year: int, today: date, file: str) -> SettingsSection:
    days = dict(hours.holidays_of(year)) | {day.date: day.reason for day in where.closed_days if day.date.year == year}
    settings = tuple(
        Setting(
            format_date(day, "EEEE d MMMM", locale="nl"),
            f"{name}: {'open' if hours.periods_on(day, where.opening_hours, where.closed_days) else 'dicht'}",
        )
        for day, name in sorted(days.items())
        if day >= today
    )
    confirmed = year in where.holidays_confirmed
    remark = "" if confirmed else f"Nog niet nagekeken. Klopt de lijst? Zet {year} dan bij holidays_confirmed."
    return SettingsSection(f"Feestdagen en uitzonderingen {year}", file, settings, remark)


def _teams(where: Municipality) -> Iterator[Setting]:
    for team in where.teams.values():
        open_when = hours.describe_short(team.hours) if team.hours else "dezelfde tijden als telefoon en chat"
        yield Setting(team.name, f"{open_when}{f', {team.phone}' if team.phone else ''}")
