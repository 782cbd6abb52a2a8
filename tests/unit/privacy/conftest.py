"""A world on SQLite, and on PostgreSQL."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from conversation_world import World

from bot.settings import Settings
from bot.storage.database import open_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    secret = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
    settings = Settings(var=tmp_path / "var", session_secret="secret", handoff_secret=secret)
    if request.param == "sqlite":
        settings.var.mkdir()
        engine = open_database(settings.database)
        yield World(engine, settings)
        engine.dispose()
        open_database.cache_clear()
        return
    postgres_url = request.getfixturevalue("postgres_url")
    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT", future=True)
    name = f"svara_privacy_{uuid.uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    url = sa.engine.make_url(postgres_url).set(database=name)
    engine = open_database(url.render_as_string(hide_password=False))
    yield World(engine, settings)
    engine.dispose()
    open_database.cache_clear()
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def sqlite_world(tmp_path: Path) -> Iterator[World]:
    """On SQLite alone."""
    settings = Settings(var=tmp_path, session_secret="secret")
    engine = open_database(settings.database)
    yield World(engine, settings)
    engine.dispose()
    open_database.cache_clear()


@pytest.fixture
def nlu(tmp_path: Path) -> Path:
    """Training files with one example."""
    folder = tmp_path / "nlu" / "sv"
    folder.mkdir(parents=True)
    (folder / "order_status.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: order_status\n  examples: |\n    - var är mitt paket\n',
        encoding="utf-8",
    )
    return folder.parent
