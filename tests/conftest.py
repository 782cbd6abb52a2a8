"""What tests of every kind share."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

import bot  # noqa: F401 (before a test loads NumPy, which computes as it says)
from tests.order import in_order

expect.set_options(timeout=30_000)  # milliseconds: on a busy machine right pages are late, too


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = in_order(items)


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
