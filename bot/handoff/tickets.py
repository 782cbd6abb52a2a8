"""What a handoff is at a helpdesk with tickets of its own, and up to where each was read."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.handoff.desks.contract import Ticket
from bot.storage.tables import OPEN_STATUSES, desk_cursors, handoffs, tickets

LATE_WORDS_DAYS = 7
"""For so long after its end a ticket is still asked for words of an agent."""


def keep(connection: Connection, handoff_id: str, desk: str, ticket: Ticket) -> None:
    """Notes a handoff's ticket; the same one again changes nothing."""
    if of_handoff(connection, handoff_id) == ticket:
        return
    connection.execute(tickets.delete().where(tickets.c.handoff_id == handoff_id))
    connection.execute(
        tickets.insert().values(
            handoff_id=handoff_id,
            desk=desk,
            ticket_id=ticket.id,
            url=ticket.url,
            created_at=time.time(),
        )
    )


def of_handoff(connection: Connection, handoff_id: str) -> Ticket | None:
    """A handoff's ticket; None where it has none."""
    row = connection.execute(
        sa.select(tickets.c.ticket_id, tickets.c.url).where(tickets.c.handoff_id == handoff_id)
    ).first()
    return None if row is None else Ticket(row.ticket_id, row.url)


def of_others(connection: Connection, conversation_id: str, handoff_id: str, desk: str) -> set[str]:
    """Ids of the tickets that a conversation's other handoffs have at a desk."""
    query = (
        sa.select(tickets.c.ticket_id)
        .join(handoffs, handoffs.c.id == tickets.c.handoff_id)
        .where(handoffs.c.conversation_id == conversation_id, handoffs.c.id != handoff_id)
        .where(tickets.c.desk == desk)
    )
    return {row.ticket_id for row in connection.execute(query)}


def handoff_of(connection: Connection, desk: str, ticket_id: str) -> str | None:
    """The handoff of a ticket; None when it is none of ours."""
    query = sa.select(tickets.c.handoff_id)
    found = connection.execute(
        query.where(tickets.c.desk == desk, tickets.c.ticket_id == ticket_id)
    ).first()
    return None if found is None else str(found.handoff_id)


def watched(connection: Connection, desk: str) -> list[Ticket]:
    """Tickets of a desk that an agent may still say something in."""
    late = time.time() - LATE_WORDS_DAYS * 86400
    query = (
        sa.select(tickets.c.ticket_id, tickets.c.url)
        .join(handoffs, handoffs.c.id == tickets.c.handoff_id)
        .where(tickets.c.desk == desk)
        .where(handoffs.c.status.in_(OPEN_STATUSES) | (handoffs.c.ended_at > late))
    )
    return [Ticket(row.ticket_id, row.url) for row in connection.execute(query)]


def cursor(connection: Connection, desk: str) -> str | None:
    """Up to where a desk has been read; None before the first time."""
    query = sa.select(desk_cursors.c.cursor).where(desk_cursors.c.desk == desk)
    found: str | None = connection.execute(query).scalar()
    return found


def move_cursor(connection: Connection, desk: str, to: str) -> None:
    """Notes up to where a desk has been read."""
    _set(connection, desk, cursor=to, asked_at=time.time())


def wake(connection: Connection, desk: str, seconds: float) -> None:
    """Has a desk asked at once, and again and again for some seconds: it says that there is news,
    and what it tells of may not be there yet."""
    _set(connection, desk, wake_until=time.time() + seconds)


def awake(connection: Connection, desk: str) -> bool:
    """Whether a desk has just said that there is news."""
    query = sa.select(desk_cursors.c.wake_until).where(desk_cursors.c.desk == desk)
    until: float | None = connection.execute(query).scalar()
    return until is not None and until > time.time()


def _set(connection: Connection, desk: str, **values: Any) -> None:
    changed = connection.execute(
        desk_cursors.update().where(desk_cursors.c.desk == desk).values(**values)
    )
    if not changed.rowcount:
        connection.execute(desk_cursors.insert().values(desk=desk, **values))
