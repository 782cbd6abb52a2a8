"""The version of a database's tables, and how opening it brings them to the newest.

A new database is made from the tables as they are now; another one is upgraded by the migrations
from the version that it has. Both give the same tables, which a test proves.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from bot.errors import SchemaTooNew, UpgradeFailed
from bot.storage import (
    desk_tables,
    job_tables,
    model_tables,
    privacy_tables,
    tables,
    trainer_tables,
)
from kb_connector import tables as knowledge_tables

logger = logging.getLogger(__name__)

METADATA: Final = (
    tables.metadata,
    desk_tables.metadata,
    job_tables.metadata,
    model_tables.metadata,
    privacy_tables.metadata,
    trainer_tables.metadata,
    knowledge_tables.metadata,
)
MIGRATIONS: Final = Path(__file__).parent / "migrations"
VERSION_TABLE: Final = "svara_schema_version"
PATIENCE_MS: Final = 15 * 60 * 1000
"""How long a process waits for another one that upgrades."""

# As Alembic makes it.
_version = sa.Table(
    VERSION_TABLE,
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)


@lru_cache
def versions(folder: Path = MIGRATIONS) -> tuple[str, ...]:
    """Every version, oldest first: the numbers with which the files of migrations begin."""
    files = (folder / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(path.name.partition("_")[0] for path in files))


def version_of(connection: Connection) -> str | None:
    """The version of a database; None when it has none: it is new, or from before versions."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(sa.select(_version.c.version_num)).scalar()
    return found


@dataclass(frozen=True)
class State:
    """What a database has.

    Attributes:
        made: Svara's tables are there.
        version: as in `version_of`.
    """

    made: bool
    version: str | None


def state_of(connection: Connection) -> State:
    """What a database has."""
    made = sa.inspect(connection).has_table(tables.conversations.name)
    return State(made, version_of(connection))


def shown(url: URL) -> str:
    """A database's URL without its password, which may also be among its options."""
    text: str = url.difference_update_query(["password"]).render_as_string(hide_password=True)
    return text


def bring_up_to_date(engine: Engine, folder: Path = MIGRATIONS) -> None:
    """Makes or upgrades the tables if they are not of the newest version.

    Raises:
        SchemaTooNew: a newer Svara has upgraded them; nothing was changed.
        UpgradeFailed: an upgrade went wrong; nothing was changed.
    """
    newest = versions(folder)[-1]
    with engine.connect() as connection:
        if version_of(connection) == newest:
            return
    with _alone(engine) as connection:
        # Another process may have been faster.
        state = state_of(connection)
        found = state.version
        if found == newest:
            return
        if found is not None and found not in versions(folder):
            raise SchemaTooNew(shown(engine.url), found, newest)
        if found is None and not state.made:
            _make(connection, newest)
            return
        # It takes longer to import than a database to open, and is rarely needed.
        from bot.storage.migrations import running  # noqa: PLC0415

        try:
            running.upgrade(connection, folder)
        except running.ERRORS as error:
            # Further lines of a database's error may show rows.
            reason = str(error).splitlines()[0]
            raise UpgradeFailed(shown(engine.url), found, newest, reason) from error
    had = f"version {found}" if found else "before versions"
    logger.warning("Upgraded the database from %s to version %s", had, newest)


def _make(connection: Connection, version: str) -> None:
    empty = not sa.inspect(connection).get_table_names()
    for metadata in METADATA:
        metadata.create_all(connection, checkfirst=not empty)
    _version.create(connection, checkfirst=not empty)
    connection.execute(_version.insert().values(version_num=version))


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction during which no other process makes or upgrades tables."""
    with engine.connect().execution_options(svara_writing=True) as connection:
        if connection.dialect.name == "sqlite":
            # Before the transaction, which is one that writes and so is alone anyway. A table is
            # changed by a copy that takes its name: those that refer to it must bear that.
            waiting = _pragmas(connection, busy_timeout=PATIENCE_MS, foreign_keys=0)
            with waiting, connection.begin():
                yield connection
            return
        with connection.begin():
            connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
            connection.execute(sa.text(f"SET LOCAL lock_timeout = {PATIENCE_MS}"))
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7382942)"))
            yield connection


@contextmanager
def _pragmas(connection: Connection, **values: int) -> Iterator[None]:
    """Settings of an SQLite connection for the time of a `with` block."""
    cursor = connection.connection.cursor()
    before = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in values}
    try:
        for name, value in values.items():
            cursor.execute(f"PRAGMA {name}={value}")
        yield
    finally:
        for name, value in before.items():
            cursor.execute(f"PRAGMA {name}={value}")
