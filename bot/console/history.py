"""What became of a handoff: its changes, and what was delivered of it and what was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from bot.handoff import lookup, outbox, words
from bot.handoff.lookup import Change, Handoff
from bot.handoff.outbox import Sent


@dataclass(frozen=True)
class History:
    """A handoff's past. `deliveries` are oldest first."""

    changes: Sequence[Change]
    deliveries: Sequence[Sent]

    @property
    def undelivered(self) -> list[Sent]:
        """What waits after a failure, or was given up."""
        return [
            sent
            for sent in self.deliveries
            if sent.state == "dead" or (sent.state == "pending" and sent.attempts)
        ]


def of_handoff(connection: Connection, handoff_id: str) -> History:
    """The history of a handoff; empty for one that is not known here."""
    return History(
        lookup.changes(connection, handoff_id), outbox.of_handoff(connection, handoff_id)
    )


def elsewhere(connection: Connection, conversation_id: str, but: Sequence[str]) -> list[Handoff]:
    """Handoffs of a conversation, the newest first, that went to other desks.

    Args:
        but: ids of handoffs that are known here.
    """
    found = lookup.of_conversation(connection, conversation_id)
    return [handoff for handoff in reversed(found) if handoff.id not in but]


def say(change: Change) -> str:
    """A change in words."""
    by = f" {change.who}" if change.who else ""
    return {
        "requested": f"Handed over to{by}" if by else "Handed over",
        "delivered": f"Arrived at{by}" if by else "Arrived",
        "accepted": f"Accepted by{by}" if by else "Accepted",
    }.get(change.status, words.humanise(change.status) + (f", {change.who}" if change.who else ""))
