"""The real demo shop behind a line that a test may cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from line_to_shop import KEY, Line

from bot.orders import HttpOrderSystem
from demo_shop.api import create_app


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(create_app(tmp_path / "shop.db", KEY))
    server = uvicorn.Server(
        uvicorn.Config(line, port=0, log_level="critical", lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    line.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield line
    server.should_exit = True
    thread.join(timeout=10)
    line.shop.state.engine.dispose()


@pytest.fixture
def orders(line: Line) -> Any:
    return HttpOrderSystem(line.url, KEY)
