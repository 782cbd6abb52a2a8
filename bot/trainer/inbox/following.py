"""What became of messages as their conversations went on, and what reviews come to by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage import conversations
from bot.storage.tables import handoffs
from bot.storage.trainer_tables import review_predictions, review_sources, reviews
from bot.trainer.inbox.incoming import Said, prediction
from bot.trainer.inbox.records import IMPACTS, KNOWN, OPEN
from bot.trainer.inbox.signals import Signals, signals

NEWEST = 200
"""Messages of a conversation that are looked at for what became of them."""
FLAGS = ("fell_back", "rejected", "handed_off", "upset")
PREDICTION = ("predicted", "confidence", "answered", "ranking", "entities")
_SUMS = ("count", "first_at", "last_at", "channels", "chosen", *IMPACTS)
_OF_REVIEW = [reviews.c[name] for name in ("id", "example", "state", "draft", *PREDICTION)]
# Built once: for each of ten thousand rows, building one takes longer than running it.
_CHANGE_SOURCE = (
    review_sources.update()
    .where(review_sources.c.message_id == sa.bindparam("which"))
    .values({name: sa.bindparam(name) for name in (*FLAGS, "chosen")})
)
_CHANGE_REVIEW = (
    reviews.update()
    .where(reviews.c.id == sa.bindparam("new_id"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("state", *PREDICTION, *_SUMS)})
)


def go_on(connection: Connection, touched: Collection[str], latest: Mapping[int, Said]) -> None:
    """Brings reviews up to date with conversations that went on, by a pressed button too."""
    _sum_up(connection, set(latest) | _follow(connection, touched), latest)


def _follow(connection: Connection, touched: Collection[str]) -> set[int]:
    """Looks what has become of the messages of conversations that went on.

    Returns:
        The reviews of which something is true now that was not.
    """
    c = review_sources.c
    rows = list(connection.execute(sa.select(review_sources).where(c.conversation_id.in_(touched))))
    handed: dict[str, list[float]] = defaultdict(list)
    asked = sa.select(handoffs.c.conversation_id, handoffs.c.requested_at)
    for row in connection.execute(asked.where(handoffs.c.conversation_id.in_(touched))):
        handed[row.conversation_id].append(row.requested_at)
    by_conversation: dict[str, dict[int, Any]] = defaultdict(dict)
    for row in rows:
        by_conversation[row.conversation_id][row.message_id] = row
    changed = []
    for conversation_id, mine in by_conversation.items():
        spoken = [
            message
            for message in conversations.history(
                connection, conversation_id, speakers=("customer", "bot"), limit=NEWEST
            )
            if not message.data.get("handoff")
        ]
        for message_id, found in signals(spoken, handed[conversation_id]).items():
            row = mine.get(message_id)
            if row is not None and _differs(row, found):
                values = {name: getattr(found, name) for name in (*FLAGS, "chosen")}
                changed.append({"which": message_id, "review": row.review_id, **values})
    if changed:
        connection.execute(_CHANGE_SOURCE, changed)
    return {int(each["review"]) for each in changed}


def _differs(row: Any, found: Signals) -> bool:
    return any(getattr(row, name) != getattr(found, name) for name in (*FLAGS, "chosen"))


def _sum_up(connection: Connection, touched: Collection[int], latest: Mapping[int, Said]) -> None:
    """Writes into reviews what their sources come to."""
    if not touched:
        return
    c = review_sources.c
    sums = [sa.func.sum(sa.case((c[name], 1), else_=0)).label(name) for name in IMPACTS]
    query = sa.select(
        c.review_id,
        sa.func.count().label("count"),
        sa.func.min(c.time).label("first_at"),
        sa.func.max(c.time).label("last_at"),
        sa.func.max(c.chosen).label("chosen"),
        *sums,
    )
    totals = {
        row["review_id"]: row
        for row in connection.execute(
            query.where(c.review_id.in_(touched)).group_by(c.review_id)
        ).mappings()
    }
    channels: dict[int, set[str]] = defaultdict(set)
    used = sa.select(c.review_id, c.channel).where(c.review_id.in_(touched)).distinct()
    for row in connection.execute(used):
        channels[row.review_id].add(row.channel)
    if latest:
        # The newest message's own prediction stands there now.
        forget = review_predictions.delete().where(review_predictions.c.review_id.in_(latest))
        connection.execute(forget)
    rows = []
    for row in connection.execute(sa.select(*_OF_REVIEW).where(reviews.c.id.in_(touched))):
        values = dict(row._mapping) | {k: v for k, v in totals[row.id].items() if k != "review_id"}
        values["channels"] = sorted(channels[row.id])
        if row.id in latest:
            values |= prediction(latest[row.id])
        if row.state in (OPEN, KNOWN) and row.draft is None:  # else a trainer is at it
            values["state"] = state_of(row.example, values["answered"], values["rejected"])
        rows.append({f"new_{name}": value for name, value in values.items()})
    connection.execute(_CHANGE_REVIEW, rows)


def state_of(example: bool, answered: bool, rejected: int) -> str:
    """Known: an example already, or acted on by the bot and never rejected."""
    return KNOWN if example or (answered and not rejected) else OPEN
