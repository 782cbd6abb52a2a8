"""What tests of the tables' versions have in common."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection, Engine

from bot.storage.schema import MIGRATIONS, VERSION_TABLE, version_of, versions

BASELINE = versions()[0]
NEXT = f"{int(versions()[-1]) + 1:04}"
NOT_OURS = (VERSION_TABLE, "sqlite_sequence")
Rows = dict[str, list[dict[str, Any]]]


def engine_of(url: str) -> Engine:
    """An engine that makes and upgrades nothing."""
    return sa.create_engine(url, future=True, poolclass=sa.pool.NullPool)


def at_baseline(url: str, *, versioned: bool = True) -> Rows:
    """Makes a database of the first version, and returns the rows in it, two in each table."""
    with engine_of(url).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, BASELINE)
        metadata = sa.MetaData()
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            if table.name not in NOT_OURS:
                for number in (1, 2):
                    row = {each.name: _value(each, number) for each in table.c}
                    connection.execute(table.insert().values(row))
        if not versioned:
            metadata.tables[VERSION_TABLE].drop(connection)
    return rows_of(url)


def rows_of(url: str) -> Rows:
    """All rows of all tables of Svara."""
    with engine_of(url).connect() as connection:
        return {
            name: [
                dict(row._mapping)
                for row in connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY 1"))
            ]
            for name in sa.inspect(connection).get_table_names()
            if name not in NOT_OURS
        }


def kept(url: str, before: Rows) -> Rows:
    """What has become of rows, in the tables and columns that they had."""
    now = rows_of(url)
    return {
        name: [{column: row[column] for column in rows[0]} for row in now[name]]
        for name, rows in before.items()
    }


def version(url: str) -> str | None:
    """The version of a database, which is not changed."""
    with engine_of(url).connect() as connection:
        return version_of(connection)


def shape(url: str) -> dict[str, Any]:
    """The tables as the database has them: all that a migration may forget."""
    with engine_of(url).connect() as connection:
        return _shape(connection)


def with_next(folder: Path, steps: str) -> Path:
    """A folder of migrations with one more than Svara's: these lines of Python."""
    made = folder / "migrations"
    shutil.copytree(MIGRATIONS, made, ignore=shutil.ignore_patterns("__pycache__"))
    indented = steps.strip().replace("\n", "\n    ")
    (made / "versions" / f"{NEXT}_one_more.py").write_text(
        f"""
import os, signal, time
from pathlib import Path
import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{versions()[-1]}"


def upgrade():
    {indented}
""",
        encoding="utf-8",
    )
    return made


def _shape(connection: Connection) -> dict[str, Any]:
    found = sa.inspect(connection)
    return {
        name: {
            "columns": {each["name"]: _plain(each) for each in found.get_columns(name)},
            "primary key": found.get_pk_constraint(name),
            "foreign keys": _sorted(found.get_foreign_keys(name)),
            "unique": _sorted(found.get_unique_constraints(name)),
            "checks": _sorted(found.get_check_constraints(name)),
            "indexes": _indexes(connection, name),
        }
        for name in found.get_table_names()
        if name != "sqlite_sequence"
    }


def _plain(column: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) for key, value in column.items()}


def _sorted(found: list[dict[str, Any]]) -> list[str]:
    return sorted(str(sorted(each.items(), key=lambda item: item[0])) for each in found)


def _indexes(connection: Connection, table: str) -> list[str]:
    """As SQL, with their conditions; on SQLite with whether ids are never given again."""
    if connection.dialect.name == "postgresql":
        query = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = :name"
        return sorted(connection.execute(sa.text(query), {"name": table}).scalars())
    query = "SELECT type, sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL"
    rows = connection.execute(sa.text(query), {"name": table}).all()
    indexes = [row.sql for row in rows if row.type == "index"]
    return sorted(indexes) + ["AUTOINCREMENT" for row in rows if "AUTOINCREMENT" in row.sql]


def _value(column: sa.Column[Any], number: int) -> Any:
    kind = column.type
    if isinstance(kind, sa.JSON):
        return {"number": number, "text": "smörgås"}
    if isinstance(kind, sa.Boolean):
        return number == 1
    if isinstance(kind, sa.Integer):
        return number
    if isinstance(kind, sa.Float):
        return number + 0.5
    if isinstance(kind, sa.DateTime):
        return dt.datetime(2026, 11, number, 8, 30, tzinfo=dt.timezone.utc)
    if isinstance(kind, sa.Date):
        return dt.date(2026, 11, number)
    length = getattr(kind, "length", None) or 200
    return f"{number}: 'så', 100 %\n"[:length]
