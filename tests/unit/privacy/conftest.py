"""A world on SQLite, and on PostgreSQL."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from conversation_world import World

from bot.settings import Settings
from bot.storage.database import open_database
from tests.databases import own_database


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
    with own_database(request.getfixturevalue("postgres_url")) as url:
        yield World(open_database(url), settings)
    open_database.cache_clear()


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
