"""Which tickets to read now, at a product that says of each only when it was last changed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

MARGIN = 30.0
"""Seconds for which a change may stay unseen: products round times, and commit late."""
PAUSE = 5.0
"""Seconds until a ticket is read again for that reason alone."""
AT_ONCE = 20
"""Tickets read at one look; products count calls, and the rest comes with the next look."""


@dataclass
class Watch:
    """What this process has read of the tickets it watches.

    A ticket counts as read only when the next look comes with the cursor of the last one: then
    everything that was found is kept. After a restart each is read once more, which changes
    nothing, as every happening is taken in once.
    """

    _read: dict[str, _Reading] = field(default_factory=dict)
    _found: tuple[str, dict[str, _Reading]] = ("", {})

    def due(self, cursor: str | None, changed: Mapping[str, float], now: float) -> list[str]:
        """The tickets to read now, those first that have waited longest.

        Args:
            cursor: that this look comes with.
            changed: by ticket, when the product says it was last changed; seconds.
            now: the product's own time when it said so; seconds.
        """
        token, read = self._found
        if cursor is not None and cursor == token:
            self._read.update(read)
        self._found = ("", {})
        self._read = {ticket: each for ticket, each in self._read.items() if ticket in changed}
        waiting = [
            ticket
            for ticket, stamp in changed.items()
            if ticket not in self._read or self._read[ticket].stale(stamp, now)
        ]
        waiting.sort(key=lambda ticket: (self._last(ticket), -changed[ticket]))
        return waiting[:AT_ONCE]

    def looked(
        self, cursor: str | None, tickets: list[str], changed: Mapping[str, float], now: float
    ) -> str:
        """The cursor for the next look.

        Args:
            tickets: that were read.
            changed: as for `due`, and `now`.
        """
        if not tickets and cursor is not None:
            return cursor
        token = str(time.time_ns())
        self._found = (token, {ticket: _Reading(changed[ticket], now) for ticket in tickets})
        return token

    def _last(self, ticket: str) -> float:
        return self._read[ticket].at if ticket in self._read else 0.0


@dataclass(frozen=True)
class _Reading:
    """When a ticket was read, and the time of the change that was its last then."""

    stamp: float
    at: float

    def stale(self, stamp: float, now: float) -> bool:
        if stamp != self.stamp:
            return True
        return stamp >= self.at - MARGIN and now >= self.at + PAUSE


def seconds(moment: str) -> float:
    """A time as products write it (ISO 8601, `Z` for UTC).

    Raises:
        ValueError: it is none.
    """
    at = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return (at if at.tzinfo else at.replace(tzinfo=timezone.utc)).timestamp()


def told_time(headers: Mapping[str, str]) -> float:
    """A product's own time when it answered, so that no two clocks have to agree; in seconds.

    Args:
        headers: of its answer, names in small letters; without a readable `date`, our time counts.
    """
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return time.time()
