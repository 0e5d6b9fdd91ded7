"""What is counted of conversations and cases, without what was said or by whom."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation_fact",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversation.id", ondelete="SET NULL"), unique=True),
        sa.Column("municipality", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("topic", sa.String(64)),
        sa.Column("team", sa.String(32)),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("unanswered", sa.Boolean(), nullable=False),
        sa.Column("handed_over", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("by_person", sa.Boolean(), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("offer_ignored", sa.Boolean(), nullable=False),
        sa.Column("resolved", sa.Boolean()),
        sa.Column("score", sa.Integer()),
        sa.Column("told_again", sa.Boolean()),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("conversation_fact_period", "conversation_fact", ["municipality", "day"])
    op.create_table(
        "case_fact",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversation.id", ondelete="SET NULL")),
        sa.Column("municipality", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("topic", sa.String(64)),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("picked_up", sa.Boolean(), nullable=False),
        sa.Column("abandoned", sa.Boolean(), nullable=False),
        sa.Column("waited_seconds", sa.Integer()),
        sa.Column("handled_seconds", sa.Integer()),
        sa.Column("on_time", sa.Boolean()),
        sa.Column("marked", sa.String(8)),
    )
    op.create_index("ix_case_fact_conversation_id", "case_fact", ["conversation_id"])
    op.create_index("case_fact_period", "case_fact", ["municipality", "day"])


def downgrade() -> None:
    op.drop_table("case_fact")
    op.drop_table("conversation_fact")
