"""Whether a page fits its window, and what axe-core finds wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
WCAG_AA: dict[str, Any] = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
EVERY_RULE: dict[str, Any] = {}


def violations(page: Page, rules: dict[str, Any] = WCAG_AA) -> list[str]:
    """What breaks the rules, one line for each element that does.

    Args:
        rules: axe-core's options.
    """
    # As a parameter of the evaluation the checker is no script that the page's policy refuses.
    page.evaluate(f"window.axe ?? (() => {{{AXE}}})()\n;0")
    # All of the result is a megabyte, which takes longer to send than to find.
    found: list[dict[str, Any]] = page.evaluate(
        "async (rules) => (await axe.run(document, rules)).violations", rules
    )
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def check(page: Page, what: str = "") -> None:
    """Asserts that a page meets WCAG AA and that nothing of it is to be scrolled to sideways.

    Args:
        what: which page, or which state of it, for the message.
    """
    page.wait_for_load_state()  # a click on a link only waits until the new document begins
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{what} too wide"
    assert violations(page) == [], what
