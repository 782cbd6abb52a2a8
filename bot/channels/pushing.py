"""Brings what was written for a connector's customer to the platform.

Each message is tried until the platform takes it or the schedule ends; those of a conversation in
order, conversations beside each other. A message may reach the customer twice (the process died
before the attempt's outcome was noted), but is never lost without an error in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from rasa.core.channels.channel import OutputChannel
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.connectors import PREFIXES, SEND_SECONDS, as_response, reason, recipient_of
from bot.storage import conversations, pushes
from bot.storage.conversations import Message
from bot.storage.database import reading, transaction
from bot.storage.pushes import Push

logger = logging.getLogger(__name__)

SCHEDULE = (0.0, 2.0, 10.0, 60.0, 300.0, 1800.0)
"""Seconds before each attempt; after the last one the message is dead."""
CLAIM_SECONDS = 2 * SEND_SECONDS
POLL_SECONDS = 0.5
"""How soon words are seen that another process wrote."""
DATABASE_PAUSE_SECONDS = 2.0
AT_ONCE = 8
"""Attempts at once through one connector."""
_MOST_A_POLL = 100


class Pusher:
    """Pushes messages.

    Args:
        outputs: by connector, what its messages are sent through.
        schedule: seconds before each attempt.
        timeout: seconds that an attempt may take.
    """

    def __init__(
        self,
        engine: Engine,
        outputs: Mapping[str, OutputChannel],
        *,
        schedule: Sequence[float] = SCHEDULE,
        timeout: float = SEND_SECONDS,
    ) -> None:
        self.engine = engine
        self.outputs = dict(outputs)
        self.schedule = schedule
        self.timeout = timeout
        self._wake = asyncio.Event()
        self._busy: Counter[str] = Counter()
        self._attempts: dict[int, asyncio.Task[None]] = {}

    def wake(self, conversation_id: str = "") -> None:
        """Something was written in this process: look at once, if it is a connector's.

        Args:
            conversation_id: whose; empty for any.
        """
        if not conversation_id or conversation_id.startswith(PREFIXES):
            self._wake.set()

    async def run(self) -> None:
        """Pushes for as long as the server lives."""
        try:
            while True:
                self._wake.clear()
                try:
                    self._begin()
                except SQLAlchemyError:
                    logger.exception("Messages to be pushed cannot be read; trying again")
                    await asyncio.sleep(DATABASE_PAUSE_SECONDS)
                    continue
                # Not `wait_for`: Python 3.10's forgets a cancellation that comes with the event.
                poll = asyncio.get_running_loop().call_later(POLL_SECONDS, self._wake.set)
                await self._wake.wait()
                poll.cancel()
        finally:
            for attempt in self._attempts.values():
                attempt.cancel()

    def _begin(self) -> None:
        full = [name for name, count in self._busy.items() if count >= AT_ONCE]
        with reading(self.engine) as connection:
            found = pushes.due(connection, without=full, limit=_MOST_A_POLL)
        for push in found:
            output = self.outputs.get(push.channel)
            if output is None:
                self._bury(push, "credentials.yml names no such connector any more")
            elif push.message_id not in self._attempts and self._busy[push.channel] < AT_ONCE:
                self._busy[push.channel] += 1
                self._attempts[push.message_id] = asyncio.create_task(self._attempt(push, output))

    async def _attempt(self, push: Push, output: OutputChannel) -> None:
        try:
            with transaction(self.engine) as connection:
                if not pushes.claim(connection, push, CLAIM_SECONDS):
                    return
                message = conversations.get(connection, push.message_id)
            problem = await self._send(push, message, output)
            attempts = push.attempts + 1
            if problem is None:
                with transaction(self.engine) as connection:
                    pushes.done(connection, push)
            elif attempts >= len(self.schedule):
                self._bury(push, f"{problem}, attempt {attempts} of {len(self.schedule)}")
            else:
                self._put_off(push, problem, self.schedule[attempts])
        except SQLAlchemyError:
            # The claim lapses by itself, and the message is tried again.
            logger.exception("How message %d was pushed cannot be noted", push.message_id)
            await asyncio.sleep(DATABASE_PAUSE_SECONDS)
        finally:
            del self._attempts[push.message_id]
            self._busy[push.channel] -= 1
            self.wake()

    async def _send(self, push: Push, message: Message, output: OutputChannel) -> str | None:
        """What went wrong, or None."""
        recipient = recipient_of(push.channel, push.conversation_id)
        try:
            await asyncio.wait_for(
                output.send_response(recipient, as_response(message)), self.timeout
            )
        except Exception as error:  # noqa: BLE001 (see `reason`)
            return reason(error)
        return None

    def _put_off(self, push: Push, problem: str, seconds: float) -> None:
        logger.warning(
            "Message %d could not be pushed through %s: %s. Trying again in %.0f s",
            push.message_id,
            push.channel,
            problem,
            seconds,
        )
        with transaction(self.engine) as connection:
            pushes.put_off(connection, push, seconds)

    def _bury(self, push: Push, problem: str) -> None:
        with transaction(self.engine) as connection:
            pushes.give_up(connection, push)
        logger.error(
            "Message %d did not reach its customer through %s: %s",
            push.message_id,
            push.channel,
            problem,
        )
