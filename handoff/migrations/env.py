"""Alembic's entry: runs the migrations on the connection that `handoff.schema` hands over."""

from __future__ import annotations

from alembic import context

from handoff.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
