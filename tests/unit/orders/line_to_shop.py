"""An ASGI application round the shop that loses, delays or replaces answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

KEY = "a key for tests"


@dataclass
class Line:
    """The line to the shop.

    Attributes:
        lost: the next so many answers are lost after the shop has acted.
        delay: seconds until an answer leaves.
        answers: given one after the other instead of asking the shop: (status, headers, body).
        seen: each request's path and idempotency key.
    """

    shop: Any
    url: str = ""
    lost: int = 0
    delay: float = 0
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        self.seen.append((scope["path"], headers.get(b"idempotency-key", b"").decode()))
        await asyncio.sleep(self.delay)
        if self.answers:
            status, extra, body = self.answers.pop(0)
            fields = [(name.lower().encode(), value.encode()) for name, value in extra.items()]
            await send({"type": "http.response.start", "status": status, "headers": fields})
            await send({"type": "http.response.body", "body": body})
        elif self.lost:
            self.lost -= 1
            await self.shop(scope, receive, self._nowhere)
            # cut short: the announced body never comes
            fields = [(b"content-length", b"10")]
            await send({"type": "http.response.start", "status": 200, "headers": fields})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
            raise ConnectionAbortedError
        else:
            await self.shop(scope, receive, send)

    async def _nowhere(self, _message: Any) -> None:
        pass
