"""Tables about the deletion of conversations. Nothing in them leads to a customer."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# Who had conversations deleted, when, and how much that was; one row for each time it was asked.
erasures = sa.Table(
    "svara_erasures",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("by", sa.String(128), nullable=False),
    sa.Column("why", sa.String(16), nullable=False),  # conversation, address, age, retention
    sa.Column("began_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float, nullable=False),  # when the last of them was deleted
    sa.Column("conversations", sa.Integer, nullable=False),
    sa.Column("messages", sa.Integer, nullable=False),
    sa.Column("handoffs", sa.Integer, nullable=False),
    sa.Column("files", sa.Integer, nullable=False),
    sa.Index("ix_svara_erasures_began", "began_at"),
)
