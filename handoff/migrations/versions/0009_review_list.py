"""Sentences that the bot missed, and what editors make of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_item",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column(
            "conversation_id", sa.String(36), sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column(
            "message_id", sa.String(36), sa.ForeignKey("message.id", ondelete="CASCADE"), nullable=False, unique=True
        ),
        sa.Column("municipality", sa.String(64), nullable=False),
        sa.Column("why", sa.String(24), nullable=False),
        sa.Column("topic", sa.String(64)),
        sa.Column("aspect", sa.String(32)),
        sa.Column("confidence", sa.Float()),
        sa.Column("guesses", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("marked_by", sa.String(36)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("dismissed_as", sa.String(24)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.String(36)),
    )
    op.create_index("ix_review_item_conversation_id", "review_item", ["conversation_id"])
    op.create_index("review_item_list", "review_item", ["municipality", "state", "created_at"])
    op.create_index("review_item_same", "review_item", ["municipality", "fingerprint"])
    op.create_table(
        "training_example",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("municipality", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("aspect", sa.String(32), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(36), nullable=False),
    )
    op.create_index("training_example_list", "training_example", ["municipality", "topic"])
    op.create_table(
        "missing_answer",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("municipality", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(64)),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("times_asked", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("done_by", sa.String(36)),
    )
    op.create_index("missing_answer_list", "missing_answer", ["municipality", "done_at"])


def downgrade() -> None:
    for table in ("missing_answer", "training_example", "review_item"):
        op.drop_table(table)
