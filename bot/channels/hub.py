"""The one way out: what was written for a customer reaches them, whoever wrote it.

Replies of the bot and words of an agent are rows in the database, perhaps written by another
process. The hub looks for new rows and hands them to whoever is connected. What goes to another
platform is brought there by `bot.channels.pushing`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from bot.handoff import lookup
from bot.storage import conversations
from bot.storage.conversations import Message
from bot.storage.database import reading
from bot.storage.tables import messages

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
OVERLAP = 50
"""Rows looked at again, since transactions may commit in another order than their ids."""
SEEN_KEPT = 5000
MOST_AT_ONCE = 500

Listener = Callable[[str, list[Message]], Awaitable[None]]
StateListener = Callable[[str, dict[str, Any] | None, bool], Awaitable[None]]


class Hub:
    """Distributes new messages."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._announce_listeners: list[Callable[[str], None]] = []
        self._listeners: list[Listener] = []
        self._state_listeners: list[StateListener] = []
        self._states: dict[str, tuple[Any, ...]] = {}
        self._watched: defaultdict[str, int] = defaultdict(int)
        self._wake = asyncio.Event()
        self._seen: dict[int, None] = {}

    def on_messages(self, listener: Listener) -> None:
        """Calls the listener with (conversation id, new messages)."""
        self._listeners.append(listener)

    def on_state(self, listener: StateListener) -> None:
        """Calls the listener with (conversation id, handoff state, agent is typing)."""
        self._state_listeners.append(listener)

    def on_announce(self, listener: Callable[[str], None]) -> None:
        """Calls the listener with the conversation id of whatever is announced, empty for any."""
        self._announce_listeners.append(listener)

    def watch(self, conversation_id: str) -> None:
        """Somebody is connected to this conversation."""
        self._watched[conversation_id] += 1

    def unwatch(self, conversation_id: str) -> None:
        """They have gone."""
        self._watched[conversation_id] -= 1
        if self._watched[conversation_id] <= 0:
            del self._watched[conversation_id]
            self._states.pop(conversation_id, None)

    def announce(self, conversation_id: str) -> None:
        """Something new was written in this process: look at once, if anybody waits for it.

        Args:
            conversation_id: whose; empty for any.
        """
        if not conversation_id or conversation_id in self._watched:
            self._wake.set()
        for listener in self._announce_listeners:
            listener(conversation_id)

    async def run(self) -> None:
        """Distributes for as long as the server lives."""
        last: int | None = None
        while True:
            try:
                if last is None:
                    with reading(self.engine) as connection:
                        last = conversations.last_id(connection)
                        for message_id, _ in _ids(connection, last - OVERLAP):
                            self._seen[message_id] = None
                last = await self._distribute(last)
                await self._tell_states()
            except Exception:  # this loop must outlive whatever broke once
                logger.exception("New messages cannot be read; trying again in 2 seconds")
                await asyncio.sleep(2)
            # Not `wait_for`: in Python 3.10 it can lose the cancellation that ends this loop.
            poll = asyncio.get_running_loop().call_later(POLL_SECONDS, self._wake.set)
            await self._wake.wait()
            poll.cancel()
            self._wake.clear()

    async def _distribute(self, last: int) -> int:
        with reading(self.engine) as connection:
            new = [row for row in _ids(connection, last - OVERLAP) if row[0] not in self._seen]
            # Read whole only for whoever is connected: most were answered over REST, or elsewhere.
            wanted = [message_id for message_id, whose in new if whose in self._watched]
            shown = [conversations.get(connection, message_id) for message_id in wanted]
        self._seen.update((message_id, None) for message_id, _ in new)
        while len(self._seen) > SEEN_KEPT:
            self._seen.pop(next(iter(self._seen)))
        by_conversation: defaultdict[str, list[Message]] = defaultdict(list)
        for message in shown:
            by_conversation[message.conversation_id].append(message)
        for conversation_id, said in by_conversation.items():
            for listener in self._listeners:
                await listener(conversation_id, said)
        return max([last, *(message_id for message_id, _ in new)])

    async def _tell_states(self) -> None:
        if not self._watched:
            return
        with reading(self.engine) as connection:
            open_now = lookup.current_of(connection, list(self._watched))
        now = time.time()
        for conversation_id in list(self._watched):
            handoff = open_now.get(conversation_id)
            shown = lookup.public_state(handoff)
            typing = bool(handoff and (handoff.typing_until or 0) > now)
            state = (shown and shown["status"], shown and str(shown["agent"]), typing)
            if self._states.get(conversation_id, (None, None, False)) != state:
                self._states[conversation_id] = state
                for listener in self._state_listeners:
                    await listener(conversation_id, shown, typing)


def _ids(connection: Connection, after: int) -> list[tuple[int, str]]:
    """Ids of the messages after one, each with its conversation's, oldest first."""
    query = sa.select(messages.c.id, messages.c.conversation_id).where(messages.c.id > after)
    rows = connection.execute(query.order_by(messages.c.id).limit(MOST_AT_ONCE))
    return [(row.id, row.conversation_id) for row in rows]
