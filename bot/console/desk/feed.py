"""What has changed, for pages that are open: read from the database, so any process may serve."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from bot.console import history
from bot.console import staff as members
from bot.console.desk import presence, queue, tickets
from bot.console.desk.presence import Other
from bot.console.desk.queue import Counts, Row
from bot.console.desk.tickets import DeskMessage, Ticket
from bot.console.history import History
from bot.console.roles import AGENTS
from bot.console.staff import Staff
from bot.handoff import outbox


@dataclass(frozen=True)
class Watch:
    """What a page shows.

    Attributes:
        view: view of the queue, or None.
        ticket_id: the ticket, or None.
    """

    session: str
    view: str | None = None
    ticket_id: int | None = None


@dataclass(frozen=True)
class Snapshot:
    """How things stand for one page.

    Attributes:
        dead: how many deliveries were given up.
        others: colleagues who look at the ticket, too.
    """

    staff: Staff
    counts: Counts
    dead: int
    rows: list[Row] | None
    ticket: Ticket | None
    messages: list[DeskMessage]
    others: list[Other]
    history: History | None


def read(connection: Connection, watch: Watch) -> Snapshot | None:
    """How things stand; None when the session has ended, or its owner has no desk any more.

    Raises:
        NotFound: there is no such ticket.
    """
    staff = members.of_session(connection, watch.session)
    if staff is None or staff.role not in AGENTS:
        return None
    number = watch.ticket_id
    ticket = tickets.get(connection, number) if number is not None else None
    return Snapshot(
        staff=staff,
        counts=queue.counts(connection, staff.id),
        dead=outbox.depth(connection)["dead"],
        rows=queue.rows(connection, watch.view, staff.id) if watch.view else None,
        ticket=ticket,
        messages=tickets.messages(connection, ticket.id) if ticket else [],
        others=presence.others(connection, ticket.id, staff.id) if ticket else [],
        history=history.of_handoff(connection, ticket.handoff_id) if ticket else None,
    )
