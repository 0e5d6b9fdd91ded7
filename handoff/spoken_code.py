"""A code that a citizen says at the counter or on the telephone, so that nobody has to tell her story twice.

Six digits, good once and for a day. The code alone opens the conversation: so few may be tried, and each try is in the
audit trail.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, cases, conversations
from handoff.cases import NewCase
from handoff.detection import Assessment, Level
from handoff.exceptions import HandoffError
from handoff.tables import AuditLine, Case, Employee, SpokenCode
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, Consent

VALID = timedelta(hours=24)
MAX_WRONG = 5
"""Wrong codes of one employee within WINDOW: of a million codes she may try few."""
WINDOW = timedelta(minutes=15)
_DIGITS = 6
_ATTEMPTS = 20


class UnknownCode(HandoffError):
    """No conversation of this municipality has this code (any more)."""


class TooManyCodes(HandoffError):
    """She tried too many wrong codes; she can try again after WINDOW."""


@dataclass(frozen=True)
class NewCode:
    """What the citizen says, "48 21 07", and until when."""

    code: str
    valid_until: datetime


async def give(session: AsyncSession, vault: Vault, conversation_id: str, *, now: datetime) -> NewCode:
    """A new code for this conversation; one given before no longer works.

    Raises:
        UnknownConversation: it does not exist (any more).
    """
    conversation = await conversations.get(session, conversation_id)
    await session.execute(
        delete(SpokenCode).where((SpokenCode.conversation_id == conversation_id) | (SpokenCode.expires_at <= now))
    )
    for _ in range(_ATTEMPTS):
        digits = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
        code_hash = _hash(vault, conversation.municipality, digits)
        if await session.get(SpokenCode, code_hash) is None:
            break
    until = now + VALID
    session.add(
        SpokenCode(
            code_hash=code_hash,
            conversation_id=conversation_id,
            municipality=conversation.municipality,
            expires_at=until,
        )
    )
    audit.record(
        session,
        "code_given",
        at=now,
        municipality=conversation.municipality,
        actor="citizen",
        conversation_id=conversation_id,
    )
    return NewCode(" ".join((digits[:2], digits[2:4], digits[4:])), until)


async def use(session: AsyncSession, vault: Vault, said: str, employee: Employee, *, now: datetime) -> Case:
    """Open a case of her own team for who said this code; the code is then used up.

    The case shows what was said until now. A wrong code is counted in a transaction of its own: see `count_wrong`.

    Raises:
        UnknownCode: wrong, expired, used or another municipality's.
        TooManyCodes: she tried too many wrong ones of late.
    """
    await _check_tries(session, employee, now)
    digits = re.sub(r"\D", "", said)
    used = await session.execute(
        update(SpokenCode)
        .where(
            SpokenCode.code_hash == _hash(vault, employee.municipality, digits),
            SpokenCode.used_at.is_(None),
            SpokenCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(SpokenCode.conversation_id)
    )
    conversation_id = used.scalar_one_or_none()
    if conversation_id is None:
        raise UnknownCode("no conversation has this code (any more)")
    waiting = await cases.open_case_of(session, conversation_id)
    team = waiting.team if waiting is not None and waiting.team in employee.teams else employee.teams[0]
    new = NewCase(Assessment(Level.NONE, (), team=team), team, Consent.CODE, told="", kind=CaseKind.VISIT)
    case = await cases.open_case(
        session, new, conversation_id=conversation_id, municipality=employee.municipality, now=now
    )
    await session.flush()
    audit.record(
        session,
        "code_used",
        at=now,
        municipality=employee.municipality,
        actor=f"employee:{employee.id}",
        conversation_id=conversation_id,
        case_reference=case.reference,
    )
    return case


def count_wrong(session: AsyncSession, employee: Employee, *, now: datetime) -> None:
    """Remember that she tried a code that does not exist."""
    audit.record(session, "code_wrong", at=now, municipality=employee.municipality, actor=f"employee:{employee.id}")


async def _check_tries(session: AsyncSession, employee: Employee, now: datetime) -> None:
    wrong = await session.scalar(
        select(func.count())
        .select_from(AuditLine)
        .where(
            AuditLine.action == "code_wrong",
            AuditLine.actor == f"employee:{employee.id}",
            AuditLine.at > now - WINDOW,
        )
    )
    if (wrong or 0) >= MAX_WRONG:
        raise TooManyCodes("too many wrong codes; wait before the next")


def _hash(vault: Vault, municipality: str, digits: str) -> str:
    return vault.equality_hash(f"spoken code {municipality} {digits}")
