"""Databases of their own for tests, gone afterwards."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator

import sqlalchemy as sa

from bot.errors import StorageError
from bot.storage.database import open_database


@contextlib.contextmanager
def own_database(postgres_url: str) -> Iterator[str]:
    """An empty PostgreSQL database for the time of a `with` block.

    Args:
        postgres_url: SQLAlchemy URL of a database of the server to make it on.

    Returns:
        Its SQLAlchemy URL.
    """
    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT", future=True)
    name = f"svara_{uuid.uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    made = sa.engine.make_url(postgres_url).set(database=name)
    url = made.render_as_string(hide_password=False)
    try:
        yield url
    finally:
        with contextlib.suppress(StorageError):
            open_database(url).dispose()
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()
