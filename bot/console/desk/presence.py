"""Who else has a ticket before their eyes, so that two agents do not answer at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.storage.desk_tables import desk_presence
from bot.storage.tables import staff

LOOKING_SECONDS = 25.0
"""A page that is looked at says so every 10 seconds; after this long its silence is an absence."""
WRITING_SECONDS = 6.0


@dataclass(frozen=True)
class Other:
    """A colleague on the same ticket."""

    name: str
    writing: bool


def look(connection: Connection, ticket_id: int, staff_id: int, *, writing: bool = False) -> None:
    """Notes that somebody looks at a ticket, or writes in it."""
    now = time.time()
    values = {"looked_at": now} | ({"wrote_at": now} if writing else {})
    if _update(connection, ticket_id, staff_id, values):
        return
    try:
        with connection.begin_nested():
            connection.execute(
                desk_presence.insert().values(ticket_id=ticket_id, staff_id=staff_id, **values)
            )
    except IntegrityError:  # another page of the same person was faster
        _update(connection, ticket_id, staff_id, values)


def leave(connection: Connection, ticket_id: int, staff_id: int) -> None:
    """Notes that somebody looks elsewhere now."""
    connection.execute(
        desk_presence.delete().where(
            desk_presence.c.ticket_id == ticket_id, desk_presence.c.staff_id == staff_id
        )
    )


def stop_writing(connection: Connection, ticket_id: int, staff_id: int) -> None:
    """Notes that what somebody wrote is sent."""
    _update(connection, ticket_id, staff_id, {"wrote_at": None})


def others(connection: Connection, ticket_id: int, staff_id: int) -> list[Other]:
    """Who looks at a ticket beside oneself, by name."""
    now = time.time()
    here = desk_presence.c
    query = (
        sa.select(staff.c.name, here.wrote_at)
        .join(staff, staff.c.id == here.staff_id)
        .where(
            here.ticket_id == ticket_id,
            here.staff_id != staff_id,
            here.looked_at > now - LOOKING_SECONDS,
        )
        .order_by(staff.c.name)
    )
    return [
        Other(name, wrote_at is not None and wrote_at > now - WRITING_SECONDS)
        for name, wrote_at in connection.execute(query)
    ]


def _update(
    connection: Connection, ticket_id: int, staff_id: int, values: Mapping[str, float | None]
) -> bool:
    return bool(
        connection.execute(
            desk_presence.update()
            .where(desk_presence.c.ticket_id == ticket_id, desk_presence.c.staff_id == staff_id)
            .values(**values)
        ).rowcount
    )
