"""Pages of Confluence: changed ones come, whatever the account's clock says; deleted ones go."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from servers.confluence import PUBLIC_URL, TOKEN, USER, Confluence, running

from kb_connector.article import Article, Checkpoint, Listing
from kb_connector.errors import SourceError
from kb_connector.sources.confluence import ConfluenceSource
from kb_connector.store import Store
from kb_connector.sync import sync


@pytest.fixture
def confluence() -> Confluence:
    return Confluence()


@pytest.fixture
def url(confluence: Confluence) -> Iterator[str]:
    with running(confluence) as url:
        yield url


@pytest.fixture
def source(url: str) -> ConfluenceSource:
    return reading(url)


def reading(url: str, **options: Any) -> ConfluenceSource:
    given = {"lang": "sv", "user": USER, "key": TOKEN, "spaces": ["DOCS"]}
    return ConfluenceSource(url, **{**given, **options})


def yesterday(cursor: str) -> str:
    """The cursor of one who has not listed for more than a day."""
    fields = json.loads(cursor)
    listed = dt.datetime.fromisoformat(fields["listed"]) - dt.timedelta(hours=25)
    return json.dumps({**fields, "listed": listed.isoformat()})


def test_a_page_becomes_an_article(source: ConfluenceSource, confluence: Confluence) -> None:
    confluence.write(
        7, "Retur", "<p>Inom <b>30</b> dagar, <a href='/x'>så här</a>.</p>", labels=("ångra",)
    )
    article, listing, checkpoint = source.changes(None)
    assert isinstance(article, Article)
    assert article.id == "confluence:sv/confluence-7" and article.slug == "confluence-7"
    assert article.title == "Retur" and article.keywords == ("ångra",)
    assert article.body_markdown == "Inom **30** dagar, [så här](https://shop.example/x)."
    assert article.url == f"{PUBLIC_URL}/spaces/DOCS/pages/7"
    assert article.audience == "public" and article.updated == dt.date(2026, 3, 1)
    assert listing == Listing(frozenset({article.id}))
    assert isinstance(checkpoint, Checkpoint)


def test_the_second_sync_reads_only_what_changed(
    source: ConfluenceSource, confluence: Confluence, store: Store
) -> None:
    confluence.write(1, "Gammal", "<p>Ja.</p>", minutes=-3 * 24 * 60)
    confluence.write(2, "Retur", "<p>Ja.</p>")
    sync(store, source)
    confluence.queries.clear()
    confluence.write(2, "Retur", "<p>Nej.</p>", minutes=1)
    confluence.write(3, "Byte", "<p>Ja.</p>", minutes=1)
    summary = sync(store, source)
    assert summary.changed == ["confluence:sv/confluence-2"]
    assert summary.new == ["confluence:sv/confluence-3"]
    (query,) = confluence.queries
    assert 'lastmodified >= "2026-02-28 09:00"' in query[0], "no listing, and not from the start"


@pytest.mark.parametrize("time_zone", [-12, -5, 0, 2, 14])
def test_no_change_is_missed_in_any_time_zone_of_the_account(store: Store, time_zone: int) -> None:
    confluence = Confluence(time_zone=time_zone)
    with running(confluence) as url:
        source = reading(url)
        confluence.write(1, "Retur", "<p>Ja.</p>")
        sync(store, source)
        confluence.write(1, "Retur", "<p>Nej.</p>", minutes=1)
        assert sync(store, source).changed == ["confluence:sv/confluence-1"]


@pytest.mark.parametrize(("cloud", "prefix"), [(True, ""), (True, "/wiki"), (False, "")])
def test_all_pages_of_a_long_result_come(store: Store, cloud: bool, prefix: str) -> None:
    confluence = Confluence(cloud=cloud)
    confluence.link_prefix = prefix
    for number in range(1, 131):
        confluence.write(number, f"Sida {number}", f"<p>Text {number}.</p>")
    with running(confluence) as url:
        summary = sync(store, reading(url))
    assert len(summary.new) == 130 and not summary.failed


def test_what_moves_while_we_read_is_not_lost(
    source: ConfluenceSource, confluence: Confluence, store: Store
) -> None:
    for number in range(1, 71):
        confluence.write(number, f"Sida {number}", f"<p>Text {number}.</p>")

    def meanwhile() -> None:
        confluence.pages.pop("10", None)
        confluence.write(20, "Sida 20", "<p>Ny text.</p>", minutes=5)

    confluence.before_next_page = meanwhile
    first = sync(store, source)
    assert "confluence:sv/confluence-51" in first.new, "it moved over the edge when page 10 went"
    assert sync(store, source).changed == ["confluence:sv/confluence-20"]


def test_a_deleted_page_goes_with_the_next_listing_and_no_listing_reads_texts(
    source: ConfluenceSource, confluence: Confluence, store: Store
) -> None:
    confluence.write(1, "Retur", "<p>Ja.</p>")
    confluence.write(2, "Byte", "<p>Ja.</p>")
    *_, checkpoint = source.changes(None)
    assert isinstance(checkpoint, Checkpoint)
    del confluence.pages["2"]
    assert not any(isinstance(each, Listing) for each in source.changes(checkpoint.cursor))
    confluence.queries.clear()
    *_, listing, after = source.changes(yesterday(checkpoint.cursor))
    assert listing == Listing(frozenset({"confluence:sv/confluence-1"}))
    assert [expand for _cql, expand in confluence.queries[1:]] == [""]
    assert isinstance(after, Checkpoint)
    assert not any(isinstance(each, Listing) for each in source.changes(after.cursor))


def test_a_staff_space_is_for_staff(url: str, confluence: Confluence) -> None:
    confluence.write(1, "Retur", "<p>Ja.</p>")
    confluence.write(2, "Kulans", "<p>Tio procent.</p>", space="STAFF")
    both = reading(url, spaces=["DOCS", "STAFF"], staff_spaces=["STAFF"])
    found = [each for each in both.changes(None) if isinstance(each, Article)]
    assert {each.title: each.audience for each in found} == {"Retur": "public", "Kulans": "staff"}


def test_a_bearer_token_works_and_a_wrong_key_is_told(url: str, confluence: Confluence) -> None:
    confluence.write(1, "Retur", "<p>Ja.</p>")
    assert isinstance(next(reading(url, user=None).changes(None)), Article)
    for wrong in ({"user": None, "key": "wrong"}, {"key": "wrong"}):
        with pytest.raises(SourceError, match="key"):
            list(reading(url, **wrong).changes(None))


def test_a_space_that_is_not_there_and_no_space_at_all_are_errors(url: str) -> None:
    with pytest.raises(SourceError):
        list(reading(url, spaces=["DOSC"]).changes(None))
    with pytest.raises(SourceError, match="staff_spaces"):
        reading(url, spaces=[])


@pytest.mark.parametrize(
    "garbage",
    [
        "<html>Log in</html>",
        [],
        {"results": []},
        {"results": [{"id": "1"}], "_links": {}},
        {"results": None, "_links": {}},
        {"results": [], "_links": {"next": "https://elsewhere.example/rest"}},
    ],
)
def test_garbage_half_way_is_an_error_and_changes_nothing(
    source: ConfluenceSource, confluence: Confluence, store: Store, garbage: Any
) -> None:
    confluence.write(1, "Retur", "<p>Ja.</p>")
    sync(store, source)
    before = store.articles()
    for number in range(1, 61):
        confluence.write(number, f"Sida {number}", "<p>Nej.</p>", minutes=9)
    confluence.garbage = [None, garbage]
    with pytest.raises(SourceError):
        sync(store, source)
    assert store.articles() == before


def test_pages_that_lead_back_to_themselves_are_an_error(
    source: ConfluenceSource, confluence: Confluence
) -> None:
    loop = {"results": [], "_links": {"next": "/rest/api/content/search?cursor=1"}}
    confluence.garbage = [loop, loop, loop]
    with pytest.raises(SourceError, match="there before"):
        list(source.changes(None))


def test_a_damaged_cursor_is_an_error(source: ConfluenceSource) -> None:
    for cursor in ("{", "[]", '{"changed": 5}', '{"listed": "yesterday"}'):
        with pytest.raises(SourceError, match="full"):
            list(source.changes(cursor))
