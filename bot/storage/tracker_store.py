"""Rasa's tracker store: reads back the last turns only, writes what is new in one transaction.

Rasa's own SQL store reads the whole session at each turn, so that a turn grows with the
conversation. Here each turn leaves a snapshot of the slots and the active form before it, and
reading starts at the snapshot some turns back.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection

from bot.settings import load_settings
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import events, snapshots

logger = logging.getLogger(__name__)

OnSave = Callable[[Connection, DialogueStateTracker], None]
on_save: ContextVar[OnSave | None] = ContextVar("on_save", default=None)
"""Called inside the transaction that saves a tracker: what it writes stands or falls with it."""

_LOADED = "_svara_loaded_events"
_STATE_BEFORE = "_svara_state_before"

# Built once: putting a statement together costs as much as running it, and a turn runs all of them.
_SENDER = sa.bindparam("sender")
_EVENTS = (
    sa.select(events.c.data)
    .where(events.c.sender_id == _SENDER, events.c.id >= sa.bindparam("first"))
    .order_by(events.c.id)
)
_SNAPSHOT = (
    sa.select(snapshots.c.event_id, snapshots.c.state)
    .where(snapshots.c.conversation_id == _SENDER)
    .order_by(snapshots.c.event_id.desc())
    .offset(sa.bindparam("newer"))
    .limit(1)
)
_INSERT_EVENT, _INSERT_SNAPSHOT = events.insert(), snapshots.insert()
_FORGET_SNAPSHOTS = snapshots.delete().where(
    snapshots.c.conversation_id == _SENDER, snapshots.c.event_id < sa.bindparam("first")
)


class BoundedTrackerStore(TrackerStore):
    """Keeps trackers in Svara's database, reading back a bounded number of turns.

    In `endpoints.yml`: `tracker_store: {type: bot.storage.tracker_store.BoundedTrackerStore}`.

    Args:
        turns: customer turns to read back; default the setting `tracker_turns`.
        database_url: default the setting `database_url`.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        host: Any = None,
        event_broker: EventBroker | None = None,
        turns: int | None = None,
        database_url: str | None = None,
        **_: Any,
    ) -> None:
        settings = load_settings()
        self.turns = int(turns or settings.tracker_turns)
        self.engine = open_database(database_url or settings.database)
        super().__init__(domain, event_broker)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker with its last turns, or None for a conversation never seen."""
        with reading(self.engine) as connection:
            start = connection.execute(
                _SNAPSHOT, {"sender": sender_id, "newer": self.turns - 1}
            ).first()
            first = 0 if start is None else start.event_id
            rows = _read_events(connection, sender_id, first)
        return self._tracker(sender_id, [] if start is None else _events_for(start.state), rows)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The tracker with every event of every session."""
        with reading(self.engine) as connection:
            rows = _read_events(connection, conversation_id, 0)
        return self._tracker(conversation_id, [], rows)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Writes the events since the tracker was read, and what `on_save` adds, or nothing."""
        new = list(tracker.events)[getattr(tracker, _LOADED, 0) :]
        hook = on_save.get()
        with transaction(self.engine) as connection:
            if new:
                self._insert(connection, tracker, new)
            if hook is not None:
                hook(connection, tracker)
        _mark_stored(tracker)
        if self.event_broker is not None:
            for event in new:
                self.event_broker.publish({"sender_id": tracker.sender_id, **event.as_dict()})

    async def keys(self) -> list[str]:
        """Ids of all conversations."""
        with reading(self.engine) as connection:
            return list(connection.execute(sa.select(events.c.sender_id).distinct()).scalars())

    async def delete(self, sender_id: str) -> None:
        """Removes a conversation's events."""
        with transaction(self.engine) as connection:
            connection.execute(events.delete().where(events.c.sender_id == sender_id))
            connection.execute(snapshots.delete().where(snapshots.c.conversation_id == sender_id))

    def _tracker(
        self, sender_id: str, head: list[dict[str, Any]], rows: list[str]
    ) -> DialogueStateTracker | None:
        if not rows:
            return None
        spoken = [json.loads(row) for row in rows]
        tracker = DialogueStateTracker.from_dict(sender_id, head + spoken, self.domain.slots)
        _mark_stored(tracker)
        return tracker

    def _insert(
        self, connection: Connection, tracker: DialogueStateTracker, new: list[Event]
    ) -> None:
        sender_id = tracker.sender_id
        # One by itself for its id; the others follow in one statement.
        inserted = connection.execute(_INSERT_EVENT, _row(sender_id, new[0]))
        if new[1:]:
            connection.execute(_INSERT_EVENT, [_row(sender_id, event) for event in new[1:]])
        state = getattr(tracker, _STATE_BEFORE, None)
        if state is None or not any(isinstance(event, UserUttered) for event in new):
            return
        first = inserted.inserted_primary_key[0]
        connection.execute(
            _INSERT_SNAPSHOT, {"conversation_id": sender_id, "event_id": first, "state": state}
        )
        oldest_kept = connection.execute(
            _SNAPSHOT, {"sender": sender_id, "newer": self.turns - 1}
        ).first()
        if oldest_kept is not None:
            connection.execute(
                _FORGET_SNAPSHOTS, {"sender": sender_id, "first": oldest_kept.event_id}
            )


def _read_events(connection: Connection, sender_id: str, first: int) -> list[str]:
    rows = connection.execute(_EVENTS, {"sender": sender_id, "first": first})
    return list(rows.scalars())


def _mark_stored(tracker: DialogueStateTracker) -> None:
    """Notes that the tracker's events are all in the database, and the state after them."""
    setattr(tracker, _LOADED, len(tracker.events))
    setattr(tracker, _STATE_BEFORE, _state_of(tracker))


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": (data.get("parse_data") or {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data, ensure_ascii=False),
    }


def _state_of(tracker: DialogueStateTracker) -> dict[str, Any]:
    slots = {
        name: slot.value for name, slot in tracker.slots.items() if slot.value != slot.initial_value
    }
    loop = tracker.active_loop
    return {
        "slots": slots,
        "loop": loop.name if loop else None,
        "at": tracker.events[-1].timestamp if tracker.events else time.time(),
    }


def _events_for(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The events that bring an empty tracker to a snapshot's state, ready to listen."""
    at = float(state.get("at") or 0.0)
    made: list[Event] = [
        ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at),
        SessionStarted(timestamp=at),
        *(SlotSet(name, value, timestamp=at) for name, value in state["slots"].items()),
    ]
    if state.get("loop"):
        made += [ActionExecuted(state["loop"], timestamp=at), ActiveLoop(state["loop"], at)]
    made.append(ActionExecuted(ACTION_LISTEN_NAME, timestamp=at))
    return [event.as_dict() for event in made]
