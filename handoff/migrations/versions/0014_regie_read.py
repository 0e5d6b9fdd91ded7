"""One name for reading the case of another team that touches one's own; "reads_along" is what a citizen says."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE audit SET action = 'regie_read' WHERE action = 'read_along'")


def downgrade() -> None:
    op.execute("UPDATE audit SET action = 'read_along' WHERE action = 'regie_read'")
