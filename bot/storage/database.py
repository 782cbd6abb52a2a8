"""Connections: one engine a database, SQLite and PostgreSQL alike."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.pool import QueuePool

from bot.errors import StorageError
from bot.storage.schema import MIGRATIONS, State, bring_up_to_date, shown, state_of

BUSY_TIMEOUT_MS = 5000
STATEMENT_TIMEOUT_MS = 10000


@lru_cache(maxsize=8)
def open_database(url: str, migrations: Path = MIGRATIONS) -> Engine:
    """Opens a database, making its tables or bringing them to the newest version.

    Args:
        url: SQLAlchemy URL of SQLite or PostgreSQL.
        migrations: folder with the way from each version to the next.

    Raises:
        StorageError: it cannot be opened or upgraded, is newer than this code, or of another kind.
    """
    with _told(url):
        engine = _engine(url)
        bring_up_to_date(engine, migrations)
    return engine


def state_of_database(url: str) -> State:
    """Which version a database has, changing nothing.

    Raises:
        StorageError: it cannot be opened, or is of another kind.
    """
    with _told(url):
        engine = _engine(url)
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        if file and not Path(file).exists():
            return State(made=False, version=None)  # opening it would make it
        with reading(engine) as connection:
            state = state_of(connection)
        engine.dispose()
    return state


def without_password(url: str) -> str:
    """A database's URL as it may be shown.

    Raises:
        StorageError: it is none.
    """
    return shown(_parsed(url))


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; committed at the end, rolled back on any error."""
    with engine.connect().execution_options(svara_writing=True) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, and so waits for no writer."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Errors of the database as our own."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise StorageError(f"Cannot open the database {without_password(url)}: {error}") from error


def _parsed(url: str) -> URL:
    try:
        return sa.engine.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # the second for a port that is no number
        # SQLAlchemy's error tells the whole, with the password.
        raise StorageError(
            "The database's URL cannot be read: it is to look like "
            "postgresql://user:password@host:5432/name."
        ) from None


def _engine(url: str) -> Engine:
    kind = _parsed(url).get_backend_name()
    if kind == "sqlite":
        engine = sa.create_engine(
            url,
            future=True,
            # Otherwise an error's text shows what was to be written: customers' words.
            hide_parameters=True,
            # Opening a file anew for each transaction costs more than the transaction.
            poolclass=QueuePool,
            connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    if kind == "postgresql":
        return sa.create_engine(
            url,
            future=True,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": 5,
                "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
            },
        )
    raise StorageError(f"The database '{kind}' is not supported: SQLite or PostgreSQL are.")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling starts them too late for BEGIN IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is not left in the file
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Turns the write-ahead log on; it stays on for good."""
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            # Of several processes that do it at once, SQLite lets all but one fail without waiting.
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Any) -> None:
    # A writer takes its lock at once: upgrading a reader later fails instead of waiting.
    writes = connection.get_execution_options().get("svara_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
