"""What Alembic runs for every command: it works on the connection that `running.py` gives it."""

from __future__ import annotations

from alembic import context

from bot.storage.schema import METADATA, VERSION_TABLE


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether the database's table or the like is one to compare; SQLite shows one of its own."""
    return kind != "table" or name != "sqlite_sequence"


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=list(METADATA),
    version_table=VERSION_TABLE,
    include_name=ours,
    render_as_batch=True,  # SQLite changes most columns by copying the table
)
with context.begin_transaction():
    context.run_migrations()
