"""How often one sender may ask: a bucket of tokens each, which fills up again by the minute."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

_SENDERS_REMEMBERED = 10_000


class RateLimit:
    """Limits every sender by itself, in the memory of this process. Not for several threads.

    Args:
        per_minute: requests of one sender in a minute; after a pause as many may come at once.
        clock: seconds that only go up.

    >>> limit = RateLimit(2, clock=lambda: 0.0)
    >>> limit.wait("anna"), limit.wait("anna"), limit.wait("anna"), limit.wait("bo")
    (0.0, 0.0, 30.0, 0.0)
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = max(per_minute, 1)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, sender: str) -> float:
        """Counts a request.

        Returns:
            0 when it may go on, else the seconds after which the next one may.
        """
        now = self._clock()
        left, at = self._buckets.pop(sender, (float(self._most), now))
        left = min(left + (now - at) * self._most / 60, self._most)
        allowed = left >= 1
        self._buckets[sender] = (left - 1 if allowed else left, now)
        # those who asked least recently have full buckets, or very many ask at once
        while len(self._buckets) > _SENDERS_REMEMBERED:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) * 60 / self._most
