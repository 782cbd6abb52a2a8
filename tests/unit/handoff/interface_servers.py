"""The handoff interface as it is served: on the public port by Sanic, on the staff port."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sanic import Sanic

from bot.channels.hub import Hub
from bot.console.server import make_server
from bot.server import routes
from bot.settings import Settings
from bot.storage.database import open_database
from tests.databases import own_database
from tests.ports import free_ports
from tests.served import serving

MAX_REQUEST_BYTES = 1024 * 1024
"""As `bot.server.app` has it."""


@contextlib.contextmanager
def public_port(settings: Settings) -> Iterator[str]:
    """The routes of the public port on a free one, without Rasa; their address."""
    app = Sanic(f"handoff-{uuid.uuid4().hex}", configure_logging=False, register=False)
    app.config.REQUEST_MAX_SIZE = MAX_REQUEST_BYTES
    app.config.FALLBACK_ERROR_FORMAT = "text"
    app.ctx.settings, app.ctx.agent = settings, None
    app.ctx.engine = open_database(settings.database)
    app.ctx.hub = Hub(app.ctx.engine)
    routes.add(app)
    with serving(app) as url:
        yield url


@contextlib.contextmanager
def staff_port(settings: Settings) -> Iterator[str]:
    """The console on a free port; its address."""
    (port,) = free_ports(1)
    server = make_server(replace(settings, console_port=port, staff_password="a-long-password"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive() and time.monotonic() < until, "the console did not start"
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.stop()
    thread.join(10)


PORTS = {"public": public_port, "staff": staff_port}


@contextlib.contextmanager
def new_database(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A PostgreSQL database for the time of a `with` block, or none: its URL."""
    if kind == "sqlite":
        yield ""
        return
    with own_database(request.getfixturevalue("postgres_url")) as url:
        yield url
