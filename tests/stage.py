"""Sets the scene for tests of the handoff: a clock that stands still, employees, conversations, cases."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import cases, conversations, employees, messages, ownership
from handoff.cases import NewCase
from handoff.database import Database
from handoff.detection import Assessment, Level, Reason, Trigger
from handoff.messages import Draft
from handoff.tables import AuditLine, Case, Conversation, Employee, Message
from handoff.vocabulary import CaseKind, ChannelName, Consent, MessageKind, Role, Sender

CITY = "voorbeeldstad"
MONDAY_MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""Eleven o'clock in Amsterdam, within the opening hours of both municipalities."""


class StoppedClock:
    """A clock that moves only when a test says so."""

    def __init__(self, at: datetime = MONDAY_MORNING) -> None:
        self.now = at

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


def wish(level: Level = Level.ESCALATE, team: str = "publieksbalie") -> Assessment:
    """An assessment that asks for a person."""
    return Assessment(
        level=level,
        reasons=(Reason.WANTS_HUMAN,),
        triggers=(Trigger(1, 0, 5, Reason.WANTS_HUMAN),),
        team=team,
        explanation="Doorgezet: vraagt om een medewerker.",
        version="test-1",
    )


def new_case(level: Level = Level.ESCALATE, team: str = "publieksbalie", **more: object) -> NewCase:
    """A case about to be opened."""
    return NewCase(wish(level, team), team, Consent.ASKED_HERSELF, "Wilt u een medewerker?", **more)  # type: ignore[arg-type]


def place_notice(place: int) -> Draft:
    """What the citizen hears of her place."""
    return Draft(f"U bent nummer {place}.", MessageKind.HANDOVER)


class Stage:
    """A database with people and conversations on it."""

    def __init__(self, database: Database, clock: StoppedClock) -> None:
        self.database = database
        self.clock = clock
        self._employees = 0

    async def employee(
        self,
        name: str = "Anna",
        *,
        municipality: str = CITY,
        teams: Sequence[str] = ("publieksbalie",),
        limit: int = 4,
        active: bool = True,
        skills: Sequence[str] = (),
        languages: Sequence[str] = (),
        role: Role = Role.EMPLOYEE,
    ) -> str:
        """Add an employee who needs no log-in; returns her id."""
        self._employees += 1
        employee = Employee(
            municipality=municipality,
            email=f"{name.casefold()}{self._employees}@voorbeeldstad.example",
            display_name=name,
            password_hash="!",
            role=role,
            teams=list(teams),
            skills=list(skills),
            languages=list(languages),
            demo=False,
            active=active,
            max_conversations=limit,
            open_conversations=0,
            failed_log_ins=0,
            created_at=self.clock(),
        )
        async with self.database.write() as session:
            session.add(employee)
        return employee.id

    async def renew(self, employee_id: str) -> None:
        """Her console is open: renew its lease."""
        async with self.database.write() as session:
            await employees.renew_lease(session, employee_id, now=self.clock())

    async def conversation(
        self, *, municipality: str = CITY, channel: ChannelName = ChannelName.WEB, first: str | None = None
    ) -> str:
        """Open a conversation with the bot, with a citizen's first message if given; returns its id."""
        async with self.database.write() as session:
            opened = await conversations.open_conversation(
                session, municipality=municipality, channel=channel, now=self.clock()
            )
            await conversations.record_opening(session, opened, now=self.clock())
        if first is not None:
            await self.citizen_says(opened.id, first)
        return opened.id

    async def citizen_says(self, conversation_id: str, text: str, *, owed_a_turn: bool = False) -> Message:
        async with self.database.write() as session:
            return await messages.append(
                session,
                conversation_id,
                Draft(text),
                sender=Sender.CITIZEN,
                now=self.clock(),
                owed_a_turn=owed_a_turn,
            )

    async def enqueue(self, conversation_id: str, new: NewCase | None = None) -> str:
        """Bring a conversation from the bot to the queue; returns the case's id."""
        epoch = (await self.read(conversation_id)).epoch
        async with self.database.write() as session:
            case = await ownership.enqueue(
                session,
                conversation_id,
                new or new_case(),
                expected_epoch=epoch,
                now=self.clock(),
                notice=place_notice,
            )
        return case.id

    async def waiting_case(self, new: NewCase | None = None, *, municipality: str = CITY) -> str:
        """A new conversation that waits in the queue; returns the case's id."""
        return await self.enqueue(await self.conversation(municipality=municipality), new)

    async def claim(self, case_id: str, employee_id: str) -> ownership.Claim:
        async with self.database.write() as session:
            return await ownership.claim(session, case_id, employee_id, now=self.clock())

    async def release(self, case_id: str, employee_id: str, **more: str) -> None:
        async with self.database.write() as session:
            await ownership.release(session, case_id, employee_id, now=self.clock(), notice=place_notice, **more)

    async def held_case(self, employee_id: str, new: NewCase | None = None) -> str:
        """A new conversation that `employee_id` has claimed; returns the case's id."""
        case_id = await self.waiting_case(new)
        await self.claim(case_id, employee_id)
        return case_id

    async def read(self, conversation_id: str) -> Conversation:
        async with self.database.read() as session:
            return await conversations.get(session, conversation_id)

    async def case(self, case_id: str) -> Case:
        async with self.database.read() as session:
            return (await session.scalars(select(Case).where(Case.id == case_id))).one()

    async def cases_of(self, conversation_id: str) -> Sequence[Case]:
        async with self.database.read() as session:
            wanted = select(Case).where(Case.conversation_id == conversation_id).order_by(Case.opened_at)
            return (await session.scalars(wanted)).all()

    async def open_count(self, employee_id: str) -> int:
        async with self.database.read() as session:
            employee = await session.get(Employee, employee_id)
            assert employee is not None
            return employee.open_conversations

    async def said(self, conversation_id: str) -> Sequence[Message]:
        async with self.database.read() as session:
            return await messages.after(session, conversation_id, 0)

    async def last_text(self, conversation_id: str) -> str:
        return (await self.texts(conversation_id))[-1]

    async def callback(self, conversation_id: str) -> str:
        """A waiting callback of this conversation; returns the case's id."""
        new = new_case(kind=CaseKind.CALLBACK, details={"phone": "[telefoon-1]"}, due_on="2026-11-23")
        async with self.database.write() as session:
            case = await cases.open_case(
                session, new, conversation_id=conversation_id, municipality=CITY, now=self.clock()
            )
        return case.id

    async def texts(self, conversation_id: str) -> list[str]:
        return [message.text for message in await self.said(conversation_id)]

    async def audit(self, conversation_id: str) -> Sequence[AuditLine]:
        """The audit lines of a conversation's ownership, by epoch; others after them."""
        async with self.database.read() as session:
            wanted = (
                select(AuditLine)
                .where(AuditLine.conversation_id == conversation_id)
                .order_by(AuditLine.epoch, AuditLine.at)
            )
            return (await session.scalars(wanted)).all()

    async def count(self, table: type) -> int:
        async with self.database.read() as session:
            return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def writes(database: Database, patch: pytest.MonkeyPatch, work: Awaitable[object]) -> int:
    """How many write transactions this work begins."""
    begun = 0
    write = database.write

    def counted() -> AbstractAsyncContextManager[AsyncSession]:
        nonlocal begun
        begun += 1
        return write()

    with patch.context() as only_now:
        only_now.setattr(database, "write", counted)
        await work
    return begun
