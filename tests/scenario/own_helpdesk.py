"""A helpdesk of our own: written against docs/handoff.md, with nothing of Svara's code."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import requests
from running_svara import SECRET, RunningSvara, kept_port, until
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SCHEMA = Path(__file__).parents[2] / "bot" / "handoff" / "schema" / "handoff-1.json"
AGENT = {"id": "7", "name": "Astrid Lund"}


@dataclass(frozen=True)
class Attempt:
    """One webhook that came, whatever we answered.

    Attributes:
        status: what we answered.
        raw: the exact body.
    """

    webhook_id: str
    timestamp: int
    raw: bytes
    status: int

    @property
    def type(self) -> str:
        """The event's type."""
        return str(json.loads(self.raw)["type"])

    @property
    def data(self) -> dict[str, Any]:
        """The event's data."""
        found: dict[str, Any] = json.loads(self.raw)["data"]
        return found


class Helpdesk:
    """Takes Svara's webhooks, and sends its own.

    Attributes:
        attempts: everything that came, in order.
        problems: what was wrong with it: nothing should be.
        status: what to answer; 200 unless a test says otherwise.
        thinks_seconds: how long an answer takes.
    """

    def __init__(self) -> None:
        self._kept = kept_port()
        self.port: int = self._kept.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/svara"
        self.attempts: list[Attempt] = []
        self.problems: list[str] = []
        self.status = 200
        self.thinks_seconds = 0.0
        self._validator = jsonschema.Draft202012Validator(
            json.loads(SCHEMA.read_text(encoding="utf-8"))
        )
        self._server: ThreadingHTTPServer | None = None

    def open(self) -> None:
        """Begins to listen."""
        helpdesk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                status = helpdesk._take(dict(self.headers), raw)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
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

    def taken(self, conversation_id: str) -> list[Attempt]:
        """What we took of a conversation: each webhook once, in the order of its first arrival."""
        first: dict[str, Attempt] = {}
        for attempt in list(self.attempts):
            ours = attempt.data["conversation_id"] == conversation_id
            if ours and 200 <= attempt.status < 300:
                first.setdefault(attempt.webhook_id, attempt)
        return list(first.values())

    def wait_for(self, conversation_id: str, *kinds: str, seconds: float = 20) -> list[Attempt]:
        """Waits until as many events of a conversation are here, which must be of these types."""
        found = until(
            lambda: [t for t in [self.taken(conversation_id)] if len(t) >= len(kinds)],
            f"{kinds} of {conversation_id}; there are {[a.type for a in self.attempts]}",
            seconds,
        )[0]
        assert [attempt.type for attempt in found] == list(kinds)
        return found

    def send(
        self,
        svara: RunningSvara,
        kind: str,
        about: dict[str, Any],
        *,
        webhook_id: str | None = None,
        secret: str = SECRET,
        staff_port: bool = False,
        **data: Any,
    ) -> requests.Response:
        """Sends an event about a handoff, signed.

        Args:
            about: `data` of its `handoff.requested`.
            staff_port: to the console's port instead of the public one.
        """
        body = json.dumps(
            {
                "type": kind,
                "timestamp": datetime.now(tz=timezone.utc).isoformat(),
                "data": {name: about[name] for name in ("handoff_id", "conversation_id")} | data,
            }
        )
        now, name = datetime.now(tz=timezone.utc), webhook_id or f"evt_{uuid.uuid4().hex}"
        return requests.post(
            f"{svara.staff_url if staff_port else svara.url}/handoff/v1/events",
            data=body.encode(),
            headers={
                "webhook-id": name,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": Webhook(secret).sign(name, now, body),
                "content-type": "application/json",
            },
            timeout=10,
        )

    def send_stubbornly(self, *event: Any, patience: float = 60, **how: Any) -> None:
        """Sends an event to a server that may be away, under one id, until it is taken."""
        how.setdefault("webhook_id", f"evt_{uuid.uuid4().hex}")
        deadline = time.monotonic() + patience
        while True:
            with contextlib.suppress(requests.RequestException):
                answer = self.send(*event, **how)
                if answer.status_code < 500:
                    assert answer.status_code == 200, answer.text
                    return
            assert time.monotonic() < deadline, f"{event[1]} could not be sent"
            time.sleep(0.1)  # between two attempts of a client, not for our own sake

    def _take(self, headers: dict[str, str], raw: bytes) -> int:
        status = self.status
        try:
            body = Webhook(SECRET).verify(raw, headers)
        except WebhookVerificationError as problem:
            self.problems.append(f"{problem}: {raw[:200]!r}")
            return 401
        if body["type"] == "handoff.requested":
            self.problems += [error.message for error in self._validator.iter_errors(body)]
        lower = {name.lower(): value for name, value in headers.items()}
        attempt = Attempt(lower["webhook-id"], int(lower["webhook-timestamp"]), raw, status)
        if any(a.webhook_id == attempt.webhook_id and a.raw != raw for a in self.attempts):
            self.problems.append(f"{attempt.webhook_id} came with another body than before")
        self.attempts.append(attempt)
        time.sleep(self.thinks_seconds)
        return status


@contextlib.contextmanager
def own_helpdesk() -> Iterator[Helpdesk]:
    """A helpdesk for the time of a `with` block, to which nothing wrong may have come."""
    helpdesk = Helpdesk()
    helpdesk.open()
    try:
        yield helpdesk
    finally:
        helpdesk.end()
    assert helpdesk.problems == []
