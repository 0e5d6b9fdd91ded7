"""What a citizen in the queue was last told of her place, on a channel where that can be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "place_notice",
        sa.Column(
            "conversation_id", sa.String(36), sa.ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("epoch", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("place", sa.Integer()),
        sa.Column("wait_low", sa.Integer()),
        sa.Column("wait_high", sa.Integer()),
        sa.Column("channel_message_id", sa.String(32)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("not_before", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    op.drop_table("place_notice")
