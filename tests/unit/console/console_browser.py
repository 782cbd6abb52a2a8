"""A real browser on the console's pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PASSWORD = "a-long-password"
SEEN_MS = 450
"""The keys of a trainer's page that has come again decide nothing for a little less."""
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def log_in(page: Any, login: str = "agent") -> Any:
    """Fills in the login form; gives the page back on the queue."""
    page.goto("/login")
    page.get_by_test_id("login").fill(login)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("submit").click()
    page.wait_for_url("**/desk")
    return page


def seen(page: Any) -> None:
    """Waits until a trainer has seen what has come again: from then on keys decide."""
    page.wait_for_load_state()
    page.wait_for_timeout(SEEN_MS)
