"""What employees say of themselves (present, busy, away), their notes on cases, codes that citizens say,
standard replies, and what employees say of assessments."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("employee", sa.Column("presence", sa.String(16), nullable=False, server_default="available"))
    op.add_column("handoff_case", sa.Column("attempts", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("case_employee", "handoff_case", ["employee_id"])
    op.create_table(
        "case_note",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("handoff_case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("key", sa.String(96), nullable=False, unique=True),
        sa.Column("employee_id", sa.String(36), nullable=False),
        sa.Column("author_name", sa.String(128), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_case_note_case_id", "case_note", ["case_id"])

    op.create_table(
        "spoken_code",
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column(
            "conversation_id", sa.String(36), sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("municipality", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_spoken_code_conversation_id", "spoken_code", ["conversation_id"])

    op.create_table(
        "canned_reply",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("municipality", sa.String(64), nullable=False),
        sa.Column("team", sa.String(32)),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(36), nullable=False),
    )
    op.create_index("ix_canned_reply_municipality", "canned_reply", ["municipality"])
    op.create_table(
        "assessment_mark",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("handoff_case.id", ondelete="CASCADE"), nullable=False),
        sa.Column("employee_id", sa.String(36), nullable=False),
        sa.Column("was", sa.String(16), nullable=False),
        sa.Column("should_be", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("case_id", "employee_id", name="assessment_mark_once"),
    )


def downgrade() -> None:
    op.drop_table("assessment_mark")
    op.drop_table("canned_reply")
    op.drop_table("spoken_code")
    op.drop_table("case_note")
    op.drop_index("case_employee", "handoff_case")
    op.drop_column("handoff_case", "attempts")
    op.drop_column("employee", "presence")
