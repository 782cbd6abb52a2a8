"""The order of the tests' files, of which each worker takes the next when it has done one."""

from __future__ import annotations

from pathlib import Path

import pytest

SCENARIOS = Path(__file__).parent / "scenario"
INSTALLATIONS = ("svara", "helpdesk", "with_helpdesk")
"""The fixtures that the scenarios share, unless a file has its own of that name."""


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """First the scenarios that share installations, which take time from all others until they end.

    The other scenarios, which mostly wait, are spread among the other files, which compute: two
    workers are then at work to the end, and seldom at two scenarios at once. Files stay whole.
    """
    place = {item.path: -1.0 for item in items if shares(item)}
    others = dict.fromkeys(item.path for item in items if item.path not in place)
    for waiting in (True, False):
        some = [each for each in others if each.is_relative_to(SCENARIOS) is waiting]
        place.update({path: number / len(some) for number, path in enumerate(some)})
    return sorted(items, key=lambda item: place[item.path])


def shares(item: pytest.Item) -> bool:
    """Whether a test uses the installations that the scenarios share."""
    if not (isinstance(item, pytest.Function) and item.path.is_relative_to(SCENARIOS)):
        return False
    used = [name for name in INSTALLATIONS if name in item.fixturenames]
    return any(not hasattr(item.module, name) for name in used)
