"""How often something may be done, kept in the memory of this process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

_MAX_KEYS = 10_000


class RateLimit:
    """At most `times` uses of each key within `seconds`.

    Args:
        times: uses allowed in the window.
        seconds: length of the window.
        clock: seconds that only go up.

    >>> limit = RateLimit(2, 60, clock=lambda: 0.0)
    >>> limit.wait("anna"), limit.wait("anna"), limit.wait("anna"), limit.wait("bo")
    (0.0, 0.0, 60.0, 0.0)
    """

    def __init__(
        self, times: int, seconds: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._times = times
        self._seconds = seconds
        self._clock = clock
        self._uses: OrderedDict[Hashable, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def use(self, key: Hashable) -> bool:
        """Counts one use; False when there were too many, and then it is not counted."""
        return self.wait(key) == 0

    def wait(self, key: Hashable) -> float:
        """Counts one use.

        Returns:
            0 when it may be, else the seconds after which the next one may; then it is not counted.
        """
        now = self._clock()
        with self._lock:
            uses = self._uses.setdefault(key, deque())
            self._uses.move_to_end(key)
            while len(self._uses) > _MAX_KEYS:
                self._uses.popitem(last=False)
            while uses and uses[0] <= now - self._seconds:
                uses.popleft()
            if len(uses) >= self._times:
                return (uses[0] if uses else now) + self._seconds - now
            uses.append(now)
            return 0.0

    def forget(self, key: Hashable) -> None:
        """Starts anew for a key."""
        with self._lock:
            self._uses.pop(key, None)
