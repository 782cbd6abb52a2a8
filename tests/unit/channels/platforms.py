"""Platforms on this machine: they speak enough of each product's API for Rasa's own clients."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Call:
    """One request of a client: path without query, and the fields of its body."""

    path: str
    fields: dict[str, Any]


@dataclass
class Platform:
    """One platform.

    Attributes:
        respond: gives status and body for a call.
        refusals: answers to the next calls that send something, in order, before `respond`.
        calls: all calls, in order.
        open: cleared, no call is answered until it is set.
    """

    respond: Callable[[Call], Answer]
    sends: Callable[[Call], bool]
    url: str = ""
    refusals: list[Answer] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)

    @property
    def sent(self) -> list[Call]:
        """The calls that sent something."""
        return [call for call in self.calls if self.sends(call)]

    def answer(self, call: Call) -> Answer:
        """Notes a call and answers it."""
        self.calls.append(call)
        self.open.wait(10)
        if self.sends(call) and self.refusals:
            return self.refusals.pop(0)
        return self.respond(call)


@contextmanager
def running(platform: Platform) -> Iterator[Platform]:
    """Serves a platform on a free port."""
    platform.open.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            sent_json = "json" in self.headers.get("content-type", "") or raw.startswith("{")
            fields = json.loads(raw) if raw and sent_json else dict(parse_qsl(raw))
            status, body = platform.answer(Call(urlsplit(self.path).path, fields))
            answer = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.send_header("connection", "close")
            self.end_headers()
            with suppress(OSError):  # the client may have hung up
                self.wfile.write(answer)
            self.close_connection = True

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    platform.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield platform
    finally:
        platform.open.set()
        server.shutdown()
        server.server_close()
        thread.join()


TELEGRAM_TOKEN = "123456:a-token-of-the-tests"
CHAT = 12345


def telegram() -> Platform:
    """The Bot API: https://core.telegram.org/bots/api. One chat exists, `CHAT`."""

    def respond(call: Call) -> Answer:
        prefix, _, method = call.path.rpartition("/")
        if prefix != f"/bot{TELEGRAM_TOKEN}":
            return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
        if method == "getMe":
            me = {"id": 123456, "is_bot": True, "first_name": "N", "username": "nordlys_bot"}
            return 200, {"ok": True, "result": me}
        if method == "setWebhook":
            return 200, {"ok": True, "result": True}
        if call.fields.get("chat_id") != str(CHAT):
            problem = "Bad Request: chat not found"
            return 400, {"ok": False, "error_code": 400, "description": problem}
        said = {"message_id": 1, "date": 1, "chat": {"id": CHAT, "type": "private"}}
        return 200, {"ok": True, "result": said | {"text": call.fields["text"]}}

    return Platform(respond, lambda call: call.path.endswith("/sendMessage"))


def slack() -> Platform:
    """https://docs.slack.dev/reference/methods/chat.postMessage: errors come with status 200."""
    return Platform(
        lambda call: (200, {"ok": True, "ts": "1.2", "channel": call.fields["channel"]}),
        lambda call: call.path.endswith("/chat.postMessage"),
    )


def facebook() -> Platform:
    """Messenger's Send API."""
    return Platform(
        lambda call: (200, {"message_id": "m_1"}), lambda call: call.path.endswith("/me/messages")
    )


def twilio() -> Platform:
    """Twilio's Messages resource."""
    return Platform(
        lambda call: (201, {"sid": "SM1", "status": "queued"}),
        lambda call: call.path.endswith("/Messages.json"),
    )


def rocketchat() -> Platform:
    """Rocket.Chat: a login, then messages to rooms."""

    def respond(call: Call) -> Answer:
        if call.path.endswith("/login"):
            return 200, {"status": "success", "data": {"authToken": "t", "userId": "u"}}
        return 200, {"success": True}

    return Platform(respond, lambda call: call.path.endswith("/chat.postMessage"))


def mattermost() -> Platform:
    """Mattermost: a post is answered with 201."""
    return Platform(lambda call: (201, {"id": "post1"}), lambda call: call.path.endswith("/posts"))


def webex() -> Platform:
    """Webex: messages to rooms, and what came to the bot's own."""

    def respond(call: Call) -> Answer:
        if call.path.endswith("/people/me"):
            return 200, {"id": "the-bot"}
        return 200, {"id": "m1", "roomId": "R1", "personId": "anna", "text": "hello"}

    return Platform(
        respond, lambda call: call.path.endswith("/messages") and "roomId" in call.fields
    )
