"""What has changed, for pages that are open: read from the database, so any process may serve."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from bot.console import staff as members
from bot.console.desk import queue, tickets
from bot.console.desk.queue import Counts, Row
from bot.console.desk.tickets import DeskMessage, Ticket
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
    """How things stand for one page. `dead` counts the deliveries that were given up."""

    staff: Staff
    counts: Counts
    dead: int
    rows: list[Row] | None
    ticket: Ticket | None
    messages: list[DeskMessage]


def read(connection: Connection, watch: Watch) -> Snapshot | None:
    """How things stand; None when the session has ended.

    Raises:
        NotFound: there is no such ticket.
    """
    staff = members.of_session(connection, watch.session)
    if staff is None:
        return None
    number = watch.ticket_id
    return Snapshot(
        staff=staff,
        counts=queue.counts(connection, staff.id),
        dead=outbox.depth(connection)["dead"],
        rows=queue.rows(connection, watch.view, staff.id) if watch.view else None,
        ticket=tickets.get(connection, number) if number is not None else None,
        messages=tickets.messages(connection, number) if number is not None else [],
    )
