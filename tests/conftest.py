"""What tests of every kind share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

import bot  # noqa: F401 (before a test loads NumPy, which computes as it says)

expect.set_options(timeout=30_000)  # milliseconds: on a busy machine right pages are late, too


SCENARIOS = Path(__file__).parent / "scenario"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spreads the scenarios, which mostly wait, among the other files, which compute.

    Two workers that take the next file each are then at work to the end, and seldom at two
    scenarios at once. Files stay whole.
    """
    files = list(dict.fromkeys(item.path for item in items))
    place: dict[Path, float] = {}
    for waiting in (True, False):
        some = [path for path in files if path.is_relative_to(SCENARIOS) is waiting]
        place.update({path: number / len(some) for number, path in enumerate(some)})
    items.sort(key=lambda item: place[item.path])


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """SQLAlchemy URL of a PostgreSQL database to make others from; a test fails without it."""
    url = os.environ.get("SVARA_TEST_POSTGRES_URL")
    if not url:
        pytest.fail(
            "no PostgreSQL to test with: set SVARA_TEST_POSTGRES_URL, or leave these tests out "
            "with -m 'not postgres'",
            pytrace=False,
        )
    return url
