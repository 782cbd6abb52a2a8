"""The attempts that are being made at one destination, by workers of its own.

A helpdesk that hangs then keeps nobody else's deliveries waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from bot.errors import SvaraError
from bot.handoff.outbox import Delivery

logger = logging.getLogger(__name__)

_QUEUED = 4
"""Attempts for each worker that are begun or wait for it: none is idle until the next look."""


class Lane:
    """Makes attempts, several at a time.

    Args:
        destination: a desk's name.
        attempt: makes one; runs in a worker.
        ended: called in a worker after each.
    """

    def __init__(
        self,
        destination: str,
        workers: int,
        attempt: Callable[[Delivery], object],
        ended: Callable[[], None],
    ) -> None:
        self.destination = destination
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=f"deliver-{destination}")
        self._attempt, self._ended = attempt, ended
        self._most = workers * _QUEUED
        self._going: dict[int, Future[object]] = {}

    @property
    def room(self) -> bool:
        """Whether it is time to look for more."""
        return len(self._going) * 2 <= self._most

    @property
    def most(self) -> int:
        """How many attempts it takes at a time."""
        return self._most

    def start(self, deliveries: Sequence[Delivery]) -> None:
        """Begins the attempts that are not going on, as far as there is room."""
        for delivery in deliveries:
            if delivery.id not in self._going and len(self._going) < self._most:
                future = self._pool.submit(self._attempt, delivery)
                self._going[delivery.id] = future
                future.add_done_callback(lambda _: self._ended())

    def settle(self) -> None:
        """Forgets what is done.

        Raises:
            SvaraError: an attempt found that this process cannot go on.
        """
        for number in [n for n, future in self._going.items() if future.done()]:
            problem = self._going.pop(number).exception()
            if isinstance(problem, SvaraError):
                raise problem
            if problem is not None:
                # The claim lapses by itself and the delivery is tried again.
                logger.error("An attempt broke off: %s", problem, exc_info=problem)

    def close(self) -> None:
        """Waits for the attempts that were begun; the others are not made."""
        self._pool.shutdown(cancel_futures=True)
