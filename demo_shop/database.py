"""The shop's tables and how they are opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

# Rows hold money as integers in hundredths, dates and times as ISO 8601 text in UTC.
metadata: Final = sa.MetaData()

orders: Final = sa.Table(
    "orders",
    metadata,
    sa.Column("number", sa.String(9), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("club_member", sa.Boolean, nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("street", sa.Text, nullable=False),
    sa.Column("postcode", sa.Text, nullable=False),
    sa.Column("city", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("payment", sa.Text, nullable=False),
    sa.Column("delivery_price", sa.Integer, nullable=False),
    sa.Column("promised_on", sa.Text, nullable=False),
    sa.Column("carrier", sa.Text),
    sa.Column("tracking_number", sa.Text),
)

order_lines: Final = sa.Table(
    "order_lines",
    metadata,
    sa.Column("order_number", sa.ForeignKey("orders.number"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("product", sa.Text, nullable=False),
    sa.Column("size", sa.Text),
    sa.Column("colour", sa.Text),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("price", sa.Integer, nullable=False),
)

timeline: Final = sa.Table(
    "timeline",
    metadata,
    sa.Column("order_number", sa.ForeignKey("orders.number"), primary_key=True),
    sa.Column("state", sa.Text, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
)

refunds: Final = sa.Table(
    "refunds",
    metadata,
    sa.Column("order_number", sa.ForeignKey("orders.number"), primary_key=True),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("expected_by", sa.Text, nullable=False),
    sa.Column("paid_on", sa.Text),
)

returns: Final = sa.Table(
    "returns",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_number", sa.ForeignKey("orders.number"), nullable=False, index=True),
    sa.Column("label_secret", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("exchange", sa.JSON),
    sa.Column("price", sa.Integer, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

return_lines: Final = sa.Table(
    "return_lines",
    metadata,
    sa.Column("return_id", sa.ForeignKey("returns.id"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("quantity", sa.Integer, nullable=False),
)

wrong_proofs: Final = sa.Table(
    "wrong_proofs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_number", sa.String(9), nullable=False, index=True),
    sa.Column("at", sa.Text, nullable=False),
)

answers: Final = sa.Table(
    "answers",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)


def open_database(path: Path) -> Any:
    """An SQLAlchemy engine on the SQLite file `path`; its folder is made when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        f"sqlite:///{path}", future=True, connect_args={"timeout": 10}, hide_parameters=True
    )
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    # pysqlite would otherwise begin transactions by itself, and too late
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Any) -> None:
    # the write lock at once: what a transaction has read still holds when it writes
    connection.exec_driver_sql("BEGIN IMMEDIATE")
