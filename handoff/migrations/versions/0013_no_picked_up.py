"""Whether somebody picked a case up is told by how long it waited."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("case_fact", "picked_up")


def downgrade() -> None:
    op.add_column("case_fact", sa.Column("picked_up", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE case_fact SET picked_up = TRUE WHERE waited_seconds IS NOT NULL")
