"""What the privacy officer asks of the audit trail: who did what, and whether what was erased is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit
from handoff.exceptions import NotAllowed
from handoff.tables import AuditLine, Base, Conversation, Employee
from handoff.vocabulary import Role

MOST = 200
"""Lines that are shown at once, the newest."""
SEARCHED = "audit_searched"


@dataclass(frozen=True)
class Wanted:
    """Which lines; what is empty does not matter."""

    conversation_id: str = ""
    case_reference: str = ""
    actor: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Proof:
    """What is known of a conversation that was there once.

    Args:
        left: How many rows still lead to it, by table; none when it is gone.
    """

    opened_at: datetime | None
    erased_at: datetime | None
    erased_by: str | None
    left: Mapping[str, int]


def may_search(employee: Employee) -> bool:
    """Whether she answers for what is kept of citizens in her municipality."""
    return employee.role == Role.PRIVACY_OFFICER


async def search(session: AsyncSession, officer: Employee, wanted: Wanted, *, now: datetime) -> Sequence[AuditLine]:
    """The newest lines of her municipality; that she looked is itself a line.

    Raises:
        NotAllowed: she is no privacy officer.
    """
    if not may_search(officer):
        raise NotAllowed("only a privacy officer searches the audit trail")
    found = await lines(session, officer.municipality, wanted)
    asked = {key: value for key, value in vars(wanted).items() if value and isinstance(value, str)}
    asked.pop("conversation_id", None)
    audit.record(
        session,
        SEARCHED,
        at=now,
        municipality=officer.municipality,
        actor=f"employee:{officer.id}",
        conversation_id=wanted.conversation_id or None,
        asked=asked,
    )
    return found


async def lines(session: AsyncSession, municipality: str, wanted: Wanted) -> Sequence[AuditLine]:
    """The newest lines of a municipality."""
    query = select(AuditLine).where(AuditLine.municipality == municipality)
    for column, value in (
        (AuditLine.conversation_id, wanted.conversation_id),
        (AuditLine.case_reference, wanted.case_reference),
        (AuditLine.actor, wanted.actor),
        (AuditLine.action, wanted.action),
    ):
        if value:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(AuditLine.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditLine.at < wanted.until)
    return (await session.scalars(query.order_by(AuditLine.at.desc(), AuditLine.id).limit(MOST))).all()


async def proof(session: AsyncSession, municipality: str, conversation_id: str) -> Proof | None:
    """Whether a conversation of this municipality is gone; None when it never had one with this number.

    A search for it proves nothing, for the number is what somebody typed. Every table with a link to conversations is
    looked in, so that one that is added later is too.
    """
    of_whom = await session.scalar(select(Conversation.municipality).where(Conversation.id == conversation_id))
    if of_whom not in (None, municipality):
        return None
    known = await session.execute(
        select(AuditLine.action, AuditLine.at, AuditLine.actor)
        .where(
            AuditLine.municipality == municipality,
            AuditLine.conversation_id == conversation_id,
            AuditLine.action != SEARCHED,
        )
        .order_by(AuditLine.at)
    )
    rows = known.all()
    if not rows and of_whom is None:
        return None
    opened = next((row for row in rows if row.action == "open"), None)
    erased = next((row for row in rows if row.action == "erase"), None)
    return Proof(
        opened_at=opened.at if opened else None,
        erased_at=erased.at if erased else None,
        erased_by=erased.actor if erased else None,
        left=await _left(session, conversation_id),
    )


async def _left(session: AsyncSession, conversation_id: str) -> dict[str, int]:
    left = {}
    for table in Base.metadata.sorted_tables:
        column = table.c.id if table.name == "conversation" else table.c.get("conversation_id")
        if column is None or table.name == AuditLine.__tablename__:
            continue
        count = await session.scalar(select(func.count()).select_from(table).where(column == conversation_id))
        if count:
            left[table.name] = int(count)
    return left


async def names(session: AsyncSession, municipality: str) -> Mapping[str, str]:
    """Who an actor is: `employee:<id>` and the name."""
    rows = await session.execute(
        select(Employee.id, Employee.display_name).where(Employee.municipality == municipality)
    )
    return {f"employee:{row.id}": row.display_name for row in rows}
