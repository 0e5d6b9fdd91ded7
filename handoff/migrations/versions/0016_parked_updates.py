"""Files that citizens send and that are fetched beside the reading, and what comes after them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parked_update",
        sa.Column("key", sa.String(96), primary_key=True),
        sa.Column("bot", sa.String(64), nullable=False),
        sa.Column("peer_hash", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
    )
    op.create_index("parked_update_peer", "parked_update", ["bot", "peer_hash"])
    op.create_index("ix_parked_update_at", "parked_update", ["at"])


def downgrade() -> None:
    op.drop_table("parked_update")
