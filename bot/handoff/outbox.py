"""The outbox: webhooks written in the transaction of what they tell, delivered afterwards."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Mapping, Sequence
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
CLAIM_SECONDS = 30.0
"""How long an attempt has a delivery to itself."""
_HELD_SECONDS = 60.0
"""What waits behind an event that is tried again later than this is not looked at until then. A
claim is shorter, so that nobody takes one for such a wait."""
PENDING, DEAD = sa.literal_column("'pending'"), sa.literal_column("'dead'")
"""Written out, as a database uses a partial index only for a condition it can read."""


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
    first = connection.execute(
        sa.select(deliveries.c.next_at)
        .where(
            deliveries.c.destination == destination,
            deliveries.c.conversation_id == data["conversation_id"],
            deliveries.c.state == PENDING,
        )
        .order_by(deliveries.c.id)
        .limit(1)
    ).scalar()
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
            next_at=first if first is not None and first > now + _HELD_SECONDS else now,
        )
    )
    return webhook_id


def last_id(connection: Connection) -> int:
    """Id of the newest delivery of all, 0 when there is none."""
    return int(connection.execute(sa.select(sa.func.max(deliveries.c.id))).scalar() or 0)


def destinations(connection: Connection) -> list[str]:
    """Where something is still to be delivered, by name."""
    found: list[str] = []
    # From one to the next by the index: there are few, and perhaps many thousand deliveries.
    while True:
        name = connection.execute(
            sa.select(deliveries.c.destination)
            .where(
                deliveries.c.state == PENDING,
                deliveries.c.destination > (found[-1] if found else ""),
            )
            .order_by(deliveries.c.destination)
            .limit(1)
        ).scalar()
        if name is None:
            return found
        found.append(name)


def due(
    connection: Connection, *, destination: str | None = None, limit: int = 50
) -> list[Delivery]:
    """The head of each conversation's queue, where its time has come; what waits longest first.

    Only heads: an event waits until those before it in its conversation are delivered or dead.

    Args:
        destination: only what goes there.
    """
    queue = deliveries.alias("queue")
    # Not "there is none before it": PostgreSQL makes a join of that, and a bad one while it has no
    # statistics of a table that has just filled up.
    head = (
        sa.select(queue.c.id)
        .where(
            queue.c.destination == deliveries.c.destination,
            queue.c.conversation_id == deliveries.c.conversation_id,
            queue.c.state == PENDING,
        )
        .order_by(queue.c.id)
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(*(deliveries.c[name] for name in Delivery.__dataclass_fields__))
        .where(deliveries.c.state == PENDING, deliveries.c.next_at <= time.time())
        .where(deliveries.c.id == head)
        .order_by(deliveries.c.next_at, deliveries.c.id)
        .limit(limit)
    )
    if destination is not None:
        query = query.where(deliveries.c.destination == destination)
    return [Delivery(**row._mapping) for row in connection.execute(query)]


def claim(connection: Connection, delivery: Delivery, seconds: float) -> bool:
    """Takes a delivery for one attempt; False when somebody has begun one since it was read.

    Should this process die, the delivery is due again after `seconds`.
    """
    result = connection.execute(
        deliveries.update()
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.destination == delivery.destination,
            deliveries.c.state == "pending",
            deliveries.c.next_at <= time.time(),
            deliveries.c.begun == delivery.begun,
        )
        .values(next_at=time.time() + seconds, begun=deliveries.c.begun + 1)
    )
    return bool(result.rowcount)


def on_its_way(connection: Connection, handoff_ids: Sequence[str]) -> bool:
    """Whether an attempt to deliver something of these handoffs goes on now, as far as is known."""
    now = time.time()
    query = sa.select(deliveries.c.id).where(
        deliveries.c.handoff_id.in_(list(handoff_ids)),
        deliveries.c.state == "pending",
        deliveries.c.begun > deliveries.c.attempts,
        deliveries.c.next_at.between(now, now + CLAIM_SECONDS),
    )
    return connection.execute(query.limit(1)).first() is not None


def succeeded(connection: Connection, delivery: Delivery, status: int) -> bool:
    """Notes that the receiver took it.

    Returns:
        False when that was known, or when it is to go to another desk now; nothing is changed then.
    """
    changed = connection.execute(
        _still_to_do(delivery).values(
            state="delivered",
            delivered_at=time.time(),
            last_status=status,
            last_error=None,
            attempts=delivery.attempts + 1,
        )
    )
    if changed.rowcount:
        _release(connection, delivery)
    return bool(changed.rowcount)


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

    Nothing is changed when it has arrived, or another attempt was begun since this one: an attempt
    may take longer than its claim.

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
    next_at = time.time() + wait
    changed = connection.execute(
        _still_to_do(delivery)
        .where(deliveries.c.begun <= delivery.begun + 1)
        .values(
            state="dead" if dead else "pending",
            next_at=next_at,
            last_status=status,
            last_error=error[:500],
            attempts=attempts,
        )
    )
    if not changed.rowcount:
        return False
    if dead:
        _release(connection, delivery)
    elif wait > _HELD_SECONDS:
        connection.execute(
            _behind(delivery).where(deliveries.c.next_at < next_at).values(next_at=next_at)
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
    query = deliveries.update().where(deliveries.c.state == DEAD)
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
    counts = {
        name: connection.execute(sa.select(sa.func.count()).where(deliveries.c.state == state))
        for name, state in (("pending", PENDING), ("dead", DEAD))
    }
    return {name: int(count.scalar_one()) for name, count in counts.items()}


def _still_to_do(delivery: Delivery) -> Any:
    return deliveries.update().where(
        deliveries.c.id == delivery.id,
        deliveries.c.destination == delivery.destination,
        deliveries.c.state == "pending",
    )


def _behind(delivery: Delivery) -> Any:
    """What waits for a delivery, and has not been tried itself."""
    return deliveries.update().where(
        deliveries.c.destination == delivery.destination,
        deliveries.c.conversation_id == delivery.conversation_id,
        deliveries.c.state == PENDING,
        deliveries.c.id > delivery.id,
        deliveries.c.begun == 0,
    )


def _release(connection: Connection, delivery: Delivery) -> None:
    now = time.time()
    connection.execute(_behind(delivery).where(deliveries.c.next_at > now).values(next_at=now))
