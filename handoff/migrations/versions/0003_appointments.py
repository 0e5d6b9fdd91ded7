"""Appointments at the counter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appointment",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("download_key", sa.String(64), nullable=False),
        sa.Column("municipality", sa.String(64), nullable=False),
        sa.Column("product", sa.String(64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversation.id", ondelete="SET NULL")),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("download_key"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_appointment_starts_at"), "appointment", ["starts_at"])
    op.create_index(op.f("ix_appointment_conversation_id"), "appointment", ["conversation_id"])
    op.create_table(
        "appointment_cell",
        sa.Column("municipality", sa.String(64), primary_key=True),
        sa.Column("desk", sa.Integer(), primary_key=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("appointment_id", sa.String(36), sa.ForeignKey("appointment.id", ondelete="CASCADE"), nullable=False),
    )
    op.create_index(op.f("ix_appointment_cell_appointment_id"), "appointment_cell", ["appointment_id"])


def downgrade() -> None:
    op.drop_table("appointment_cell")
    op.drop_table("appointment")
