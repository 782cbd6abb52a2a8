"""A sync is incremental and whole, and never empties a working knowledge base by accident."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from kb_articles import PAGES, write_page

from kb_connector import KnowledgeBase, MarkdownSource
from kb_connector.article import Change
from kb_connector.errors import SourceError, StoreError, SyncRefused
from kb_connector.store import Store
from kb_connector.sync import sync

Connect = Callable[[], sa.engine.Engine]


class ListSource:
    """Gives what it was given, and then perhaps breaks."""

    def __init__(self, name: str, changes: list[Change], broken: bool = False) -> None:
        self.name = name
        self.given = changes
        self.broken = broken

    def changes(self, since: str | None) -> tuple[Iterator[Change], str]:
        def each() -> Iterator[Change]:
            yield from self.given
            if self.broken:
                raise SourceError("the connection was lost half-way")

        return each(), "2"


@pytest.fixture
def store(connect: Connect) -> Store:
    made = Store(connect())
    made.create_all()
    return made


def test_the_first_sync_takes_everything_and_the_second_nothing(store: Store, folder: Path) -> None:
    source = MarkdownSource(folder)
    first, second = sync(store, source), sync(store, source)
    assert len(first.new) == len(PAGES) + 1
    assert (
        str(second)
        == f"markdown: 0 new, 0 changed, 0 removed, 0 failed, {len(first.new)} unchanged"
    )


def test_new_changed_removed_and_failed_are_told_apart(store: Store, folder: Path) -> None:
    source = MarkdownSource(folder)
    sync(store, source)
    write_page(folder, "en/news", PAGES["en/washing"])
    write_page(folder, "en/washing", PAGES["en/reset-password"])
    (folder / "sv" / "delivery.md").unlink()
    (folder / "da" / "track-order.md").write_text("broken", "utf-8")
    summary = sync(store, source)
    assert summary.new == ["markdown:en/news"]
    assert summary.changed == ["markdown:en/washing"]
    assert summary.removed == ["markdown:sv/delivery"]
    assert [failed.id for failed in summary.failed] == ["markdown:da/track-order"]
    ids = {article.id for article in store.articles()}
    assert "markdown:da/track-order" in ids, "a broken file keeps the version synced before"
    assert "markdown:sv/delivery" not in ids


def test_articles_come_back_from_the_store_as_they_were(store: Store, folder: Path) -> None:
    source = MarkdownSource(folder)
    sync(store, source)
    assert set(store.articles()) == set(source.changes(None)[0])


def test_a_source_that_breaks_half_way_changes_nothing(store: Store, folder: Path) -> None:
    sync(store, MarkdownSource(folder))
    before, version = store.articles(), store.version()
    changed = replace(before[0], title="Half done")
    with pytest.raises(SourceError, match="half-way"):
        sync(store, ListSource("markdown", [changed], broken=True))
    assert store.articles() == before
    assert store.version() == version


def test_an_emptied_folder_is_refused_unless_meant(store: Store, folder: Path) -> None:
    source = MarkdownSource(folder)
    sync(store, source)
    for page in folder.glob("*/*.md"):
        page.unlink()
    with pytest.raises(SyncRefused, match="Nothing was removed"):
        sync(store, source)
    assert len(store.articles()) == len(PAGES) + 1
    sync(store, source, allow_empty=True)
    assert store.articles() == []


def test_a_full_sync_removes_what_the_source_no_longer_lists(store: Store, folder: Path) -> None:
    sync(store, MarkdownSource(folder))
    kept = store.articles()[0]
    summary = sync(store, ListSource("markdown", [kept]), full=True)
    assert store.articles() == [kept]
    assert len(summary.removed) == len(PAGES)


def test_a_source_leaves_another_sources_articles_alone(store: Store, folder: Path) -> None:
    sync(store, MarkdownSource(folder))
    theirs = replace(store.articles()[0], id="other:en/new", slug="new", source="other")
    sync(store, ListSource("other", [theirs]))
    assert len(store.articles()) == len(PAGES) + 2


def test_an_address_that_another_source_has_is_reported(store: Store, folder: Path) -> None:
    sync(store, MarkdownSource(folder))
    mine = store.articles()[0]
    summary = sync(store, ListSource("other", [replace(mine, id="other:x", source="other")]))
    assert mine.id in summary.failed[0].reason
    assert mine in store.articles()


def test_the_version_grows_only_when_an_article_changed(store: Store, folder: Path) -> None:
    source = MarkdownSource(folder)
    sync(store, source)
    version = store.version()
    sync(store, source)
    assert store.version() == version
    write_page(folder, "en/washing", PAGES["en/reset-password"])
    sync(store, source)
    assert store.version() == version + 1


def test_a_sync_that_was_overtaken_is_refused(store: Store, folder: Path) -> None:
    class Slow(MarkdownSource):
        def changes(self, since: str | None) -> tuple[Iterator[Change], str]:
            found = super().changes(since)
            sync(store, MarkdownSource(folder))  # another process, meanwhile
            return found

    with pytest.raises(SyncRefused, match="Another sync"):
        sync(store, Slow(folder))
    assert len(store.articles()) == len(PAGES) + 1


def test_missing_tables_are_told_as_our_own_error(connect: Connect, folder: Path) -> None:
    base = KnowledgeBase(connect(), create_tables=False)
    with pytest.raises(StoreError, match="tables"):
        base.sync(MarkdownSource(folder))
