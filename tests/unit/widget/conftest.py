"""Chromium, the chat server and a page of the shop, for the widget's tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from widget_server import ChatServer

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenPage = Callable[..., Page]


def pytest_configure(config: pytest.Config) -> None:
    """Declares the mark of tests that need a browser."""
    config.addinivalue_line("markers", "browser: drives Chromium (apt-get install chromium)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module's tests."""
    if shutil.which(CHROMIUM) is None:
        pytest.fail("no Chromium to test the widget with: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def server() -> Iterator[ChatServer]:
    """A chat server that answers nothing until it is told what."""
    server = ChatServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def open_page(browser: Browser, server: ChatServer) -> Iterator[OpenPage]:
    """Opens the shop's page; arguments are those of a browser context.

    A script error or a breach of the page's Content-Security-Policy fails the test.
    """
    contexts = []
    errors: list[str] = []

    def open_page(**options: Any) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(**options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                errors.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )
        page.goto(server.url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The shop's page on a desktop screen."""
    return open_page()
