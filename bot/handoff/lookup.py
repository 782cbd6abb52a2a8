"""Handoffs as they stand, found in the database; `lifecycle` changes them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage import conversations
from bot.storage.tables import OPEN_STATUSES, handoff_changes, handoffs

WAITING = ("requested", "delivered")
_WAIT_WINDOW_SECONDS = 4 * 3600
_WAIT_MIN_SAMPLES = 3


@dataclass(frozen=True)
class Handoff:
    """A handoff as it stands. Times are seconds since the epoch.

    Attributes:
        desk: name of the desk that it goes to.
        contact_asked_at: from when on an address that the customer writes is where they want the
            answer; None when they were not asked.
        wait_told: seconds from the request on that the customer was told to expect.
        patience_told_at: when the customer was told that nobody has come yet.
    """

    id: str
    conversation_id: str
    status: str
    reason: str
    priority: str
    language: str | None
    agent: Mapping[str, Any] | None
    typing_until: float | None
    requested_at: float
    delivered_at: float | None
    accepted_at: float | None
    ended_at: float | None
    rating: int | None
    rating_word: str | None
    desk: str
    contact_asked_at: float | None
    wait_told: float | None
    patience_told_at: float | None

    @property
    def open(self) -> bool:
        """True while a person has the conversation, or is waited for."""
        return self.status in OPEN_STATUSES

    @property
    def waiting(self) -> bool:
        """True while nobody has taken it yet."""
        return self.status in WAITING


@dataclass(frozen=True)
class Change:
    """A change of a handoff's status.

    Attributes:
        who: the desk or the agent that it has to do with.
        time: seconds since the epoch.
    """

    status: str
    who: str | None
    time: float


def current(connection: Connection, conversation_id: str) -> Handoff | None:
    """The open handoff of a conversation, or None."""
    row = connection.execute(
        _selection().where(
            handoffs.c.conversation_id == conversation_id, handoffs.c.status.in_(OPEN_STATUSES)
        )
    ).first()
    return None if row is None else Handoff(**row._mapping)


def current_of(connection: Connection, conversation_ids: Sequence[str]) -> dict[str, Handoff]:
    """The open handoffs of several conversations, by conversation id."""
    rows = connection.execute(
        _selection().where(
            handoffs.c.conversation_id.in_(list(conversation_ids)),
            handoffs.c.status.in_(OPEN_STATUSES),
        )
    )
    found = [Handoff(**row._mapping) for row in rows]
    return {handoff.conversation_id: handoff for handoff in found}


def get(connection: Connection, handoff_id: str) -> Handoff:
    """A handoff by id."""
    row = connection.execute(_selection().where(handoffs.c.id == handoff_id)).one()
    return Handoff(**row._mapping)


def find(connection: Connection, handoff_id: str) -> Handoff | None:
    """A handoff by id, or None."""
    row = connection.execute(_selection().where(handoffs.c.id == handoff_id)).first()
    return None if row is None else Handoff(**row._mapping)


def hold(connection: Connection, handoff_id: str) -> Handoff | None:
    """As `find`, and holds its conversation; until the transaction ends, nobody else changes it."""
    found = find(connection, handoff_id)
    if found is None:
        return None
    conversations.hold(connection, found.conversation_id)
    query = _selection().where(handoffs.c.id == handoff_id).with_for_update()
    row = connection.execute(query).first()
    return None if row is None else Handoff(**row._mapping)


def of_conversation(connection: Connection, conversation_id: str) -> list[Handoff]:
    """All handoffs of a conversation, oldest first."""
    rows = connection.execute(
        _selection()
        .where(handoffs.c.conversation_id == conversation_id)
        .order_by(handoffs.c.requested_at)
    )
    return [Handoff(**row._mapping) for row in rows]


def unrated(connection: Connection, conversation_id: str) -> Handoff | None:
    """The last handoff that a person ended, if the customer has not rated it yet."""
    ended = [h for h in of_conversation(connection, conversation_id) if h.status == "resolved"]
    return ended[-1] if ended and ended[-1].rating is None else None


def without_word(connection: Connection, conversation_id: str) -> Handoff | None:
    """The last handoff that a person ended, if the customer has rated it and not said why."""
    ended = [h for h in of_conversation(connection, conversation_id) if h.status == "resolved"]
    last = ended[-1] if ended else None
    return last if last and last.rating is not None and last.rating_word is None else None


def newest(connection: Connection, *, limit: int, ended: bool) -> list[Handoff]:
    """The newest handoffs, newest first.

    Args:
        ended: those that have ended, too.
    """
    query = _selection().order_by(handoffs.c.requested_at.desc()).limit(limit)
    if not ended:
        query = query.where(handoffs.c.status.in_(OPEN_STATUSES))
    return [Handoff(**row._mapping) for row in connection.execute(query)]


def waiting_at(connection: Connection, desk: str) -> list[Handoff]:
    """The handoffs of a desk that nobody has taken yet, oldest first."""
    rows = connection.execute(
        _selection()
        .where(handoffs.c.desk == desk, handoffs.c.status.in_(WAITING))
        .order_by(handoffs.c.requested_at)
    )
    return [Handoff(**row._mapping) for row in rows]


def expected_wait(connection: Connection, desk: str | None = None) -> float | None:
    """Median seconds that the last hours' customers waited for a person.

    None when fewer than three were accepted: then nothing honest can be said.

    Args:
        desk: of which; None for all.
    """
    query = sa.select(handoffs.c.accepted_at - handoffs.c.requested_at).where(
        handoffs.c.accepted_at.is_not(None),
        handoffs.c.requested_at > time.time() - _WAIT_WINDOW_SECONDS,
    )
    if desk is not None:
        query = query.where(handoffs.c.desk == desk)
    waits = [float(row[0]) for row in connection.execute(query)]
    return statistics.median(waits) if len(waits) >= _WAIT_MIN_SAMPLES else None


def changes(connection: Connection, handoff_id: str) -> list[Change]:
    """Everything that has become of a handoff, oldest first."""
    query = (
        sa.select(handoff_changes.c.status, handoff_changes.c.who, handoff_changes.c.time)
        .where(handoff_changes.c.handoff_id == handoff_id)
        .order_by(handoff_changes.c.id)
    )
    return [Change(**row._mapping) for row in connection.execute(query)]


def public_state(handoff: Handoff | None) -> dict[str, Any] | None:
    """What the customer's side may know of a handoff."""
    if handoff is None or not handoff.open:
        return None
    agent = {"name": handoff.agent.get("name", "")} if handoff.agent else None
    return {"status": handoff.status, "agent": agent}


def _selection() -> Any:
    return sa.select(*(handoffs.c[name] for name in Handoff.__dataclass_fields__))
