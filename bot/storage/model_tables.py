"""Tables of the models that answer customers.

Times are seconds since the epoch.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# Every model that was put to work, also by going back; the last one is live.
shipped = sa.Table(
    "svara_models_shipped",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("model", sa.String(128), nullable=False),  # the file's name
    sa.Column("shipped_by", sa.String(128), nullable=False),
    sa.Column("shipped_at", sa.Float, nullable=False),
    sa.Column("why", sa.String(16), nullable=False),  # found, shipped, back, refused
    sa.Column("gate", sa.Text),  # JSON: passed, reasons
)

# What each running server answers with.
servers = sa.Table(
    "svara_model_servers",
    metadata,
    sa.Column("server", sa.String(255), primary_key=True),  # host:pid
    sa.Column("model", sa.String(128), nullable=False),
    sa.Column("refused", sa.String(128)),  # the model that it could not load
    sa.Column("error", sa.Text),
    sa.Column("seen_at", sa.Float, nullable=False),
)
