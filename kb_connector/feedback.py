"""What customers did with articles, kept by question and article."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from kb_connector.errors import FeedbackRefused
from kb_connector.tables import database, kb_feedback

HELPED, NOT_HELPED, OPENED = "helped", "not_helped", "opened"
ASKED_FOR_A_PERSON, NO_ANSWER = "asked_for_a_person", "no_answer"
VERDICTS = (HELPED, NOT_HELPED, OPENED, ASKED_FOR_A_PERSON, NO_ANSWER)
JUDGED = (HELPED, NOT_HELPED, ASKED_FOR_A_PERSON)
"""Of customers who had read the article. Who has opened one has only seen its title."""
MAX_QUERY = 1000


@dataclass(frozen=True)
class Feedback:
    """What a customer did with an article that a question brought up.

    Attributes:
        article_id: empty where no article answered.
        verdict: `helped`, `not_helped`, `opened`, `asked_for_a_person` after having read it, or
            `no_answer`: there was none.
        conversation_id: None when it came from the help centre.
        time: UTC.
    """

    query: str
    article_id: str
    lang: str
    verdict: str
    conversation_id: str | None
    time: dt.datetime


def record(engine: Any, feedback: Feedback) -> None:
    """Keeps one verdict.

    Raises:
        FeedbackRefused: the verdict is not one of `VERDICTS`.
        StoreError: the database cannot be used.
    """
    with database(), engine.begin() as connection:
        write(connection, feedback)


def write(connection: Any, feedback: Feedback) -> None:
    """Keeps one verdict in the caller's own transaction.

    Raises:
        FeedbackRefused: the verdict is not one of `VERDICTS`.
    """
    if feedback.verdict not in VERDICTS:
        raise FeedbackRefused(
            f"The verdict {feedback.verdict!r} is unknown; give one of {', '.join(VERDICTS)}."
        )
    row = asdict(feedback) | {"query": feedback.query[:MAX_QUERY]}
    connection.execute(sa.insert(kb_feedback).values(row))


def read(
    engine: Any,
    since: dt.datetime | None = None,
    *,
    verdicts: Collection[str] = VERDICTS,
    newest: int | None = None,
) -> list[Feedback]:
    """Verdicts, oldest first.

    Args:
        since: with time zone; None for all.
        verdicts: only these.
        newest: only so many, the newest; None for all.
    """
    query = sa.select(*[kb_feedback.c[name] for name in Feedback.__dataclass_fields__])
    if since is not None:
        query = query.where(kb_feedback.c.time >= since.astimezone(dt.timezone.utc))
    query = query.where(kb_feedback.c.verdict.in_(list(verdicts)))
    query = query.order_by(kb_feedback.c.time.desc(), kb_feedback.c.id.desc()).limit(newest)
    with database(), engine.connect() as connection:
        return [_feedback(row) for row in connection.execute(query)][::-1]


def newest(engine: Any, verdicts: Collection[str] = JUDGED) -> int:
    """A number that grows with every such verdict; 0 when there is none.

    Raises:
        StoreError: the database cannot be used.
    """
    query = sa.select(sa.func.coalesce(sa.func.max(kb_feedback.c.id), 0))
    query = query.where(kb_feedback.c.verdict.in_(list(verdicts)))
    with database(), engine.connect() as connection:
        return int(connection.execute(query).scalar())


def _feedback(row: Any) -> Feedback:
    fields = dict(row._mapping)
    time: dt.datetime = fields["time"]  # SQLite gives it back without its zone
    utc = time.replace(tzinfo=dt.timezone.utc) if time.tzinfo is None else time
    return Feedback(**(fields | {"time": utc.astimezone(dt.timezone.utc)}))
