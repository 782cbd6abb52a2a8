"""Tickets and what was said in them since the handoff."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.console.desk import files, search
from bot.console.desk.files import DeskFile
from bot.console.errors import NotFound
from bot.handoff import outbox
from bot.storage.tables import deliveries, desk_messages, desk_tickets, staff

OPEN_STATUSES = ("new", "open")
CLOSED_STATUSES = ("resolved", "cancelled")
UNREAD_SPEAKERS = ("customer", "note", "given")
"""What the agent of a ticket is to read."""
_FOUND_BY = ("customer", "agent", "note")


@dataclass(frozen=True)
class Ticket:
    """A handoff as the desk has it. Times are seconds since the epoch.

    Attributes:
        status: `new`, `open`, `resolved` or `cancelled`.
        context: `data` of the handoff's `handoff.requested`.
        staff_id: the agent who has it; `agent` is that person's name.
        seen_id: the last message that the agent has read.
        rating: `{"score", "out_of"}`, when the customer has given one.
    """

    id: int
    handoff_id: str
    conversation_id: str
    status: str
    customer: str
    language: str | None
    channel: str
    reason: str
    priority: str
    subject: str
    context: Mapping[str, Any]
    staff_id: int | None
    seen_id: int
    created_at: float
    accepted_at: float | None
    closed_at: float | None
    rating: Mapping[str, int] | None
    agent: str | None

    @property
    def closed(self) -> bool:
        """True when nothing more is to be done."""
        return self.status in CLOSED_STATUSES

    @property
    def version(self) -> str:
        """Changes with everything that a page says of the ticket beside its messages."""
        score = self.rating["score"] if self.rating else ""
        return f"{self.status}-{self.staff_id or ''}-{score}"


@dataclass(frozen=True)
class DeskMessage:
    """One thing said after the handoff.

    Attributes:
        speaker: `customer`, `agent`, `system`, `note` for what only agents read, or `given` for
            what tells an agent that they have it now.
        delivery: state of the webhook that carries it to the customer: `pending`, `delivered`,
            `dead`, or None where there is none.
        problem: why the last attempt to deliver it failed.
    """

    id: int
    ticket_id: int
    speaker: str
    name: str | None
    text: str
    created_at: float
    delivery: str | None
    problem: str | None
    files: Sequence[DeskFile] = ()


def get(connection: Connection, ticket_id: int, *, lock: bool = False) -> Ticket:
    """A ticket by id.

    Args:
        lock: keep others from changing it or adding to it until the transaction ends, so that a
            reader who has seen one message has seen all before it.

    Raises:
        NotFound: there is none.
    """
    found = _one(connection, desk_tickets.c.id == ticket_id, lock=lock)
    if found is None:
        raise NotFound(f"There is no ticket {ticket_id}. Go back to the queue and choose another.")
    return found


def of_handoff(connection: Connection, handoff_id: str, *, lock: bool = False) -> Ticket | None:
    """The ticket of a handoff, or None."""
    return _one(connection, desk_tickets.c.handoff_id == handoff_id, lock=lock)


def open_of(connection: Connection, staff_id: int) -> list[int]:
    """Ids of the open tickets that somebody has, or that wait for them."""
    query = sa.select(desk_tickets.c.id).where(
        desk_tickets.c.staff_id == staff_id, desk_tickets.c.status.in_(OPEN_STATUSES)
    )
    return list(connection.execute(query.order_by(desk_tickets.c.id)).scalars())


def change(connection: Connection, ticket_id: int, **values: Any) -> None:
    """Changes columns of a ticket."""
    connection.execute(desk_tickets.update().where(desk_tickets.c.id == ticket_id).values(**values))


def append(
    connection: Connection,
    ticket_id: int,
    speaker: str,
    text: str,
    *,
    name: str | None = None,
    webhook_id: str | None = None,
    at: float | None = None,
) -> int:
    """Writes one message; the ticket must be locked.

    Args:
        speaker: as in `DeskMessage`.
        name: who speaks; of what the system says, the agent whom the customer got to know.
        webhook_id: the webhook that brought it, or that carries it to the customer.
        at: when it was said, seconds since the epoch; default now.

    Returns:
        The message's id.
    """
    result = connection.execute(
        desk_messages.insert().values(
            ticket_id=ticket_id,
            speaker=speaker,
            name=name,
            text=text,
            webhook_id=webhook_id,
            created_at=at if at is not None else time.time(),
        )
    )
    if speaker in _FOUND_BY:
        search.remember(connection, ticket_id, text)
    return int(result.inserted_primary_key[0])


def messages(
    connection: Connection, ticket_id: int, *, after: int = 0, webhook_id: str | None = None
) -> list[DeskMessage]:
    """A ticket's messages in order.

    Args:
        after: only those with a greater id.
        webhook_id: only the one of this webhook.
    """
    # A customer's message came by a delivery of the same outbox; only ours to them has a state.
    carried = sa.and_(
        deliveries.c.webhook_id == desk_messages.c.webhook_id,
        deliveries.c.destination == outbox.SVARA,
    )
    query = (
        sa.select(
            desk_messages.c.id,
            desk_messages.c.ticket_id,
            desk_messages.c.speaker,
            desk_messages.c.name,
            desk_messages.c.text,
            desk_messages.c.created_at,
            deliveries.c.state,
            deliveries.c.last_error,
        )
        .outerjoin(deliveries, carried)
        .where(desk_messages.c.ticket_id == ticket_id, desk_messages.c.id > after)
        .order_by(desk_messages.c.id)
    )
    if webhook_id is not None:
        query = query.where(desk_messages.c.webhook_id == webhook_id)
    found = [DeskMessage(*row) for row in connection.execute(query)]
    attached = files.of_messages(connection, [message.id for message in found])
    return [replace(message, files=attached.get(message.id, ())) for message in found]


def last_message_id(connection: Connection, ticket_id: int) -> int:
    """Id of a ticket's newest message, 0 when there is none."""
    newest = sa.select(sa.func.max(desk_messages.c.id)).where(
        desk_messages.c.ticket_id == ticket_id
    )
    return int(connection.execute(newest).scalar() or 0)


def known_agent(connection: Connection, ticket_id: int) -> str | None:
    """Name of the agent whom the customer knows as theirs; None before the first."""
    said = desk_messages.c
    query = (
        sa.select(said.name)
        .where(
            said.ticket_id == ticket_id,
            said.name.is_not(None),
            said.speaker.in_(("agent", "system")),
        )
        .order_by(said.id.desc())
        .limit(1)
    )
    name: str | None = connection.execute(query).scalar()
    return name


def _one(connection: Connection, condition: Any, *, lock: bool) -> Ticket | None:
    names = [name for name in Ticket.__dataclass_fields__ if name != "agent"]
    query = (
        sa.select(*(desk_tickets.c[name] for name in names), staff.c.name.label("agent"))
        .outerjoin(staff, staff.c.id == desk_tickets.c.staff_id)
        .where(condition)
    )
    if lock:
        query = query.with_for_update(of=desk_tickets)
    row = connection.execute(query).first()
    return None if row is None else Ticket(**row._mapping)
