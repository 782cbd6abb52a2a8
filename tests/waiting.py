"""Waiting for what another process or thread does, never longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_SECONDS_BETWEEN = 0.02


def until(condition: Callable[[], T], seconds: float = 60) -> T:
    """Asks again and again until `condition` answers with something true; gives that.

    Args:
        condition: what is waited for.
        seconds: the longest wait, of the clock that nobody sets.

    Raises:
        AssertionError: it did not come true in time; says what it answered last.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain, at last for {found!r}"
        time.sleep(_SECONDS_BETWEEN)
    return found
