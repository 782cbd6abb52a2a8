"""Other tickets of the same customer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.console.desk.tickets import CLOSED_STATUSES, Ticket
from bot.storage.desk_tables import desk_identities
from bot.storage.tables import desk_tickets, staff

MAX_RELATED = 20
_PHONE_MIN_DIGITS = 7
_KINDS = {"conversation": "conversation", "email": "e-mail", "phone": "telephone"}


@dataclass(frozen=True)
class Related:
    """A ticket that has something in common with another.

    Attributes:
        same: what they share, in words: `conversation`, `e-mail`, `telephone`.
        created_at: seconds since the epoch.
        rating: `{"score", "out_of"}`, when the customer has given one.
    """

    id: int
    handoff_id: str
    status: str
    reason: str
    subject: str
    created_at: float
    agent: str | None
    rating: Mapping[str, int] | None
    same: str

    @property
    def closed(self) -> bool:
        """True when nothing more is to be done."""
        return self.status in CLOSED_STATUSES


def remember(connection: Connection, ticket_id: int, context: Mapping[str, Any]) -> None:
    """Keeps by what a ticket's customer is known again."""
    rows = [
        {"ticket_id": ticket_id, "kind": kind, "value": value[:255]}
        for kind, value in sorted(set(_identities(context)))
    ]
    connection.execute(desk_identities.insert(), rows)


def of_customer(connection: Connection, ticket: Ticket) -> list[Related]:
    """Other tickets of a ticket's customer, the newest first, at most `MAX_RELATED`.

    By the conversation, or by an e-mail address or a telephone number that the customer gave:
    nobody has checked those.
    """
    mine, theirs = desk_identities.alias("mine").c, desk_identities.alias("theirs").c
    shared = (
        sa.select(theirs.ticket_id, sa.func.min(theirs.kind).label("kind"))
        .where(
            mine.ticket_id == ticket.id,
            theirs.kind == mine.kind,
            theirs.value == mine.value,
            theirs.ticket_id != ticket.id,
        )
        .group_by(theirs.ticket_id)
        .subquery()
    )
    table = desk_tickets.c
    query = (
        sa.select(
            table.id,
            table.handoff_id,
            table.status,
            table.reason,
            table.subject,
            table.created_at,
            staff.c.name.label("agent"),
            table.rating,
            shared.c.kind.label("same"),
        )
        .join(shared, shared.c.ticket_id == table.id)
        .outerjoin(staff, staff.c.id == table.staff_id)
        .order_by(table.created_at.desc(), table.id.desc())
        .limit(MAX_RELATED)
    )
    return [
        Related(**{**row._mapping, "same": _KINDS[row.same]}) for row in connection.execute(query)
    ]


def _identities(context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "conversation", str(context["conversation_id"])
    customer = context.get("customer")
    facts = customer.get("facts") if isinstance(customer, Mapping) else None
    for known in (facts, context.get("slots")):
        if not isinstance(known, Mapping):
            continue
        email = str(known.get("email") or "").strip().casefold()
        if "@" in email:
            yield "email", email
        digits = re.sub(r"\D", "", str(known.get("phone_number") or ""))
        if len(digits) >= _PHONE_MIN_DIGITS:
            yield "phone", digits
