"""The knowledge base as its users see it: sync, search, read, suggest, feedback."""

from __future__ import annotations

import datetime as dt
import logging
import math
import threading
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from kb_connector import feedback as verdicts
from kb_connector.article import PUBLIC, Article
from kb_connector.calibration import Calibration
from kb_connector.errors import ArticleNotFound, StoreError
from kb_connector.feedback import Feedback
from kb_connector.index import Hit, SearchIndex
from kb_connector.markdown import fold
from kb_connector.sources import KnowledgeSource
from kb_connector.store import Store, may_see
from kb_connector.sync import Progress, SyncSummary, sync

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Snapshot:
    version: int
    articles: dict[tuple[str, str], Article]
    index: SearchIndex


class KnowledgeBase:
    """Articles in a database, searched in memory. Safe to share between threads.

    When another process syncs, this one sees it within `check_every` seconds.

    Args:
        engine: an SQLAlchemy engine (SQLite or PostgreSQL); its owner closes it.
        base_url: address of the help centre's host, as in `https://shop.example`.
        help_path: path of the help centre on that host.
        create_tables: make the tables that are missing.
        calibration: for the confidence of hits; None for the one that comes with the package.
        check_every: seconds between looks at the store for newer content.
    """

    def __init__(
        self,
        engine: Any,
        *,
        base_url: str = "",
        help_path: str = "/help",
        create_tables: bool = True,
        calibration: Calibration | None = None,
        check_every: float = 1.0,
    ) -> None:
        self.store = Store(engine)
        self._prefix = base_url.rstrip("/") + "/" + help_path.strip("/")
        self._calibration = calibration
        self._check_every = check_every
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None
        self._checked = -math.inf
        if create_tables:
            self.store.create_all()

    def sync(
        self,
        source: KnowledgeSource,
        *,
        full: bool = False,
        allow_removal: bool = False,
        progress: Progress | None = None,
    ) -> SyncSummary:
        """Takes over what changed in a source; see `kb_connector.sync.sync`."""
        summary = sync(
            self.store, source, full=full, allow_removal=allow_removal, progress=progress
        )
        self._checked = -math.inf
        return summary

    def search(
        self,
        query: str,
        lang: str,
        *,
        topics: Collection[str] = (),
        audience: str = PUBLIC,
        limit: int = 3,
        exclude: Collection[str] = (),
    ) -> tuple[Hit, ...]:
        """The articles that fit a query, best first; see `SearchIndex.search`."""
        return self._current().index.search(
            query, lang, topics=topics, audience=audience, limit=limit, exclude=exclude
        )

    def article(self, lang: str, slug: str, *, audience: str = PUBLIC) -> Article:
        """One article.

        Raises:
            ArticleNotFound: there is none in that language that the audience may see.
        """
        found = self._current().articles.get((lang, slug))
        if found is None or not may_see(found, audience):
            raise ArticleNotFound(f"There is no article {lang}/{slug} for the audience {audience}.")
        return found

    def articles(self, lang: str, audience: str = PUBLIC) -> tuple[Article, ...]:
        """The articles of one language that an audience may see, by slug."""
        return tuple(
            article
            for article in self._current().articles.values()
            if article.lang == lang and may_see(article, audience)
        )

    def translations(self, slug: str, audience: str = PUBLIC) -> dict[str, Article]:
        """One article in all its languages, by language."""
        return {
            article.lang: article
            for article in self._current().articles.values()
            if article.slug == slug and may_see(article, audience)
        }

    def suggest(self, query: str, lang: str, *, limit: int = 3) -> tuple[Article, ...]:
        """Public articles to offer while somebody types, best first.

        Titles with a word that begins with the typed text come before what a search finds.
        """
        typed = fold(query.strip())
        if not typed:
            return ()
        begun = [each for each in self.articles(lang) if f" {typed}" in f" {fold(each.title)}"]
        found = [hit.article for hit in self.search(query, lang, limit=limit)]
        return tuple(dict.fromkeys([*begun, *found]))[:limit]

    def record_feedback(
        self,
        query: str,
        article_id: str,
        lang: str,
        verdict: str,
        *,
        conversation_id: str | None = None,
        at: dt.datetime | None = None,
    ) -> None:
        """Keeps what a customer did with an article.

        Args:
            query: the question that brought it up; only the first 1000 characters are kept.
            lang: language of the question.
            verdict: `helped`, `not_helped` or `opened`.
            at: with time zone; None for now.

        Raises:
            FeedbackRefused: the verdict is unknown.
            StoreError: the database cannot be used.
        """
        utc = (at or dt.datetime.now(dt.timezone.utc)).astimezone(dt.timezone.utc)
        verdicts.record(
            self.store.engine,
            Feedback(query, article_id, lang, verdict, conversation_id, utc),
        )

    def feedback(self, since: dt.datetime | None = None) -> list[Feedback]:
        """Verdicts, oldest first.

        Args:
            since: with time zone; None for all.
        """
        return verdicts.read(self.store.engine, since)

    def _current(self) -> _Snapshot:
        snapshot = self._snapshot
        if snapshot is not None and time.monotonic() - self._checked < self._check_every:
            return snapshot
        # Whoever comes while another thread loads goes on with the old content; only the very
        # first ones have to wait.
        if not self._lock.acquire(blocking=snapshot is None):
            assert snapshot is not None  # noqa: S101
            return snapshot
        try:
            self._snapshot = self._refreshed(self._snapshot)
            self._checked = time.monotonic()
            return self._snapshot
        finally:
            self._lock.release()

    def _refreshed(self, snapshot: _Snapshot | None) -> _Snapshot:
        try:
            # The version is read first: a sync between the two is then noticed next time.
            version = self.store.version()
            if snapshot is not None and snapshot.version == version:
                return snapshot
            articles = self._with_urls(self.store.articles())
        except StoreError as error:
            if snapshot is None:
                raise
            logger.warning("Searching the articles loaded before: %s", error)
            return snapshot
        return _Snapshot(
            version,
            {(article.lang, article.slug): article for article in articles},
            SearchIndex(articles, self._calibration),
        )

    def _with_urls(self, articles: Iterable[Article]) -> list[Article]:
        return [
            article
            if article.url
            else replace(article, url=f"{self._prefix}/{article.lang}/{article.slug}")
            for article in articles
        ]
