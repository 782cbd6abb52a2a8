"""What is kept of a conversation, and what is in the way of its deletion."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.handoff import lookup
from bot.privacy.stores import STORES, Keys, keys_of
from bot.storage import conversations
from bot.storage.tables import PUSH_WAITS, deliveries, messages, tickets

STUCK_SECONDS = 7 * 86400.0
"""A reply that could not be brought to its customer for so long is not waited for any more."""


@dataclass(frozen=True)
class HelpdeskTicket:
    """What a helpdesk with tickets of its own has of a conversation. It is the helpdesk's.

    Attributes:
        desk: the helpdesk's name.
        url: for its agents; may be empty.
    """

    desk: str
    id: str
    url: str


@dataclass(frozen=True)
class Kept:
    """What is kept of a conversation.

    Attributes:
        channel: None where there are only remains of it.
        last_at: when something was last said, seconds since the epoch; 0 if never.
        counts: how many rows, by what they are; only what there is.
        tickets: at helpdesks.
        in_the_way: why it should not be deleted now, in sentences.
    """

    conversation_id: str
    channel: str | None
    last_at: float
    counts: Mapping[str, int]
    tickets: tuple[HelpdeskTicket, ...]
    in_the_way: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """True when nothing is known of such a conversation."""
        return self.channel is None and not self.counts


def kept_of(connection: Connection, conversation_id: str) -> Kept:
    """What is kept of a conversation now."""
    keys = keys_of(connection, conversation_id)
    found = conversations.find(connection, conversation_id)
    counts = {
        store.what: _count(connection, store.table, store.mine(keys))
        for store in STORES
        if store.what
    }
    return Kept(
        conversation_id,
        found.channel if found else None,
        last_said(connection, conversation_id) or (found.created_at if found else 0.0),
        {what: count for what, count in counts.items() if count},
        helpdesk_tickets(connection, keys),
        tuple(in_the_way(connection, keys)),
    )


def last_said(connection: Connection, conversation_id: str) -> float | None:
    """When something was last said in a conversation; None for never."""
    query = sa.select(sa.func.max(messages.c.created_at)).where(
        messages.c.conversation_id == conversation_id
    )
    at: float | None = connection.execute(query).scalar()
    return at


def helpdesk_tickets(connection: Connection, keys: Keys) -> tuple[HelpdeskTicket, ...]:
    """The tickets that helpdesks have of a conversation."""
    query = sa.select(tickets.c.desk, tickets.c.ticket_id, tickets.c.url).where(
        tickets.c.handoff_id.in_(keys.handoffs)
    )
    return tuple(HelpdeskTicket(*row) for row in connection.execute(query.order_by("desk")))


def in_the_way(connection: Connection, keys: Keys) -> Iterator[str]:
    """What would be lost if a conversation were deleted now, in sentences."""
    handoff = lookup.current(connection, keys.conversation_id)
    if handoff is not None:
        agent = str((handoff.agent or {}).get("name") or "")
        state = f"{agent or 'A person'} has it" if not handoff.waiting else "It waits for a person"
        yield f"{state} at '{handoff.desk}'."
    mine = messages.c.conversation_id == keys.conversation_id
    recent = messages.c.created_at > time.time() - STUCK_SECONDS
    unanswered = sa.and_(messages.c.speaker == "customer", messages.c.handled_at.is_(None))
    waiting = (
        ("Webhooks still to be delivered", deliveries, _pending(keys)),
        ("Replies still to be brought to the customer", messages, [mine, recent, PUSH_WAITS]),
        ("Messages still to be answered", messages, [mine, recent, unanswered]),
    )
    for what, table, condition in waiting:
        count = _count(connection, table, *condition)
        if count:
            yield f"{what}: {count}."


def _pending(keys: Keys) -> list[Any]:
    return [deliveries.c.handoff_id.in_(keys.handoffs), deliveries.c.state == "pending"]


def _count(connection: Connection, table: sa.Table, *conditions: Any) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(*conditions)
    return int(connection.execute(query).scalar() or 0)
