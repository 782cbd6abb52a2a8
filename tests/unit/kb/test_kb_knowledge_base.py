"""The facade: reading, suggesting, feedback, and seeing what others synced."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from kb_articles import BASE_URL, PAGES, write_page

from kb_connector import KnowledgeBase, MarkdownSource
from kb_connector.errors import ArticleNotFound, FeedbackRefused, StoreError

Connect = Callable[[], sa.engine.Engine]


def test_articles_are_read_by_language_and_audience(base: KnowledgeBase) -> None:
    assert [each.slug for each in base.articles("sv")] == ["delivery", "return-how", "track-order"]
    assert "agent-goodwill" not in [each.slug for each in base.articles("en")]
    assert "agent-goodwill" in [each.slug for each in base.articles("en", "staff")]
    assert set(base.translations("track-order")) == {"en", "sv", "da", "nb"}


def test_an_article_has_its_address_in_the_help_centre(base: KnowledgeBase) -> None:
    assert base.article("sv", "delivery").url == f"{BASE_URL}/help/sv/delivery"


def test_an_article_keeps_the_address_that_its_source_gives(
    base: KnowledgeBase, folder: Path
) -> None:
    page = write_page(folder, "en/washing", PAGES["en/washing"])
    text = page.read_text("utf-8").replace("title:", "url: https://x.example/w\ntitle:", 1)
    page.write_text(text, "utf-8")
    base.sync(MarkdownSource(folder))
    assert base.article("en", "washing").url == "https://x.example/w"


def test_a_public_article_is_found_by_its_address_without_an_index(
    base: KnowledgeBase, folder: Path, connect: Connect
) -> None:
    page = write_page(folder, "en/washing", PAGES["en/washing"])
    text = page.read_text("utf-8").replace("title:", "url: https://x.example/w#it\ntitle:", 1)
    page.write_text(text, "utf-8")
    base.sync(MarkdownSource(folder))
    fresh = KnowledgeBase(connect(), base_url=BASE_URL)
    for url, slug in (
        (f"{BASE_URL}/help/sv/delivery", "delivery"),
        (f"{BASE_URL}/help/en/track-order#the-link-shows-nothing", "track-order"),
        ("https://x.example/w#it", "washing"),
        (f"{BASE_URL}/help/en/washing", None),
        (f"{BASE_URL}/help/en/agent-goodwill", None),
        (f"{BASE_URL}/help/en", None),
        ("https://elsewhere.example/help/sv/delivery", None),
    ):
        found = fresh.at(url)
        assert (found.slug if found else None) == slug, url
    assert fresh._snapshot is None


def test_a_missing_article_and_one_for_staff_are_equally_not_found(base: KnowledgeBase) -> None:
    for slug in ("nothing", "agent-goodwill"):
        with pytest.raises(ArticleNotFound, match=slug):
            base.article("en", slug)
    assert base.article("en", "agent-goodwill", audience="staff").audience == "staff"


def test_titles_are_suggested_from_the_first_letters(base: KnowledgeBase) -> None:
    assert [each.slug for each in base.suggest("for", "en")][:1] == ["reset-password"]
    assert [each.slug for each in base.suggest("fraktk", "sv")][:1] == ["delivery"]
    assert base.suggest("  ", "en") == ()
    assert len(base.suggest("r", "en")) <= 3


def test_another_process_sync_is_seen(connect: Connect, folder: Path) -> None:
    reader = KnowledgeBase(connect(), check_every=0.0)
    writer = KnowledgeBase(connect(), check_every=0.0)
    assert reader.search("wool", "en") == ()
    writer.sync(MarkdownSource(folder))
    assert reader.search("wool", "en")[0].article.slug == "washing", "the first is waited for"
    write_page(folder, "en/washing", PAGES["en/reset-password"])
    writer.sync(MarkdownSource(folder))
    _wait(lambda: reader.article("en", "washing").title == PAGES["en/reset-password"][0])


def _wait(until: Callable[[], bool]) -> None:
    """Until the new articles have been made ready; the old ones answer meanwhile."""
    end = time.monotonic() + 10
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_own_sync_is_seen_at_once_whatever_the_interval(connect: Connect, folder: Path) -> None:
    base = KnowledgeBase(connect(), check_every=3600.0)
    assert base.articles("sv") == ()
    base.sync(MarkdownSource(folder))
    assert len(base.articles("sv")) == 3


def test_searching_goes_on_when_the_database_goes_away(
    base: KnowledgeBase, caplog: pytest.LogCaptureFixture
) -> None:
    assert base.search("password", "en")
    with base.store.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE kb_sources"))
    with caplog.at_level(logging.WARNING):
        assert base.search("password", "en")
    assert "loaded before" in caplog.text


def test_a_database_that_never_worked_is_an_error(connect: Connect) -> None:
    with pytest.raises(StoreError):
        KnowledgeBase(connect(), create_tables=False).search("password", "en")


def test_many_threads_search_while_articles_change(base: KnowledgeBase, folder: Path) -> None:
    failures: list[Exception] = []
    stop = threading.Event()

    def search() -> None:
        try:
            while not stop.is_set():
                hits = base.search("where is my order tracking link", "en", topics=["order_status"])
                assert hits[0].article.slug == "track-order"
        except Exception as error:  # noqa: BLE001  raised in a thread, told by the test
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        title, intents, keywords, body = PAGES["en/washing"]
        write_page(folder, "en/washing", (f"{title} {number}", intents, keywords, body))
        base.sync(MarkdownSource(folder))
    stop.set()
    for thread in threads:
        thread.join(10)
    assert failures == []
    assert base.article("en", "washing").title == "Washing wool 4"


def test_feedback_is_kept_with_its_question(base: KnowledgeBase) -> None:
    noon = dt.datetime(2026, 3, 1, 13, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    base.record_feedback(
        "var är paketet", "markdown:sv/track-order", "sv", "helped", conversation_id="c1", at=noon
    )
    base.record_feedback("x" * 5000, "markdown:sv/delivery", "sv", "opened")
    first, second = base.feedback()
    assert first.time == dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)
    assert (first.query, first.verdict, first.conversation_id) == ("var är paketet", "helped", "c1")
    assert (len(second.query), second.conversation_id) == (1000, None)
    assert base.feedback(since=noon + dt.timedelta(seconds=1)) == [second]


def test_an_unknown_verdict_is_refused(base: KnowledgeBase) -> None:
    with pytest.raises(FeedbackRefused, match="helped, not_helped, opened"):
        base.record_feedback("q", "markdown:sv/delivery", "sv", "great")
    assert base.feedback() == []
