"""The cursor of systems that tell what has changed, but not what is gone."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace

from kb_connector.errors import SourceError

LIST_EVERY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Since:
    """How far such a system has been read.

    Attributes:
        changed: the newest change seen, by that system's clock; None before the first.
        listed: when all its articles were listed last, by ours; None before the first time.
    """

    changed: dt.datetime | None = None
    listed: dt.datetime | None = None

    @classmethod
    def read(cls, cursor: str | None, source: str) -> Since:
        """Reads a cursor.

        Args:
            source: name of the source, for the message.

        Raises:
            SourceError: it is not one.
        """
        try:
            fields = json.loads(cursor or "{}")
            return cls(*(_time(fields.get(name)) for name in ("changed", "listed")))
        except (ValueError, TypeError, AttributeError) as error:
            raise SourceError(
                f"The cursor of the source {source!r} is damaged; sync it again with `full`."
            ) from error

    def cursor(self) -> str:
        """The text to keep."""
        times = {"changed": self.changed, "listed": self.listed}
        return json.dumps({name: time and time.isoformat() for name, time in times.items()})

    def listing_due(self, now: dt.datetime) -> bool:
        """Whether it is time to ask for all articles, to see what is gone."""
        return self.listed is None or now - self.listed >= LIST_EVERY

    def saw(self, changed: dt.datetime) -> Since:
        """The same after one more change."""
        return replace(self, changed=max(changed, self.changed or changed))


def _time(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
