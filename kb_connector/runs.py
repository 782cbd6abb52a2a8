"""How the sources are: the last sync of each, and what is wrong with their articles."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kb_connector.sync import SyncSummary
from kb_connector.tables import database, kb_articles, kb_problems, kb_runs


@dataclass(frozen=True)
class Problem:
    """What is wrong with an article.

    Attributes:
        kind: `failed`, the version synced before stays; or `cleaned`, something was taken out.
    """

    source: str
    id: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Run:
    """The last sync of a source.

    Attributes:
        started: UTC.
        finished: UTC.
        new, changed, removed, failed: articles.
        error: why it broke off; None when it went well.
    """

    source: str
    started: dt.datetime
    finished: dt.datetime
    new: int
    changed: int
    removed: int
    failed: int
    error: str | None


def keep_run(
    engine: Any, summary: SyncSummary, started: dt.datetime, error: str | None = None
) -> None:
    """Keeps how a sync went, in place of the one before.

    Args:
        started: with time zone.
    """
    counts = {name: len(getattr(summary, name)) for name in ("new", "changed", "removed", "failed")}
    row = {
        "source": summary.source,
        "started": started.astimezone(dt.timezone.utc),
        "finished": dt.datetime.now(dt.timezone.utc),
        "counts": counts,
        "error": error,
    }
    with database(), engine.begin() as connection:
        update = sa.update(kb_runs).where(kb_runs.c.source == summary.source).values(row)
        if not connection.execute(update).rowcount:
            connection.execute(sa.insert(kb_runs).values(row))


def runs(engine: Any) -> list[Run]:
    """The last sync of each source, by name."""
    with database(), engine.connect() as connection:
        rows = connection.execute(sa.select(kb_runs).order_by(kb_runs.c.source)).all()
    return [
        Run(row.source, _utc(row.started), _utc(row.finished), error=row.error, **row.counts)
        for row in rows
    ]


def problems(engine: Any, source: str | None = None) -> list[Problem]:
    """What is wrong with articles, by source and article.

    Args:
        source: its articles only; None for all.
    """
    query = sa.select(kb_problems).order_by(kb_problems.c.source, kb_problems.c.id)
    if source is not None:
        query = query.where(kb_problems.c.source == source)
    with database(), engine.connect() as connection:
        return [
            Problem(row.source, row.id, row.kind, row.reason) for row in connection.execute(query)
        ]


def counts(engine: Any) -> dict[str, int]:
    """Articles by source."""
    query = sa.select(kb_articles.c.source, sa.func.count().label("count"))
    with database(), engine.connect() as connection:
        rows = connection.execute(query.group_by(kb_articles.c.source))
        return {row.source: row.count for row in rows}


def _utc(time: dt.datetime) -> dt.datetime:
    # SQLite gives times back without their zone
    return time.replace(tzinfo=dt.timezone.utc) if time.tzinfo is None else time
