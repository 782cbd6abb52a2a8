"""The outbox: webhooks written in the transaction of what they tell, delivered afterwards."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.conversations import iso
from bot.storage.tables import deliveries

SVARA = "svara"
"""Destination of what the embedded desk's agents do: ourselves, by the same door as any other's."""
SCHEDULE = (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Seconds from one attempt to the next; after the last one the delivery is dead."""
JITTER = 0.1


@dataclass(frozen=True)
class Delivery:
    """One webhook to be delivered.

    Attributes:
        destination: name of a desk, or `SVARA`.
        body: the exact JSON text, the same at every attempt.
        attempts: that failed so far.
        begun: attempts begun so far, with those that this process's end cut short.
    """

    id: int
    webhook_id: str
    destination: str
    conversation_id: str
    handoff_id: str
    type: str
    body: str
    attempts: int
    begun: int


@dataclass(frozen=True)
class Sent:
    """A delivery as it stands. Times are seconds since the epoch.

    Attributes:
        state: `pending`, `delivered` or `dead`.
        last_error: why the last attempt failed; None when it did not.
    """

    id: int
    webhook_id: str
    destination: str
    type: str
    state: str
    attempts: int
    created_at: float
    delivered_at: float | None
    last_error: str | None


def envelope(kind: str, data: Mapping[str, Any], at: float | None = None) -> str:
    """The JSON text of an event, the same form in both directions."""
    content = {"type": kind, "timestamp": iso(at or time.time()), "data": data}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def enqueue(
    connection: Connection,
    kind: str,
    data: Mapping[str, Any],
    *,
    destination: str,
    webhook_id: str | None = None,
) -> str:
    """Puts an event in the outbox. Runs in the caller's transaction.

    Args:
        kind: event type, e.g. `message.created`.
        data: must have `conversation_id` and `handoff_id`.
        destination: name of a desk, or `SVARA`.
        webhook_id: default a fresh one.

    Returns:
        The webhook's id.
    """
    webhook_id = webhook_id or f"msg_{uuid.uuid4().hex}"
    now = time.time()
    connection.execute(
        deliveries.insert().values(
            webhook_id=webhook_id,
            destination=destination,
            conversation_id=data["conversation_id"],
            handoff_id=data["handoff_id"],
            type=kind,
            body=envelope(kind, data, now),
            created_at=now,
            state="pending",
            attempts=0,
            begun=0,
            next_at=now,
        )
    )
    return webhook_id


def due(connection: Connection, *, limit: int = 50) -> list[Delivery]:
    """The head of each conversation's queue, where its time has come.

    Only heads: an event waits until those before it in its conversation are delivered or dead.
    """
    heads = (
        sa.select(sa.func.min(deliveries.c.id))
        .where(deliveries.c.state == "pending")
        .group_by(deliveries.c.destination, deliveries.c.conversation_id)
    )
    query = (
        sa.select(*(deliveries.c[name] for name in Delivery.__dataclass_fields__))
        .where(deliveries.c.id.in_(heads), deliveries.c.next_at <= time.time())
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return [Delivery(**row._mapping) for row in connection.execute(query)]


def claim(connection: Connection, delivery: Delivery, seconds: float) -> bool:
    """Takes a delivery for one attempt; False when another dispatcher was faster.

    Should this process die, the delivery is due again after `seconds`.
    """
    result = connection.execute(
        deliveries.update()
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.state == "pending",
            deliveries.c.next_at <= time.time(),
        )
        .values(next_at=time.time() + seconds, begun=deliveries.c.begun + 1)
    )
    return bool(result.rowcount)


def succeeded(connection: Connection, delivery: Delivery, status: int) -> None:
    """Notes that the receiver took it."""
    now = time.time()
    _set(
        connection,
        delivery,
        state="delivered",
        delivered_at=now,
        last_status=status,
        last_error=None,
        attempts=delivery.attempts + 1,
    )


def failed(
    connection: Connection,
    delivery: Delivery,
    *,
    status: int | None,
    error: str,
    retry_after: float | None = None,
    final: bool = False,
) -> bool:
    """Notes a failed attempt and plans the next.

    Args:
        status: HTTP status, None when there was no answer.
        retry_after: seconds the receiver asked us to wait.
        final: no further attempt, whatever the schedule says.

    Returns:
        True when the delivery is dead now: a person has to look at it.
    """
    attempts = delivery.attempts + 1
    dead = final or attempts >= len(SCHEDULE)
    wait = 0.0
    if not dead:
        wait = SCHEDULE[attempts] * random.uniform(1 - JITTER, 1 + JITTER)
        wait = max(wait, retry_after or 0.0)
    _set(
        connection,
        delivery,
        state="dead" if dead else "pending",
        next_at=time.time() + wait,
        last_status=status,
        last_error=error[:500],
        attempts=attempts,
    )
    return dead


def of_handoff(connection: Connection, handoff_id: str) -> list[Sent]:
    """A handoff's deliveries, oldest first."""
    query = (
        sa.select(*(deliveries.c[name] for name in Sent.__dataclass_fields__))
        .where(deliveries.c.handoff_id == handoff_id)
        .order_by(deliveries.c.id)
    )
    return [Sent(**row._mapping) for row in connection.execute(query)]


def replay_dead(connection: Connection, handoff_id: str | None = None) -> int:
    """Makes every dead delivery due again, or those of one handoff; how many."""
    query = deliveries.update().where(deliveries.c.state == "dead")
    if handoff_id is not None:
        query = query.where(deliveries.c.handoff_id == handoff_id)
    result = connection.execute(query.values(state="pending", attempts=0, next_at=time.time()))
    return int(result.rowcount)


def replay(connection: Connection, delivery_id: int) -> bool:
    """Makes a dead delivery due again. False when there is no dead delivery with this id."""
    result = connection.execute(
        deliveries.update()
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "dead")
        .values(state="pending", attempts=0, next_at=time.time())
    )
    return bool(result.rowcount)


def redirect(connection: Connection, handoff_id: str, destination: str) -> None:
    """Sends what waits of a handoff to another desk, at once and with a full schedule."""
    connection.execute(
        deliveries.update()
        .where(deliveries.c.handoff_id == handoff_id, deliveries.c.state == "pending")
        .where(deliveries.c.destination != SVARA)
        .values(destination=destination, attempts=0, begun=0, next_at=time.time())
    )


def depth(connection: Connection) -> dict[str, int]:
    """How many deliveries are pending and how many are dead."""
    rows = connection.execute(
        sa.select(deliveries.c.state, sa.func.count())
        .where(deliveries.c.state.in_(("pending", "dead")))
        .group_by(deliveries.c.state)
    )
    return {"pending": 0, "dead": 0} | {state: int(count) for state, count in rows}


def _set(connection: Connection, delivery: Delivery, **values: Any) -> None:
    connection.execute(deliveries.update().where(deliveries.c.id == delivery.id).values(**values))
