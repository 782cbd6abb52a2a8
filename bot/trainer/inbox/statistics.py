"""How the inbox stands, and who has done how much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.trainer_tables import collection, review_actions, reviews
from bot.trainer.inbox.journal import FAILED

_a = review_actions.c


@dataclass(frozen=True)
class Stats:
    """The inbox in numbers.

    Attributes:
        reviews: how many there are in each state.
        messages: how many messages stand behind them.
        done: actions by who did them and their name, those taken back left out.
        labels: labels given by intent.
        collected_at: the last collecting that found something, seconds since the epoch.
    """

    reviews: Mapping[str, int]
    messages: int
    done: Mapping[str, Mapping[str, int]]
    labels: Mapping[str, int]
    collected_at: float | None


def stats(connection: Connection, since: float = 0.0) -> Stats:
    """The inbox in numbers.

    Args:
        since: of the actions, only those from then on; seconds since the epoch.
    """
    states = connection.execute(
        sa.select(reviews.c.state, sa.func.count()).group_by(reviews.c.state)
    ).fetchall()
    total = connection.execute(sa.select(sa.func.sum(reviews.c["count"]))).scalar()
    counted = connection.execute(
        sa.select(_a.by, _a.name, sa.func.count())
        .where(_a.at >= since, _a.undone_at.is_(None), _a.files != FAILED)
        .group_by(_a.by, _a.name)
        .order_by(_a.by, _a.name)
    ).fetchall()
    done: dict[str, dict[str, int]] = defaultdict(dict)
    for by, name, number in counted:
        done[by][name] = number
    labels = connection.execute(
        sa.select(reviews.c.intent, sa.func.count())
        .where(reviews.c.state == "labelled", reviews.c.at >= since)
        .group_by(reviews.c.intent)
        .order_by(sa.func.count().desc(), reviews.c.intent)
    ).fetchall()
    ran_at = connection.execute(sa.select(collection.c.ran_at)).scalar()
    return Stats(
        dict(states),
        int(total or 0),
        dict(done),
        dict(labels),
        ran_at or None,
    )
