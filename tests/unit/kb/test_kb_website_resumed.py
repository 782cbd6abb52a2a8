"""A first crawl that breaks off goes on where it was, and ends as if nothing had happened."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from servers.website import TEXT, Website, links, page, website

from kb_connector.article import Checkpoint
from kb_connector.errors import SourceError
from kb_connector.runs import problems
from kb_connector.sources.web import cursor
from kb_connector.store import Store
from kb_connector.sync import sync

PAGES = 160
PATHS = [f"/{number}" for number in range(PAGES)]
ODD = {"/5", "/9", "/20", "/130"}
"""Not pages: gone, of another kind, moved, failing."""
KILLED = """
import sys, sqlalchemy
from kb_connector.sources.website import WebsiteSource
from kb_connector.store import Store
from kb_connector.sync import sync
sync(Store(sqlalchemy.create_engine(sys.argv[1])), WebsiteSource(sys.argv[2], allow_private=True))
"""


class Killed(BaseException):
    """As of a process that ends without a word."""


@pytest.fixture
def site() -> Iterator[Website]:
    """A chain of pages: each leads to the next two, the first to some more."""
    with website() as made:
        made.put("/", page("Help", links("/0", "/100")))
        for number, path in enumerate(PATHS):
            text = f"{TEXT} Number {number}. {links(f'/{number + 1}', f'/{number + 2}')}"
            made.put(path, page(f"Page {number}", text), etag=f'"{number}"')
        made.put("/5", "gone", 410)
        made.put("/9", "%PDF", content_type="application/pdf")
        made.put("/20", "", 301, location="/21")
        made.put("/130", "broken", 500)
        yield made


def killed_after(store: Store, site: Website, articles: int, path: str = "/") -> None:
    def stop(read: int) -> None:
        if read == articles:
            raise Killed

    with pytest.raises(Killed):
        sync(store, site.source(path), progress=stop)


def undisturbed(site: Website, tmp_path: Path, path: str = "/") -> Store:
    store = Store(sa.create_engine(f"sqlite:///{tmp_path / 'undisturbed.db'}"))
    store.create_all()
    sync(store, site.source(path))
    return store


def assert_same(one: Store, other: Store) -> None:
    assert len(one.articles()) == PAGES + 1 - len(ODD)
    assert one.articles() == other.articles()
    assert problems(one.engine) == problems(other.engine)
    assert len(problems(one.engine)) == 1
    assert one.cursor("website") == other.cursor("website")


def test_a_killed_first_crawl_goes_on_where_it_was(
    site: Website, store: Store, tmp_path: Path
) -> None:
    killed_after(store, site, 120)
    first = site.paths()
    assert 90 < len(store.articles()) < 120
    site.asked.clear()
    sync(store, site.source())
    again = set(first) & set(site.paths())
    assert "/" in again, "to see whether it is a sitemap"
    assert len(again) < 30, "what came after the last checkpoint"
    assert len(site.paths()) < PAGES - 90
    assert set(first) | set(site.paths()) >= set(PATHS)
    assert_same(store, undisturbed(site, tmp_path))
    site.asked.clear()
    assert sync(store, site.source()).changed == []
    assert len(site.paths()) > PAGES, "a later crawl asks for every page"


def test_it_may_be_killed_again_and_again(site: Website, store: Store, tmp_path: Path) -> None:
    for _ in range(3):
        killed_after(store, site, 60)
    sync(store, site.source())
    assert len(site.paths()) < 1.5 * PAGES
    assert_same(store, undisturbed(site, tmp_path))


def test_a_crawl_by_a_sitemap_goes_on_too(site: Website, store: Store, tmp_path: Path) -> None:
    named = {path[1:]: "2026-03-01" for path in PATHS}
    site.put("/map.xml", site.sitemap(**named), content_type="text/xml")
    site.put("/home", page("Home"))
    site.put("/map.xml", site.sitemap(home="", **named), content_type="text/xml")
    killed_after(store, site, 120, "/map.xml")
    site.asked.clear()
    sync(store, site.source("/map.xml"))
    assert len(site.paths()) < PAGES - 90
    assert_same(store, undisturbed(site, tmp_path, "/map.xml"))


def test_a_process_that_is_killed_leaves_what_the_next_goes_on_with(
    site: Website, store: Store, tmp_path: Path
) -> None:
    url = store.engine.url.render_as_string()
    site.slow["/80"] = 10.0  # long enough to be killed meanwhile
    crawl = subprocess.Popen([sys.executable, "-c", KILLED, url, f"{site.url}/"])
    end = time.monotonic() + 60
    while "/80" not in site.paths() and time.monotonic() < end:
        time.sleep(0.05)
    crawl.kill()
    crawl.wait()
    assert len(store.articles()) > 90
    site.asked.clear()
    site.slow.clear()
    sync(store, site.source())
    assert len(site.paths()) < PAGES - 90
    assert_same(store, undisturbed(site, tmp_path))


def test_after_a_day_every_page_is_asked_whether_it_has_changed(
    site: Website, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_after(store, site, 120)
    site.asked.clear()
    monkeypatch.setattr(cursor, "_FRESH", dt.timedelta(0))
    site.put("/3", page("Page 3, renewed", links("/4", "/5")), etag='"new"')
    killed_after(store, site, 30)
    sync(store, site.source())
    assert set(site.paths()) >= set(PATHS)
    assert sum("if-none-match" in request.headers for request in site.asked) > 90
    assert_same(store, undisturbed(site, tmp_path))


def test_a_page_of_the_first_half_that_fails_is_told_at_the_end(
    site: Website, store: Store
) -> None:
    site.put("/2", "broken", 500)
    summary = sync(store, site.source())
    assert len(summary.failed) == 2
    told = {problem.id for problem in problems(store.engine)}
    assert told == {f"{site.url}/2", f"{site.url}/130"}
    site.put("/2", page("Page 2", links("/3")))
    site.put("/130", page("Page 130"))
    sync(store, site.source())
    assert problems(store.engine) == []


def test_nothing_is_kept_of_a_site_that_breaks_while_it_is_read(
    site: Website, store: Store
) -> None:
    site.put("/", page("Help", links(*PATHS)))
    sync(store, site.source())
    before = store.articles()
    for path in PATHS[60:]:
        site.put(path, page("We are closed"))
    with pytest.raises(SourceError, match="the same title and text"):
        sync(store, site.source(), full=True)
    assert store.articles() == before
    for path in PATHS[:100]:
        site.put(path, "broken", 500)
    with pytest.raises(SourceError, match="seems to be broken"):
        sync(store, site.source(), full=True)
    assert store.articles() == before


def test_a_later_crawl_is_kept_as_a_whole(site: Website, store: Store) -> None:
    sync(store, site.source())
    changes = list(site.source().changes(store.cursor("website")))
    assert [isinstance(each, Checkpoint) for each in changes].count(True) == 1
    with pytest.raises(SourceError, match="sync it again with `full`"):
        list(site.source().changes('{"addresses": [], "pages": [], "done": [], "kept": "now"}'))
