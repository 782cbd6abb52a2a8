"""The queue: who waits, and who waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.console.desk import search
from bot.console.desk.tickets import CLOSED_STATUSES, OPEN_STATUSES, UNREAD_SPEAKERS
from bot.storage.tables import desk_messages, desk_tickets, staff

VIEWS = ("waiting", "mine", "open", "closed")
MAX_ROWS = 200


@dataclass(frozen=True)
class Row:
    """One ticket in the queue.

    Attributes:
        agent: name of the agent who has it; of a new ticket, for whom it waits.
        unread: customer's messages and colleagues' notes that its agent has not read.
        preview: what was said last, or what the customer wants.
        waiting_since: when the customer began to wait for a person, seconds since the epoch; None
            when the last word is an agent's, or the ticket is closed.
    """

    id: int
    status: str
    customer: str
    language: str | None
    channel: str
    reason: str
    priority: str
    agent: str | None
    unread: int
    preview: str
    waiting_since: float | None
    created_at: float
    closed_at: float | None


@dataclass(frozen=True)
class Counts:
    """How many tickets are nobody's, are mine, are open in all; messages unread in mine."""

    waiting: int
    mine: int
    open: int
    unread: int


def rows(connection: Connection, view: str, staff_id: int) -> list[Row]:
    """The tickets of a view: the most pressing first, of the closed ones the newest.

    Args:
        view: one of `VIEWS`.
        staff_id: who looks.
    """
    table, waiting_since = desk_tickets.c, _waiting_since()
    query = _selection(waiting_since).where(_condition(view, staff_id))
    if view == "closed":
        query = query.order_by(table.closed_at.desc(), table.id.desc())
    else:
        urgency = sa.case({"urgent": 0, "high": 1, "normal": 2}, value=table.priority, else_=3)
        # Whoever has an answer already comes after those who wait for one.
        query = query.order_by(
            sa.case((waiting_since.is_(None), 1), else_=0),
            urgency,
            waiting_since,
            table.created_at,
            table.id,
        )
    return [Row(*row) for row in connection.execute(query)]


def found(connection: Connection, asked: str) -> list[Row]:
    """The tickets that have every word of a query: open ones first, then the newest."""
    table = desk_tickets.c
    query = (
        _selection(_waiting_since())
        .where(search.matches(asked))
        .order_by(
            sa.case((table.status.in_(CLOSED_STATUSES), 1), else_=0),
            table.created_at.desc(),
            table.id.desc(),
        )
    )
    return [Row(*row) for row in connection.execute(query)]


def _waiting_since() -> Any:
    """Since when a customer waits for a person: for the first one, or for an answer."""
    table, said = desk_tickets.c, desk_messages.c
    of_ticket = said.ticket_id == table.id
    by_agent = desk_messages.alias("by_agent").c
    answered = (
        sa.select(sa.func.coalesce(sa.func.max(by_agent.id), 0))
        .where(by_agent.ticket_id == table.id, by_agent.speaker == "agent")
        .correlate(desk_tickets)
        .scalar_subquery()
    )
    unanswered_since = (
        sa.select(sa.func.min(said.created_at))
        .where(of_ticket, said.speaker == "customer", said.id > answered)
        .correlate(desk_tickets)
        .scalar_subquery()
    )
    gone_quiet = (
        sa.select(sa.func.max(said.created_at)).where(of_ticket).correlate(desk_tickets)
    ).scalar_subquery()
    return sa.case(
        (sa.and_(table.status == "new", table.accepted_at.is_(None)), table.created_at),
        # Its agent has left it: whoever has had an answer still waits for a person.
        (table.status == "new", sa.func.coalesce(unanswered_since, gone_quiet, table.created_at)),
        (table.status == "open", unanswered_since),
    )


def _selection(waiting_since: Any) -> Any:
    table, said = desk_tickets.c, desk_messages.c
    last = (
        sa.select(said.text)
        .where(said.ticket_id == table.id, said.speaker.in_(("customer", "agent")))
        .order_by(said.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        sa.select(
            table.id,
            table.status,
            table.customer,
            table.language,
            table.channel,
            table.reason,
            table.priority,
            staff.c.name,
            _unread(),
            sa.func.coalesce(last, table.subject),
            waiting_since,
            table.created_at,
            table.closed_at,
        )
        .outerjoin(staff, staff.c.id == table.staff_id)
        .limit(MAX_ROWS)
    )


def counts(connection: Connection, staff_id: int) -> Counts:
    """What the page's title and tabs say."""
    is_mine = _condition("mine", staff_id)
    query = sa.select(
        _sum(_condition("waiting", staff_id), 1),
        _sum(is_mine, 1),
        sa.func.count(),
        _sum(is_mine, _unread()),
    ).where(desk_tickets.c.status.in_(OPEN_STATUSES))
    return Counts(*(int(value or 0) for value in connection.execute(query).one()))


def _sum(condition: Any, value: Any) -> Any:
    return sa.func.sum(sa.case((condition, value), else_=0))


def _unread() -> Any:
    said = desk_messages.c
    return (
        sa.select(sa.func.count())
        .where(
            said.ticket_id == desk_tickets.c.id,
            said.speaker.in_(UNREAD_SPEAKERS),
            said.id > desk_tickets.c.seen_id,
        )
        .scalar_subquery()
    )


def _condition(view: str, staff_id: int) -> Any:
    table = desk_tickets.c
    if view == "closed":
        return table.status.in_(CLOSED_STATUSES)
    is_open = table.status.in_(OPEN_STATUSES)
    if view == "waiting":
        return sa.and_(is_open, table.staff_id.is_(None))
    return sa.and_(is_open, table.staff_id == staff_id) if view == "mine" else is_open
