"""Databases for the tests of the storage: SQLite and PostgreSQL alike."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.databases import own_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes an empty database at each call, and returns its URL."""
    if request.param == "sqlite":
        files = (f"sqlite:///{tmp_path / name}.db" for name in ("first", "second", "third"))
        yield lambda: next(files)
        return
    postgres_url = request.getfixturevalue("postgres_url")
    with contextlib.ExitStack() as made:
        yield lambda: made.enter_context(own_database(postgres_url))


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """An empty database."""
    return new_url()
