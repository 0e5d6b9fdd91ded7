"""Files that citizens and employees send each other."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("attachment", sa.JSON()))
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column(
            "conversation_id", sa.String(36), sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column(
            "message_id", sa.String(36), sa.ForeignKey("message.id", ondelete="CASCADE"), nullable=False, unique=True
        ),
        sa.Column("file", sa.String(64), nullable=False, unique=True),
        sa.Column("key_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_attachment_conversation_id", "attachment", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("attachment")
    op.drop_column("message", "attachment")
