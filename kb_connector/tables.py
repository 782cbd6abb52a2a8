"""The tables of the knowledge base, in the caller's database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from kb_connector.errors import StoreError

metadata = sa.MetaData()

kb_articles = sa.Table(
    "kb_articles",
    metadata,
    sa.Column("id", sa.String(400), primary_key=True),
    sa.Column("slug", sa.String(200), nullable=False),
    sa.Column("lang", sa.String(10), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("body_markdown", sa.Text, nullable=False),
    sa.Column("audience", sa.String(20), nullable=False),
    sa.Column("updated", sa.Date, nullable=False),
    sa.Column("intents", sa.JSON, nullable=False),
    sa.Column("keywords", sa.JSON, nullable=False),
    sa.Column("source", sa.String(100), nullable=False, index=True),
    sa.Column("url", sa.Text),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.UniqueConstraint("lang", "slug", name="kb_articles_lang_slug"),
)

kb_feedback = sa.Table(
    "kb_feedback",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("article_id", sa.String(400), nullable=False, index=True),
    sa.Column("lang", sa.String(10), nullable=False),
    sa.Column("verdict", sa.String(20), nullable=False),
    sa.Column("conversation_id", sa.String(255), index=True),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False, index=True),
)

kb_sources = sa.Table(
    "kb_sources",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("cursor", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("synced", sa.DateTime(timezone=True)),
)

# What is wrong with articles of a source, until the article changes or goes.
kb_problems = sa.Table(
    "kb_problems",
    metadata,
    sa.Column("source", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(400), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),  # failed, cleaned
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False),
)

# The last sync of each source, whether it went well or not.
kb_runs = sa.Table(
    "kb_runs",
    metadata,
    sa.Column("source", sa.String(100), primary_key=True),
    sa.Column("started", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished", sa.DateTime(timezone=True), nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("error", sa.Text),
)

# Sources that were added, with what they need to be read but no secret.
kb_connections = sa.Table(
    "kb_connections",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("added", sa.DateTime(timezone=True), nullable=False),
)

# Which process syncs a source, and until when it has said that it lives.
kb_leases = sa.Table(
    "kb_leases",
    metadata,
    sa.Column("source", sa.String(100), primary_key=True),
    sa.Column("holder", sa.String(32), nullable=False),
    sa.Column("until", sa.Float, nullable=False),  # seconds since the epoch
)


@contextmanager
def database() -> Iterator[None]:
    """Errors of the database as our own.

    Raises:
        StoreError: it cannot be used.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(
            f"The knowledge base's database cannot be used ({type(error).__name__}: "
            f"{str(error).splitlines()[0]}). Check its address and that its tables were made."
        ) from error
