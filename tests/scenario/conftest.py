"""Two installations for the tests that break nothing: one by itself, one with our own helpdesk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from own_helpdesk import Helpdesk, own_helpdesk
from running_svara import RunningSvara, running_svara

from tests.order import shares

_running = ExitStack()


@pytest.hookimpl(trylast=True)  # after what the test itself has to end
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Ends the installations with the last test that may use them, not with the last of all."""
    items = item.session.items
    if nextitem and not any(shares(each) for each in items[items.index(nextitem) :]):
        _running.close()


@pytest.fixture(scope="session")
def svara(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSvara]:
    """Svara as it comes: handoffs go to the console's own desk."""
    yield _running.enter_context(running_svara(tmp_path_factory.mktemp("svara")))
    _running.close()


@pytest.fixture(scope="session")
def helpdesk() -> Iterator[Helpdesk]:
    """A helpdesk of our own; whatever else happens, nothing wrong may come to it."""
    with own_helpdesk() as helpdesk:
        yield helpdesk


@pytest.fixture(scope="session")
def with_helpdesk(
    tmp_path_factory: pytest.TempPathFactory, helpdesk: Helpdesk
) -> Iterator[RunningSvara]:
    """Svara that delivers to our own helpdesk."""
    folder = tmp_path_factory.mktemp("with-helpdesk")
    made = running_svara(folder, handoff_url=helpdesk.url, action_timeout=2)
    yield _running.enter_context(made)
    _running.close()
