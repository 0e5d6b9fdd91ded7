"""The audit trail: who changed what about whose conversation, without its content."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.tables import AuditLine


def record(
    session: AsyncSession,
    action: str,
    *,
    at: datetime,
    municipality: str,
    actor: str,
    conversation_id: str | None = None,
    case_reference: str | None = None,
    from_owner: str | None = None,
    to_owner: str | None = None,
    epoch: int | None = None,
    **details: Any,
) -> None:
    """Add one line in the transaction of the change it records.

    Args:
        actor: "citizen", "bot", "system", "operator" or "employee:<id>".
        details: Counts, states and keys only; never text that a citizen or employee wrote.
    """
    session.add(
        AuditLine(
            at=at,
            municipality=municipality,
            action=action,
            actor=actor,
            conversation_id=conversation_id,
            case_reference=case_reference,
            from_owner=from_owner,
            to_owner=to_owner,
            epoch=epoch,
            details=details,
        )
    )
