"""The rows Balie keeps. Times are UTC; ids are random UUIDs in text."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


def new_id() -> str:
    """A random id that tells nothing about when or for whom it was made."""
    return str(uuid.uuid4())


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored; give it a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all rows."""

    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class Conversation(Base):
    """One citizen's exchange over one channel, from the first message to closing."""

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    municipality: Mapped[str] = mapped_column(String(64), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str | None] = mapped_column(String(64))
    peer_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    peer_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_id: Mapped[str | None] = mapped_column(String(36))

    owner: Mapped[str] = mapped_column(String(16), index=True)
    epoch: Mapped[int] = mapped_column(Integer, default=0)
    employee_id: Mapped[str | None] = mapped_column(ForeignKey("employee.id"))
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    seen_seq: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """The last message that the citizen's window has shown, where her channel can tell."""

    engine_state: Mapped[dict[str, Any] | None]
    failures_in_a_row: Mapped[int] = mapped_column(Integer, default=0)
    pending_offer: Mapped[dict[str, Any] | None]
    person_offered: Mapped[bool] = mapped_column(Boolean, default=False)

    turn_holder: Mapped[str | None] = mapped_column(String(36))
    turn_until: Mapped[datetime | None]

    reads_along: Mapped[str | None] = mapped_column(String(16))
    """What a citizen who may be watched said of her screen (`handoff.reading_along`); None: not asked."""

    opened_at: Mapped[datetime]
    last_activity_at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)


class Message(Base):
    """One message, personal data already replaced by numbered placeholders."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq", name="message_seq"),
        UniqueConstraint("conversation_id", "channel_message_id", name="message_once"),
        Index(
            "message_unhandled",
            "conversation_id",
            sqlite_where=text("handled_at IS NULL"),
            postgresql_where=text("handled_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    sender: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    choice: Mapped[str | None] = mapped_column(String(128))
    buttons: Mapped[list[Any]] = mapped_column(JSON, default=list)
    links: Mapped[list[Any]] = mapped_column(JSON, default=list)
    channel_message_id: Mapped[str | None] = mapped_column(String(128))
    employee_id: Mapped[str | None] = mapped_column(String(36))
    sender_name: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    """When the bot's turn on this citizen's message ended; at once where no turn is owed."""
    understood: Mapped[dict[str, Any] | None]
    """What the bot made of it: topic, aspect, confidence and whether it failed."""
    attachment: Mapped[dict[str, Any] | None]
    """The file that it brought: `{id, name, kind, bytes}`, personal data in its name replaced."""
    corrects_seq: Mapped[int | None] = mapped_column(Integer)
    """The number of the citizen's earlier message that she changed into this one, where her channel lets her."""


class Attachment(Base):
    """Where the file of a message lies, and the key without which it cannot be read."""

    __tablename__ = "attachment"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), unique=True)
    file: Mapped[str] = mapped_column(String(64), unique=True)
    key_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class PersonalValue(Base):
    """The value behind one placeholder, encrypted; dies with its conversation."""

    __tablename__ = "personal_value"
    __table_args__ = (UniqueConstraint("conversation_id", "placeholder", name="personal_value_once"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    placeholder: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    value_hash: Mapped[str] = mapped_column(String(64))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class Case(Base):
    """One escalation of one conversation."""

    __tablename__ = "handoff_case"
    __table_args__ = (
        Index("case_queue", "municipality", "state", "priority", "waiting_since"),
        Index("case_employee", "employee_id"),
        Index("case_offered", "offered_to"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    reference: Mapped[str] = mapped_column(String(32), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    municipality: Mapped[str] = mapped_column(String(64))
    team: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int] = mapped_column(Integer)
    """0 crisis, 1 urgent, 2 the rest; lower goes first."""
    reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)
    triggers: Mapped[list[Any]] = mapped_column(JSON, default=list)
    explanation: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[str] = mapped_column(Text, default="")
    consent: Mapped[str] = mapped_column(String(16))
    detector_version: Mapped[str] = mapped_column(String(32), default="")
    employee_id: Mapped[str | None] = mapped_column(ForeignKey("employee.id"))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    due_on: Mapped[str | None] = mapped_column(String(10))
    attempts: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    """When a callback was tried in vain, by whom and due when: `{at, employee_id, due_on}` each, oldest first."""
    due_from: Mapped[datetime | None]
    due_until: Mapped[datetime | None]
    """The half-day in which a callback suits the citizen; without it any time on `due_on`."""
    language: Mapped[str | None] = mapped_column(String(8))
    """What the citizen writes, by code; None for Dutch."""
    also_for: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    """Other teams that her life touches (`regie`): they may read along, and nothing more."""
    preferred_employee_id: Mapped[str | None] = mapped_column(String(36))
    """Who talked with her last; offered to her first."""
    offered_to: Mapped[str | None] = mapped_column(String(36))
    offered_until: Mapped[datetime | None]
    """Until then it is hers to take; afterwards the offer goes to the next."""
    declined_by: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    """Ids of employees who let an offer of this case pass, in this round."""
    pick_up_by: Mapped[datetime | None]
    """Until when the team's service level gives it; None until it is known."""
    long_wait_told_at: Mapped[datetime | None]
    """When the citizen was told that it takes longer than her team wants."""
    opened_at: Mapped[datetime]
    waiting_since: Mapped[datetime]
    claimed_at: Mapped[datetime | None] = mapped_column(index=True)
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(32))


class CaseNote(Base):
    """What an employee writes for her colleagues about a case; citizens never see it."""

    __tablename__ = "case_note"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("handoff_case.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(96), unique=True)
    """Of the form that it came from: one form is one note."""
    employee_id: Mapped[str] = mapped_column(String(36))
    author_name: Mapped[str] = mapped_column(String(128))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Employee(Base):
    """Somebody who picks up conversations for one municipality."""

    __tablename__ = "employee"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    municipality: Mapped[str] = mapped_column(String(64), index=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    display_name: Mapped[str] = mapped_column(String(128))
    password_hash: Mapped[str] = mapped_column(String(256))
    role: Mapped[str] = mapped_column(String(32))
    teams: Mapped[list[Any]] = mapped_column(JSON, default=list)
    demo: Mapped[bool] = mapped_column(Boolean, default=False)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    max_conversations: Mapped[int] = mapped_column(Integer, default=4)
    open_conversations: Mapped[int] = mapped_column(Integer, default=0)
    failed_log_ins: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    """Her console renewed its lease until then; later means she is present."""
    presence: Mapped[str] = mapped_column(String(16), default="available", server_default="available")
    skills: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    languages: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    """Codes of the languages besides Dutch in which she can help."""
    with_sound: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    idle_since: Mapped[datetime | None]
    """When she last got a case, or let one go; who has waited longest is offered the next."""
    created_at: Mapped[datetime]


class EmployeeSession(Base):
    """One log-in; the cookie's token is kept only as a hash."""

    __tablename__ = "employee_session"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    employee_id: Mapped[str] = mapped_column(ForeignKey("employee.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SpokenCode(Base):
    """A code that a citizen may say once to be known again; kept only as a keyed hash."""

    __tablename__ = "spoken_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    municipality: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class CannedReply(Base):
    """A reply that a team uses often, written once."""

    __tablename__ = "canned_reply"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    municipality: Mapped[str] = mapped_column(String(64), index=True)
    team: Mapped[str | None] = mapped_column(String(32))
    """None for all teams."""
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(36))


class AssessmentMark(Base):
    """What an employee says that an assessment should have been."""

    __tablename__ = "assessment_mark"
    __table_args__ = (UniqueConstraint("case_id", "employee_id", name="assessment_mark_once"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("handoff_case.id", ondelete="CASCADE"))
    employee_id: Mapped[str] = mapped_column(String(36))
    was: Mapped[str] = mapped_column(String(16))
    should_be: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]


class Rating(Base):
    """What a citizen says of a conversation; outlives it without what she typed."""

    __tablename__ = "rating"
    __table_args__ = (Index("rating_period", "municipality", "given_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"), unique=True)
    municipality: Mapped[str] = mapped_column(String(64))
    team: Mapped[str | None] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    by_person: Mapped[bool]
    answered: Mapped[str] = mapped_column(String(16))
    score: Mapped[int | None] = mapped_column(Integer)
    """1 to 5."""
    told_again: Mapped[bool | None]
    comment: Mapped[str | None] = mapped_column(Text)
    given_at: Mapped[datetime]


class OutboxRow(Base):
    """One message that a pushing channel still has to deliver, or has delivered."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_due", "state", "next_attempt_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), unique=True)
    channel: Mapped[str] = mapped_column(String(16))
    municipality: Mapped[str] = mapped_column(String(64))
    seq: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime]
    holder: Mapped[str | None] = mapped_column(String(36))
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(256))


class Report(Base):
    """A report on public space on its way to the system in which the municipality handles it."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("conversation_id", "key", name="report_once"),
        Index("report_due", "state", "next_attempt_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    reference: Mapped[str] = mapped_column(String(32), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    municipality: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(32))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What she said of it, personal data still masked."""
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime]
    holder: Mapped[str | None] = mapped_column(String(36))
    number_there: Mapped[str | None] = mapped_column(String(64))
    last_error: Mapped[str | None] = mapped_column(String(256))
    created_at: Mapped[datetime]


class Appointment(Base):
    """A visit to the counter. It names no person: the reference is shown there."""

    __tablename__ = "appointment"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    reference: Mapped[str] = mapped_column(String(32), unique=True)
    download_key: Mapped[str] = mapped_column(String(64), unique=True)
    """Unguessable part of the link to the calendar file."""
    municipality: Mapped[str] = mapped_column(String(64))
    product: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    minutes: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer, default=0)
    """How often it was changed, so that a calendar takes the latest."""
    key: Mapped[str] = mapped_column(String(128), unique=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"), index=True)
    cancelled_at: Mapped[datetime | None]


class AppointmentCell(Base):
    """Five minutes of one desk; the key makes a double booking impossible."""

    __tablename__ = "appointment_cell"

    municipality: Mapped[str] = mapped_column(String(64), primary_key=True)
    desk: Mapped[int] = mapped_column(Integer, primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)


class ChannelOffset(Base):
    """How far a polling channel has read; advanced only after what was read is stored."""

    __tablename__ = "channel_offset"

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    value: Mapped[int] = mapped_column(Integer)


class ServiceEvent(Base):
    """One moment in which a case met its team's service level, or did not; without content, outlives the case."""

    __tablename__ = "service_event"
    __table_args__ = (
        UniqueConstraint("case_reference", "kind", name="service_event_once"),
        Index("service_event_period", "municipality", "at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    at: Mapped[datetime]
    municipality: Mapped[str] = mapped_column(String(64))
    team: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(16))
    case_reference: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    """`warning`, `breach` or `picked_up` (handoff/service_levels.py)."""
    due_at: Mapped[datetime]
    open_seconds: Mapped[int] = mapped_column(Integer)
    """Seconds of office hours from the citizen's coming until `at`."""


class ChannelUpdate(Base):
    """Something that a channel's provider told us and that was dealt with; kept for as long as it may be told again."""

    __tablename__ = "channel_update"

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class PlaceNotice(Base):
    """What a citizen was last told of her place, in one stay in the queue, on a channel where that can be changed."""

    __tablename__ = "place_notice"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Of the conversation while she waits: another stay in the queue has another."""
    place: Mapped[int | None] = mapped_column(Integer)
    """None: she was told nothing yet."""
    wait_low: Mapped[int | None] = mapped_column(Integer)
    wait_high: Mapped[int | None] = mapped_column(Integer)
    channel_message_id: Mapped[str | None] = mapped_column(String(32))
    """The notice in her chat that is changed; None: there is none, or it can no longer be changed."""
    sent_at: Mapped[datetime | None]
    """When it was sent, set before: without an id nobody knows whether it arrived, and no other is sent."""
    not_before: Mapped[datetime | None]
    """Until then it is left as it is."""


class ParkedUpdate(Base):
    """A file that a citizen sent and that still has to be fetched, or what she sent after it; gone once dealt with."""

    __tablename__ = "parked_update"
    __table_args__ = (Index("parked_update_peer", "bot", "peer_hash"),)

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    bot: Mapped[str] = mapped_column(String(64))
    peer_hash: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(Integer)
    content_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    until: Mapped[datetime | None]
    """Until then somebody deals with it, or it is left alone; afterwards it is free."""


class AuditLine(Base):
    """One change, without content; outlives the conversation it is about."""

    __tablename__ = "audit"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(index=True)
    municipality: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[str | None] = mapped_column(String(36), index=True)
    case_reference: Mapped[str | None] = mapped_column(String(32))
    from_owner: Mapped[str | None] = mapped_column(String(16))
    to_owner: Mapped[str | None] = mapped_column(String(16))
    epoch: Mapped[int | None] = mapped_column(Integer)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
