"""Limits on how often something may be done, kept in memory."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Hashable

_MAX_KEYS = 10_000


class RateLimit:
    """At most `times` uses of each key within `seconds`.

    Args:
        times: uses allowed in the window.
        seconds: length of the window.
    """

    def __init__(self, times: int, seconds: float) -> None:
        self._times = times
        self._seconds = seconds
        self._uses: OrderedDict[Hashable, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def use(self, key: Hashable) -> bool:
        """Counts one use; False when there were too many, and then it is not counted."""
        now = time.monotonic()
        with self._lock:
            uses = self._uses.setdefault(key, deque())
            self._uses.move_to_end(key)
            while len(self._uses) > _MAX_KEYS:
                self._uses.popitem(last=False)
            while uses and uses[0] <= now - self._seconds:
                uses.popleft()
            if len(uses) >= self._times:
                return False
            uses.append(now)
            return True

    def forget(self, key: Hashable) -> None:
        """Starts anew for a key."""
        with self._lock:
            self._uses.pop(key, None)
