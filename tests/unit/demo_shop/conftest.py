"""The real shop on a real port, with a clock that a test may move."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from running_shop import KEY, Shop

from demo_shop.api import create_app


class Swapped:
    """An ASGI application that is another one at each test: one server serves them all."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[str, Swapped]]:
    swapped = Swapped()
    server = uvicorn.Server(
        uvicorn.Config(swapped, port=0, log_level="critical", lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", swapped
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def shop(tmp_path: Path, server: tuple[str, Swapped]) -> Iterator[Shop]:
    url, swapped = server
    shop = Shop(url)
    swapped.app = create_app(tmp_path / "shop.db", KEY, now=lambda: shop.now)
    yield shop
    swapped.app.state.engine.dispose()
