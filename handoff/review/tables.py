"""The rows of the review list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.tables import Base, new_id


class ReviewItem(Base):
    """A message that the bot missed. It holds no text: it points at the message, and goes with it."""

    __tablename__ = "review_item"
    __table_args__ = (
        Index("review_item_list", "municipality", "state", "created_at"),
        Index("review_item_same", "municipality", "fingerprint"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), unique=True)
    municipality: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(String(24))
    topic: Mapped[str | None] = mapped_column(String(64))
    """What the bot took it for, its best guess where it asked."""
    aspect: Mapped[str | None] = mapped_column(String(32))
    confidence: Mapped[float | None] = mapped_column(Float)
    guesses: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Other topics that it may have been, likeliest first."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    """The same for sentences that differ in capitals, spaces and punctuation only."""
    marked_by: Mapped[str | None] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(16))
    dismissed_as: Mapped[str | None] = mapped_column(String(24))
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(36))


class TrainingExample(Base):
    """A sentence that an editor wants the bot to learn, until it stands in nlu_data."""

    __tablename__ = "training_example"
    __table_args__ = (Index("training_example_list", "municipality", "topic"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    municipality: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str] = mapped_column(String(64))
    aspect: Mapped[str] = mapped_column(String(32))
    sentence: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(36))


class MissingAnswer(Base):
    """What citizens ask and no answer has been written for, in an editor's words."""

    __tablename__ = "missing_answer"
    __table_args__ = (Index("missing_answer_list", "municipality", "done_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    municipality: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str | None] = mapped_column(String(64))
    question: Mapped[str] = mapped_column(Text)
    times_asked: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(36))
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(String(36))
