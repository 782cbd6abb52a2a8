"""Articles, feedback and cursors in a database (SQLite or PostgreSQL), on the caller's engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from kb_connector.article import PUBLIC, STAFF, Article, content_hash
from kb_connector.errors import FeedbackRefused, StoreError, SyncRefused

VERDICTS = ("helped", "not_helped", "opened")
MAX_QUERY = 1000

metadata = sa.MetaData()

kb_articles = sa.Table(
    "kb_articles",
    metadata,
    sa.Column("id", sa.String(400), primary_key=True),
    sa.Column("slug", sa.String(200), nullable=False),
    sa.Column("lang", sa.String(10), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("body_markdown", sa.Text, nullable=False),
    sa.Column("audience", sa.String(20), nullable=False),
    sa.Column("updated", sa.Date, nullable=False),
    sa.Column("intents", sa.JSON, nullable=False),
    sa.Column("keywords", sa.JSON, nullable=False),
    sa.Column("source", sa.String(100), nullable=False, index=True),
    sa.Column("url", sa.Text),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.UniqueConstraint("lang", "slug", name="kb_articles_lang_slug"),
)

kb_feedback = sa.Table(
    "kb_feedback",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("article_id", sa.String(400), nullable=False, index=True),
    sa.Column("lang", sa.String(10), nullable=False),
    sa.Column("verdict", sa.String(20), nullable=False),
    sa.Column("conversation_id", sa.String(255), index=True),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False, index=True),
)

kb_sources = sa.Table(
    "kb_sources",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("cursor", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("synced", sa.DateTime(timezone=True)),
)


@dataclass(frozen=True)
class Feedback:
    """What a customer did with an article that a question brought up.

    Attributes:
        verdict: `helped`, `not_helped` or `opened`.
        conversation_id: None when it came from the help centre.
        time: UTC.
    """

    query: str
    article_id: str
    lang: str
    verdict: str
    conversation_id: str | None
    time: dt.datetime


class Store:
    """Reads and writes the three tables.

    Args:
        engine: an SQLAlchemy engine; its owner closes it.
    """

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def create_all(self) -> None:
        """Makes the tables that are missing."""
        with _database():
            metadata.create_all(self.engine)

    def articles(self) -> list[Article]:
        """All articles, by language and slug."""
        columns = [column for column in kb_articles.c if column.name != "content_hash"]
        query = sa.select(*columns).order_by(kb_articles.c.lang, kb_articles.c.slug)
        with _database(), self.engine.connect() as connection:
            return [_article(row) for row in connection.execute(query)]

    def version(self) -> int:
        """A number that grows with every sync that changed an article."""
        query = sa.select(sa.func.coalesce(sa.func.sum(kb_sources.c.version), 0))
        with _database(), self.engine.connect() as connection:
            return int(connection.execute(query).scalar())

    def cursor(self, source: str) -> str | None:
        """The source's cursor after its last good sync; None before the first."""
        query = sa.select(kb_sources.c.cursor).where(kb_sources.c.name == source)
        with _database(), self.engine.connect() as connection:
            cursor: str | None = connection.execute(query).scalar()
            return cursor

    @contextmanager
    def sync_transaction(self, source: str, since: str | None) -> Iterator[SyncTransaction]:
        """One transaction for one sync: all of it is kept, or nothing.

        Args:
            since: the cursor that the sync began from.

        Raises:
            SyncRefused: another sync of this source has finished meanwhile.
        """
        with _database(), self.engine.begin() as connection:
            row = kb_sources.c.name == source
            # The first statement writes, and so takes the lock, on SQLite as on PostgreSQL.
            locked = sa.update(kb_sources).where(row).values(name=source)
            if not connection.execute(locked).rowcount:
                connection.execute(sa.insert(kb_sources).values(name=source, version=0))
            stored = connection.execute(sa.select(kb_sources.c.cursor).where(row)).scalar()
            if stored != since:
                raise SyncRefused(
                    f"Another sync of the source {source!r} finished while this one was reading. "
                    "Nothing was changed; run it again if its changes are missing."
                )
            yield SyncTransaction(connection, source)

    def record_feedback(self, feedback: Feedback) -> None:
        """Keeps one verdict.

        Raises:
            FeedbackRefused: the verdict is not one of `VERDICTS`.
        """
        if feedback.verdict not in VERDICTS:
            raise FeedbackRefused(
                f"The verdict {feedback.verdict!r} is unknown; give one of {', '.join(VERDICTS)}."
            )
        row = asdict(feedback) | {"query": feedback.query[:MAX_QUERY]}
        with _database(), self.engine.begin() as connection:
            connection.execute(sa.insert(kb_feedback).values(row))

    def feedback(self, since: dt.datetime | None = None) -> list[Feedback]:
        """Verdicts, oldest first.

        Args:
            since: with time zone; None for all.
        """
        query = sa.select(*[kb_feedback.c[name] for name in Feedback.__dataclass_fields__])
        if since is not None:
            query = query.where(kb_feedback.c.time >= since.astimezone(dt.timezone.utc))
        query = query.order_by(kb_feedback.c.time, kb_feedback.c.id)
        with _database(), self.engine.connect() as connection:
            return [_feedback(row) for row in connection.execute(query)]


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

    def finish(self, cursor: str, *, changed: bool) -> None:
        """Keeps the cursor; `changed` has every reader load the articles anew."""
        version = kb_sources.c.version + (1 if changed else 0)
        now = dt.datetime.now(dt.timezone.utc)
        statement = sa.update(kb_sources).where(kb_sources.c.name == self._source)
        self._connection.execute(statement.values(cursor=cursor, version=version, synced=now))


def may_see(article: Article, audience: str) -> bool:
    """Whether an audience may see an article: staff see everything, others what is public."""
    return audience == STAFF or article.audience == PUBLIC


@contextmanager
def _database() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(
            f"The knowledge base's database cannot be used ({type(error).__name__}: "
            f"{str(error).splitlines()[0]}). Check its address and that its tables were made."
        ) from error


def _article(row: Any) -> Article:
    fields = dict(row._mapping)
    lists = {name: tuple(fields[name]) for name in ("intents", "keywords")}
    return Article(**(fields | lists))


def _feedback(row: Any) -> Feedback:
    fields = dict(row._mapping)
    time: dt.datetime = fields["time"]  # SQLite gives it back without its zone
    utc = time.replace(tzinfo=dt.timezone.utc) if time.tzinfo is None else time
    return Feedback(**(fields | {"time": utc.astimezone(dt.timezone.utc)}))
