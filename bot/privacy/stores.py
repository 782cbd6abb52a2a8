"""Where a conversation is kept: every table, with what of it belongs to a conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.desk_tables import desk_identities, desk_presence, desk_words
from bot.storage.tables import (
    attachments,
    conversations,
    deliveries,
    desk_attachments,
    desk_messages,
    desk_tickets,
    events,
    handoff_changes,
    handoffs,
    messages,
    snapshots,
    tickets,
)
from kb_connector.tables import kb_feedback


@dataclass(frozen=True)
class Keys:
    """By what the rows of a conversation are found.

    Attributes:
        handoffs: ids of its handoffs.
        desk_tickets: ids of its tickets in the console's desk.
    """

    conversation_id: str
    handoffs: tuple[str, ...]
    desk_tickets: tuple[int, ...]


@dataclass(frozen=True)
class Store:
    """A table in which conversations are kept.

    Attributes:
        what: what a row is, in the plural; empty for what only belongs to other rows.
        mine: the condition for a conversation's rows.
    """

    what: str
    table: sa.Table
    mine: Callable[[Keys], Any]


MESSAGES, HANDOFFS, FILES = "messages", "handoffs", "files"


def _of_ticket(column: Any) -> Callable[[Keys], Any]:
    return lambda keys: column.in_(keys.desk_tickets)


def _of_handoff(column: Any) -> Callable[[Keys], Any]:
    return lambda keys: column.in_(keys.handoffs)


def _of_conversation(column: Any) -> Callable[[Keys], Any]:
    return lambda keys: column == keys.conversation_id


def _of_desk_message(column: Any) -> Callable[[Keys], Any]:
    mine = sa.select(desk_messages.c.id)
    return lambda keys: column.in_(mine.where(desk_messages.c.ticket_id.in_(keys.desk_tickets)))


STORES = (
    Store("", desk_attachments, _of_desk_message(desk_attachments.c.message_id)),
    Store("", desk_presence, _of_ticket(desk_presence.c.ticket_id)),
    Store("", desk_words, _of_ticket(desk_words.c.ticket_id)),
    Store("", desk_identities, _of_ticket(desk_identities.c.ticket_id)),
    Store("messages in the desk", desk_messages, _of_ticket(desk_messages.c.ticket_id)),
    Store("tickets in the desk", desk_tickets, _of_ticket(desk_tickets.c.id)),
    Store("webhooks", deliveries, _of_handoff(deliveries.c.handoff_id)),
    Store("", tickets, _of_handoff(tickets.c.handoff_id)),
    Store("", handoff_changes, _of_handoff(handoff_changes.c.handoff_id)),
    Store(HANDOFFS, handoffs, _of_conversation(handoffs.c.conversation_id)),
    Store("verdicts on articles", kb_feedback, _of_conversation(kb_feedback.c.conversation_id)),
    Store(FILES, attachments, _of_conversation(attachments.c.conversation_id)),
    Store(MESSAGES, messages, _of_conversation(messages.c.conversation_id)),
    Store("", snapshots, _of_conversation(snapshots.c.conversation_id)),
    Store("events of the dialogue", events, _of_conversation(events.c.sender_id)),
    Store("", conversations, _of_conversation(conversations.c.id)),
)
"""In the order of deletion: what points to another row goes before it."""


def keys_of(connection: Connection, conversation_id: str) -> Keys:
    """By what a conversation's rows are found."""
    of_it = sa.select(handoffs.c.id).where(handoffs.c.conversation_id == conversation_id)
    found = tuple(connection.execute(of_it).scalars())
    # A webhook may have come to the desk after its handoff was deleted.
    known = sa.select(desk_identities.c.ticket_id).where(
        desk_identities.c.kind == "conversation", desk_identities.c.value == conversation_id[:255]
    )
    brought = sa.select(desk_tickets.c.id).where(desk_tickets.c.handoff_id.in_(found))
    told = {int(row[0]) for query in (brought, known) for row in connection.execute(query)}
    mine = sa.select(desk_tickets.c.id).where(
        desk_tickets.c.id.in_(told),
        desk_tickets.c.conversation_id == conversation_id,
    )
    return Keys(conversation_id, found, tuple(connection.execute(mine).scalars()))
