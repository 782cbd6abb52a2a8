"""What another system's answers are held to: a field that is missing or strange ends the sync."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator

from kb_connector.errors import SourceError


@contextlib.contextmanager
def expected(system: str, what: str) -> Iterator[None]:
    """Reads an answer; what does not fit in it ends the sync.

    Args:
        system: its name, as in `Zammad`.
        what: what was asked for, as in `the list of answers`.

    Raises:
        SourceError: the answer has another shape than that system's.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise SourceError(
            f"{what} did not come as {system} sends it ({type(error).__name__}: {error}). "
            f"Nothing of it was kept. Check that the address is that of {system} itself, not of a "
            "login page or a proxy before it."
        ) from error


def moment(text: str) -> dt.datetime:
    """A time as JSON has it: `2026-03-31T09:00:00Z`, `...09:00:00.123+02:00`. In UTC.

    Raises:
        ValueError: it is none, or has no time zone.
    """
    # Python 3.10 reads neither `Z`, nor `+0200`, nor a fraction of one digit
    text = re.sub(r"\.\d+", "", text.replace("Z", "+00:00"))
    found = dt.datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text))
    if found.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return found.astimezone(dt.timezone.utc)
