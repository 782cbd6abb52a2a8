"""Articles and how far each source has been read, in a database (SQLite or PostgreSQL)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from kb_connector.article import PUBLIC, STAFF, Article, Cleaned, Failed, content_hash
from kb_connector.errors import SyncRefused
from kb_connector.tables import database, kb_articles, kb_problems, kb_sources, metadata

_AT_ONCE = 500
"""Ids in one statement."""


class Store:
    """Reads and writes articles.

    Args:
        engine: an SQLAlchemy engine; its owner closes it.
    """

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def create_all(self) -> None:
        """Makes the tables that are missing."""
        with database():
            metadata.create_all(self.engine)

    def articles(self, ids: Collection[str] | None = None) -> list[Article]:
        """Articles by language and slug: all, or those with the ids that are there."""
        columns = [column for column in kb_articles.c if column.name != "content_hash"]
        query = sa.select(*columns).order_by(kb_articles.c.lang, kb_articles.c.slug)
        with database(), self.engine.connect() as connection:
            if ids is None:
                return [_article(row) for row in connection.execute(query)]
            found = [
                _article(row)
                for part in _parts(sorted(ids))
                for row in connection.execute(query.where(kb_articles.c.id.in_(part)))
            ]
        return sorted(found, key=lambda article: (article.lang, article.slug))

    def at(self, urls: Collection[str], place: tuple[str, str] | None) -> list[Article]:
        """Articles with one of the addresses, or without any and in a place.

        Args:
            place: language and slug; None for nowhere.
        """
        columns = [column for column in kb_articles.c if column.name != "content_hash"]
        found = kb_articles.c.url.in_(sorted(urls))
        if place is not None:
            lang, slug = place
            here = sa.and_(kb_articles.c.lang == lang, kb_articles.c.slug == slug)
            found = sa.or_(found, sa.and_(kb_articles.c.url.is_(None), here))
        with database(), self.engine.connect() as connection:
            return [_article(row) for row in connection.execute(sa.select(*columns).where(found))]

    def hashes(self) -> dict[str, str]:
        """Content hash of every article, by id."""
        query = sa.select(kb_articles.c.id, kb_articles.c.content_hash)
        with database(), self.engine.connect() as connection:
            return {row.id: row.content_hash for row in connection.execute(query)}

    def version(self) -> int:
        """A number that grows with every sync that changed an article."""
        query = sa.select(sa.func.coalesce(sa.func.sum(kb_sources.c.version), 0))
        with database(), self.engine.connect() as connection:
            return int(connection.execute(query).scalar())

    def cursor(self, source: str) -> str | None:
        """The source's cursor after what was last kept of it; None before the first."""
        query = sa.select(kb_sources.c.cursor).where(kb_sources.c.name == source)
        with database(), self.engine.connect() as connection:
            cursor: str | None = connection.execute(query).scalar()
            return cursor

    @contextmanager
    def sync_transaction(self, source: str, since: str | None) -> Iterator[SyncTransaction]:
        """One transaction of a sync: all of it is kept, or nothing.

        Args:
            since: the cursor that is stored, as far as the sync knows.

        Raises:
            SyncRefused: another sync of this source has kept something meanwhile.
        """
        with database(), self.engine.begin() as connection:
            row = kb_sources.c.name == source
            # The first statement writes, and so takes the lock, on SQLite as on PostgreSQL.
            locked = sa.update(kb_sources).where(row).values(name=source)
            if not connection.execute(locked).rowcount:
                connection.execute(sa.insert(kb_sources).values(name=source, version=0))
            stored = connection.execute(sa.select(kb_sources.c.cursor).where(row)).scalar()
            if stored != since:
                raise SyncRefused(
                    f"Another sync of the source {source!r} finished while this one was reading. "
                    "Nothing more was changed; run it again if its changes are missing."
                )
            yield SyncTransaction(connection, source)

    def forget(self, source: str) -> int:
        """Removes a source's articles, problems and cursor.

        Returns:
            How many articles there were.
        """
        with database(), self.engine.begin() as connection:
            mine = kb_articles.c.source == source
            count = connection.execute(sa.delete(kb_articles).where(mine)).rowcount
            connection.execute(sa.delete(kb_problems).where(kb_problems.c.source == source))
            # The row stays: its version has readers notice that the articles are gone.
            connection.execute(
                sa.update(kb_sources)
                .where(kb_sources.c.name == source)
                .values(cursor=None, version=kb_sources.c.version + 1)
            )
            return int(count)


class SyncTransaction:
    """What a sync may do to the articles of its own source, within one transaction."""

    def __init__(self, connection: Any, source: str) -> None:
        self._connection = connection
        self._source = source

    def hashes(self) -> dict[str, str]:
        """Content hash by article id, of this source."""
        query = sa.select(kb_articles.c.id, kb_articles.c.content_hash)
        query = query.where(kb_articles.c.source == self._source)
        return {row.id: row.content_hash for row in self._connection.execute(query)}

    def owner(self, lang: str, slug: str) -> str | None:
        """Id of the article that has this place, of whatever source."""
        query = sa.select(kb_articles.c.id)
        query = query.where(kb_articles.c.lang == lang, kb_articles.c.slug == slug)
        found: str | None = self._connection.execute(query).scalar()
        return found

    def put(self, article: Article) -> None:
        """Adds an article, or replaces the one with the same id."""
        row = asdict(article) | {"content_hash": content_hash(article)}
        row |= {"intents": list(article.intents), "keywords": list(article.keywords)}
        update = sa.update(kb_articles).where(kb_articles.c.id == article.id).values(row)
        if not self._connection.execute(update).rowcount:
            self._connection.execute(sa.insert(kb_articles).values(row))

    def remove(self, identities: Sequence[str]) -> None:
        """Removes articles by id."""
        if identities:
            statement = sa.delete(kb_articles).where(kb_articles.c.id == sa.bindparam("identity"))
            self._connection.execute(statement, [{"identity": each} for each in identities])

    def settle(self, fine: Iterable[str], problems: Sequence[Failed | Cleaned]) -> None:
        """Keeps what is wrong with articles, and forgets it of those that are fine or gone."""
        ids = {*fine, *(problem.id for problem in problems)}
        mine = kb_problems.c.source == self._source
        for part in _parts(sorted(ids)):
            self._connection.execute(sa.delete(kb_problems).where(mine, kb_problems.c.id.in_(part)))
        now = dt.datetime.now(dt.timezone.utc)
        rows = {
            problem.id: {
                "source": self._source,
                "id": problem.id,
                "kind": "failed" if isinstance(problem, Failed) else "cleaned",
                "reason": problem.reason,
                "time": now,
            }
            for problem in problems
        }
        if rows:
            self._connection.execute(sa.insert(kb_problems), list(rows.values()))

    def problems_but(self, ids: Collection[str]) -> list[str]:
        """Ids of articles with problems, without the given ones."""
        query = sa.select(kb_problems.c.id).where(kb_problems.c.source == self._source)
        return [row.id for row in self._connection.execute(query) if row.id not in ids]

    def finish(self, cursor: str, *, changed: bool) -> None:
        """Keeps the cursor; `changed` has every reader load the articles anew."""
        version = kb_sources.c.version + (1 if changed else 0)
        now = dt.datetime.now(dt.timezone.utc)
        statement = sa.update(kb_sources).where(kb_sources.c.name == self._source)
        self._connection.execute(statement.values(cursor=cursor, version=version, synced=now))


def may_see(article: Article, audience: str) -> bool:
    """Whether an audience may see an article: staff see everything, others what is public."""
    return audience == STAFF or article.audience == PUBLIC


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _article(row: Any) -> Article:
    fields = dict(row._mapping)
    lists = {name: tuple(fields[name]) for name in ("intents", "keywords")}
    return Article(**(fields | lists))
