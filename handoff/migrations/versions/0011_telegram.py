"""What Telegram needs: corrections of messages, who may be watched, and which updates were dealt with."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("corrects_seq", sa.Integer()))
    op.add_column("conversation", sa.Column("reads_along", sa.String(16)))
    op.create_table(
        "channel_update",
        sa.Column("key", sa.String(96), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_channel_update_at", "channel_update", ["at"])


def downgrade() -> None:
    op.drop_table("channel_update")
    op.drop_column("conversation", "reads_along")
    op.drop_column("message", "corrects_seq")
