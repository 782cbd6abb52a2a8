"""A Sanic application on a free port of this process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

from sanic import Sanic
from sanic.server.async_server import AsyncioServer


@contextlib.contextmanager
def serving(app: Sanic) -> Iterator[str]:
    """Serves for the time of a `with` block; gives the address. Its loop runs in a thread."""
    before, Sanic.test_mode = Sanic.test_mode, True  # else a process has only one server, ever
    listening = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def call(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(timeout=30)

    async def start() -> AsyncioServer:
        server = await app.create_server(
            sock=listening, return_asyncio_server=True, access_log=False
        )
        assert server is not None
        await server.startup()
        await server.start_serving()
        return server

    async def stop() -> None:
        await server.close()
        for connection in list(server.connections):
            connection.abort()
        await loop.shutdown_default_executor()

    server = call(start())
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        call(stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        Sanic.test_mode = before
