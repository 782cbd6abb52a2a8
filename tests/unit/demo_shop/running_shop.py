"""Talking to the shop as a caller does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import requests

KEY = "a key for tests"


@dataclass
class Shop:
    """The running shop."""

    url: str = ""
    now: datetime = datetime(2026, 3, 11, 12, 0, tzinfo=timezone.utc)
    _keys: Iterator[int] = field(default_factory=lambda: iter(range(10**6)))

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        sent = {"Authorization": f"Bearer {KEY}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.post(f"{self.url}/v1/orders/{path}", json=body, headers=sent, timeout=5)

    def change(self, path: str, body: Any, key: str = "") -> requests.Response:
        return self.post(path, body, Idempotency_Key=key or f"test-key-{next(self._keys)}")

    def order(self, number: str, proof: str) -> Any:
        answer = self.post(f"{number}/lookup", {"proof": proof})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pass_time(self, **delta: float) -> None:
        self.now += timedelta(**delta)
