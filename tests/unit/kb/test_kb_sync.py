"""A sync is incremental and whole, and never empties a working knowledge base by accident."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from kb_articles import PAGES, write_page

from kb_connector import KnowledgeBase, MarkdownSource
from kb_connector.article import (
    Article,
    Change,
    Checkpoint,
    Cleaned,
    Failed,
    Listing,
    Removed,
)
from kb_connector.errors import SourceError, StoreError, SyncRefused
from kb_connector.runs import Problem, problems
from kb_connector.store import Store
from kb_connector.sync import sync

Connect = Callable[[], sa.engine.Engine]


class ListSource:
    """Gives what it was given, then perhaps breaks, else says that this is all."""

    def __init__(self, name: str, changes: list[Change], broken: bool = False) -> None:
        self.name = name
        self.given = changes
        self.broken = broken

    def changes(self, since: str | None) -> Iterator[Change]:
        yield from self.given
        if self.broken:
            raise SourceError("the connection was lost half-way")
        if since is None:
            yield Listing(frozenset(each.id for each in self.given if isinstance(each, Article)))
        yield Checkpoint("2")


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
    given = [change for change in source.changes(None) if isinstance(change, Article)]
    assert set(store.articles()) == set(given)


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
    sync(store, source, allow_removal=True)
    assert store.articles() == []


def test_a_full_sync_removes_what_the_source_no_longer_lists(store: Store, folder: Path) -> None:
    sync(store, MarkdownSource(folder))
    dropped, *kept = store.articles()
    summary = sync(store, ListSource("markdown", list(kept)), full=True)
    assert store.articles() == kept
    assert summary.removed == [dropped.id]


def test_a_source_that_suddenly_lacks_most_articles_is_not_believed_unless_meant(
    store: Store, folder: Path
) -> None:
    sync(store, MarkdownSource(folder))
    before = store.articles()
    poor = ListSource("markdown", list(before[:1]))
    with pytest.raises(SyncRefused, match="no longer has 11 of the 12"):
        sync(store, poor, full=True)
    assert store.articles() == before
    sync(store, poor, full=True, allow_removal=True)
    assert store.articles() == before[:1]


def test_a_sync_that_breaks_off_goes_on_from_its_last_checkpoint(
    store: Store, folder: Path
) -> None:
    sync(store, MarkdownSource(folder))
    first, second, *_ = (
        replace(each, id=f"far:{each.id}", slug=f"far-{each.slug}", source="far")
        for each in store.articles()
    )
    with pytest.raises(SourceError, match="half-way"):
        sync(store, ListSource("far", [first, Checkpoint("page 2"), second], broken=True))
    assert first in store.articles()
    assert second not in store.articles()
    assert store.cursor("far") == "page 2"


def test_a_source_without_a_checkpoint_at_its_end_is_an_error(store: Store) -> None:
    class Forgetful(ListSource):
        def changes(self, since: str | None) -> Iterator[Change]:
            yield Removed("forgetful:en/x")

    with pytest.raises(SourceError, match="where the next sync begins"):
        sync(store, Forgetful("forgetful", []))


def test_what_is_wrong_with_an_article_is_known_until_it_is_mended_or_gone(
    store: Store, folder: Path
) -> None:
    sync(store, MarkdownSource(folder))
    one, two = (
        replace(each, id=f"far:{each.id}", slug=f"far-{each.slug}", source="far")
        for each in store.articles()[:2]
    )
    bad = Failed("far:en/huge", "5 MB; cut it into several articles")
    sync(store, ListSource("far", [one, Cleaned(one.id, "a script"), two, bad]))
    assert problems(store.engine) == [
        Problem("far", "far:en/huge", "failed", "5 MB; cut it into several articles"),
        Problem("far", one.id, "cleaned", "a script"),
    ]
    sync(store, ListSource("far", [replace(one, title="Mended")]))
    assert [problem.id for problem in problems(store.engine)] == ["far:en/huge"]
    sync(store, ListSource("far", [replace(one, title="Mended"), two]), full=True)
    assert problems(store.engine) == []


def test_progress_tells_how_many_articles_have_been_read(store: Store, folder: Path) -> None:
    told: list[int] = []
    sync(store, MarkdownSource(folder), progress=told.append)
    assert told == list(range(1, len(PAGES) + 2))


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
        def changes(self, since: str | None) -> Iterator[Change]:
            sync(store, MarkdownSource(folder))  # another process, meanwhile
            yield from super().changes(since)

    with pytest.raises(SyncRefused, match="Another sync"):
        sync(store, Slow(folder))
    assert len(store.articles()) == len(PAGES) + 1


def test_missing_tables_are_told_as_our_own_error(connect: Connect, folder: Path) -> None:
    base = KnowledgeBase(connect(), create_tables=False)
    with pytest.raises(StoreError, match="tables"):
        base.sync(MarkdownSource(folder))
