"""Runs the migrations on a connection. Importing Alembic takes longer than opening a database."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.storage.schema import METADATA, MIGRATIONS, versions


class Unsound(Exception):
    """What an upgrade would leave could not be used."""


ERRORS = (CommandError, SQLAlchemyError, Unsound)
"""What `upgrade` raises."""

_ONE_AT_A_TIME = threading.Lock()
"""Alembic keeps what it works on in its modules."""


def upgrade(connection: Connection, folder: Path = MIGRATIONS) -> None:
    """Brings a database to the newest version, in the caller's transaction.

    Raises:
        Unsound: it would lack columns, or rows that others refer to.
    """
    with _ONE_AT_A_TIME:
        if connection.dialect.name == "sqlite":
            given = _given_ids(connection)
            command.upgrade(_config(connection, folder), "head")
            _never_give_again(connection, given)
            _check_references(connection)
        else:
            command.upgrade(_config(connection, folder), "head")
    _check_columns(connection)


def write_next(name: str, folder: Path = MIGRATIONS) -> Path:
    """Writes the migration from what the migrations make now to what the tables say.

    Args:
        name: what it does, as in `note_on_handoffs`.

    Returns:
        The file, to be read, corrected and formatted.
    """
    number = f"{int(versions(folder)[-1]) + 1:04}"
    words = "_".join(re.findall(r"[a-z0-9]+", name.lower()))
    message = words.replace("_", " ").capitalize()
    engine = sa.create_engine("sqlite://", future=True)
    with engine.connect() as connection:
        config = _config(connection, folder)
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=number)
    engine.dispose()
    return folder / "versions" / f"{number}_{words}.py"


def _config(connection: Connection, folder: Path) -> Config:
    config = Config()
    for option, value in (
        ("script_location", str(folder)),
        ("file_template", "%(rev)s_%(slug)s"),
        ("truncate_slug_length", "80"),
    ):
        config.set_main_option(option, value.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


# SQLite notes here the last id that a table with AUTOINCREMENT has given.
_SEQUENCE = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq"))


def _given_ids(connection: Connection) -> dict[str, int]:
    if not sa.inspect(connection).has_table(_SEQUENCE.name):
        return {}
    return {row.name: row.seq for row in connection.execute(sa.select(_SEQUENCE))}


def _never_give_again(connection: Connection, given: dict[str, int]) -> None:
    """A table that was copied knows its last row, but not those deleted after it."""
    now, there = _given_ids(connection), sa.inspect(connection).get_table_names()
    for name in given.keys() & set(there):
        if name not in now:
            connection.execute(_SEQUENCE.insert().values(name=name, seq=given[name]))
        elif now[name] < given[name]:
            row = _SEQUENCE.c.name == name
            connection.execute(_SEQUENCE.update().where(row).values(seq=given[name]))


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({f"{row[0]} to {row[2]}" for row in broken}))
        raise Unsound(f"{len(broken)} rows would refer to nothing ({tables}).")


def _check_columns(connection: Connection) -> None:
    """That no query of this code can miss a column: an unversioned database may have been older."""
    found = sa.inspect(connection)
    missing = []
    for table in (each for metadata in METADATA for each in metadata.sorted_tables):
        there = found.has_table(table.name)
        columns = {each["name"] for each in found.get_columns(table.name)} if there else set()
        missing += [str(each) for each in table.c if each.name not in columns]
    if missing:
        raise Unsound(
            f"It lacks {', '.join(missing)}, and no migration adds them: it was made by a Svara "
            "older than its first version."
        )
