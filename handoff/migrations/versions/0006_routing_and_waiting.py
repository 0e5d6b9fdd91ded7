"""When a case must be picked up or called, to whom it is offered, which teams see it too; what employees can do."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CASE_COLUMNS = (
    "long_wait_told_at",
    "due_from",
    "due_until",
    "pick_up_by",
    "language",
    "preferred_employee_id",
    "offered_to",
    "offered_until",
    "declined_by",
    "also_for",
)
EMPLOYEE_COLUMNS = ("skills", "languages", "with_sound", "idle_since")


def upgrade() -> None:
    for moment in ("long_wait_told_at", "due_from", "due_until", "pick_up_by", "offered_until"):
        op.add_column("handoff_case", sa.Column(moment, sa.DateTime(timezone=True)))
    for employee in ("preferred_employee_id", "offered_to"):
        op.add_column("handoff_case", sa.Column(employee, sa.String(36)))
    op.add_column("handoff_case", sa.Column("language", sa.String(8)))
    for names in ("declined_by", "also_for"):
        op.add_column("handoff_case", sa.Column(names, sa.JSON(), nullable=False, server_default="[]"))
    for names in ("skills", "languages"):
        op.add_column("employee", sa.Column(names, sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("employee", sa.Column("with_sound", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("employee", sa.Column("idle_since", sa.DateTime(timezone=True)))
    op.create_index("case_offered", "handoff_case", ["offered_to"])
    op.create_table(
        "service_event",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("municipality", sa.String(64), nullable=False),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("case_reference", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_seconds", sa.Integer(), nullable=False),
        sa.UniqueConstraint("case_reference", "kind", name="service_event_once"),
    )
    op.create_index("service_event_period", "service_event", ["municipality", "at"])


def downgrade() -> None:
    op.drop_table("service_event")
    op.drop_index("case_offered", "handoff_case")
    for name in EMPLOYEE_COLUMNS:
        op.drop_column("employee", name)
    for name in CASE_COLUMNS:
        op.drop_column("handoff_case", name)
