"""The source that the documentation writes works as it is written there."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from kb_connector.store import Store
from kb_connector.sync import sync

DOCS = Path(__file__).parents[3] / "docs" / "kb-sources.md"


def test_the_source_of_the_documentation_is_synced(
    connect: Callable[[], sa.engine.Engine],
) -> None:
    section = DOCS.read_text("utf-8").partition("## A source of your own")[2]
    block = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert block
    names: dict[str, type] = {}
    exec(compile(block[1], str(DOCS), "exec"), names)
    store = Store(connect())
    store.create_all()
    wiki = sqlite3.connect(":memory:")
    wiki.execute("CREATE TABLE page (slug, title, text, day)")
    wiki.executemany(
        "INSERT INTO page VALUES (?, ?, ?, ?)",
        [("a", "A", "One", "2026-03-01"), ("b", "B", "Two", "2026-03-02")],
    )
    source = names["WikiSource"](wiki)
    assert sync(store, source).new == ["wiki:en/a", "wiki:en/b"]
    wiki.execute("UPDATE page SET text = 'New', day = '2026-03-03' WHERE slug = 'b'")
    summary = sync(store, source)
    assert (summary.changed, summary.removed) == (["wiki:en/b"], [])
    wiki.execute("DELETE FROM page WHERE slug = 'a'")
    assert sync(store, source).removed == ["wiki:en/a"]
    assert [article.body_markdown for article in store.articles()] == ["New"]
    wiki.close()
