"""The real demo shop on a real port, and actions whose settings lead to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from order_chat import Chat

from actions import orders, turn
from bot.storage.database import open_database
from demo_shop.api import create_app

KEY = "a key for tests"


class Shop:
    """An ASGI application that passes requests on to the shop, and counts them."""

    app: Any = None
    broken = False

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.seen.append(scope["path"].rsplit("/", 1)[-1])
        if self.broken:
            start = {"type": "http.response.start", "status": 503, "headers": []}
            await send(start)
            await send({"type": "http.response.body", "body": b"{}"})
        else:
            await self.app(scope, receive, send)

    def order(self, number: str, proof: str) -> Any:
        """The order as the shop has it."""
        answer = self.post(f"{number}/lookup", {"proof": proof})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        sent = {"Authorization": f"Bearer {KEY}"} | headers
        return requests.post(f"{self.url}/v1/orders/{path}", json=body, headers=sent, timeout=5)


@pytest.fixture(scope="session")
def server() -> Iterator[Shop]:
    shop = Shop()
    server = uvicorn.Server(
        uvicorn.Config(shop, port=0, log_level="critical", lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    shop.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield shop
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def shop(tmp_path: Path, server: Shop) -> Iterator[Shop]:
    with _a_shop(tmp_path, server):
        yield server


@pytest.fixture(scope="module")
def shop_of_the_file(tmp_path_factory: pytest.TempPathFactory, server: Shop) -> Iterator[Shop]:
    """One for all tests of a file, which leave it as it is."""
    with _a_shop(tmp_path_factory.mktemp("shop"), server):
        yield server


@contextmanager
def _a_shop(folder: Path, server: Shop) -> Iterator[None]:
    server.app, server.broken, server.seen = create_app(folder / "shop.db", KEY), False, []
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("SVARA_VAR", str(folder))
        # whether the demo company's people are there now is no matter of these tests
        settings.setenv("SVARA_DESKS_FILE", str(folder / "desks.yml"))
        settings.setenv("SVARA_ORDER_SYSTEM_URL", server.url)
        settings.setenv("SVARA_ORDER_SYSTEM_KEY", KEY)
        _forget()
        yield
        open_database(turn.settings().database).dispose()
    _forget()
    server.app.state.engine.dispose()


@pytest.fixture
def chat(shop: Shop) -> Chat:
    return Chat()


def _forget() -> None:
    for opened in (turn.settings, turn.knowledge_base, orders.order_system):
        opened.cache_clear()
