"""A database with a conversation in it, and a helpdesk that answers as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.handoff import lifecycle
from bot.handoff.context import Facts
from bot.handoff.lifecycle import HandoffRequest
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.database import open_database, transaction

SECRET = "whsec_dGhlIGZpcnN0IHNlY3JldCBvZiB0aGUgdGVzdHM="
OLD_SECRET = "whsec_dGhlIG9sZGVyIHNlY3JldCBvZiB0aGUgdGVzdHM="
CONVERSATION = "web-1"


@dataclass
class Receiver:
    """A helpdesk's webhook endpoint.

    Attributes:
        answers: what to answer to the next requests, in order: status and headers; then 200.
        requests: headers (in lower case) and body of all that came, in order.
        thinks_seconds: how long an answer takes.
    """

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    thinks_seconds: float = 0.0

    @property
    def ids(self) -> list[str]:
        """The webhooks' ids, in the order of their arrival."""
        return [headers["webhook-id"] for headers, _ in self.requests]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that is up."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.requests.append(({k.lower(): v for k, v in self.headers.items()}, body))
            time.sleep(made.thinks_seconds)
            status, headers = made.answers.pop(0) if made.answers else (200, {})
            self.send_response(status)
            for name, value in {"content-length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            made.requests.append(({"webhook-id": "a redirect was followed"}, b""))
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a helpdesk that is away."""
    return Settings(
        var=tmp_path,
        session_secret="a key for tests",
        handoff_secret=f"{SECRET},{OLD_SECRET}",
        handoff_url="http://127.0.0.1:9/hook",
        desks_file=tmp_path / "desks.yml",
    )


@pytest.fixture
def engine(settings: Settings) -> Engine:
    """A database with a conversation: two questions, two answers."""
    engine = open_database(settings.database)
    with transaction(engine) as connection:
        conversations.start(
            connection, CONVERSATION, "webchat", language="sv", customer={"name": "Åsa Öberg"}
        )
    say(engine, "customer", "Hej! Var är min jacka?", nlu=NLU)
    say(engine, "bot", "Vilket ordernummer?")
    say(engine, "customer", "NL-104823", nlu=NLU | {"entities": [ORDER]})
    yes_no = [{"title": "Ja, tack", "payload": "/yes"}, {"title": "Nej", "payload": "/no"}]
    say(engine, "bot", "Hjälpte det här?", buttons=yes_no, chosen="/no", article=ARTICLE)
    return engine


ORDER = {"entity": "order_number", "value": "NL-104823"}
ARTICLE = {"id": "markdown:sv/track", "title": "Spåra din order", "url": "http://x.example/track"}
NLU: dict[str, Any] = {
    "intent": {"name": "order_status", "confidence": 0.9},
    "ranking": [{"name": "order_status", "confidence": 0.9}],
    "entities": [],
    "language": "sv",
    "tone": "neutral",
}


def say(
    engine: Engine, speaker: str, text: str, *, nlu: dict[str, Any] | None = None, **data: Any
) -> conversations.Message:
    """Something said in the conversation; a customer's turn is done when `nlu` is given."""
    with transaction(engine) as connection:
        message = conversations.append(connection, CONVERSATION, speaker, text, data=data)
        if nlu is not None:
            conversations.mark_handled(connection, message.id, nlu=nlu)
        return conversations.get(connection, message.id)


def open_one(
    engine: Engine, settings: Settings, reason: str = "customer_asked", **facts: Any
) -> Handoff:
    """Opens a handoff of the conversation."""
    request = HandoffRequest(reason, {"text": "en människa, tack"})
    with transaction(engine) as connection:
        return lifecycle.open_handoff(
            connection, settings, CONVERSATION, request, Facts(model="m.tar.gz", **facts)
        )


@pytest.fixture
def handoff(engine: Engine, settings: Settings) -> Handoff:
    """The conversation's handoff, just requested."""
    return open_one(engine, settings)
