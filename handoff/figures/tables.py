"""Rows to count. They name nobody and hold no words; erasing a conversation cuts the last link to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from handoff.tables import Base, new_id


class ConversationFact(Base):
    """One conversation that is over."""

    __tablename__ = "conversation_fact"
    __table_args__ = (Index("conversation_fact_period", "municipality", "day"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"), unique=True)
    municipality: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str | None] = mapped_column(String(64))
    team: Mapped[str | None] = mapped_column(String(32))
    day: Mapped[str] = mapped_column(String(10))
    """ISO date in the Netherlands on which it ended."""
    unanswered: Mapped[bool] = mapped_column(Boolean)
    handed_over: Mapped[bool] = mapped_column(Boolean)
    reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)
    by_person: Mapped[bool] = mapped_column(Boolean)
    """An employee wrote to the citizen."""
    offered: Mapped[bool] = mapped_column(Boolean)
    offer_ignored: Mapped[bool] = mapped_column(Boolean)
    resolved: Mapped[bool | None] = mapped_column(Boolean)
    """None where nobody can know."""
    score: Mapped[int | None] = mapped_column(Integer)
    told_again: Mapped[bool | None] = mapped_column(Boolean)
    is_final: Mapped[bool] = mapped_column(Boolean)
    made_at: Mapped[datetime]


class CaseFact(Base):
    """One case that is done."""

    __tablename__ = "case_fact"
    __table_args__ = (Index("case_fact_period", "municipality", "day"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"), index=True)
    municipality: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str | None] = mapped_column(String(64))
    team: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    day: Mapped[str] = mapped_column(String(10))
    abandoned: Mapped[bool] = mapped_column(Boolean)
    waited_seconds: Mapped[int | None] = mapped_column(Integer)
    """None where nobody picked it up."""
    handled_seconds: Mapped[int | None] = mapped_column(Integer)
    on_time: Mapped[bool | None] = mapped_column(Boolean)
    """Of a callback: whether she was first called on the promised day or before."""
    marked: Mapped[str | None] = mapped_column(String(8))
    """What an employee said of the assessment: right, false (no person was needed), missed (too low) or other."""
