"""Two installations for the tests that break nothing: one by itself, one with our own helpdesk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from own_helpdesk import Helpdesk, own_helpdesk
from running_svara import RunningSvara, running_svara


@pytest.fixture(scope="session")
def svara(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSvara]:
    """Svara as it comes: handoffs go to the console's own desk."""
    with running_svara(tmp_path_factory.mktemp("svara")) as running:
        yield running


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
    folder: Path = tmp_path_factory.mktemp("with-helpdesk")
    with running_svara(folder, handoff_url=helpdesk.url, action_timeout=2) as running:
        yield running
