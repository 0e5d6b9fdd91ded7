"""What citizens say of a conversation that is over."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rating",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversation.id", ondelete="SET NULL"), unique=True),
        sa.Column("municipality", sa.String(64), nullable=False),
        sa.Column("team", sa.String(32)),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("by_person", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.String(16), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.Column("told_again", sa.Boolean()),
        sa.Column("comment", sa.Text()),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("rating_period", "rating", ["municipality", "given_at"])


def downgrade() -> None:
    op.drop_table("rating")
