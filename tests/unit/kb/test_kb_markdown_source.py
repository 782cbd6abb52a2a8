"""Files become articles; broken ones are named and stop nobody."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kb_connector.article import Article, Change, Checkpoint, Failed, Listing
from kb_connector.errors import ArticleInvalid, SourceError
from kb_connector.sources.markdown import MarkdownSource, read_article


def test_a_file_becomes_an_article(folder: Path) -> None:
    changes = MarkdownSource(folder).changes(None)
    article = next(
        each
        for each in changes
        if isinstance(each, Article) and each.id == "markdown:sv/track-order"
    )
    assert (article.slug, article.lang, article.audience) == ("track-order", "sv", "public")
    assert article.updated == dt.date(2026, 9, 14)
    assert article.intents == ("order_status",)
    assert article.keywords == ("spåra", "sen leverans")
    assert article.body_markdown.startswith("Följ paketet")


def _read(source: MarkdownSource, since: str | None) -> tuple[list[Change], Listing, str]:
    *changes, listing, end = source.changes(since)
    assert isinstance(listing, Listing)
    assert isinstance(end, Checkpoint)
    return changes, listing, end.cursor


def test_only_what_changed_since_the_cursor_comes_again(folder: Path) -> None:
    source = MarkdownSource(folder)
    _, everything, cursor = _read(source, None)
    assert _read(source, cursor) == ([], everything, cursor)
    page = folder / "en" / "washing.md"
    page.write_text(page.read_text("utf-8").replace("30", "40"), "utf-8")
    (folder / "en" / "reset-password.md").unlink()
    (changed,), listing, _ = _read(source, cursor)
    assert isinstance(changed, Article)
    assert "40" in changed.body_markdown
    assert everything.ids - listing.ids == {"markdown:en/reset-password"}


def test_a_broken_file_is_reported_each_time_and_is_not_taken_for_removed(folder: Path) -> None:
    source = MarkdownSource(folder)
    _, _, cursor = _read(source, None)
    (folder / "en" / "washing.md").write_text("no front matter", "utf-8")
    for _ in range(2):
        (failed,), listing, cursor = _read(source, cursor)
        assert isinstance(failed, Failed)
        assert failed.id == "markdown:en/washing"
        assert failed.id in listing.ids
        assert "no front matter" in failed.reason
        assert "washing.md" in failed.reason


def test_a_missing_folder_is_an_error_not_an_empty_knowledge_base(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        list(MarkdownSource(tmp_path / "nowhere").changes(None))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("---\ntitle: x\nupdated: 2026-01-01\n---\n", "no text"),
        ("---\ntitle: [\n---\nText", "not YAML"),
        ("---\n- a\n---\nText", "no fields"),
        ("---\nupdated: 2026-01-01\n---\nText", "`title`"),
        ("---\ntitle: x\nupdated: soon\n---\nText", "`updated`"),
        ("---\ntitle: x\nupdated: 2026-01-01\naudience: stuff\n---\nText", "`audience`"),
        ("---\ntitle: x\nupdated: 2026-01-01\nkeywords: a, b\n---\nText", "`keywords`"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(content: str, reason: str) -> None:
    with pytest.raises(ArticleInvalid, match=reason):
        read_article(content.encode(), "en", "page", "markdown")


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(ArticleInvalid, match="UTF-8"):
        read_article("---\ntitle: Ö\n---\nText".encode("latin-1"), "sv", "page", "markdown")


def test_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    content = "\ufeff---\r\ntitle: Hi\r\nupdated: 2026-01-01\r\n---\r\nText\r\n".encode()
    assert read_article(content, "en", "page", "markdown").title == "Hi"


def test_a_slug_that_is_no_address_is_refused() -> None:
    with pytest.raises(ArticleInvalid, match="file's name"):
        read_article(b"---\ntitle: x\n---\nText", "en", "Two words", "markdown")
