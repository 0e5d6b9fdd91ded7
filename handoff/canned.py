"""Replies that a team writes once and uses often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, messages
from handoff.exceptions import InvalidText, NotAllowed
from handoff.tables import CannedReply, Employee
from handoff.vocabulary import LEADS, Role, Team

MAX_TITLE = 80
MAY_EDIT = LEADS | {Role.EDITOR}


def may_edit(employee: Employee) -> bool:
    """Who writes for others: a team lead, an editor or an administrator."""
    return employee.role in MAY_EDIT


async def of_municipality(session: AsyncSession, municipality: str) -> Sequence[CannedReply]:
    """All of a municipality, by title."""
    wanted = select(CannedReply).where(CannedReply.municipality == municipality).order_by(CannedReply.title)
    return (await session.scalars(wanted)).all()


async def of_team(session: AsyncSession, municipality: str, team: str) -> Sequence[CannedReply]:
    """Those of a team and those of everybody, by title."""
    wanted = (
        select(CannedReply)
        .where(
            CannedReply.municipality == municipality,
            or_(CannedReply.team == team, CannedReply.team.is_(None)),
        )
        .order_by(CannedReply.title)
    )
    return (await session.scalars(wanted)).all()


async def save(
    session: AsyncSession,
    author: Employee,
    *,
    title: str,
    text: str,
    team: str,
    now: datetime,
    reply_id: str | None = None,
) -> CannedReply:
    """Add a reply, or change the one with this id.

    Args:
        team: Whose it is; "" for everybody's.

    Raises:
        InvalidText: no title, a title that is too long, or a text that cannot be a message.
        NotAllowed: she may not edit, the team does not exist, or the reply is not her municipality's.
    """
    _check_right(author)
    title = " ".join(title.split())
    if not title:
        raise InvalidText("Geef het antwoord een titel. Daaraan herkent uw collega het.")
    if len(title) > MAX_TITLE:
        raise InvalidText(f"De titel is te lang. Hij mag {MAX_TITLE} tekens hebben.")
    if team and team not in set(Team):
        raise NotAllowed("there is no such team")
    cleaned = messages.clean(text)
    reply = CannedReply(municipality=author.municipality) if reply_id is None else await _own(session, author, reply_id)
    reply.title, reply.text, reply.team = title, cleaned, team or None
    reply.updated_at, reply.updated_by = now, author.id
    session.add(reply)
    await session.flush()
    _record(session, "canned_saved", author, reply, now)
    return reply


async def remove(session: AsyncSession, author: Employee, reply_id: str, *, now: datetime) -> None:
    """Take a reply away.

    Raises:
        NotAllowed: she may not edit, or it is not her municipality's (any more).
    """
    _check_right(author)
    reply = await _own(session, author, reply_id)
    _record(session, "canned_removed", author, reply, now)
    await session.delete(reply)


def _check_right(author: Employee) -> None:
    if not may_edit(author):
        raise NotAllowed("only a team lead, an editor or an administrator writes standard replies")


async def _own(session: AsyncSession, author: Employee, reply_id: str) -> CannedReply:
    reply = await session.get(CannedReply, reply_id)
    if reply is None or reply.municipality != author.municipality:
        raise NotAllowed("there is no such reply (any more)")
    return reply


def _record(session: AsyncSession, action: str, author: Employee, reply: CannedReply, now: datetime) -> None:
    audit.record(
        session, action, at=now, municipality=author.municipality, actor=f"employee:{author.id}", reply=reply.id
    )
