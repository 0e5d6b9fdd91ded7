"""Who was picked up of late, and who was never picked up, found without reading every case."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_handoff_case_claimed_at", "handoff_case", ["claimed_at"])


def downgrade() -> None:
    op.drop_index("ix_handoff_case_claimed_at", "handoff_case")
