"""Messages that a connector has to bring to its customer.

A message waits (`push` is `waiting`) until it is `done` or `dead`; those of one conversation go in
the order they were written.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.tables import PUSH_WAITS, conversations, messages


@dataclass(frozen=True)
class Push:
    """A message that waits.

    Attributes:
        attempts: attempts begun so far.
    """

    message_id: int
    conversation_id: str
    channel: str
    attempts: int


def due(connection: Connection, *, without: Collection[str] = (), limit: int) -> list[Push]:
    """The first message that waits in each conversation, where its time has come.

    Args:
        without: channels that are left out.
    """
    heads = (
        sa.select(sa.func.min(messages.c.id)).where(PUSH_WAITS).group_by(messages.c.conversation_id)
    )
    query = (
        sa.select(
            messages.c.id.label("message_id"),
            messages.c.conversation_id,
            conversations.c.channel,
            messages.c.push_attempts.label("attempts"),
        )
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.id.in_(heads), _due())
        .order_by(messages.c.id)
        .limit(limit)
    )
    if without:
        query = query.where(conversations.c.channel.not_in(list(without)))
    return [Push(**row._mapping) for row in connection.execute(query)]


def claim(connection: Connection, push: Push, seconds: float) -> bool:
    """Takes a message for one attempt; False when another worker was faster.

    Should this process die, the message is due again after `seconds`.
    """
    result = connection.execute(
        messages.update()
        .where(messages.c.id == push.message_id, PUSH_WAITS, _due())
        .values(push_attempts=messages.c.push_attempts + 1, push_next_at=time.time() + seconds)
    )
    return bool(result.rowcount)


def done(connection: Connection, push: Push) -> None:
    """Notes that the platform took it."""
    _set(connection, push.message_id, push="done", push_next_at=None)


def put_off(connection: Connection, push: Push, seconds: float) -> None:
    """Lets a message wait some seconds more."""
    _set(connection, push.message_id, push_next_at=time.time() + seconds)


def give_up(connection: Connection, push: Push) -> None:
    """Tries no more."""
    _set(connection, push.message_id, push="dead", push_next_at=None)


def _due() -> Any:
    return sa.func.coalesce(messages.c.push_next_at, 0.0) <= time.time()


def _set(connection: Connection, message_id: int, **values: Any) -> None:
    connection.execute(
        messages.update().where(messages.c.id == message_id, PUSH_WAITS).values(**values)
    )
