"""The table of long work that the console starts.

Times are seconds since the epoch.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

jobs = sa.Table(
    "svara_jobs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(40), nullable=False),
    # The kind while it runs, else nothing: so the database lets only one of a kind run.
    sa.Column("running_kind", sa.String(40), unique=True),
    sa.Column("started_by", sa.String(128), nullable=False),
    sa.Column("arguments", sa.Text, nullable=False),  # JSON
    sa.Column("state", sa.String(16), nullable=False),  # running, done, failed, cancelled
    sa.Column("said", sa.String(200), nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("pid", sa.Integer),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),  # the process's last sign of life
    sa.Column("ended_at", sa.Float),
    sa.Column("result", sa.Text),  # JSON
    sa.Column("error", sa.Text),
    sa.Index("ix_svara_jobs_kind", "kind", "id"),
)
