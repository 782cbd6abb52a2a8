"""What was not handled, from the trainer's inbox."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.trainer_tables import review_sources, reviews
from bot.trainer.discovery.topics import Message
from bot.trainer.inbox.records import NOT_FOR_BOT, OPEN

_c = reviews.c
_UNHANDLED = sa.or_(sa.not_(_c.answered), _c.fell_back > 0, _c.rejected > 0, _c.handed_off > 0)


def unhandled(connection: Connection, since: float) -> list[Message]:
    """Open reviews that the assistant did not answer, answered wrongly or handed over.

    Args:
        since: messages before that are left out; seconds since the epoch.
    """
    query = (
        sa.select(_c.id, _c.version, _c.text, _c.language, review_sources.c.time)
        .join(review_sources, review_sources.c.review_id == _c.id)
        .where(_c.state == OPEN, _UNHANDLED, review_sources.c.time >= since)
        .order_by(_c.id, review_sources.c.time)
    )
    rows: dict[int, tuple[int, str, str]] = {}
    times: defaultdict[int, list[float]] = defaultdict(list)
    for number, version, text, language, time in connection.execute(query):
        rows[number] = (version, text, language)
        times[number].append(time)
    return [
        Message(number, version, text, language, tuple(times[number]))
        for number, (version, text, language) in rows.items()
    ]


def recognised(connection: Connection, since: float) -> dict[str, list[float]]:
    """When each intent was recognised and acted on, or given by a trainer since."""
    intent = sa.func.coalesce(_c.intent, _c.predicted)
    query = (
        sa.select(intent, review_sources.c.time)
        .join(review_sources, review_sources.c.review_id == _c.id)
        .where(
            _c.state != NOT_FOR_BOT,
            sa.or_(_c.intent.isnot(None), sa.not_(_UNHANDLED)),
            intent.isnot(None),
            review_sources.c.time >= since,
        )
    )
    found: defaultdict[str, list[float]] = defaultdict(list)
    for name, time in connection.execute(query):
        found[name].append(time)
    return dict(found)
