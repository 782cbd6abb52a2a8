"""A helpdesk's end of the webhooks, as good or bad as the weather is made."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from running_svara import SECRET, kept_port
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

FAIR = "fair"
FOUL = ("down", "slow", "hangs", "error", "busy", "moved", "cut", "garbage")
_SLOW_SECONDS = (0.2, 2.0)
_HANG_SECONDS = 17.0
"""Longer than Svara waits for an answer."""
_RETRY_AFTER_SECONDS = 2
_STATUS = {"error": 500, "busy": 429, "moved": 307}


@dataclass(frozen=True)
class Stored:
    """An event at its first arrival.

    Attributes:
        at: when it came, seconds since the epoch.
        body: exactly as it came.
    """

    webhook_id: str
    at: float
    body: bytes
    type: str
    data: dict[str, Any]


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: that Svara hangs up, or is killed, is what we are here for."""


class Receiver:
    """Verifies, stores once by `webhook-id`, and answers as the weather is.

    In foul weather some of the events are stored although the answer is bad: the answer was lost,
    and the same event has to come again.

    Args:
        dice: decides on which.

    Attributes:
        weather: `FAIR` or one of `FOUL`.
        stored: by webhook-id, in the order of their first arrival.
        attempts: how many came, by weather.
        refused: what came unsigned or wrongly signed; there should be none.
        changed: ids that came again with another body; there should be none.
        followed: requests to where a redirect pointed; there should be none.
    """

    def __init__(self, dice: random.Random) -> None:
        self._kept = kept_port()
        self.port: int = self._kept.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/svara"
        self.weather = FAIR
        self.stored: dict[str, Stored] = {}
        self.attempts: Counter[str] = Counter()
        self.refused: list[str] = []
        self.changed: list[str] = []
        self.followed = 0
        self._dice = dice
        self._by_conversation: defaultdict[str, list[Stored]] = defaultdict(list)
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def of(self, conversation_id: str) -> list[Stored]:
        """What is stored of a conversation, in the order of arrival."""
        return list(self._by_conversation[conversation_id])

    def turn(self, weather: str) -> None:
        """Changes the weather."""
        self.weather = weather
        if weather == "down":
            self.close()
        elif self._server is None:
            self.open()

    def open(self) -> None:
        """Begins to listen."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path != "/svara":
                    receiver.followed += 1
                receiver._answer(self, body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """No longer listens: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def end(self) -> None:
        """Stops for good, and gives its port away."""
        self.close()
        self._kept.close()

    def _answer(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        weather = self.weather
        with self._lock:
            self.attempts[weather] += 1
            keeps = weather in (FAIR, "slow", "hangs") or self._dice.random() < 0.5
            seconds = self._dice.uniform(*_SLOW_SECONDS)
        if not self._take(request, body, keeps):
            request.send_error(401)
            return
        if weather == "slow":
            time.sleep(seconds)
        elif weather == "hangs":
            time.sleep(_HANG_SECONDS)
        elif weather == "cut":
            self._cut(request)
            return
        elif weather == "garbage":
            request.wfile.write(b"\x00\xff\x13 it works on my machine\r\n\xc3\x28")
            return
        request.send_response(_STATUS.get(weather, 204))
        if weather == "busy":
            request.send_header("retry-after", str(_RETRY_AFTER_SECONDS))
        if weather == "moved":
            request.send_header("location", f"http://127.0.0.1:{self.port}/elsewhere")
        request.send_header("content-length", "0")
        request.end_headers()

    def _take(self, request: BaseHTTPRequestHandler, body: bytes, keeps: bool) -> bool:
        """Stores an event, once; False when it is not from Svara."""
        try:
            event = Webhook(SECRET).verify(body, dict(request.headers))
        except (WebhookVerificationError, ValueError) as problem:
            self.refused.append(f"{problem}: {body[:200]!r}")
            return False
        webhook_id = request.headers["webhook-id"]
        with self._lock:
            known = self.stored.get(webhook_id)
            if known is not None and known.body != body:
                self.changed.append(webhook_id)
            if known is None and keeps:
                made = Stored(webhook_id, time.time(), body, event["type"], event["data"])
                self.stored[webhook_id] = made
                self._by_conversation[event["data"]["conversation_id"]].append(made)
        return True

    @staticmethod
    def _cut(request: BaseHTTPRequestHandler) -> None:
        """Ends the connection in the middle of the answer, with a reset."""
        request.wfile.write(b"HTTP/1.1 20")
        request.wfile.flush()
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.close_connection = True


@contextlib.contextmanager
def receiving(dice: random.Random) -> Iterator[Receiver]:
    """A receiver for the time of a `with` block."""
    receiver = Receiver(dice)
    receiver.open()
    try:
        yield receiver
    finally:
        receiver.end()


def event_body(kind: str, about: dict[str, Any], **data: Any) -> str:
    """The JSON text of an event of the helpdesk about a handoff.

    Args:
        about: data of its `handoff.requested`.
    """
    ids = {name: about[name] for name in ("handoff_id", "conversation_id")}
    when = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    return json.dumps({"type": kind, "timestamp": when, "data": ids | data})
