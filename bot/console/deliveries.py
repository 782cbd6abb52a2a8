"""The outbox as staff see it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.handoff import outbox
from bot.handoff.desks.plan import DEFAULT
from bot.storage.tables import deliveries

MAX_ROWS = 200


@dataclass(frozen=True)
class Undelivered:
    """A webhook that has not arrived. Times are seconds since the epoch.

    Attributes:
        destination: name of a desk, or `svara`.
        state: `pending`, or `dead` when it was given up.
    """

    id: int
    destination: str
    conversation_id: str
    type: str
    state: str
    attempts: int
    created_at: float
    next_at: float
    last_status: int | None
    last_error: str | None

    @property
    def target(self) -> str:
        """Who is to get it, in words."""
        if self.destination == outbox.SVARA:
            return "the customer"
        return "the helpdesk" if self.destination == DEFAULT else self.destination


def undelivered(connection: Connection) -> list[Undelivered]:
    """What was given up, then what waits, newest first; at most `MAX_ROWS`."""
    names = Undelivered.__dataclass_fields__
    found: list[Undelivered] = []
    for state in (outbox.DEAD, outbox.PENDING):
        query = (
            sa.select(*(deliveries.c[name] for name in names))
            .where(deliveries.c.state == state)
            .order_by(deliveries.c.id.desc())
            .limit(MAX_ROWS - len(found))
        )
        found += [Undelivered(**row._mapping) for row in connection.execute(query)]
    return found
