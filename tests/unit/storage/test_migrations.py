"""The migrations lead to the tables that the code has, and the next one is easily written."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from setuptools import Distribution

import bot.storage
from bot.storage import schema
from bot.storage.database import open_database
from bot.storage.migrations import running
from bot.storage.schema import METADATA, MIGRATIONS, VERSION_TABLE, versions
from bot.storage.tables import metadata as first_metadata
from kb_connector import tables as knowledge_tables
from tests.unit.storage.schema_world import NEXT, engine_of, shape, version

ROOT = Path(__file__).parents[3]
ADVICE = "tables.py and the migrations differ: `make migration NAME=...` writes the next one"


SEQUENCE = "sqlite_sequence"  # SQLite's own


def migrated(url: str, folder: Path = MIGRATIONS) -> None:
    """Makes a database by the migrations alone."""
    with engine_of(url).begin() as connection:
        running.upgrade(connection, folder)


def differences(url: str) -> list[Any]:
    """What Alembic's `revision --autogenerate` would write."""
    with engine_of(url).connect() as connection:
        ours = {"version_table": VERSION_TABLE, "include_name": lambda name, *_: name != SEQUENCE}
        context = MigrationContext.configure(connection, opts=ours)
        found: list[Any] = compare_metadata(context, list(schema.METADATA))
        return found


def changed(*more: Callable[[sa.MetaData], object]) -> tuple[sa.MetaData, ...]:
    """All tables, with those of `tables.py` changed."""
    copy = sa.MetaData()
    for metadata in METADATA:
        for table in metadata.sorted_tables:
            table.to_metadata(copy)
    for change in more:
        change(copy)
    return (copy,)


def test_a_new_database_and_one_that_was_migrated_have_the_same_tables(
    new_url: Callable[[], str],
) -> None:
    new, old = new_url(), new_url()
    open_database(new)
    migrated(old)
    assert shape(new) == shape(old), ADVICE
    assert differences(new) == differences(old) == [], ADVICE
    assert version(new) == version(old) == versions()[-1]


@pytest.mark.parametrize(
    "change",
    [
        lambda tables: tables.tables["svara_staff"].append_column(sa.Column("team", sa.Text)),
        lambda tables: sa.Index("ix_new", tables.tables["kb_articles"].c.title),
        lambda tables: sa.Table("svara_new", tables, sa.Column("id", sa.Integer)),
        lambda tables: setattr(tables.tables["events"].c.data, "nullable", False),
        lambda tables: setattr(tables.tables["svara_jobs"].c.said, "type", sa.String(300)),
        lambda tables: tables.remove(tables.tables["svara_erasures"]),
    ],
    ids=["column", "index", "table", "not null", "type", "table removed"],
)
def test_a_change_of_the_tables_without_a_migration_is_seen(
    new_url: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[sa.MetaData], object],
) -> None:
    url = new_url()
    migrated(url)
    monkeypatch.setattr(schema, "METADATA", changed(change))
    assert differences(url)


def test_every_module_of_tables_has_versions() -> None:
    names = [each.name for each in pkgutil.iter_modules(bot.storage.__path__, "bot.storage.")]
    found = [knowledge_tables.metadata]
    for name in names:
        metadata = getattr(importlib.import_module(name), "metadata", None)
        if isinstance(metadata, sa.MetaData):
            found.append(metadata)
    assert first_metadata in found
    assert {id(each) for each in found} == {id(each) for each in METADATA}


def test_the_versions_are_one_line_without_a_way_back() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    walked = list(scripts.walk_revisions())[::-1]
    assert [each.revision for each in walked] == list(versions())
    assert [each.down_revision for each in walked] == [None, *versions()[:-1]]
    assert [int(each) for each in versions()] == list(range(1, len(walked) + 1))
    assert not any(hasattr(each.module, "downgrade") for each in walked)


def test_the_next_migration_is_written_from_what_has_changed(
    new_url: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    column: sa.Column[Any] = sa.Column("team", sa.String(20), nullable=False, server_default="-")
    tables = changed(lambda made: made.tables["svara_staff"].append_column(column))
    monkeypatch.setattr(schema, "METADATA", tables)
    monkeypatch.setattr(running, "METADATA", tables)
    written = running.write_next("Teams of the staff", folder)
    assert written == folder / "versions" / f"{NEXT}_teams_of_the_staff.py"
    versions.cache_clear()
    try:
        new, old = new_url(), new_url()
        open_database(new, folder)
        migrated(old, folder)
        assert version(new) == version(old) == NEXT
        assert shape(new)["svara_staff"]["columns"]["team"]["nullable"] == "False"
        assert shape(new) == shape(old)
    finally:
        versions.cache_clear()


def test_the_migrations_are_packed_into_the_wheel() -> None:
    package = Distribution({"name": "svara", "script_name": str(ROOT / "setup.py")})
    package.parse_config_files([str(ROOT / "pyproject.toml")])
    build = package.get_command_obj("build_py")
    build.ensure_finalized()
    packed = {path.partition("bot/")[2] for path in build.get_outputs(include_bytecode=False)}
    for file in ("env.py", "running.py", *(f"versions/{path.name}" for path in _files())):
        assert f"storage/migrations/{file}" in packed


def _files() -> list[Path]:
    return sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
