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
                sa.select(snapshots.c.event_id, snapshots.c.state)
                .where(snapshots.c.conversation_id == sender_id)
                .order_by(snapshots.c.event_id.desc())
                .offset(self.turns - 1)
                .limit(1)
            ).first()
            query = sa.select(events.c.data).where(events.c.sender_id == sender_id)
            if start is not None:
                query = query.where(events.c.id >= start.event_id)
            rows = connection.execute(query.order_by(events.c.id)).scalars().all()
        if not rows:
            return None
        spoken = [json.loads(row) for row in rows]
        head = [] if start is None else _events_for(start.state)
        tracker = DialogueStateTracker.from_dict(sender_id, head + spoken, self.domain.slots)
        setattr(tracker, _LOADED, len(tracker.events))
        setattr(tracker, _STATE_BEFORE, _state_of(tracker))
        return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The tracker with every event of every session."""
        with reading(self.engine) as connection:
            rows = connection.execute(
                sa.select(events.c.data)
                .where(events.c.sender_id == conversation_id)
                .order_by(events.c.id)
            ).scalars()
            spoken = [json.loads(row) for row in rows]
        if not spoken:
            return None
        return DialogueStateTracker.from_dict(conversation_id, spoken, self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Writes the events since the tracker was read, and what `on_save` adds, or nothing."""
        new = list(tracker.events)[getattr(tracker, _LOADED, 0) :]
        hook = on_save.get()
        with transaction(self.engine) as connection:
            if new:
                self._insert(connection, tracker, new)
            if hook is not None:
                hook(connection, tracker)
        setattr(tracker, _LOADED, len(tracker.events))
        setattr(tracker, _STATE_BEFORE, _state_of(tracker))
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

    def _insert(
        self, connection: Connection, tracker: DialogueStateTracker, new: list[Event]
    ) -> None:
        connection.execute(events.insert().values(**_row(tracker.sender_id, new[0])))
        first = connection.execute(
            sa.select(sa.func.max(events.c.id)).where(events.c.sender_id == tracker.sender_id)
        ).scalar()
        if new[1:]:
            connection.execute(events.insert(), [_row(tracker.sender_id, e) for e in new[1:]])
        if not any(isinstance(event, UserUttered) for event in new):
            return
        state = getattr(tracker, _STATE_BEFORE, None)
        if state is not None:
            connection.execute(
                snapshots.insert().values(
                    conversation_id=tracker.sender_id, event_id=first, state=state
                )
            )
            self._forget_old(connection, tracker.sender_id)

    def _forget_old(self, connection: Connection, sender_id: str) -> None:
        oldest_kept = connection.execute(
            sa.select(snapshots.c.event_id)
            .where(snapshots.c.conversation_id == sender_id)
            .order_by(snapshots.c.event_id.desc())
            .offset(self.turns)
            .limit(1)
        ).scalar()
        if oldest_kept is not None:
            connection.execute(
                snapshots.delete().where(
                    snapshots.c.conversation_id == sender_id, snapshots.c.event_id <= oldest_kept
                )
            )


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
        name: slot.value
        for name, slot in tracker.slots.items()
        if slot.value is not None and slot.value != slot.initial_value
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
