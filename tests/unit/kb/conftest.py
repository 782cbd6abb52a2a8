"""A small shop's articles in four languages, and knowledge bases over real SQLite files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from kb_articles import BASE_URL, PAGES, STAFF_PAGE, write_page

from kb_connector import KnowledgeBase, MarkdownSource
from kb_connector.store import Store
from tests.databases import own_database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of articles, one of them for staff."""
    pages = tmp_path / "articles"
    for name, page in PAGES.items():
        write_page(pages, name, page)
    write_page(pages, "en/agent-goodwill", STAFF_PAGE, "staff")
    return pages


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Callable[[], sa.engine.Engine]]:
    """Opens engines on one and the same SQLite file."""
    engines = []

    def opened() -> sa.engine.Engine:
        engines.append(sa.create_engine(f"sqlite:///{tmp_path / 'kb.db'}"))
        return engines[-1]

    yield opened
    for engine in engines:
        engine.dispose()


@pytest.fixture
def store(connect: Callable[[], sa.engine.Engine]) -> Store:
    """An empty store, with its tables."""
    made = Store(connect())
    made.create_all()
    return made


@pytest.fixture
def base(connect: Callable[[], sa.engine.Engine], folder: Path) -> KnowledgeBase:
    """A knowledge base with the folder's articles."""
    knowledge = KnowledgeBase(connect(), base_url=BASE_URL, check_every=0.0)
    knowledge.sync(MarkdownSource(folder))
    return knowledge


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def anywhere(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], sa.engine.Engine]]:
    """Opens engines, as of several processes, on one and the same database with empty tables."""
    if request.param == "sqlite":
        yield from _engines(f"sqlite:///{tmp_path / 'anywhere.db'}")
        return
    with own_database(request.getfixturevalue("postgres_url")) as url:
        yield from _engines(url)


def _engines(url: str) -> Iterator[Callable[[], sa.engine.Engine]]:
    engines: list[sa.engine.Engine] = []

    def opened() -> sa.engine.Engine:
        engines.append(sa.create_engine(url, future=True))
        return engines[-1]

    Store(opened()).create_all()
    yield opened
    for engine in engines:
        engine.dispose()
