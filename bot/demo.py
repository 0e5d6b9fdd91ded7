"""The try-out: accounts with new passwords at each start, and a key of its own, all on this machine only."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.settings import Settings
from handoff import employees
from handoff.clock import system_clock
from handoff.database import Database
from handoff.employees import HashedPassword
from handoff.tables import Employee
from handoff.vocabulary import Role, Team

DATA_KEY_FILE = "demo-secret-key"


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist and can log in."""

    name: str
    email: str
    municipality: str
    role: Role


@dataclass(frozen=True)
class LogIn:
    """What to type to be that person; shown once and kept nowhere."""

    person: Person
    password: str


PEOPLE = (
    Person("Samira", "samira@voorbeeldstad.example", "voorbeeldstad", Role.EMPLOYEE),
    Person("Joost", "joost@voorbeeldstad.example", "voorbeeldstad", Role.TEAM_LEAD),
    Person("Lotte", "lotte@voorbeeldstad.example", "voorbeeldstad", Role.EDITOR),
    Person("Bea", "bea@voorbeeldstad.example", "voorbeeldstad", Role.ADMINISTRATOR),
    Person("Olga", "olga@voorbeeldstad.example", "voorbeeldstad", Role.PRIVACY_OFFICER),
    Person("Fatma", "fatma@fictiedam.example", "fictiedam", Role.EMPLOYEE),
)


def demo_settings(settings: Settings) -> Settings:
    """`settings` for a try-out: on loopback, with a secret key that is kept for the next one."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    key = settings.secret_key.get_secret_value() if settings.secret_key else _kept_key(settings.data_dir)
    return settings.model_copy(update={"demo": True, "host": "127.0.0.1", "secret_key": SecretStr(key)})


async def renew_accounts(database: Database) -> list[LogIn]:
    """Make the demo accounts where they are missing, and give each a new password."""
    log_ins = [LogIn(person, secrets.token_urlsafe(12)) for person in PEOPLE]
    hashed = [await employees.hash_password(log_in.password) for log_in in log_ins]
    async with database.write() as session:
        for log_in, password in zip(log_ins, hashed, strict=True):
            await _renew(session, log_in.person, password)
    return log_ins


async def _renew(session: AsyncSession, person: Person, password: HashedPassword) -> None:
    known = await session.scalar(select(Employee).where(Employee.email == person.email, Employee.demo))
    if known is not None:
        await employees.set_password(session, known.id, password)
        return
    await employees.add_employee(
        session,
        email=person.email,
        display_name=person.name,
        password=password,
        municipality=person.municipality,
        teams=[] if person.role in employees.WITHOUT_TEAM else list(Team),
        now=system_clock(),
        role=person.role,
        demo=True,
    )


def _kept_key(folder: Path) -> str:
    file = folder / DATA_KEY_FILE
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    return file.read_text()
