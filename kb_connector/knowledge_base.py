"""The knowledge base as its users see it: sync, search, read, suggest, feedback."""

from __future__ import annotations

import datetime as dt
import logging
import math
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kb_connector import feedback as verdicts
from kb_connector.article import PUBLIC, Article
from kb_connector.errors import ArticleNotFound, StoreError
from kb_connector.feedback import Feedback
from kb_connector.search.encoder import Encoder
from kb_connector.search.index import EarlierQuestion, Hit, SearchIndex
from kb_connector.search.ranking import Ranking
from kb_connector.sources import KnowledgeSource
from kb_connector.store import Store, may_see
from kb_connector.sync import Progress, SyncSummary, sync
from kb_connector.text import words

logger = logging.getLogger(__name__)

_ASKED = 5_000
"""Verdicts that earlier questions are taken from, the newest."""
_LEARN_EVERY = 60.0
"""Seconds after which new verdicts are worth a new index."""


@dataclass(frozen=True)
class _Snapshot:
    """What was loaded: with each article its content hash in the store.

    Attributes:
        version: of the articles.
        judged: the newest verdict that was read.
        made: by the monotonic clock, seconds.
    """

    version: int
    judged: int
    made: float
    by_id: dict[str, tuple[str, Article]]
    articles: dict[tuple[str, str], Article]
    index: SearchIndex


class KnowledgeBase:
    """Articles in a database, searched in memory. Safe to share between threads.

    When another process syncs, this one looks for it every `check_every` seconds, and goes on
    with the old content until the new one is ready to be searched.

    Args:
        engine: an SQLAlchemy engine (SQLite or PostgreSQL); its owner closes it.
        base_url: address of the help centre's host, as in `https://shop.example`.
        help_path: path of the help centre on that host.
        create_tables: make the tables that are missing.
        encoders: for the search by meaning; none for a search by words alone.
        ranking: weights and calibration; None for those that come with the package.
        check_every: seconds between looks at the store for newer content.
        learn_every: seconds after which new verdicts of customers are taken into the search.
    """

    def __init__(
        self,
        engine: Any,
        *,
        base_url: str = "",
        help_path: str = "/help",
        create_tables: bool = True,
        encoders: Sequence[Encoder] = (),
        ranking: Ranking | None = None,
        check_every: float = 1.0,
        learn_every: float = _LEARN_EVERY,
    ) -> None:
        self.store = Store(engine)
        self._prefix = base_url.rstrip("/") + "/" + help_path.strip("/")
        self._encoders = tuple(encoders)
        self._ranking = ranking
        self._check_every = check_every
        self._learn_every = learn_every
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
        if summary.new or summary.changed or summary.removed:
            self.refresh()
        return summary

    def refresh(self) -> None:
        """Makes what is in the database searchable at once, and waits for it.

        Raises:
            StoreError: the database cannot be used.
        """
        with self._lock:
            self._snapshot = self._load(self._snapshot)
            self._checked = time.monotonic()

    def search(
        self,
        query: str,
        lang: str,
        *,
        topics: Collection[str] = (),
        audience: str = PUBLIC,
        limit: int = 3,
        exclude: Collection[str] = (),
        before: str = "",
    ) -> tuple[Hit, ...]:
        """The articles that fit a query, best first; see `SearchIndex.search`."""
        return self._current().index.search(
            query,
            lang,
            topics=topics,
            audience=audience,
            limit=limit,
            exclude=exclude,
            before=before,
        )

    def hit(self, article_id: str, query: str, lang: str) -> Hit | None:
        """One public article with the passage that fits a query best; None if it is gone."""
        return self._current().index.hit(article_id, query, lang)

    @property
    def ranking(self) -> Ranking:
        """Weights, calibration and thresholds of the search."""
        return self._current().index.ranking

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

    def at(self, url: str) -> Article | None:
        """The public article at an address, of the whole or of a part of it; None without one.

        Looked up in the store: no index need be made for it.

        Raises:
            StoreError: the database cannot be used.
        """
        page = url.partition("#")[0]
        lang, _, slug = page.removeprefix(f"{self._prefix}/").partition("/")
        ours = page.startswith(f"{self._prefix}/")
        found = self.store.at({url, page}, (lang, slug) if ours else None)
        return next((each for each in self._with_urls(found) if may_see(each, PUBLIC)), None)

    def translations(self, slug: str, audience: str = PUBLIC) -> dict[str, Article]:
        """One article in all its languages, by language."""
        return {
            article.lang: article
            for article in self._current().articles.values()
            if article.slug == slug and may_see(article, audience)
        }

    def suggest(self, query: str, lang: str, *, limit: int = 3) -> tuple[Article, ...]:
        """Public articles to offer while somebody types, best first.

        Titles with a word that begins with the typed text come before what a search finds. The
        last word counts as the commonest one that begins like it.
        """
        typed = query.strip()
        if not words(typed):
            return ()
        index = self._current().index
        begun = index.begun(typed, lang)
        if query[-1:].isalpha():
            typed = index.completed(typed, lang)
        hits = index.search(typed, lang, limit=limit)
        found = [hit.article for hit in hits if hit.confidence >= index.ranking.offer_at]
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
        if snapshot is None:
            with self._lock:
                if self._snapshot is None:
                    self._snapshot = self._load(None)
                    self._checked = time.monotonic()
                return self._snapshot
        if time.monotonic() - self._checked >= self._check_every:
            self._checked = time.monotonic()
            if not self._is_old(snapshot):
                return snapshot
            if not snapshot.by_id:
                # An empty one answers nothing: whoever asks before the first sync is seen waits.
                self.refresh()
                return self._snapshot or snapshot
            if self._lock.acquire(blocking=False):
                # Nobody waits: until the new index is made, the old one answers.
                threading.Thread(target=self._renew, name="articles", daemon=True).start()
        return snapshot

    def _is_old(self, snapshot: _Snapshot) -> bool:
        try:
            if self.store.version() != snapshot.version:
                return True
            learned = time.monotonic() - snapshot.made < self._learn_every
            return not learned and verdicts.newest(self.store.engine) != snapshot.judged
        except StoreError as error:
            logger.warning("Searching the articles loaded before: %s", error)
            return False

    def _renew(self) -> None:
        """Makes a new snapshot; the lock is held, and released at the end."""
        try:
            self._snapshot = self._load(self._snapshot)
        except StoreError as error:
            logger.warning("Searching the articles loaded before: %s", error)
        finally:
            self._lock.release()

    def _load(self, before: _Snapshot | None) -> _Snapshot:
        # The version is read first: a sync between the two is then noticed next time.
        version, judged = self.store.version(), verdicts.newest(self.store.engine)
        if before is not None and (before.version, before.judged) == (version, judged):
            return before
        known = {} if before is None else before.by_id
        hashes = self.store.hashes()
        new = [each for each, hashed in hashes.items() if known.get(each, ("",))[0] != hashed]
        loaded = self._with_urls(self.store.articles(new if known else None))
        by_id = {each: known[each] for each in hashes if each in known}
        by_id |= {each.id: (hashes[each.id], each) for each in loaded if each.id in hashes}
        articles = sorted((each for _, each in by_id.values()), key=lambda a: (a.lang, a.slug))
        index = SearchIndex(
            articles,
            encoders=self._encoders,
            ranking=self._ranking,
            asked=self._earlier_questions(),
            before=None if before is None else before.index,
        )
        made = time.monotonic()
        return _Snapshot(
            version, judged, made, by_id, {(a.lang, a.slug): a for a in articles}, index
        )

    def _earlier_questions(self) -> list[EarlierQuestion]:
        """Questions that an article has helped with, and no customer with the same has refused."""
        helped: dict[tuple[str, str], EarlierQuestion] = {}
        for one in verdicts.read(self.store.engine, verdicts=verdicts.JUDGED, newest=_ASKED):
            key = (one.query.casefold().strip(), one.article_id)
            if one.verdict == verdicts.HELPED:
                helped[key] = EarlierQuestion(one.query, one.lang, one.article_id)
            else:
                helped.pop(key, None)
        return list(helped.values())

    def _with_urls(self, articles: Iterable[Article]) -> list[Article]:
        return [
            article
            if article.url
            else replace(article, url=f"{self._prefix}/{article.lang}/{article.slug}")
            for article in articles
        ]
